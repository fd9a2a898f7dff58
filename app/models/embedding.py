"""Embeddings 向量: what an embedding server said of a text, kept so that it is asked once. A mere cache."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Embedding(Base):
    __tablename__ = "embedding"

    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the text as it was sent: normalised, personal data masked."""
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """Of length 1; float32, little-endian."""
    at: Mapped[datetime] = mapped_column(default=now, index=True)
