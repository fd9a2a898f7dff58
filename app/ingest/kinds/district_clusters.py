"""Lead industry clusters of districts 区主导产业集群."""

from app.ingest.fault import RowFault
from app.ingest.kinds.entities import district_in, district_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.models import DistrictCluster
from app.reference import load_reference


def build(cells: Cells) -> Record:
    text = cells.text("adcode")
    district = district_of(cells, "adcode" if text else "district")
    named = district_in(cells.text("district")) if cells.text("district") else district
    if named is not None and named.code != district.code:
        raise RowFault(
            "code_name_mismatch",
            f"代码 {text} 是{district.name}，与“{named.name}”不符",
            "请核对",
            "区划代码",
            text,
        )
    cluster = cells.need("cluster")
    return {
        "district_code": district.code,
        "cluster": cluster[:100],
        "source": cells.text("source"),
        "industry_codes": list(load_reference().industries.alias(cluster)),
    }


DISTRICT_CLUSTERS = Kind(
    name="district-clusters",
    title="区主导产业集群",
    description="各区的主导产业集群；名称能对上行业时记下 GB/T 4754 代码。",
    model=DistrictCluster,
    columns=(
        Column("adcode", "区划代码", ("行政区划代码", "区代码", "district_code")),
        Column("district", "区", ("区名称", "行政区", "区县", "所在区")),
        Column(
            "cluster",
            "主导产业集群",
            ("lead_cluster", "产业集群", "主导产业", "集群", "重点产业"),
            required=True,
        ),
        Column("source", "来源", ("出处", "数据来源"), required=True),
        SIMULATED,
    ),
    build=build,
    one_of=(("adcode", "district"),),
    example="区划代码=310104，区=徐汇区，主导产业集群=人工智能(大模型)，来源=……",
)
