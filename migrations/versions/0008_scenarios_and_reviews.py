"""Scenarios, the runs that answer them, and reviews of recommendations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("base_run_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("name", name=op.f("uq_scenario_name")),
    )
    # Not as a batch: that copies the table, and dropping the old copy takes along every result that refers to it.
    op.add_column("run", sa.Column("kind", sa.String(length=20), nullable=False, server_default="snapshot"))
    op.create_table(
        "scenario_run",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("scenario_id", sa.String(length=36), nullable=False),
        sa.Column("base_run_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_scenario_run_run_id_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["scenario.id"],
            name=op.f("fk_scenario_run_scenario_id_scenario"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["base_run_id"], ["run.id"], name=op.f("fk_scenario_run_base_run_id_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_scenario_run")),
    )
    op.create_index(op.f("ix_scenario_run_scenario_id"), "scenario_run", ["scenario_id"])
    op.create_table(
        "review",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(
        "uq_review_key", "review", ["school_code", "level", "program_code", "action"], unique=True
    )
    op.create_index("ix_review_state", "review", ["state", "at"])
    op.create_table(
        "review_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("review_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("reason_code", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_review_event_review_id_review"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_review_event_run_id_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_event")),
        sa.UniqueConstraint("review_id", "version", name=op.f("uq_review_event_review_id")),
    )
    op.create_index(op.f("ix_review_event_review_id"), "review_event", ["review_id"])


def downgrade() -> None:
    op.drop_table("review_event")
    op.drop_table("review")
    # Results of scenarios mean nothing without them, and would pass for results of the data.
    run = sa.table("run", sa.column("id"), sa.column("kind"))
    scenarios = sa.select(run.c.id).where(run.c.kind == "scenario")
    inspector = sa.inspect(op.get_bind())
    for name in inspector.get_table_names():
        if "run_id" in {column["name"] for column in inspector.get_columns(name)}:
            results = sa.table(name, sa.column("run_id"))
            op.execute(sa.delete(results).where(results.c.run_id.in_(scenarios)))
    op.execute("DELETE FROM run WHERE kind = 'scenario'")
    op.drop_table("scenario_run")
    op.drop_column("run", "kind")
    op.drop_table("scenario")
