"""Enrolment plans without an index of years: no question asks for a year alone, and every row loaded paid for it."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_enrolment_plan_year", table_name="enrolment_plan")


def downgrade() -> None:
    op.create_index("ix_enrolment_plan_year", "enrolment_plan", ["year"])
