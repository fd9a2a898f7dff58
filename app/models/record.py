"""What every record that came in a batch carries."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

FINGERPRINT = 101
"""Room for a batch's id, a colon and a SHA-256."""


class FromBatch:
    """Columns of a record: its batch, its sheet and row there, the fingerprint of its content, and whether it is simulated."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    """Sheet of the workbook, or member of the archive; empty where the file has but one table."""
    row: Mapped[int]
    """1-based line of the file, or row of the sheet."""
    fingerprint: Mapped[str] = mapped_column(String(FINGERPRINT), unique=True)
    """SHA-256 of the row's mapped content: exact repeats, in one file or across files, are stored once.

    Of a batch that does not count (held, rejected, undone, superseded) its id stands before, so that the same
    content may come again.
    """
    simulated: Mapped[bool] = mapped_column(default=False)

    @declared_attr
    @classmethod
    def batch_id(cls) -> Mapped[str]:
        return mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
