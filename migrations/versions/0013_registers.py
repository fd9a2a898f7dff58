"""Registers: integration enterprises, school resources, alliances, joint work; training requests and bulletins."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "training_request",
    "alliance_member",
    "bulletin",
    "enterprise_contribution",
    "enterprise_status",
    "joint_work",
    "teacher_count",
    "training_base",
    "training_service",
    "training_request_event",
    "bulletin_tag",
)
"""In order of making; those that refer to others last."""


def upgrade() -> None:
    _register(
        "enterprise_status",
        _text("credit_code", 18),
        _text("name", 200),
        _text("industry_code", 5, nullable=True),
        _text("industry_name", 100),
        _text("district_code", 6, nullable=True),
        _text("status", 12),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        _text("round", 60),
        indexed=("credit_code",),
    )
    _register(
        "enterprise_contribution",
        _text("credit_code", 18),
        sa.Column("year", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("order_classes", "bases", "teachers")),
        sa.Column("funds", sa.Double(), nullable=True),
        indexed=("credit_code",),
    )
    _register(
        "training_base",
        _text("school_code", 10),
        _text("name", 200),
        _text("kind", 12),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("hours_per_week", sa.Double(), nullable=True),
        _text("opening_hours", 200),
        sa.Column("open_to_enterprises", sa.Boolean(), nullable=False),
        *_served(),
        _text("district_code", 6, nullable=True),
        _text("credit_code", 18, nullable=True),
        _text("enterprise", 200),
        indexed=("school_code",),
    )
    _register(
        "teacher_count",
        _text("school_code", 10),
        _text("level", 20, nullable=True),
        _text("class_code", 6, nullable=True),
        _text("program_code", 10, nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=True),
        sa.Column("dual_qualified", sa.Integer(), nullable=False),
        indexed=("school_code",),
    )
    _register(
        "training_service",
        _text("school_code", 10),
        _text("title", 200),
        sa.Column("description", sa.Text(), nullable=False),
        *_served(),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Double(), nullable=True),
        _text("district_code", 6, nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        indexed=("school_code",),
    )
    _register(
        "alliance_member",
        _text("alliance_key", 16),
        _text("alliance", 200),
        _text("kind", 10),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        _text("member_kind", 12),
        _text("school_code", 10, nullable=True),
        _text("credit_code", 18, nullable=True),
        _text("member", 200),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        indexed=("alliance_key", "school_code", "credit_code"),
    )
    _register(
        "joint_work",
        _text("form", 10),
        _text("name", 200),
        _text("category", 60),
        _text("fields", 300),
        sa.Column("industry_codes", sa.JSON(), nullable=False),
        _text("district_code", 6, nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        _text("state", 10),
        sa.Column("schools", sa.JSON(), nullable=False),
        sa.Column("enterprises", sa.JSON(), nullable=False),
        _text("partners", 500),
        indexed=("form",),
    )
    _requests()
    _bulletins()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _requests() -> None:
    op.create_table(
        "training_request",
        _text("id", 36),
        _text("service_key", 16),
        _text("school_code", 10),
        _text("title", 200),
        _text("enterprise", 200),
        _text("credit_code", 18),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _text("state", 12),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("fingerprint", 64),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_request")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_training_request_fingerprint")),
    )
    _index("training_request", "credit_code", "school_code", "service_key", "state")
    op.create_table(
        "training_request_event",
        _text("id", 36),
        _text("request_id", 36),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _text("state", 12),
        _text("who", 80),
        _text("principal", 80),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["training_request.id"],
            name=op.f("fk_training_request_event_request_id_training_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_request_event")),
        sa.UniqueConstraint("request_id", "version", name=op.f("uq_training_request_event_request_id")),
    )
    _index("training_request_event", "request_id")


def _bulletins() -> None:
    op.create_table(
        "bulletin",
        _text("id", 36),
        _text("batch_id", 36),
        sa.Column("row", sa.Integer(), nullable=False),
        _text("fingerprint", 64),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        _text("title", 300),
        sa.Column("text", sa.Text(), nullable=False),
        _text("source", 200),
        sa.Column("published", sa.Date(), nullable=False),
        _text("link", 500),
        _text("tagged_by", 36, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        _of_batch("bulletin"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bulletin_fingerprint")),
    )
    _index("bulletin", "batch_id", "published")
    op.create_table(
        "bulletin_tag",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _text("bulletin_id", 36),
        _text("kind", 10),
        _text("level", 20),
        _text("code", 10),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"],
            ["bulletin.id"],
            name=op.f("fk_bulletin_tag_bulletin_id_bulletin"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_tag")),
    )
    _index("bulletin_tag", "bulletin_id")
    op.create_index("ix_bulletin_tag_target", "bulletin_tag", ["kind", "code"])


def _register(name: str, *columns: sa.Column[object], indexed: tuple[str, ...]) -> None:
    """A register: its own columns, and those that every entry carries."""
    op.create_table(
        name,
        *columns,
        _text("key", 16),
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        _text("fingerprint", 64),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        _text("batch_id", 36),
        _of_batch(name),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("fingerprint", name=op.f(f"uq_{name}_fingerprint")),
    )
    _index(name, "batch_id", "key", *indexed)


def _served() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("programs", sa.JSON(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        _text("fields", 300),
    )


def _of_batch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["batch_id"], ["batch.id"], name=op.f(f"fk_{table}_batch_id_batch"), ondelete="CASCADE"
    )


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
