"""Growth and replacement of demand, signs of the warning list, flips, readiness, indicators, apprenticeships."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBERS = {
    "forecast": ("growth", "replacement"),
    "balance": ("growth", "replacement"),
    "outcome": ("first_choice_rate", "adjusted_rate", "signing_rate"),
    "pathway": ("distance_km", "capacity"),
}


def upgrade() -> None:
    for table, names in NUMBERS.items():
        with op.batch_alter_table(table) as batch_op:
            for name in names:
                batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.add_column(sa.Column("flips", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    with op.batch_alter_table("offering") as batch_op:
        batch_op.add_column(sa.Column("entrants", sa.Double(), nullable=False, server_default=sa.text("0")))
    _result_table(
        "opening_candidate",
        *_offering(),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("barriers", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_opening_candidate_school", "opening_candidate", ["run_id", "school_code"])
    _result_table(
        "indicator",
        sa.Column("grouping", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("offerings", "programs", "schools")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("seats", "supply", "demand", "gap")),
        *(
            sa.Column(name, sa.Double(), nullable=True)
            for name in (
                "ratio",
                "structural_deviation",
                "location_quotient",
                "hhi",
                "duplication",
                "coupling",
                "coordination",
            )
        ),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("rates", sa.JSON(), nullable=False),
    )
    op.create_index("ix_indicator_group", "indicator", ["run_id", "grouping", "level", "code"])
    _result_table(
        "apprenticeship",
        sa.Column("posting_id", sa.String(length=36), nullable=False),
        *_offering(),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("distance_km", sa.Double(), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
    )
    op.create_index(op.f("ix_apprenticeship_posting_id"), "apprenticeship", ["posting_id"])


def downgrade() -> None:
    for table in ("apprenticeship", "indicator", "opening_candidate"):
        op.drop_table(table)
    with op.batch_alter_table("offering") as batch_op:
        batch_op.drop_column("entrants")
    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.drop_column("flips")
    for table, names in reversed(NUMBERS.items()):
        with op.batch_alter_table(table) as batch_op:
            for name in reversed(names):
                batch_op.drop_column(name)


def _offering() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
    )


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
