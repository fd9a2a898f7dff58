"""The tuition 学费 of an enrolment plan, in 元 a year."""

import re
from functools import lru_cache

from app.ingest.fault import RowFault
from app.ingest.resolve import How
from app.ingest.schema import Cells, Note
from app.ingest.values import decimal

_PER_YEAR = re.compile(
    r"(?:[¥￥]|人民币)?\s*(\d[\d,]*(?:\.\d+)?\s*[千万]?)\s*元?(?:\s*[/每·.、]?(?:学生|生|人|学?年))*\s*(?:\([^()\d]*\))?"
)
"""A fee for a year: none for a term or a credit, and no two of them."""


def tuition_of(cells: Cells) -> int | None:
    """The fee; figures that are no fee for a year stay out, with a note beside the row. Raises RowFault for one that cannot
    be.
    """
    yuan: int | None = cells.read("tuition", _yuan)
    if yuan is None and _has_figures(cells):
        text = cells.text("tuition")
        cells.note(Note(cells.title("tuition"), text, "", "没有读出，未采用", 0.0, How.NOTHING.value))
    return yuan


def tuition_alone(cells: Cells) -> int | None:
    """The fee where there is nothing to note of it; raises RowFault else."""
    yuan: int | None = cells.read("tuition", _yuan)
    if yuan is None and _has_figures(cells):
        raise RowFault("not_a_number", "没有读出学费", "请填写每年的学费")
    return yuan


def _has_figures(cells: Cells) -> bool:
    return re.search(r"\d", cells.text("tuition")) is not None


@lru_cache(maxsize=4_096)
def _yuan(text: str) -> int | None:
    found = _PER_YEAR.fullmatch(text)
    return int(decimal(found[1], most=1e7)) if found else None
