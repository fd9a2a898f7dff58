"""Row notes 对应说明: guesses good enough to use, kept beside the row they were made for."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RowNote(Base):
    """A cell that named no code outright, the code it was taken for, how that was found and how sure it is."""

    __tablename__ = "row_note"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    row: Mapped[int]
    """1-based line of the file (or row of the sheet), as that of the record."""
    column: Mapped[str] = mapped_column(String(100))
    value: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    """The official name behind the code."""
    score: Mapped[float]
    how: Mapped[str] = mapped_column(String(20))
    """How it was found: see app.ingest.resolve.How."""
