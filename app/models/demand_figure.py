"""Published demand figures 公开需求数据: a number from a published document, with its source."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class DemandFigure(FromBatch, Base):
    __tablename__ = "demand_figure"

    item: Mapped[str] = mapped_column(String(200))
    indicator: Mapped[str] = mapped_column(String(100))
    measure: Mapped[str] = mapped_column(String(20))
    """What the figure counts: stock 总量, need 需求总量, gap 缺口, openings 招聘数, seekers 求职数, ranking 排行."""
    region: Mapped[str] = mapped_column(String(6), default="100000")
    year: Mapped[int]
    quarter: Mapped[int | None]
    low: Mapped[float | None]
    central: Mapped[float | None]
    high: Mapped[float | None]
    """Heads 人; None where the figure is a ranking in words."""
    raw_value: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(Text)
    industry_codes: Mapped[list[str]]
    occupation_codes: Mapped[list[str]]
