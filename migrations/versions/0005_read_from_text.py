"""Which members of a posting were read from its text."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("posting") as batch_op:
        batch_op.add_column(sa.Column("read_from_text", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("posting") as batch_op:
        batch_op.drop_column("read_from_text")
