"""Order classes of a run: what a seat more would bring, blocking pairs, classes, and the nearest offering."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("placement") as batch_op:
        batch_op.add_column(sa.Column("classes", sa.Integer(), nullable=False, server_default=sa.text("1")))
    with op.batch_alter_table("unplaced_posting") as batch_op:
        batch_op.add_column(sa.Column("nearest", sa.JSON(), nullable=True))
    _result_table(
        "seat_price",
        sa.Column("school_code", sa.String(length=10), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
        sa.Column("heads", sa.Double(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
    )
    op.create_index("ix_seat_price_program", "seat_price", ["run_id", "level", "program_code"])
    _result_table(
        "blocking_pair",
        sa.Column("posting_id", sa.String(length=36), nullable=False),
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("gain", sa.Double(), nullable=False),
    )
    op.create_index(op.f("ix_blocking_pair_posting_id"), "blocking_pair", ["posting_id"])


def downgrade() -> None:
    for table in ("blocking_pair", "seat_price"):
        op.drop_table(table)
    with op.batch_alter_table("unplaced_posting") as batch_op:
        batch_op.drop_column("nearest")
    with op.batch_alter_table("placement") as batch_op:
        batch_op.drop_column("classes")


def _result_table(name: str, *columns: sa.Column[object]) -> None:
    """A table of results: the columns of every one, and its own."""
    op.create_table(
        name,
        *columns,
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f(f"fk_{name}_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_run_id"), name, ["run_id"])
