"""The official classifications as typed, immutable look-ups, loaded once from the packaged tables."""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from app.reference.crosswalk import Crosswalk
from app.reference.districts import District, Districts
from app.reference.industries import Industries, Industry
from app.reference.levels import Level
from app.reference.occupations import Occupation, Occupations
from app.reference.policy import FocusArea, IndustryGroup, PilotTarget, PolicyTag, PolicyTags
from app.reference.programs import Program, Programs
from app.reference.schools import School, Schools

__all__ = ["Level", "Reference", "load_reference"]

_FILES = (
    "programs.tsv",
    "occupations.tsv",
    "occupation_groups.tsv",
    "unlisted_occupations.tsv",
    "industries.tsv",
    "industry_aliases.tsv",
    "policy_tags.tsv",
    "program_occupation.tsv",
    "schools.tsv",
    "school_aliases.tsv",
    "districts.tsv",
    "places.tsv",
    "certificate_names.tsv",
    "everyday_majors.tsv",
    "pilot.toml",
)


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference tables of one release."""

    programs: Programs
    industries: Industries
    occupations: Occupations
    crosswalk: Crosswalk
    policy_tags: PolicyTags
    focus_areas: tuple[FocusArea, ...]
    industry_groups: tuple[IndustryGroup, ...]
    pilot_targets: tuple[PilotTarget, ...]
    schools: Schools
    districts: Districts
    certificate_names: Mapping[str, str]
    """Certificates as postings call them, each with its usual name."""
    everyday_majors: Mapping[str, tuple[str, ...]]
    """Majors as postings call them, beside the names of the catalogue: name → classes of bachelor programs, none where it is
    too broad to name any.
    """
    digest: str
    """SHA-256 over the packaged files, recorded by every run."""


@lru_cache(maxsize=1)
def load_reference() -> Reference:
    """The packaged tables. Loading takes well under a second; later calls return the same object."""
    texts = {name: (files("app.data") / "reference" / name).read_text("utf-8") for name in _FILES}
    digest = hashlib.sha256("\0".join(f"{name}\0{texts[name]}" for name in _FILES).encode()).hexdigest()
    groups = {row["code"]: row["name"] for row in _rows(texts["occupation_groups.tsv"])}
    pilot = tomllib.loads(texts["pilot.toml"])
    return Reference(
        programs=Programs(_program(row) for row in _rows(texts["programs.tsv"])),
        industries=Industries(
            (_industry(row) for row in _rows(texts["industries.tsv"])),
            {row["name"]: _list(row["codes"]) for row in _rows(texts["industry_aliases.tsv"])},
        ),
        occupations=Occupations(
            (_occupation(row, groups) for row in _rows(texts["occupations.tsv"])),
            {row["code"]: row["name"] for row in _rows(texts["unlisted_occupations.tsv"])},
        ),
        crosswalk=Crosswalk(
            (row["level"], row["program_code"], code)
            for row in _rows(texts["program_occupation.tsv"])
            for code in _list(row["occupation_codes"])
        ),
        policy_tags=PolicyTags(
            PolicyTag(
                row["tag"],
                row["industry_code"],
                row["partial"] == "1",
                row["category_path"],
                row["key_products"],
            )
            for row in _rows(texts["policy_tags.tsv"])
        ),
        focus_areas=tuple(FocusArea(**_frozen(area)) for area in pilot["area"]),
        industry_groups=tuple(IndustryGroup(**_frozen(group)) for group in pilot["group"]),
        pilot_targets=tuple(PilotTarget(**target) for target in pilot["target"]),
        schools=Schools(
            (School(**row) for row in _rows(texts["schools.tsv"])),
            {row["alias"]: row["code"] for row in _rows(texts["school_aliases.tsv"])},
        ),
        districts=Districts(
            (
                District(row["code"], row["name"], float(row["latitude"]), float(row["longitude"]))
                for row in _rows(texts["districts.tsv"])
            ),
            {row["name"]: row["district_code"] for row in _rows(texts["places.tsv"])},
        ),
        certificate_names=MappingProxyType(
            {row["alias"]: row["name"] for row in _rows(texts["certificate_names.tsv"])}
        ),
        everyday_majors=MappingProxyType(
            {row["name"]: _list(row["class_codes"]) for row in _rows(texts["everyday_majors.tsv"])}
        ),
        digest=digest,
    )


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    """A table of a TOML file with its lists as tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _rows(text: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _program(row: dict[str, str]) -> Program:
    return Program(
        level=Level(row["level"]),
        code=row["code"],
        name=row["name"],
        class_code=row["class_code"],
        class_name=row["class_name"],
        category_code=row["category_code"],
        category_name=row["category_name"],
        foundation_courses=_list(row["foundation_courses"]),
        core_courses=_list(row["core_courses"]),
        certificates=_list(row["certificates"]),
        continues_to=_list(row["continues_to"]),
    )


def _industry(row: dict[str, str]) -> Industry:
    code = row["code"]
    level = {1: "section", 3: "division", 4: "group", 5: "class"}[len(code)]
    parent = {1: "", 3: code[:1], 4: code[:3], 5: code[:4]}[len(code)]
    return Industry(code, row["name"], level, code[:1], parent)


def _occupation(row: dict[str, str], groups: dict[str, str]) -> Occupation:
    code = row["code"]
    major, middle, minor = code[:1], code[:4], code[:7]
    return Occupation(code, row["name"], minor, groups[minor], middle, groups[middle], major, groups[major])
