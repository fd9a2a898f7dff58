"""What a kind of file is: its columns with their names in the wild, and how a row becomes a record."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.value_types import ValueType, choices, usual_type
from app.ingest.values import TEXTS, clean, is_empty, truth
from app.matching.normalise import normalise
from app.models import Base

if TYPE_CHECKING:
    from app.ingest.resolve_enterprises import Enterprises

Record = dict[str, Any]
EMPTY: Mapping[str, Any] = MappingProxyType({})
Build = Callable[["Cells"], Record]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: our name, its Chinese title, other names it goes by, and whether a file must have it.

    `holds` is what its cells are, by default what a column of its name usually holds; `allowed` are the values to
    choose from, where they are fewer than those of the type.
    """

    name: str
    title: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    note: str = ""
    holds: ValueType | None = None
    allowed: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.title, self.name, *self.synonyms)

    @property
    def type(self) -> ValueType:
        return self.holds or usual_type(self.name)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from; empty where there is no list of them."""
        return self.allowed or choices(self.type)


@dataclass(frozen=True, slots=True)
class Apart:
    """A column that gives a record the one field of its name, and takes no part in anything else of it.

    `read` gives the value from the cell of this column alone. It raises RowFault where `build` would refuse the row for
    that cell, or note something of it, for whatever reason and in whatever words: what is kept is always what `build`
    makes of the row.
    """

    column: str
    read: Callable[["Cells"], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `build` makes a record of one row, or raises RowFault; the same cells give the same, always.

    `one_of` names groups of columns of which a file must have at least one. `apart` lists columns in which rows may
    differ that are otherwise one: what the others say is then worked out once for all of these rows.
    """

    name: str
    title: str
    description: str
    model: type[Base]
    columns: tuple[Column, ...]
    build: Build
    _by_key: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)
    """The column of each name, as names are compared; of columns that share one, the first."""
    one_of: tuple[tuple[str, ...], ...] = ()
    example: str = ""
    apart: tuple[Apart, ...] = ()

    def record(self, cells: "Cells") -> Record:
        """The record of a row, each text within the room its column has. Raises RowFault."""
        if EXAMPLE.name in cells.raw and cells.text(EXAMPLE.name):
            raise RowFault("example_row", "这是模板中的示例行", "删去这一行；它不影响其他行", EXAMPLE.title)
        if SIMULATED.name in cells.raw:
            cells.read(SIMULATED.name, truth)
        record = self.build(cells)
        self.check_room(record)
        return record

    def check_room(self, record: Record) -> None:
        """Raise RowFault where a text of the record is longer than its column has room for."""
        for name, room in _rooms(self.model):
            value = record.get(name)
            if isinstance(value, str) and len(value) > room:
                title = next((c.title for c in self.columns if c.name == name), name)
                raise RowFault(
                    "too_long",
                    f"“{title}”有 {len(value)} 个字符，最多 {room} 个",
                    "请缩短；是否填错了列",
                    title,
                    value[:200],
                )

    def column_for(self, header: str) -> Column | None:
        """The column a header names; exact after normalisation, never a guess."""
        return self._by_key.get(header_key(header))

    def __post_init__(self) -> None:
        for column in (*self.columns, EXAMPLE):
            for name in column.names:
                self._by_key.setdefault(header_key(name), column)

    def missing(self, present: Iterable[str]) -> list[str]:
        """Titles of required columns that are not among the `present` names."""
        have = set(present)
        titles = {column.name: column.title for column in self.columns}
        lacking = [c.title for c in self.columns if c.required and c.name not in have]
        lacking += [
            "或".join(titles[name] for name in group) for group in self.one_of if not have & set(group)
        ]
        return lacking


@lru_cache(maxsize=100)
def _rooms(model: type[Base]) -> tuple[tuple[str, int], ...]:
    """Text columns of a table that have an end, with the characters they hold."""
    lengths = ((column.key, getattr(column.type, "length", None)) for column in model.__table__.columns)
    return tuple((name, length) for name, length in lengths if length)


@lru_cache(maxsize=20_000)
def header_key(header: str) -> str:
    """A header as it is compared: NFKC, simplified characters, lower case, without blanks, brackets' content and marks."""
    text = normalise(header)
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", text)
    return re.sub(r"[\s_*＊:：、/\\\-]", "", text)


SIMULATED = Column("simulated", "模拟", ("是否模拟",), note="1 表示模拟数据；不填则按整个文件的标记")
EXAMPLE = Column("example_row", "示例标记", note="模板中示例行的标记；有标记的行不装入")
"""Known to every kind, so that an example left in a filled-in template never becomes a record."""


@dataclass(frozen=True, slots=True)
class Note:
    """A guess that was good enough to use: what the cell said, the code it was taken for, the score and how."""

    column: str
    value: str
    code: str
    name: str
    score: float
    how: str


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that earlier batches brought, beside those of the packaged tables.

    `schools`: name_key → code; `enterprises`: the register of enterprises, None where no batch brought one.
    """

    schools: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    enterprises: "Enterprises | None" = None


NONE_KNOWN = KnownNames()


class Cells:
    """The mapped cells of one row, read with errors that name the column; `notes` gathers the guesses made."""

    def __init__(
        self, values: Mapping[str, Any], titles: Mapping[str, str], known: KnownNames = NONE_KNOWN
    ) -> None:
        self.raw = values
        self.known = known
        self.notes: list[Note] = []
        self._titles = titles

    def title(self, name: str) -> str:
        return self._titles.get(name, name)

    def note(self, note: Note) -> None:
        self.notes.append(note)

    def text(self, name: str) -> str:
        """The cell as clean text, empty for the usual signs of nothing; the items of a list with ； between them.

        Raises RowFault for an object, of which no one value can be taken.
        """
        value = self.raw.get(name)
        if value is None:
            return ""
        if type(value) is str:
            return TEXTS[value]
        if isinstance(value, bool):  # as a word: in a column of numbers it is a fault, and no 1
            return "true" if value else "false"
        if isinstance(value, list | dict):
            if isinstance(value, dict) or any(isinstance(item, list | dict) for item in value):
                shown = clean(str(value))[:200]
                raise RowFault(
                    "nested_cell",
                    f"“{self.title(name)}”里是对象 {shown[:40]}，不是一个值",
                    "请把要用的值单独写在这一项里",
                    self.title(name),
                    shown,
                )
            return clean("；".join(map(str, value)))
        text = clean(value)
        return "" if is_empty(text) else text

    def need(self, name: str, code: str = "missing_value") -> str:
        text = self.text(name)
        if not text:
            raise RowFault(
                code,
                f"缺少“{self.title(name)}”",
                "请补全后重新提交",
                self.title(name),
            )
        return text

    def read(self, name: str, parse: Callable[[str], Any], default: Any = None) -> Any:
        """The cell through `parse`, or `default` where it is empty; a fault names this column and value."""
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except RowFault as fault:
            fault.column = fault.column or self.title(name)
            fault.value = fault.value or text
            raise
        except InvalidCodeError as error:
            raise RowFault(error.code, error.message, error.remedy, self.title(name), text) from error
