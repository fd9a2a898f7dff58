"""Which programs an entry of a register serves, and the filters by them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pydantic import Field

from app.api.catalogue import ProgramFilters, ShortText
from app.api.listing import Model, Paging
from app.api.naming import ProgramName, level_name, program_names
from app.api.parameters import DistrictCode, LevelCode, SchoolCode, Words
from app.models import now
from app.reference import load_reference
from app.reference.programs import Program


class Serving(Protocol):
    """An entry with `programs` and `classes`, each a list of `level:code`."""

    programs: Any
    classes: Any


class ClassName(Model):
    """A class of programs at a level."""

    level: str
    level_name: str
    class_code: str
    class_name: str


class OfDay(Paging):
    """What a register shows depends on the day."""

    on: date | None = Field(
        None,
        description="哪一天的状态，不填为今天。As of which day; today if left out.",
        examples=["2026-12-31"],
    )

    @property
    def day(self) -> date:
        return self.on or now().date()


class AboutPrograms(Paging):
    """Filters by program of entries that are about programs."""

    level: LevelCode | None = None
    program: ShortText | None = Field(
        None,
        description="专业代码或名称。Program code or name.",
        examples=["080717T"],
    )
    class_: ShortText | None = Field(
        None, alias="class", description="专业类代码或名称。Class code or name.", examples=["0802"]
    )

    def wanted(self) -> tuple[Program, ...] | None:
        """The programs of which an entry must be about one; None where all will do.

        Raises InvalidInputError where program or class is not in the catalogue.
        """
        asked = {"level": self.level, "program": self.program, "class": self.class_}
        return ProgramFilters.model_validate(asked).programs()


class ServedFilters(AboutPrograms):
    """Filters of what a school has for programs; a program is served also by what serves its class."""

    school: SchoolCode | None = None
    district: DistrictCode | None = None
    q: Words | None = None


def serves(entry: Serving, wanted: Sequence[Program] | None, level: str | None) -> bool:
    """Whether an entry serves one of the programs wanted, and anything of the level.

    A program is served by who names it, or names its class and no program of that class.
    """
    if level is not None and not any(key.startswith(f"{level}:") for key in entry.classes):
        return False
    if wanted is None:
        return True
    told = {_class_key(load_reference().programs.get(*key.split(":", 1))) for key in entry.programs}
    return any(
        f"{program.level.value}:{program.code}" in entry.programs
        or (_class_key(program) in entry.classes and _class_key(program) not in told)
        for program in wanted
    )


def _class_key(program: Program) -> str:
    return f"{program.level.value}:{program.class_code}"


def programs_named(keys: Sequence[str]) -> list[ProgramName]:
    return [ProgramName(**program_names(*key.split(":", 1))) for key in keys]


def classes_named(keys: Sequence[str]) -> list[ClassName]:
    named = []
    for key in keys:
        level, code = key.split(":", 1)
        named.append(
            ClassName(
                level=level,
                level_name=level_name(level),
                class_code=code,
                class_name=load_reference().programs.classes(level).get(code, ""),
            )
        )
    return named
