"""What a posting sent with an idempotency key was answered, so that the key gives the same answer again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class PostingAnswer(Base):
    __tablename__ = "posting_answer"

    principal: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The idempotency key, which each principal chooses for itself."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the posting as it was asked for."""
    posting_id: Mapped[str] = mapped_column(String(36))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Null between storing the posting and ranking for it."""
    at: Mapped[datetime] = mapped_column(default=now)
