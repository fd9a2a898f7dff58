"""States of batches with who and why, repeats by reference, corrected rows of the quarantine."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STANDING = sa.text("state IN ('received', 'validated', 'accepted')")
NARROW, WIDE = 64, 101


def upgrade() -> None:
    # In place, one by one: on SQLite a copy of the table would take along whatever refers to it.
    for column in (
        sa.Column("licence", sa.String(length=300), nullable=False, server_default=""),
        sa.Column("who", sa.String(length=100), nullable=False, server_default=""),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("supersedes", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("masked", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("batch", column)
    op.create_index("ix_batch_parent_id", "batch", ["parent_id"])
    op.drop_index("uq_batch_kind_sha256", table_name="batch")
    op.create_index(
        "uq_batch_kind_sha256",
        "batch",
        ["kind", "sha256"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    with op.batch_alter_table("quarantined_row") as batch_op:
        batch_op.add_column(sa.Column("resolved_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("resolution", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_quarantined_row_resolved_by", "quarantined_row", ["resolved_by"])
    _of_a_batch(
        "repeated_row",
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
    )
    op.create_index("ix_repeated_row_fingerprint", "repeated_row", ["fingerprint"])
    _of_a_batch(
        "batch_move",
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    for table in _records():
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("sheet", sa.String(length=100), nullable=False, server_default=""))
            _fingerprint(batch_op, NARROW, WIDE)


def downgrade() -> None:
    # Batches that do not count have no place in the earlier tables; all that refers to them goes with them.
    batch = sa.table("batch", sa.column("id"), sa.column("state"))
    gone = sa.select(batch.c.id).where(batch.c.state != "accepted")
    for name in _of_batches():
        rows = sa.table(name, sa.column("batch_id"))
        op.execute(sa.delete(rows).where(rows.c.batch_id.in_(gone)))
    op.execute("DELETE FROM batch WHERE state <> 'accepted'")
    for table in _records():
        with op.batch_alter_table(table) as batch_op:
            _fingerprint(batch_op, WIDE, NARROW)
            batch_op.drop_column("sheet")
    op.drop_table("batch_move")
    op.drop_table("repeated_row")
    op.drop_index("ix_quarantined_row_resolved_by", table_name="quarantined_row")
    with op.batch_alter_table("quarantined_row") as batch_op:
        for name in ("resolved_at", "resolution", "resolved_by"):
            batch_op.drop_column(name)
    op.drop_index("uq_batch_kind_sha256", table_name="batch")
    op.create_index("uq_batch_kind_sha256", "batch", ["kind", "sha256"], unique=True)
    op.drop_index("ix_batch_parent_id", table_name="batch")
    for name in ("masked", "supersedes", "parent_id", "who", "licence"):
        # In place: copying the table would take the rows that refer to it along.
        op.execute(f"ALTER TABLE batch DROP COLUMN {name}")


def _of_a_batch(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f(f"fk_{name}_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_batch_id"), name, ["batch_id"])


def _records() -> list[str]:
    """Every table of records, those of later registers too."""
    return [table for table in _having("batch_id", "row", "fingerprint") if table != "repeated_row"]


def _of_batches() -> list[str]:
    """Every table whose rows belong to a batch."""
    return _having("batch_id")


def _having(*names: str) -> list[str]:
    """Tables that have these columns."""
    inspector = sa.inspect(op.get_bind())
    return sorted(
        table
        for table in inspector.get_table_names()
        if set(names) <= {column["name"] for column in inspector.get_columns(table)}
    )


def _fingerprint(batch_op: BatchOperations, before: int, after: int) -> None:
    batch_op.alter_column(
        "fingerprint",
        existing_type=sa.String(length=before),
        type_=sa.String(length=after),
        existing_nullable=False,
    )
