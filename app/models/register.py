"""What every entry of a register carries."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.record import FromBatch


class Registered(FromBatch):
    """An entry that a later one of the same key replaces: a register is corrected by sending the entry anew."""

    key: Mapped[str] = mapped_column(String(16), index=True)
    """First 16 digits of the SHA-256 of what the entry is about; the address of the entry in the API."""
