"""P10, P50 and P90 of a gap; the probability of an action."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

INTERVAL = ("gap_p10", "gap_p50", "gap_p90")


def upgrade() -> None:
    with op.batch_alter_table("balance") as batch_op:
        for name in INTERVAL:
            batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.add_column(sa.Column("probability", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.drop_column("probability")
    with op.batch_alter_table("balance") as batch_op:
        for name in reversed(INTERVAL):
            batch_op.drop_column(name)
