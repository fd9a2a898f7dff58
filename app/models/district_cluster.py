"""Lead industry clusters of districts 区主导产业集群."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.record import FromBatch


class DistrictCluster(FromBatch, Base):
    __tablename__ = "district_cluster"

    district_code: Mapped[str] = mapped_column(String(6), index=True)
    cluster: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(Text)
    industry_codes: Mapped[list[str]]
