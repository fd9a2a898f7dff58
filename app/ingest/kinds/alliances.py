"""Alliances 职教集团 and 产教融合联盟, one row a member."""

from app.ingest.dates import day
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import SCHOOL_CODE, school_of
from app.ingest.kinds.entries import choice, choices, entry_key, masked
from app.ingest.kinds.named_enterprises import enterprise_of, parted, stated_code
from app.ingest.resolve_enterprises import is_enterprise_name
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import truth
from app.matching.normalise import simplified
from app.models import AllianceMember
from app.reference import load_reference
from app.reference.programs import name_key

ALLIANCE_KINDS = {
    "group": ("职教集团", "职业教育集团", "集团"),
    "alliance": ("产教融合联盟", "联盟", "产教融合共同体", "产教联合体"),
}
MEMBER_KINDS = {
    "school": ("学校", "院校", "高校"),
    "enterprise": ("企业", "公司"),
    "other": ("其他", "行业协会", "协会", "园区", "科研院所", "政府"),
}


def member_of(cells: Cells) -> Record:
    for name in ("alliance", "member"):
        cells.need(name)
    texts, count = masked(cells, "alliance", "member")
    written = stated_code(cells, "member")
    texts["member"] = parted(texts["member"])[0]
    school_code = (
        school_of(Cells({"school_code": cells.text("school_code")}, {})).code
        if cells.text("school_code")
        else None
    )
    named = load_reference().schools.named(simplified(texts["member"]))
    kind = cells.read("member_kind", choice(MEMBER_KINDS))
    credit_code = written
    if kind in (None, "enterprise") and not school_code and (written or not named):
        doubt = kind == "enterprise" or is_enterprise_name(texts["member"])
        credit_code = enterprise_of(cells, "member", doubt=doubt)
    kind = kind or ("enterprise" if credit_code else "school" if school_code or named else "other")
    if (credit_code and kind == "school") or (school_code and kind == "enterprise"):
        raise RowFault(
            "code_name_mismatch",
            "成员类型与所填的代码不符",
            "学校填学校标识码，企业填统一社会信用代码",
            "成员类型",
            cells.text("member_kind"),
        )
    if kind == "school":
        if school_code and named and named.code != school_code:
            raise RowFault(
                "code_name_mismatch",
                f"代码 {school_code} 与校名“{texts['member']}”不符",
                "请核对代码与校名",
                SCHOOL_CODE.title,
                school_code,
            )
        school_code = school_code or (named.code if named else None)
    since, until = cells.read("since", day), cells.read("until", day)
    if since is not None and until is not None and until < since:
        raise RowFault(
            "dates_disordered",
            f"退出日期 {until} 早于加入日期 {since}",
            "请核对两个日期",
            "退出日期",
            str(until),
        )
    alliance_key = entry_key(texts["alliance"])
    return {
        # by what is written: a code that the register adds must not make another member of the same row
        "key": entry_key(alliance_key, written or school_code or texts["member"]),
        "alliance_key": alliance_key,
        **texts,
        "kind": cells.read(
            "kind", choice(ALLIANCE_KINDS), "group" if "集团" in texts["alliance"] else "alliance"
        ),
        "demonstration": cells.read("demonstration", truth, False),
        "member_kind": kind,
        "school_code": school_code,
        "credit_code": credit_code,
        "lead": cells.read("lead", lambda text: _leads(text, texts["member"]), False),
        "since": since,
        "until": until,
        "_masked": count,
    }


def _leads(text: str, member: str) -> bool:
    """Whether the member leads: the cell says yes or no, or names who does."""
    try:
        return truth(text)
    except RowFault:
        if len(text) < _SHORTEST_NAME:
            raise
    return name_key(simplified(text)) == name_key(simplified(member))


_SHORTEST_NAME = 4

ALLIANCES = Kind(
    name="alliances",
    title="职教集团与联盟",
    description="职教集团、产教融合联盟的成员，每行一个。学校按校名或标识码、企业按统一社会信用代码或名单中的名称认出；认出的校企同属一个联盟，"
    "在订单班安排中算作已有合作。同一联盟同一成员后到的一行代替先到的。",
    model=AllianceMember,
    columns=(
        Column("alliance", "联盟名称", ("集团名称", "联盟", "职教集团", "集团"), required=True),
        Column("kind", "联盟类型", ("集团类型", "类型"), allowed=choices(ALLIANCE_KINDS)),
        Column("demonstration", "示范性", ("是否示范性", "示范")),
        Column("member", "成员名称", ("成员", "成员单位", "成员单位名称"), required=True),
        Column("member_kind", "成员类型", ("成员类别", "单位类型"), allowed=choices(MEMBER_KINDS)),
        SCHOOL_CODE,
        Column("credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "企业代码")),
        Column("lead", "牵头", ("是否牵头", "牵头单位", "理事长单位")),
        Column("since", "加入日期", ("起始日期",)),
        Column("until", "退出日期", ("终止日期",)),
        SIMULATED,
    ),
    build=member_of,
    example="联盟名称=示例智能制造职教集团，联盟类型=职教集团，示范性=是，成员名称=上海工程技术大学，成员类型=学校，牵头=是",
)
