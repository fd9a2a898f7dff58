"""Demand forecasts 需求预测: heads per year by industry, occupation, level and region, in any mix."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class Forecast(FromBatch, Base):
    __tablename__ = "forecast"

    industry_code: Mapped[str | None] = mapped_column(String(5))
    occupation_code: Mapped[str | None] = mapped_column(String(10))
    level: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(6))
    year: Mapped[int]
    low: Mapped[float]
    central: Mapped[float]
    high: Mapped[float]
    """Heads per year 人/年, growth and replacement together."""
    growth: Mapped[float | None]
    """Of `central`, what new work brings; negative where work shrinks. None where the source tells no parts."""
    replacement: Mapped[float | None]
    """Of `central`, what replaces people who leave."""
    source: Mapped[str] = mapped_column(Text)
