"""Order classes from proposal to close, their outcomes, the change feed, and what a posting says beside its text."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LISTS = ("skills", "certificates", "partner_schools", "excluded_schools")


def upgrade() -> None:
    with op.batch_alter_table("posting") as batch_op:
        for name in ("heads_low", "heads_high", "teachers", "jobs_guaranteed"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("start_season", sa.String(length=6), nullable=True))
        batch_op.add_column(sa.Column("equipment", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stipend", sa.Double(), nullable=True))
        for name in LISTS:
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    for name in ("enterprise", "credit_code"):
        op.create_index(f"ix_posting_{name}", "posting", [name])
    op.create_table(
        "order_class",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("posting_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("replaces_id", sa.String(length=36), nullable=True),
        sa.Column("enterprise", sa.String(length=200), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("mode", sa.String(length=30), nullable=False),
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
        sa.Column("start_year", sa.Integer(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("distance_km", sa.Double(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_order_class_run_id_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_class")),
    )
    op.create_index(op.f("ix_order_class_posting_id"), "order_class", ["posting_id"])
    op.create_index(
        "ix_order_class_offering", "order_class", ["school_code", "level", "program_code", "start_year"]
    )
    op.create_index("ix_order_class_state", "order_class", ["state", "at"])
    op.create_table(
        "order_class_move",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_class_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_state", sa.String(length=24), nullable=False),
        sa.Column("to_state", sa.String(length=24), nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_class_id"],
            ["order_class.id"],
            name=op.f("fk_order_class_move_order_class_id_order_class"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_class_move")),
        sa.UniqueConstraint("order_class_id", "version", name=op.f("uq_order_class_move_order_class_id")),
    )
    op.create_index(op.f("ix_order_class_move_order_class_id"), "order_class_move", ["order_class_id"])
    op.create_table(
        "offering_seats",
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("program_code", sa.String(length=10), nullable=False),
        sa.Column("start_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "school_code", "level", "program_code", "start_year", name=op.f("pk_offering_seats")
        ),
    )
    op.create_table(
        "class_outcome",
        sa.Column("order_class_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("graduated", "hired", "staying")),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_class_outcome_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_outcome")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_class_outcome_fingerprint")),
    )
    for name in ("batch_id", "order_class_id"):
        op.create_index(op.f(f"ix_class_outcome_{name}"), "class_outcome", [name])
    op.create_table(
        "event",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_subject"), "event", ["subject"])
    op.create_table(
        "event_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_counter")),
    )
    op.create_table(
        "posting_answer",
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("posting_id", sa.String(length=36), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_posting_answer")),
    )


def downgrade() -> None:
    for table in (
        "posting_answer",
        "event_counter",
        "event",
        "class_outcome",
        "offering_seats",
        "order_class_move",
        "order_class",
    ):
        op.drop_table(table)
    for name in ("credit_code", "enterprise"):
        op.drop_index(f"ix_posting_{name}", "posting")
    with op.batch_alter_table("posting") as batch_op:
        for name in (
            *reversed(LISTS),
            "stipend",
            "equipment",
            "start_season",
            "jobs_guaranteed",
            "teachers",
            "heads_high",
            "heads_low",
        ):
            batch_op.drop_column(name)
