"""Simulated registers: written by hand in `registers.toml`, enterprises with the codes their postings have."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
MEMBER = "@"
"""Marks a member of an alliance that is an enterprise of the postings."""


@dataclass(frozen=True, slots=True)
class Enterprises:
    """Enterprises of the postings by short name."""

    postings: Mapping[str, Mapping[str, Any]]

    def of(self, name: str) -> Mapping[str, Any]:
        return self.postings[f"示例·{name}（模拟）"]

    def code(self, name: str) -> str:
        return str(self.of(name)["credit_code"]) if name else ""

    def full(self, name: str) -> str:
        return str(self.of(name)["enterprise"]) if name else ""


def registers(postings: Iterable[Mapping[str, Any]]) -> dict[str, Rows]:
    """Rows by kind, each marked as simulated, in the order of loading."""
    told = tomllib.loads(Path(__file__).with_name("registers.toml").read_text(encoding="utf-8"))
    known = Enterprises({posting["enterprise"]: posting for posting in postings})
    tables = {
        name: [row for part in told[name] for row in part["rows"]] for name in told if name != "enterprise"
    }
    found: dict[str, Rows] = {
        "enterprise-register": [
            {
                "统一社会信用代码": known.code(each["name"]),
                "企业名称": known.full(each["name"]),
                "状态": status,
                "起始日期": since,
                "有效期至": until,
                "批次": batch,
                "行业代码": known.of(each["name"])["industry_code"],
                "区": known.of(each["name"])["district_code"],
            }
            for each in told["enterprise"]
            for status, since, until, batch in each["steps"]
        ],
        "enterprise-contributions": [
            {
                "统一社会信用代码": known.code(each["name"]),
                "年份": year,
                "订单班数": classes,
                "实训基地数": bases,
                "企业教师数": teachers,
                "投入资金万元": funds,
            }
            for each in told["enterprise"]
            for year, classes, bases, teachers, funds in each["given"]
        ],
        "training-bases": _named(
            tables["base"],
            (
                "学校名称",
                "基地名称",
                "基地类型",
                "工位数",
                "每周开放小时",
                "面向企业开放",
                "服务专业",
                "区",
                "共建企业",
            ),
        ),
        "dual-qualified-teachers": _named(
            tables["teachers"], ("学校名称", "层次", "专业类", "年份", "专任教师数", "双师型教师数")
        ),
        "training-services": _named(
            tables["service"],
            ("学校名称", "培训名称", "培训内容", "服务专业", "每期人数", "价格", "截止日期"),
        ),
        "alliances": [
            {
                "联盟名称": alliance,
                "联盟类型": kind,
                "示范性": demonstration,
                "成员名称": known.full(member[1:]) if member.startswith(MEMBER) else member,
                "成员类型": "企业" if member.startswith(MEMBER) else "学校",
                "统一社会信用代码": known.code(member[1:]) if member.startswith(MEMBER) else "",
                "牵头": lead,
                "加入日期": since,
            }
            for alliance, kind, demonstration, member, lead, since in tables["alliance"]
        ],
    }
    for base in found["training-bases"]:
        name = base["共建企业"]
        base |= {"共建企业信用代码": known.code(name), "共建企业": known.full(name)}
    for kind, table, title in (
        ("innovation-platforms", "platform", "平台"),
        ("joint-projects", "project", "项目"),
    ):
        headers = (
            f"{title}名称",
            f"{title}类别",
            "行业",
            "区",
            "年份",
            "建设状态",
            "合作院校",
            "合作企业信用代码",
        )
        found[kind] = _named(tables[table], headers)
        for row in found[kind]:
            row["合作企业信用代码"] = known.code(row["合作企业信用代码"])
    found["bulletins"] = _named(tables["bulletin"], ("标题", "正文", "发布单位", "发布日期"))
    return {kind: [{**row, "simulated": 1} for row in rows] for kind, rows in found.items()}


def _named(rows: Iterable[Iterable[Any]], headers: tuple[str, ...]) -> Rows:
    return [dict(zip(headers, row, strict=True)) for row in rows]
