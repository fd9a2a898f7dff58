"""Records name the sheet or member of an archive that their row stands in: a file may have several rows 2.

Revision ID: 0017
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0009"
branch_labels = None
depends_on = None


def _records(*, having_sheet: bool) -> list[str]:
    """Tables of records that came in batches, whatever revision made them: those with a running number of their own."""
    inspector = sa.inspect(op.get_bind())
    found = []
    for table in inspector.get_table_names():
        columns = {column["name"]: column["type"] for column in inspector.get_columns(table)}
        numbered = isinstance(columns.get("id"), sa.Integer) and {"batch_id", "fingerprint", "row"} <= set(
            columns
        )
        if numbered and ("sheet" in columns) is having_sheet:
            found.append(table)
    return found


def upgrade() -> None:
    for table in _records(having_sheet=False):
        op.add_column(table, sa.Column("sheet", sa.String(200), nullable=False, server_default=""))


def downgrade() -> None:
    for table in _records(having_sheet=True):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("sheet")
