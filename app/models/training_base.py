"""Training bases 实训基地 of schools."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.register import Registered


class TrainingBase(Registered, Base):
    """A base; its key is school and name."""

    __tablename__ = "training_base"

    school_code: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    """campus 校内, production 生产性, public 公共, open_center 开放实训中心, enterprise 企业内, virtual 虚拟仿真."""
    places: Mapped[int]
    """Places 工位 for trainees at a time."""
    hours_per_week: Mapped[float | None]
    opening_hours: Mapped[str] = mapped_column(String(200), default="")
    """As given, e.g. 周一至周五 8:30–17:00."""
    open_to_enterprises: Mapped[bool] = mapped_column(default=False)
    programs: Mapped[list[str]]
    """Programs served, each `level:code`."""
    classes: Mapped[list[str]]
    """Program classes served, each `level:code`; those of the programs are among them."""
    fields: Mapped[str] = mapped_column(String(300), default="")
    """Fields served, in words."""
    district_code: Mapped[str | None] = mapped_column(String(6))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    """The enterprise it is built with."""
    enterprise: Mapped[str] = mapped_column(String(200), default="")
