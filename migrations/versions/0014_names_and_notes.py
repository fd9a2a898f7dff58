"""School profiles, heads of outcomes, and notes beside rows whose codes were found by a guess."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

HEADS = ("planned", "admitted", "registered", "graduates", "employed", "matched", "staying")


def upgrade() -> None:
    with op.batch_alter_table("outcome") as batch_op:
        for name in HEADS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "school_profile",
        sa.Column("school_code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_names", sa.JSON(), nullable=False),
        sa.Column("former_names", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("ownership", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("capacity", "enrolled", "teachers", "year")
        ),
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_school_profile_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_profile")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_school_profile_fingerprint")),
    )
    op.create_index(op.f("ix_school_profile_batch_id"), "school_profile", ["batch_id"])
    op.create_index(op.f("ix_school_profile_school_code"), "school_profile", ["school_code"])
    op.create_table(
        "row_note",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_row_note_batch_id_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_note")),
    )
    op.create_index(op.f("ix_row_note_batch_id"), "row_note", ["batch_id"])


def downgrade() -> None:
    op.drop_table("row_note")
    op.drop_table("school_profile")
    with op.batch_alter_table("outcome") as batch_op:
        for name in reversed(HEADS):
            batch_op.drop_column(name)
