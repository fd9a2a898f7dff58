"""Innovation platforms 创新平台 and joint projects 产教融合项目."""

from app.ingest.dates import year
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import DISTRICT
from app.ingest.kinds.entries import (
    FIELDS,
    choice,
    choices,
    district_of,
    entry_key,
    industries_in,
    masked,
    schools_in,
)
from app.ingest.kinds.named_enterprises import enterprises_in
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.models import JointWork

WORK_STATES = {
    "planned": ("拟建", "筹建", "规划", "立项"),
    "building": ("在建", "建设中", "建设"),
    "running": ("已建成", "建成", "运行", "运行中", "投入使用", "完成"),
    "closed": ("已终止", "终止", "撤销", "停止"),
}
_COLUMNS = (
    FIELDS,
    Column("industries", "行业", ("行业代码", "所属行业"), note="行业的代码或名称，可多个"),
    DISTRICT,
    Column("year", "年份", ("批准年份", "立项年份", "设立年份", "年度"), required=True),
    Column("state", "建设状态", ("状态", "进展"), allowed=choices(WORK_STATES)),
    Column("schools", "合作院校", ("参与院校", "依托院校", "合作学校"), note="校名或代码，可多个"),
    Column(
        "enterprises",
        "合作企业信用代码",
        ("企业信用代码", "参与企业信用代码"),
        note="可多个；名单中的企业可写名称",
    ),
    Column(
        "partners",
        "其他伙伴",
        ("合作单位", "参与单位", "合作企业"),
        note="文字；其中名单里的企业算作合作企业",
    ),
    SIMULATED,
)


def _build(form: str, cells: Cells) -> Record:
    cells.need("name")
    cells.need("year")
    texts, count = masked(cells, "name", "category", "fields", "partners")
    schools = cells.read("schools", schools_in, [])
    enterprises = enterprises_in(cells, "enterprises", beside="partners")
    if not schools and not enterprises and not texts["partners"]:
        raise RowFault("missing_value", "没有写明由谁合作", "请至少填写一项合作单位", "合作院校")
    return {
        "key": entry_key(form, texts["name"]),
        "form": form,
        **texts,
        "industry_codes": cells.read("industries", industries_in, []),
        "district_code": district_of(cells),
        "year": cells.read("year", year),
        "state": cells.read("state", choice(WORK_STATES), "running"),
        "schools": schools,
        "enterprises": enterprises,
        "_masked": count,
    }


INNOVATION_PLATFORMS = Kind(
    name="innovation-platforms",
    title="产教融合创新平台",
    description="校企共建的创新平台：重点实验室、协同创新中心、制造业创新中心、联合创新中心等。同名的后到的一行代替先到的。",
    model=JointWork,
    columns=(
        Column("name", "平台名称", ("创新平台", "创新平台名称", "platform"), required=True),
        Column("category", "平台类别", ("类别", "平台类型")),
        *_COLUMNS,
    ),
    build=lambda cells: _build("platform", cells),
    one_of=(("schools", "enterprises", "partners"),),
    example="平台名称=示例集成电路协同创新中心，平台类别=协同创新中心，服务领域=集成电路测试，行业=C397，区=浦东新区，年份=2024，"
    "建设状态=运行，合作院校=上海工程技术大学，合作企业信用代码=91990000DEMA00013U",
)
JOINT_PROJECTS = Kind(
    name="joint-projects",
    title="产教融合项目",
    description="校企合作的产教融合重大项目：实验实训、协同创新。同名的后到的一行代替先到的。",
    model=JointWork,
    columns=(
        Column("name", "项目名称", ("产教融合项目", "重大项目名称", "project"), required=True),
        Column("category", "项目类别", ("类别", "项目类型")),
        *_COLUMNS,
    ),
    build=lambda cells: _build("project", cells),
    one_of=(("schools", "enterprises", "partners"),),
    example="项目名称=示例智能网联汽车实训项目，项目类别=实验实训，行业=C36，区=嘉定区，年份=2025，建设状态=在建，"
    "合作院校=上海工程技术大学、东华大学",
)
