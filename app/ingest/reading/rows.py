"""What reading a file gives: rows, and the table they stand in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.errors import UnreadableFileError
from app.ingest.fault import RowFault

Recognised = Callable[[str], bool]
"""Whether a header text is a column that the wanted kind knows."""
Fits = Callable[[Sequence[str]], bool]
"""Whether these headers have all the columns that the wanted kind needs."""


class _Row(NamedTuple):
    number: int
    headers: tuple[str, ...]
    values: Sequence[Any]
    surplus: tuple[str, ...]
    broken: str
    sheet: str
    fault: RowFault | None


class Row(_Row):
    """A row as it came: its 1-based line (or row of the sheet), its cells by header, and cells beyond the header.

    `broken` is the raw line, where it could not be taken apart at all; `sheet` the sheet of a workbook, the member of an
    archive, or both, empty where the file has but one table; `fault` is why the row cannot be a record whatever its
    kind, where reading alone shows it.
    """

    __slots__ = ()

    def __new__(
        cls,
        number: int,
        cells: Mapping[str, Any],
        surplus: tuple[str, ...] = (),
        broken: str = "",
        sheet: str = "",
        fault: RowFault | None = None,
    ) -> "Row":
        return cls._make((number, tuple(cells), tuple(cells.values()), surplus, broken, sheet, fault))

    @property
    def cells(self) -> dict[str, Any]:
        """The cells by header. Made when asked for: what takes many rows at a time does without."""
        return dict(zip(self.headers, self.values, strict=True))

    def with_cells(self, cells: Mapping[str, Any]) -> "Row":
        """The same row with other cells."""
        return self._replace(headers=tuple(cells), values=tuple(cells.values()))


@dataclass(slots=True)
class Table:
    """Rows of a file as a stream, with how it was read.

    `headers` are those of all `parts` (sheets, members of an archive), each name once. A row has the headers of its
    own part only; a file of one table has one part.
    """

    headers: tuple[str, ...]
    rows: Iterable[Row]
    reading: dict[str, Any] = field(default_factory=dict)
    parts: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        self.parts = self.parts or (self.headers,)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Names for a message, the first `most` of them."""
    every = list(names)
    return "、".join(every[:most]) + (f" 等 {len(every)} 个" if len(every) > most else "")


def refused(message: str, remedy: str, file: str, **place: str | int) -> UnreadableFileError:
    """The error for a file that is not read, naming it and the place in it (sheet, line, member)."""
    return UnreadableFileError(message, remedy=remedy, where={"文件": file, **place})


def row_of(
    number: int, headers: tuple[str, ...], texts: list[str], sheet: str = "", fault: RowFault | None = None
) -> Row:
    """A row of clean texts under its headers; what stands beyond the last header is kept apart."""
    width = len(headers)
    if len(texts) == width:
        return _made(Row, (number, headers, texts, (), "", sheet, fault))
    surplus = tuple(texts[width:]) if any(texts[width:]) else ()
    return _made(Row, (number, headers[: len(texts)], texts[:width], surplus, "", sheet, fault))


_made = tuple.__new__
"""Makes a row of headers and values that stand ready, without the call that takes cells apart."""
