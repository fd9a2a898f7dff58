"""Model versions that name an embedding model are longer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE, AFTER = sa.String(80), sa.String(300)


def upgrade() -> None:
    with op.batch_alter_table("run") as batch_op:
        batch_op.alter_column("model_version", existing_type=BEFORE, type_=AFTER, existing_nullable=False)


def downgrade() -> None:
    op.execute("UPDATE run SET model_version = substr(model_version, 1, 80)")
    with op.batch_alter_table("run") as batch_op:
        batch_op.alter_column("model_version", existing_type=AFTER, type_=BEFORE, existing_nullable=False)
