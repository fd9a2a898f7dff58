"""The register of integration enterprises 产教融合型企业信息储备库: statuses year by year, and what each enterprise brings."""

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.register import Registered


class EnterpriseStatus(Registered, Base):
    """One step of one enterprise; its key is credit code, status and first day, so that a step can be corrected."""

    __tablename__ = "enterprise_status"

    credit_code: Mapped[str] = mapped_column(String(18), index=True)
    """统一社会信用代码, checked."""
    name: Mapped[str] = mapped_column(String(200))
    industry_code: Mapped[str | None] = mapped_column(String(5))
    """GB/T 4754-2017."""
    industry_name: Mapped[str] = mapped_column(String(100), default="")
    """The sector as given."""
    district_code: Mapped[str | None] = mapped_column(String(6))
    status: Mapped[str] = mapped_column(String(12))
    """reserve 储备, cultivating 建设培育, certified 认证, removed 移出."""
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    """The last day a certification holds; None for the other statuses, which hold until the next step."""
    round: Mapped[str] = mapped_column(String(60), default="")
    """批次, as the authority names it."""


class EnterpriseContribution(Registered, Base):
    """What an enterprise brought to schools in one year; each None where not told. Its key is credit code and year."""

    __tablename__ = "enterprise_contribution"

    credit_code: Mapped[str] = mapped_column(String(18), index=True)
    year: Mapped[int]
    order_classes: Mapped[int | None]
    """Order classes 订单班 run with schools."""
    bases: Mapped[int | None]
    """Training bases 实训基地 built or shared."""
    teachers: Mapped[int | None]
    """Teachers 人 sent to schools."""
    funds: Mapped[float | None]
    """Funds and equipment 元."""
