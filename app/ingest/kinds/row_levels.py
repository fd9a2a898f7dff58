"""The level 层次 that a row is of, and how that is told where no column says it."""

import re

from app.ingest.dates import years_of_schooling
from app.ingest.fault import RowFault
from app.ingest.resolve_programs import program_coded
from app.ingest.schema import Cells
from app.matching.normalise import simplified
from app.reference import Level, load_reference
from app.reference.levels import parse_level
from app.reference.schools import School, school_levels


def levels_of(cells: Cells, school: School, hint: str = "") -> tuple[Level, ...]:
    """Levels a row may be of, the likeliest first: by its column, else by a hint such as the admission batch, else all
    that the school teaches at, first those that the program's code or the years of schooling speak for. 本科 may be the
    vocational bachelor, and is that first at a vocational university.

    Raises RowFault where a vocational university has the program at two levels, and nothing says which is meant.
    """
    taught = school_levels(school)
    stated: Level | None = cells.read("level", lambda text: parse_level(simplified(text)))
    hint = simplified(hint)
    by_batch = bool(re.search(r"专科|高职", hint)) and "本科" not in hint
    if stated is None:
        return (Level.HIGHER_VOCATIONAL,) if by_batch else _by_signs(cells, taught, hint)
    if by_batch and stated in (Level.BACHELOR, Level.VOCATIONAL_BACHELOR):
        # 层次 may be the school's, not the row's; the batch is the row's own.
        return tuple(dict.fromkeys((Level.HIGHER_VOCATIONAL, *taught)))
    if stated in (Level.BACHELOR, Level.VOCATIONAL_BACHELOR):
        both = tuple(level for level in taught if level.rank == stated.rank) or (stated,)
        return both if cells.text("level") not in set(Level) else (stated,)
    return (stated,)


def _by_signs(cells: Cells, taught: tuple[Level, ...], hint: str) -> tuple[Level, ...]:
    """The levels with those first that the code is of, else those of the batch, else those that take as many years as the
    row says: two or three are no bachelor's.
    """
    code = cells.text("program_code").upper()
    if coded := [level for level in taught if program_coded(level, code)]:
        return tuple(dict.fromkeys((*coded, *taught)))
    if "本科" in hint and not re.search(r"专科|高职", hint):
        return tuple(sorted(taught, key=lambda level: level.rank < Level.BACHELOR.rank))
    years: int | None = cells.read("schooling_years", years_of_schooling)
    if years is None or not 2 <= years <= 4:
        _check_clear(cells, taught)
        return taught
    return tuple(sorted(taught, key=lambda level: (level.rank < Level.BACHELOR.rank) == (years > 3)))


def _check_clear(cells: Cells, taught: tuple[Level, ...]) -> None:
    """Raise RowFault where a vocational university has a program at two levels, and nothing says which is meant."""
    if taught[0] is not Level.VOCATIONAL_BACHELOR:
        return
    name = re.sub(r"[（(].*", "", simplified(cells.text("program_name")))
    named = [level for level in taught if load_reference().programs.named(name, level)]
    if len(named) > 1:
        raise RowFault(
            "needs_review",
            f"没有写层次，“{name}”在{'与'.join(level.label for level in named)}都有",
            "请填写层次、专业代码或学制",
            cells.title("level"),
        )


def level_of(cells: Cells, school: School) -> Level:
    """The likeliest level of a row."""
    return levels_of(cells, school)[0]
