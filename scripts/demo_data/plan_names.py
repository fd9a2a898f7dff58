"""Shortens the name of an enrolment plan row to its facts: head, direction, programs contained, campus.

A name as published mixes facts with admission remarks on languages, health and fees. Only the facts are
carried, in one fixed form: 「电子信息类（含自动化、通信工程；办学地点：松江校区）」.
"""

import re
from dataclasses import dataclass

from demo_data.catalogue import Catalogue

CAMPUS = re.compile(r"(?:[\u4e00-\u9fa5]{2,5}校区|校本部|[\u4e00-\u9fa5]{2,4}校部)")
REMARK = re.compile(
    "|".join(
        (
            "只招|不招|仅招|招生|招收|生源|面向|单列|民族|专项|军|男|女|考生|报考|录取|选考|学科|专业组|条件|要求|标准|合格|须|需",
            "体检|色盲|色弱|色觉|视力|辨色|复视|身高|六大类|外语|语种|语组|口试|英语$|语$|^口$|多元$|成绩|综合评价",
            "学费|收费|免|住宿|学制|毕业|分流|转段|预科培养|培养学院|^培养|大一|第一学年|完成|授予|高起点|强基础|协议",
            "一流|国家级|特殊|待定|不限|其他类|其他院校|详见|查看|名称及备注|代码|可自愿|根据|此专业|该专业|以上",
            "上海|州$|大学$|合作方|合作$|办学|校区|校本部|^含|包含|^类$|^像$|摄影摄$",
        )
    )
)
"""What marks a clause as a remark on admission, a torn piece, or a fact that is carried elsewhere."""
PROGRAM_PREFIX = re.compile(
    r"^(?:\d{6}[TK]*\.)?(?:以下)?(?:其中)?(?:包含专业|包括专业|包含|包括|含有|含|专业)?[:：]?"
)
PROGRAM_SUFFIX = re.compile(r"(?:等专业|专业|等)$")
MAX_DIRECTION = 16


@dataclass(frozen=True, slots=True)
class PlanName:
    head: str
    directions: tuple[str, ...]
    contained: tuple[str, ...]
    """Names of catalogue programs, or of program classes, that a broad category contains."""
    campus: str

    def __str__(self) -> str:
        text = self.head + "".join(f"（{direction}）" for direction in self.directions)
        facts = []
        if self.contained:
            facts.append("含" + "、".join(self.contained))
        if self.campus:
            facts.append(f"办学地点：{self.campus}")
        return f"{text}（{'；'.join(facts)}）" if facts else text


def top_level_brackets(text: str) -> tuple[str, list[str]]:
    """The text outside the outermost brackets, and the inside of each; an open end is closed."""
    head: list[str] = []
    groups: list[str] = []
    depth = 0
    for character in text:
        if character == "（":
            depth += 1
            if depth == 1:
                groups.append("")
                continue
        elif character == "）" and depth:
            depth -= 1
            if depth == 0:
                continue
        if depth:
            groups[-1] += character
        else:
            head.append(character)
    return "".join(head).strip(), groups


def shorten(published: str, level: str, catalogue: Catalogue) -> PlanName:
    """The facts of a published name. `level` says in which catalogue contained programs are looked up."""
    text = published.replace("(", "（").replace(")", "）").replace('"', "").replace(" ", "").strip()
    head, groups = top_level_brackets(text)
    head = re.split(r"[。；;，,:：）]|性别|代号|含", re.sub(r"^.*）\d{3}", "", head))[0].strip()
    broad = catalogue.find(level, head) is None
    campus = ""
    directions: list[str] = []
    contained: list[str] = []
    for group in groups:
        if not campus and "预科培养" not in group:
            campus = named_campus(group)
        if broad and (found := programs_in(group, level, catalogue)):
            contained += [name for name in found if name not in contained]
            continue
        for clause in re.split(r"[；;，,。]", group):
            plain = clause.strip("：:、 ")
            if (
                plain
                and len(plain) <= MAX_DIRECTION
                and plain.count("（") == plain.count("）")
                and not REMARK.search(plain)
                and plain not in directions
            ):
                directions.append(plain)
    return PlanName(head, tuple(directions), tuple(contained), campus)


def named_campus(text: str) -> str:
    """The first campus named in the text, or an empty string."""
    for clause in re.split(r"[；;，,。：:（）、]", text):
        if match := CAMPUS.search(re.split("[在为于]", clause)[-1]):
            return match.group()
    return ""


def programs_in(text: str, level: str, catalogue: Catalogue) -> list[str]:
    """Names in the text that are programs or program classes of the level, in order."""
    found = []
    for token in re.split(r"[、，,；;。+：:（）]", text):
        name = PROGRAM_SUFFIX.sub("", PROGRAM_PREFIX.sub("", token.strip()))
        if catalogue.find(level, name) or name in catalogue.class_names[level]:
            found.append(name)
    return found
