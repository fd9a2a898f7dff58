"""What the kinds of register entries share: keys, words of a fixed list, lists in a cell, and what an entry serves."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.kinds.entities import district_in
from app.ingest.resolve import How, found_by, noted
from app.ingest.resolve_programs import lost_zero, program_coded
from app.ingest.schema import Cells, Column
from app.matching.normalise import simplified
from app.matching.personal import mask_personal
from app.reference import Level, load_reference
from app.reference.schools import School, school_levels

INDUSTRY_CODE = Column("industry_code", "行业代码", ("国民经济行业代码",))
INDUSTRY_NAME = Column("industry_name", "行业", ("所属行业", "行业名称", "行业领域", "sector"))
PROGRAMS = Column(
    "programs",
    "服务专业",
    ("面向专业", "对应专业", "服务专业（类）", "专业"),
    note="专业或专业类的代码或名称，以顿号、逗号或分号分开",
)
FIELDS = Column("fields", "服务领域", ("领域", "技术领域", "服务产业", "面向领域"), note="文字")


def entry_key(*parts: object) -> str:
    """The key of an entry: the first 16 digits of the SHA-256 of what it is about."""
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def choice(words: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """A reader of a word of a fixed list, by our name or any of its Chinese ones."""
    names = {name: ours for ours, others in words.items() for name in (ours, *others)}

    def read(text: str) -> str:
        if text.lower() not in names:
            listed = "、".join(others[0] for others in words.values())
            raise RowFault("unknown_choice", f"不认识的取值“{text[:40]}”", f"可用：{listed}")
        return names[text.lower()]

    return read


def choices(words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The words of such a list as they are best written, for a column to offer."""
    return tuple(names[0] for names in words.values())


def parts_of(text: str) -> list[str]:
    """The items of a list in a cell, each once."""
    return [*dict.fromkeys(part for each in re.split(r"[、,，;；|\n]", text) if (part := each.strip()))]


def district_of(cells: Cells) -> str | None:
    """The code of the district, None where the cell is empty."""
    text = cells.text("district_code")
    district = district_in(text) if text else None
    if text and district is None:
        raise RowFault("unknown_district", f"上海没有“{text}”这个区", "请填写区名或六位代码", "区", text)
    return district.code if district else None


def industry_of(cells: Cells) -> str | None:
    """The industry by its code, else by its name where that means one."""
    code: str | None = cells.read("industry_code", lambda text: load_reference().industries.get(text).code)
    named = load_reference().industries.alias(simplified(cells.text("industry_name")))
    return code or (named[0] if len(named) == 1 else None)


def industries_in(text: str) -> list[str]:
    """Codes of the industries that a list names by code or by name."""
    industries = load_reference().industries
    found: list[str] = []
    for part in parts_of(text):
        try:
            found += industries.alias(simplified(part)) or (industries.get(part).code,)
        except InvalidCodeError as error:
            raise RowFault(
                "unknown_industry",
                f"没有名为“{part[:40]}”的行业",
                "请填写 GB/T 4754-2017 的名称或代码，如 C397",
                value=part,
            ) from error
    return [*dict.fromkeys(found)]


def schools_in(text: str) -> list[str]:
    """Codes of the schools that a list names by code or by name."""
    schools = load_reference().schools
    found = []
    for part in parts_of(text):
        try:
            found.append((schools.named(simplified(part)) or schools.get(part)).code)
        except InvalidCodeError as error:
            raise RowFault(
                "unknown_school",
                f"上海高校名单中没有“{part[:40]}”",
                "请用学校全称或标识码；名单以外的学校请写在“其他伙伴”",
                value=part,
            ) from error
    return [*dict.fromkeys(found)]


def served(cells: Cells, school: School) -> dict[str, Any]:
    """`programs` and `classes` (each `level:code`) that the entry names, classes of the programs included.

    A name or code that several levels have means those at which the school teaches, all of them where it does at none.
    """
    taught = {level.value for level in school_levels(school)}
    programs: dict[str, None] = {}
    classes: dict[str, None] = {}
    for part in parts_of(cells.text("programs")):
        of_class, of_program = (
            [key for key in found if key[0] in taught] or found
            for found in (_classes_called(part), _programs_called(part))
        )
        if not of_class and not of_program:
            raise RowFault(
                "unknown_program",
                f"各层次专业目录中都没有“{part[:40]}”",
                "请核对专业或专业类的名称与代码；不是专业的请写在“服务领域”",
                PROGRAMS.title,
                part,
            )
        for level, code in of_class:
            classes[f"{level}:{code}"] = None
        for level, code in of_program:
            program = load_reference().programs.get(level, code)
            programs[f"{level}:{code}"] = None
            classes[f"{level}:{program.class_code}"] = None
            if lost_zero(part, program):
                noted(found_by(How.ZERO, program), cells, PROGRAMS.name, part)
    return {"programs": [*programs], "classes": [*classes]}


_SHORTEST_CODE = 4


@lru_cache(maxsize=4096)
def _programs_called(text: str) -> tuple[tuple[str, str], ...]:
    programs = load_reference().programs
    # Three digits may be a class or a discipline that lost its zero: where no level is written, that is not guessed.
    find = program_coded if len(text) >= _SHORTEST_CODE else programs.find
    coded = tuple(program.key for level in Level if (program := find(level, text.upper())))
    return coded or tuple(program.key for program in programs.named(simplified(text)))


@lru_cache(maxsize=4096)
def _classes_called(text: str) -> tuple[tuple[str, str], ...]:
    programs = load_reference().programs
    coded = {(p.level.value, p.class_code) for p in programs if p.class_code == text.upper()}
    return tuple(sorted(coded)) or programs.class_named(simplified(text))


def masked(cells: Cells, *names: str) -> tuple[dict[str, str], int]:
    """The texts of these columns with personal data masked, and how many numbers and addresses there were."""
    found = {name: mask_personal(cells.text(name)) for name in names}
    return {name: text for name, (text, _) in found.items()}, sum(count for _, count in found.values())
