"""Growth and replacement of forecasts and balances."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBERS = {
    "forecast": ("growth", "replacement"),
    "balance": ("growth", "replacement"),
}


def upgrade() -> None:
    for table, names in NUMBERS.items():
        with op.batch_alter_table(table) as batch_op:
            for name in names:
                batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    for table, names in reversed(NUMBERS.items()):
        with op.batch_alter_table(table) as batch_op:
            for name in reversed(names):
                batch_op.drop_column(name)
