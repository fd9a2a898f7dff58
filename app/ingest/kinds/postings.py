"""Postings 岗位需求."""

import hashlib
import re
from datetime import date
from typing import Any

from app.errors import InvalidCodeError
from app.ingest.dates import day
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import district_in
from app.ingest.kinds.named_enterprises import enterprise_of, parted
from app.ingest.kinds.posting_description import DESCRIPTION_COLUMNS, description_of, own_cells
from app.ingest.kinds.posting_salary import SALARY_COLUMNS, salary_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import chinese_whole, decimal, heads_range, whole
from app.matching.normalise import simplified
from app.matching.personal import mask_personal
from app.matching.posting import PostingFacts, understand
from app.models import Posting, now
from app.reference import Level, load_reference
from app.reference.codes import normalised
from app.reference.levels import parse_level
from app.reference.terms import Term, parse_term

MODES = {
    "order_class": ("订单班", "订单培养", "订单式培养", "冠名班"),
    "modern_apprenticeship": ("现代学徒制",),
    "enterprise_apprenticeship": ("企业新型学徒制", "新型学徒制"),
    "internship": ("实习", "顶岗实习", "岗位实习"),
    "recruitment": ("招聘", "校招", "校园招聘", "社招", "全职", ""),
}
_MODE_NAMES = tuple(names[0] for names in MODES.values())
_MODE_BY_NAME = {name: mode for mode, names in MODES.items() for name in (mode, *names)}
MOST_YEARS = 50
MOST_LISTED = 50
_A_MONTH = re.compile(r"[/每](?:人|生)?[·./每]?月$")
_OTHER_WISHES = re.compile(
    r"[,，;；、\s(（]*(?:专业|经验|年龄|性别|户籍)(?:要求)?[:：]?(?:均?不限|无要求)[)）]?"
)
"""What a cell of 学历 says of other things: 本科及以上，专业不限."""
_ANY_LEVEL = re.compile(r"不限|无要求|^其他$|小学|初中|(?<!职业)高中")


def build(cells: Cells) -> Record:
    masking = {name: mask_personal(cells.text(name)) for name in ("region", "industry_name")}
    masking["description"] = mask_personal(description_of(cells))
    masking["title"] = mask_personal(cells.need("title"))
    masking["enterprise"] = mask_personal(parted(cells.need("enterprise"))[0])
    title, description = masking["title"][0], masking["description"][0]
    region, industry_name = masking["region"][0], masking["industry_name"][0]
    heads = cells.read("heads", _heads)
    industry = cells.read("industry_code", _industry)
    if industry is None and industry_name:
        named = load_reference().industries.alias(simplified(industry_name))
        industry = named[0] if len(named) == 1 else None
    place = cells.text("district_code") or region
    district = district_in(place) if place else None
    if cells.text("district_code") and district is None:
        raise RowFault("unknown_district", f"上海没有“{place}”这个区", "请填写区名或六位代码", "区", place)
    mode = cells.read("mode", _mode, "recruitment")
    published = cells.read("published", day)
    start = cells.read("start_year", lambda text: _start(text, mode, published))
    wishes = {name: cells.read(name, _schools, []) for name in ("partner_schools", "excluded_schools")}
    _check_wishes(wishes)
    salary = salary_of(cells)
    record = {
        "id": cells.text("id") or _content_id(cells),
        "enterprise": masking["enterprise"][0][:200],
        "credit_code": enterprise_of(cells),
        "title": title[:300],
        "description": description,
        "region": region[:100],
        "district_code": district.code if district else None,
        "level": _level(cells),
        "heads": (heads[0] + heads[1]) // 2 if heads else 1,
        "heads_low": heads[0] if heads and heads[0] < heads[1] else None,
        "heads_high": heads[1] if heads and heads[0] < heads[1] else None,
        "mode": mode,
        "class_size_min": cells.read("class_size_min", lambda text: whole(text, least=1, most=1000)),
        "industry_code": industry,
        "industry_name": industry_name[:100],
        "occupation_code": cells.read(
            "occupation_code", lambda text: load_reference().occupations.get(text).code
        ),
        "experience_years": cells.read("experience_years", _years),
        "salary_min": salary[0],
        "salary_max": salary[1],
        "start_year": start.year if start else None,
        "start_season": start.season if start else None,
        "skills": cells.read("skills", _listed, []),
        "certificates": cells.read("certificates", _listed, []),
        "teachers": cells.read("teachers", lambda text: whole(text, most=1000)),
        "equipment": mask_personal(cells.text("equipment"))[0],
        "stipend": cells.read("stipend", lambda text: decimal(_A_MONTH.sub("", text), most=100_000)),
        "jobs_guaranteed": cells.read("jobs_guaranteed", lambda text: whole(text, most=100_000)),
        **wishes,
        "published": published,
    }
    facts = understand(title, description)
    placeless = district is None and (not region or "上海" in region)
    found = _from_text(facts, cells, placeless=placeless, payless=salary == (None, None))
    record |= found | {"heads_stated": heads is not None or "heads" in found, "read_from_text": sorted(found)}
    if heads is None and facts.heads_low is not None:
        heads = (facts.heads_low, facts.heads_high or facts.heads_low)
    if record["class_size_min"] and heads and record["class_size_min"] > heads[1]:
        raise RowFault(
            "class_size",
            f"最小班额 {record['class_size_min']} 大于人数 {heads[1]}",
            "请核对两个数",
            "最小班额",
        )
    if record["jobs_guaranteed"] is not None and heads and record["jobs_guaranteed"] > heads[1]:
        raise RowFault(
            "class_size",
            f"承诺录用 {record['jobs_guaranteed']} 人多于需求 {heads[1]} 人",
            "请核对两个数",
            "承诺录用",
        )
    return {**record, "_masked": sum(count for _, count in masking.values())}


def _heads(text: str) -> tuple[int, int] | None:
    """Heads as a number or a range whose ends stand in order."""
    plain = normalised(text)
    if re.fullmatch(r"[-−]\s*\d+\s*[人名位]?|0+\s*[人名位]?", plain):
        raise RowFault("bad_heads", f"人数“{text}”不是正数", "请填写至少 1 人")
    ends = re.search(r"(\d{1,9})\s*[人名位]?\s*[-~—–至到]\s*(\d{1,9})", plain)
    if ends and int(ends[1]) > int(ends[2]):
        raise RowFault("bad_heads", f"人数“{text}”的下限 {ends[1]} 大于上限 {ends[2]}", "请核对两端的数")
    return heads_range(text)


def _start(text: str, mode: str, published: date | None) -> Term:
    """When it starts. A class cannot be placed in a term that has begun.

    A vacancy of the past is a record like any other, and so is a class that was asked for in time: where a row says
    when it was published, it is that day that counts.
    """
    try:
        term = parse_term(text)
    except InvalidCodeError as error:
        raise RowFault("bad_year", error.message, error.remedy) from error
    asked = published or now().date()
    if mode != "recruitment" and term.is_past(asked):
        raise RowFault(
            "past_term",
            f"开始学期 {term.label}在{'发布' if published else '提交'}那天（{asked.isoformat()}）已经过去",
            "请填写以后的学期",
        )
    return term


def _listed(text: str) -> list[str]:
    """The items of a cell, each once."""
    items = [item.strip() for item in re.split(r"[;；、,，|\n]", text)]
    found = [mask_personal(item)[0][:100] for item in dict.fromkeys(items) if item]
    if len(found) > MOST_LISTED:
        raise RowFault("out_of_range", f"列出了 {len(found)} 项，最多 {MOST_LISTED} 项", "请只留主要的")
    return found


def _schools(text: str) -> list[str]:
    """Codes of the schools a cell names by code or name."""
    schools = load_reference().schools
    return [(schools.named(simplified(item)) or schools.get(item)).code for item in _listed(text)]


def _check_wishes(wishes: dict[str, list[str]]) -> None:
    if both := set(wishes["partner_schools"]) & set(wishes["excluded_schools"]):
        code = min(both)
        school = load_reference().schools.find(code)
        raise RowFault(
            "wishes_disagree",
            f"{school.name if school else code}既是合作院校，又被排除",
            "请只留一处",
            "排除院校",
            code,
        )


def _from_text(facts: PostingFacts, cells: Cells, *, placeless: bool, payless: bool) -> dict[str, Any]:
    """What the text says of members that the row leaves empty. Level None here is 不限, said in the text."""
    found: dict[str, Any] = {}
    if not cells.text("level") and facts.education is not None:
        level = facts.education.level
        found["level"] = level.value if level else None
    if not cells.text("heads") and facts.heads_low is not None:
        found["heads"] = (facts.heads_low + (facts.heads_high or facts.heads_low)) // 2
    if placeless and facts.district_code is not None:
        found["district_code"] = facts.district_code
    if not cells.text("experience_years") and facts.experience_years is not None:
        found["experience_years"] = facts.experience_years
    if payless and facts.salary is not None:
        amounts = {"salary_min": facts.salary.low, "salary_max": facts.salary.high}
        found |= {name: amount for name, amount in amounts.items() if amount is not None}
    return found


def _content_id(cells: Cells) -> str:
    """An id made of all that the row says: two openings that differ only in place or heads are two postings."""
    parts = (f"{name}={text}" for name, text in sorted(own_cells(cells).items()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _level(cells: Cells) -> str | None:
    stated = _OTHER_WISHES.sub("", cells.text("level"))
    if not stated or _ANY_LEVEL.search(stated):
        return None
    level: Level = cells.read("level", lambda _: parse_level(stated))
    return level.value


def _industry(text: str) -> str:
    return load_reference().industries.get(text).code


def _mode(text: str) -> str:
    if text not in _MODE_BY_NAME:
        raise RowFault(
            "unknown_mode",
            f"不认识的培养方式“{text}”",
            "可用：订单班、现代学徒制、企业新型学徒制、实习、校招",
        )
    return _MODE_BY_NAME[text]


def _years(text: str) -> float | None:
    """The least years of experience: `3-5年` → 3, `两年以上` → 2, `6个月` → 0.5; None where no number says."""
    found = re.search(r"\d+(?:\.\d+)?|[一二两三四五六七八九十]+(?=年|个?月)", text)
    if not found:
        return 0.5 if "半年" in text else None
    number = float(found[0]) if found[0][0].isdecimal() else float(chinese_whole(found[0]) or 0)
    years = number / 12 if "月" in text and "年" not in text else number
    return years if years <= MOST_YEARS else None


POSTINGS = Kind(
    name="postings",
    title="岗位需求",
    description="企业的岗位与订单班需求。没有填写的学历、人数、区、经验与月薪从文字中读出，并注明。"
    "企业在已装入的企业名单中的，补上信用代码；名单中没有的照原样保存，只是相近的待核对。"
    "手机号、座机号、身份证号、邮箱、QQ 号与微信号在保存前遮去。",
    model=Posting,
    columns=(
        Column("id", "编号", ("岗位编号", "职位编号", "posting_id")),
        Column(
            "enterprise",
            "企业",
            (
                "企业名称",
                "公司",
                "公司名称",
                "单位",
                "单位名称",
                "用人单位",
                "招聘单位",
                "招聘企业",
                "公司全称",
                "企业全称",
                "company",
            ),
            required=True,
        ),
        Column("credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "企业代码")),
        Column(
            "title",
            "岗位",
            ("岗位名称", "职位", "职位名称", "招聘岗位", "招聘职位", "需求岗位", "job_title"),
            required=True,
        ),
        *DESCRIPTION_COLUMNS,
        Column("region", "地区", ("工作地点", "工作地", "地点", "城市", "所在地", "工作城市", "工作地址")),
        Column("district_code", "区", ("所在区", "所属区", "区代码", "district")),
        Column("level", "学历", ("学历要求", "层次", "education", "最低学历", "学历层次", "文化程度")),
        Column(
            "heads",
            "人数",
            (
                "招聘人数",
                "需求人数",
                "需求数",
                "招聘数量",
                "需求数量",
                "拟招人数",
                "招工人数",
                "用工人数",
                "招聘名额",
                "headcount",
            ),
        ),
        Column(
            "mode", "培养方式", ("方式", "合作方式", "培养模式", "需求类型", "招聘类型"), allowed=_MODE_NAMES
        ),
        Column("class_size_min", "最小班额", ("开班最少人数", "最低开班人数")),
        Column(
            "start_year",
            "开始年份",
            ("开班年份", "用人年份", "start_term", "开始学期", "开班学期", "入学学期", "开班时间"),
            note="年份或学期，如 2028、2028年秋季、2028-09",
        ),
        Column("skills", "技能", ("技能要求",), note="几项之间用顿号或分号"),
        Column(
            "certificates", "证书", ("证书要求", "1+X证书", "职业技能等级证书"), note="几项之间用顿号或分号"
        ),
        Column("teachers", "企业教师", ("企业教师数", "企业导师", "企业师傅"), note="企业派出的教师 人"),
        Column("equipment", "企业设备", ("设备", "设备与场地", "投入设备")),
        Column("stipend", "学生补贴", ("补贴", "津贴", "实习补贴"), note="元/人·月"),
        Column("jobs_guaranteed", "承诺录用", ("承诺录用人数", "保障就业人数"), note="人"),
        Column(
            "partner_schools",
            "合作院校",
            ("意向院校", "优先院校", "合作学校"),
            note="代码或校名，几所之间用顿号或分号",
        ),
        Column("excluded_schools", "排除院校", ("不合作院校",), note="代码或校名，几所之间用顿号或分号"),
        Column("industry_code", "行业代码", ("国民经济行业代码",)),
        Column("industry_name", "行业", ("所属行业", "行业名称", "行业类别")),
        Column("occupation_code", "职业代码", ()),
        Column("experience_years", "经验年限", ("工作经验", "经验", "工作年限", "经验要求", "工作经验要求")),
        *SALARY_COLUMNS,
        Column("published", "发布日期", ("发布时间", "日期")),
        SIMULATED,
    ),
    build=build,
    example="企业=示例企业，岗位=集成电路测试工程师，学历=本科，人数=约30人，培养方式=订单班，区=浦东新区",
)
