"""What is matched: a text with a title, and the kinds of question asked of it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Document:
    """One source or target of a match.

    `title` is its name (专业名, 职业名, 行业名, 岗位名); `text` is everything else that describes it and may
    be empty. `level` (a level code such as `bachelor`), `program_code` and `region` are what the caller knows
    beside the text.
    """

    id: str
    title: str
    text: str = ""
    level: str | None = None
    program_code: str | None = None
    region: str | None = None


class Task(StrEnum):
    """The kind of pair that is scored; each has its own layers (see `recipes.py`, `sheet.py`)."""

    PROGRAM_OCCUPATION = "program-occupation"
    PROGRAM_INDUSTRY = "program-industry"
    POSTING_CLASS = "posting-class"
    SCOPE_INDUSTRY = "scope-industry"
    TITLE_TITLE = "title-title"
    DUTY_CLASS = "duty-class"
    GENERIC = "generic"
