"""Innovation platforms 创新平台 and joint projects 产教融合项目 of schools and enterprises."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.register import Registered


class JointWork(Registered, Base):
    """A platform or project; its key is form and name."""

    __tablename__ = "joint_work"

    form: Mapped[str] = mapped_column(String(10), index=True)
    """platform or project."""
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(60), default="")
    """As given, e.g. 协同创新中心 or 实验实训."""
    fields: Mapped[str] = mapped_column(String(300), default="")
    industry_codes: Mapped[list[str]]
    district_code: Mapped[str | None] = mapped_column(String(6))
    year: Mapped[int]
    """When it was approved."""
    state: Mapped[str] = mapped_column(String(10))
    """planned 拟建, building 在建, running 已建成, closed 已终止."""
    schools: Mapped[list[str]]
    """Codes of the partner schools."""
    enterprises: Mapped[list[str]]
    """Credit codes of the partner enterprises."""
    partners: Mapped[str] = mapped_column(String(500), default="")
    """Names of other partners, as given."""
