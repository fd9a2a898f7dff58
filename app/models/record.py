"""What every record that came in a batch carries."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column


class FromBatch:
    """Columns of a record: its batch, its sheet and row there, the fingerprint of its content, and whether it is simulated."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    row: Mapped[int]
    sheet: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The sheet of the workbook or the member of the archive that the row stands in; empty where there is but one."""
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the row's mapped content: exact repeats, in one file or across files, are stored once."""
    simulated: Mapped[bool] = mapped_column(default=False)

    @declared_attr
    @classmethod
    def batch_id(cls) -> Mapped[str]:
        return mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
