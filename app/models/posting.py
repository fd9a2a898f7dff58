"""Postings 岗位需求: an enterprise's talent demand, from a file or through the API."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now
from app.models.record import FINGERPRINT


class Posting(Base):
    __tablename__ = "posting"
    __table_args__ = (
        Index("ix_posting_enterprise", "enterprise"),
        Index("ix_posting_credit_code", "credit_code"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    row: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(FINGERPRINT), unique=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    enterprise: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    """Place as given, e.g. 上海·徐汇区."""
    district_code: Mapped[str | None] = mapped_column(String(6))
    level: Mapped[str | None] = mapped_column(String(20))
    """The lowest level asked for; None = 不限."""
    heads: Mapped[int]
    """Heads 人 asked for; 1 where the posting gives none."""
    heads_low: Mapped[int | None]
    heads_high: Mapped[int | None]
    """The ends of a range of heads, where one is given; `heads` is its middle."""
    heads_stated: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = mapped_column(String(30), default="recruitment")
    """order_class 订单班, modern_apprenticeship 现代学徒制, enterprise_apprenticeship 企业新型学徒制, internship 实习,
    recruitment 招聘."""
    class_size_min: Mapped[int | None]
    industry_code: Mapped[str | None] = mapped_column(String(5))
    industry_name: Mapped[str] = mapped_column(String(100), default="")
    occupation_code: Mapped[str | None] = mapped_column(String(10))
    experience_years: Mapped[float | None]
    salary_min: Mapped[float | None]
    salary_max: Mapped[float | None]
    """元 per month."""
    start_year: Mapped[int | None]
    start_season: Mapped[str | None] = mapped_column(String(6))
    """autumn or spring, the term in which it starts; null where only the year is given."""
    skills: Mapped[list[str]] = mapped_column(default=list)
    certificates: Mapped[list[str]] = mapped_column(default=list)
    """Certificates asked for, such as those of 1+X, as the enterprise lists them."""
    teachers: Mapped[int | None]
    """What the enterprise brings: teachers 人, equipment in words, a stipend 元 per student and month, jobs 人."""
    equipment: Mapped[str] = mapped_column(Text, default="")
    stipend: Mapped[float | None]
    jobs_guaranteed: Mapped[int | None]
    partner_schools: Mapped[list[str]] = mapped_column(default=list)
    """Codes of schools the enterprise would rather have, and of those it does not want."""
    excluded_schools: Mapped[list[str]] = mapped_column(default=list)
    published: Mapped[date | None]
    read_from_text: Mapped[list[str]] = mapped_column(default=list)
    """Names of the members above that were left out and read from title and description."""
    received_at: Mapped[datetime] = mapped_column(default=now)
