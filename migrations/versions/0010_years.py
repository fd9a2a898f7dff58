"""Cohorts and demand of offerings, balances by year."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LISTS = {"offering": "cohorts", "balance": "by_year"}


def upgrade() -> None:
    for table, name in LISTS.items():
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    with op.batch_alter_table("offering") as batch_op:
        batch_op.add_column(sa.Column("demand", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("offering") as batch_op:
        batch_op.drop_column("demand")
    for table, name in LISTS.items():
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(name)
