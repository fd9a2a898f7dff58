"""Codes in a scenario 情景, as people write them, brought to their official form."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints, ValidationInfo

from app.errors import InvalidCodeError
from app.reference import Reference
from app.reference.levels import parse_level


def reference_of(info: ValidationInfo) -> Reference:
    """The reference tables against which a scenario is checked, given as the context of the validation."""
    reference = (info.context or {}).get("reference")
    assert isinstance(reference, Reference), "a scenario is checked against the reference tables"
    return reference


def _read(find: Callable[[Reference, str], str]) -> BeforeValidator:
    """A code as people write it, brought to its official form; an unknown one is refused with what to do."""

    def read(value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return find(reference_of(info), value.strip())
        except InvalidCodeError as error:
            raise ValueError(str(error)) from error

    return BeforeValidator(read)


def _school(reference: Reference, text: str) -> str:
    return (reference.schools.named(text) or reference.schools.get(text)).code


def _district(reference: Reference, text: str) -> str:
    return (reference.districts.named(text) or reference.districts.get(text)).code


def _industry(reference: Reference, text: str) -> str:
    named = reference.industries.named(text)
    return min(named, key=lambda i: len(i.code)).code if named else reference.industries.get(text).code


def _occupation(reference: Reference, text: str) -> str:
    named = reference.occupations.named(text)
    return named[0].code if named else reference.occupations.get(text).code


def _group(reference: Reference, text: str) -> str:
    for group in reference.industry_groups:
        if text in (group.id, group.name):
            return group.id
    known = "、".join(f"{group.name} {group.id}" for group in reference.industry_groups)
    raise InvalidCodeError(f"没有产业群“{text}”", remedy=f"可用：{known}")


Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
LevelCode = Annotated[Code, _read(lambda _, text: parse_level(text).value)]
SchoolCode = Annotated[Code, _read(_school)]
DistrictCode = Annotated[Code, _read(_district)]
IndustryCode = Annotated[Code, _read(_industry)]
OccupationCode = Annotated[Code, _read(_occupation)]
GroupId = Annotated[Code, _read(_group)]
