"""Choosing programs of the catalogue by class, category and name: the filters several resources share."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.listing import Paging
from app.api.parameters import LevelCode, Words
from app.errors import InvalidInputError
from app.reference import load_reference
from app.reference.codes import normalised
from app.reference.programs import Program, name_key

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class ProgramFilters(Paging):
    """Filters by program, shared by every list whose items are about programs."""

    level: LevelCode | None = None
    program: ShortText | None = Field(
        None, description="专业代码或名称。Program code or name.", examples=["080710T", "护理学"]
    )
    class_: ShortText | None = Field(
        None, alias="class", description="专业类代码或名称。Class code or name.", examples=["0807"]
    )
    category: ShortText | None = Field(
        None, description="门类或专业大类的代码或名称。Category code or name.", examples=["08"]
    )
    q: Words | None = None

    def programs(self) -> tuple[Program, ...] | None:
        """The programs chosen, in order of the catalogue; None where no filter but the level is set.

        Raises InvalidInputError where a program, class or category is not in the catalogue.
        """
        if self.program is None and self.class_ is None and self.category is None and not self.q:
            return None
        chosen: Iterable[Program] = load_reference().programs
        if self.level is not None:
            chosen = [each for each in chosen if each.level == self.level]
        for parameter, wanted, members in (
            ("program", self.program, ("code", "name")),
            ("class", self.class_, ("class_code", "class_name")),
            ("category", self.category, ("category_code", "category_name")),
        ):
            if wanted is not None:
                chosen = _having(list(chosen), parameter, wanted, members)
        return tuple(each for each in chosen if contains_words(self.q, each.code, each.name))

    def keys(self) -> set[tuple[str, str]] | None:
        """The same as (level, code)."""
        programs = self.programs()
        return None if programs is None else {program.key for program in programs}


def _having(programs: list[Program], parameter: str, wanted: str, members: tuple[str, ...]) -> list[Program]:
    key = name_key(wanted).upper()
    found = [each for each in programs if key in {name_key(getattr(each, m)).upper() for m in members}]
    if programs and not found:
        raise InvalidInputError(
            f"专业目录中没有“{wanted}”",
            remedy="请核对代码、名称与层次，或用 GET /v1/programs?q= 查找",
            where={"参数": parameter},
        )
    return found


def contains_words(q: str | None, *texts: str) -> bool:
    """Whether every word of `q` occurs in one of the texts; width and case aside."""
    if not q:
        return True
    where = [normalised(text).lower() for text in texts]
    return all(any(word in text for text in where) for word in normalised(q).lower().split())
