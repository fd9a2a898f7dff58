"""The register of integration enterprises 产教融合型企业信息储备库, and what they contribute."""

from dataclasses import replace

from app.ingest.dates import day, year
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import DISTRICT
from app.ingest.kinds.entries import (
    INDUSTRY_CODE,
    INDUSTRY_NAME,
    choice,
    choices,
    district_of,
    entry_key,
    industry_of,
    masked,
)
from app.ingest.kinds.named_enterprises import enterprise_of, unknown_enterprise
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import decimal, whole
from app.models import EnterpriseContribution, EnterpriseStatus
from app.reference.codes import parse_credit_code

STATUSES = {
    "reserve": ("储备", "入库", "储备库", "纳入储备库"),
    "cultivating": ("建设培育", "培育", "建设培育期", "培育期"),
    "certified": ("认证", "认定", "已认证", "产教融合型企业"),
    "removed": ("移出", "退出", "撤销", "取消"),
}
MOST_FUNDS = 1e10
"""元 of one enterprise in one year; more are 元 under a header that says 万元."""
CREDIT_CODE = Column(
    "credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "企业代码"), required=True
)
_COUNTS = (
    Column("order_classes", "订单班数", ("订单班个数", "举办订单班"), note="个"),
    Column("bases", "实训基地数", ("共建实训基地", "实训基地个数"), note="个"),
    Column("teachers", "企业教师数", ("派出教师", "兼职教师数"), note="人"),
)
_FUNDS = (
    Column(
        "funds", "投入资金元", ("投入资金", "投入金额", "资金元"), note="元，含设备折价；列名或格内可写明万元"
    ),
    Column("funds_wan", "投入资金万元", ("资金万元",), note="万元；与投入资金元填一项即可"),
)


def status_of(cells: Cells) -> Record:
    cells.need("credit_code")
    cells.need("status")
    cells.need("since")
    code: str = cells.read("credit_code", parse_credit_code)
    status: str = cells.read("status", choice(STATUSES))
    since, until = cells.read("since", day), cells.read("until", day)
    if status == "certified" and until is None:
        raise RowFault(
            "missing_value", "认证没有写明有效期", "请填写“有效期至”；到期后不再计入认证企业", "有效期至"
        )
    if until is not None and until < since:
        raise RowFault(
            "dates_disordered",
            f"有效期至 {until} 早于起始日期 {since}",
            "请核对两个日期",
            "有效期至",
            str(until),
        )
    name, count = masked(cells, "name")
    cells.need("name")
    return {
        "key": entry_key(code, status, since),
        "credit_code": code,
        "name": name["name"],
        "industry_code": industry_of(cells),
        "industry_name": cells.text("industry_name"),
        "district_code": district_of(cells),
        "status": status,
        "since": since,
        "until": until if status == "certified" else None,
        "round": cells.text("round"),
        "_masked": count,
    }


def contribution_of(cells: Cells) -> Record:
    if not cells.text("name"):
        cells.need("credit_code")
    cells.need("year")
    code = enterprise_of(cells, "name")
    if code is None:
        raise unknown_enterprise(
            cells.text("name"), cells.title("name"), "请填写统一社会信用代码，或先装入有这家企业的名单"
        )
    of_year: int = cells.read("year", year)
    counts = {
        column.name: cells.read(column.name, lambda text: whole(text, most=100_000)) for column in _COUNTS
    }
    funds: float | None = cells.read("funds", lambda text: decimal(text, most=MOST_FUNDS))
    wan: float | None = cells.read("funds_wan", lambda text: decimal(text, most=MOST_FUNDS / 10_000))
    if funds is not None and wan is not None and abs(funds - wan * 10_000) > 5_000:
        raise RowFault(
            "parts_disagree",
            f"投入资金 {funds:g} 元与 {wan:g} 万元不是同一个数",
            "请核对，或只填一项",
            _FUNDS[0].title,
        )
    amount = funds if funds is not None else wan * 10_000 if wan is not None else None
    if amount is None and all(count is None for count in counts.values()):
        raise RowFault("missing_value", "这一行没有任何投入", "请至少填写一项", _COUNTS[0].title)
    return {
        "key": entry_key(code, of_year),
        "credit_code": code,
        "year": of_year,
        **counts,
        "funds": amount,
    }


ENTERPRISE_REGISTER = Kind(
    name="enterprise-register",
    title="产教融合型企业",
    description="产教融合型企业信息储备库：每行是一家企业的一步（储备、建设培育、认证、移出），写明自哪天起，认证写明有效期。"
    "同一企业、状态与起始日期后到的一行代替先到的。",
    model=EnterpriseStatus,
    columns=(
        CREDIT_CODE,
        Column("name", "企业名称", ("企业", "单位名称", "enterprise"), required=True),
        Column(
            "status", "状态", ("储备库状态", "类别", "认定状态"), required=True, allowed=choices(STATUSES)
        ),
        Column("since", "起始日期", ("认定日期", "入库日期", "日期", "公布日期"), required=True),
        Column("until", "有效期至", ("到期日期", "有效期止"), note="认证必填"),
        Column("round", "批次", ("认定批次", "认证批次")),
        INDUSTRY_CODE,
        INDUSTRY_NAME,
        DISTRICT,
        SIMULATED,
    ),
    build=status_of,
    example="统一社会信用代码=91990000DEMA00013U，企业名称=示例·东海芯片制造（模拟），状态=认证，起始日期=2026-06-30，"
    "有效期至=2029-06-29，批次=第一批，行业=集成电路制造，区=浦东新区",
)
ENTERPRISE_CONTRIBUTIONS = Kind(
    name="enterprise-contributions",
    title="产教融合型企业投入",
    description="产教融合型企业各年的投入：订单班、实训基地、企业教师与资金。企业按信用代码或名单中的名称认出。同一企业同一年后到的一行代替先到的。",
    model=EnterpriseContribution,
    columns=(
        replace(CREDIT_CODE, required=False),
        Column("name", "企业名称", ("企业", "单位名称", "enterprise"), note="有信用代码时可不填"),
        Column("year", "年份", ("年度",), required=True),
        *_COUNTS,
        *_FUNDS,
        SIMULATED,
    ),
    build=contribution_of,
    one_of=(("credit_code", "name"), tuple(column.name for column in (*_COUNTS, *_FUNDS))),
    example="统一社会信用代码=91990000DEMA00013U，年份=2025，订单班数=2，实训基地数=1，企业教师数=12，投入资金万元=320",
)
