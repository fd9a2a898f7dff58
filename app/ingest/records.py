"""Rows of one kind to lines of its table: each row becomes one, or the fault for which it cannot be a record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import repeat
from typing import Any

from app.ingest.fault import RowFault
from app.ingest.fingerprint import content_of
from app.ingest.reading import Row
from app.ingest.schema import Apart, Cells, Kind, KnownNames, Note, Record
from app.ingest.set_apart import SetApart
from app.ingest.storable import storable
from app.ingest.stretches import columns_of, stretches
from app.ingest.values import truth
from app.ingest.writing import Line, Lines

LONGEST_SHEET = 100
"""Characters of a sheet's name that are kept, the last of them."""
_KEPT = 20_000
"""Outcomes remembered, and values of each column; what is not among them is only worked out once more."""
_LONGEST = 2_000
"""Characters of the cells of a row whose outcome is remembered."""
_REFUSED = object()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the mapped cells of a row make of it, wherever it stands: the line of a record, or a fault."""

    line: Line
    notes: tuple[Note, ...] = ()
    masked: int = 0
    fault: RowFault | None = None
    settled: bool = False
    """Whether the fault holds however the row looks as a whole."""
    tells: bool = False
    """Whether there is something to count: notes, masked numbers."""


class Records:
    """Makes records for one batch; `masked` and `notes` tell of those made last.

    Rows that differ in nothing but the columns that their kind keeps apart have one outcome, worked out once.
    """

    def __init__(
        self,
        kind: Kind,
        lines: Lines,
        batch_id: str,
        columns: Mapping[str, str],
        constants: Mapping[str, Any],
        simulated: bool,
        sheet: str,
        known: KnownNames,
    ) -> None:
        self._kind = kind
        self._lines = lines
        self._batch_id = batch_id
        self._columns = columns
        self._constants = constants
        self._simulated = simulated
        self._sheet = _end(sheet)
        self._known = known
        self._titles = {column.name: column.title for column in kind.columns}
        self._set_apart = SetApart(self._titles)
        self._outcomes: dict[tuple[Any, ...], _Outcome] = {}
        self._layouts: dict[tuple[str, ...], int] = {}
        self._row, self._fingerprint, self._in_sheet = map(lines.place, ("row", "fingerprint", "sheet"))
        self._places = [lines.place(each.column) for each in kind.apart]
        # A record that has an id of its own is like no other.
        alike = () if any(column.primary_key for column in lines.columns) else kind.apart
        self._apart = {each.column: _Remembered(partial(self._alone, each)) for each in alike}
        self.masked: dict[str, int] = {}
        """Personal numbers and addresses masked, by fingerprint."""
        self.notes: dict[str, list[Record]] = {}
        """By fingerprint, for RowNote."""

    def of(self, rows: Sequence[Row], fingerprints: Sequence[str]) -> list[Line | RowFault]:
        """What becomes of the rows, in their order."""
        self.masked, self.notes = {}, {}
        if not self._apart:
            return list(map(self._one, rows, fingerprints))
        made: list[Line | RowFault] = []
        for headers, run in stretches(rows):
            prints = fingerprints[len(made) : len(made) + len(run)]
            made += self._alike(headers, run, prints) if headers else map(self._one, run, prints)
        return made

    def place(self, row: Row) -> Record:
        """Where the row stands: batch, sheet and row."""
        sheet = _end(row.sheet) if row.sheet else self._sheet
        return {"batch_id": self._batch_id, "sheet": sheet, "row": row.number}

    def _one(self, row: Row, fingerprint: str) -> Line | RowFault:
        return _unreadable(row) or self._placed(self._outcome(self._values(row)), row, fingerprint)

    def _alike(
        self, headers: tuple[str, ...], rows: Sequence[Row], prints: Sequence[str]
    ) -> list[Line | RowFault]:
        """Records of rows under the same headers. A row with a cell that its column alone refuses is looked at whole."""
        cells = columns_of(headers, rows)
        columns = {ours: cells[header] for header in headers if (ours := self._columns.get(header))}
        layout = self._layouts.setdefault(headers, len(self._layouts))
        shared = (given for ours, given in columns.items() if ours not in self._apart)
        keys = list(zip(repeat(layout, len(rows)), *shared, strict=True))
        alone = [
            map(values.__getitem__, self._filled(ours, columns.get(ours), len(rows)))
            for ours, values in self._apart.items()
        ]
        try:
            found = list(map(self._outcomes.get, keys))
            apart = list(zip(*alone, strict=True))
        except TypeError:  # a list or an object among the cells
            return list(map(self._one, rows, prints))
        made: list[Line | RowFault] = []
        for row, fingerprint, key, known, values in zip(rows, prints, keys, found, apart, strict=True):
            if _REFUSED in values:
                made.append(self._one(row, fingerprint))
                continue
            one = self._placed(known or self._remembered(key, row), row, fingerprint)
            if type(one) is list:
                for place, value in zip(self._places, values, strict=True):
                    one[place] = value
            made.append(one)
        return made

    def _filled(self, ours: str, cells: Sequence[Any] | None, rows: int) -> Sequence[Any]:
        """The cells of a column, with its constant where they say nothing."""
        constant = self._constants.get(ours)
        if cells is None:
            return (constant,) * rows
        return cells if constant is None else [cell if content_of(cell) else constant for cell in cells]

    def _alone(self, apart: Apart, cell: Any) -> Any:
        """The value that a cell of a column kept apart gives, or _REFUSED."""
        cells = {apart.column: cell}
        try:
            record = {apart.column: apart.read(Cells(cells, self._titles, self._known))}
            self._kind.check_room(record)
        except RowFault:
            return _REFUSED
        if self._set_apart.total(cells):
            return _REFUSED
        return self._lines.bound(apart.column, record[apart.column])

    def _remembered(self, key: tuple[Any, ...], row: Row) -> _Outcome:
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcome(self._values(row))
            texts = [cell for cell in key[1:] if cell is not None]
            # 1, 1.0 and True are the same key, and not the same cell
            if all(type(cell) is str for cell in texts) and sum(map(len, texts)) <= _LONGEST:
                if len(self._outcomes) >= _KEPT:
                    self._outcomes.clear()
                self._outcomes[key] = outcome
        return outcome

    def _outcome(self, values: Mapping[str, Any]) -> _Outcome:
        cells = Cells(values, self._titles, self._known)
        total = self._set_apart.total(values)
        try:
            record = self._kind.record(cells)
        except RowFault as fault:
            if fault.code == "not_a_program":
                return _Outcome([], fault=_bare(fault), settled=True)
            return _Outcome([], fault=total or _bare(fault), settled=total is not None)
        if total:
            return _Outcome([], fault=total, settled=True)
        masked = record.pop("_masked", 0)
        flag = cells.text("simulated")
        record["simulated"] = truth(flag) if flag else self._simulated
        record |= {"batch_id": self._batch_id, "sheet": self._sheet, "row": 0, "fingerprint": ""}
        notes = tuple(cells.notes)
        return _Outcome(self._lines.line(record), notes, masked, tells=bool(notes or masked))

    def _placed(self, outcome: _Outcome, row: Row, fingerprint: str) -> Line | RowFault:
        """The line of the outcome, as that of this row."""
        if outcome.fault:
            return outcome.fault if outcome.settled else self._set_apart.other(row) or outcome.fault
        line = outcome.line.copy()
        line[self._row], line[self._fingerprint] = row.number, fingerprint
        if row.sheet:
            line[self._in_sheet] = _end(row.sheet)
        if outcome.tells:
            self._tell(outcome, row, fingerprint)
        return line

    def _tell(self, outcome: _Outcome, row: Row, fingerprint: str) -> None:
        """Count what is to be told of the record."""
        if outcome.masked:
            self.masked[fingerprint] = outcome.masked
        if outcome.notes:
            place = self.place(row)
            self.notes[fingerprint] = [
                {**place, **asdict(note), "value": storable(note.value[:2000])} for note in outcome.notes
            ]

    def _values(self, row: Row) -> dict[str, Any]:
        """The mapped cells of a row by our names, with the constants of the batch where they say nothing."""
        values = {
            ours: cell
            for header, cell in zip(row.headers, row.values, strict=True)
            if (ours := self._columns.get(header))
        }
        if constants := self._constants:
            given = {name: v for name, v in values.items() if name not in constants or content_of(v)}
            values = {**constants, **given}
        return values


class _Remembered(dict[Any, Any]):
    """Cell of a column → its value."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: Any) -> Any:
        value = self._read(cell)
        # 1, 1.0 and True are the same key, and not the same cell
        if cell is None or (type(cell) is str and len(cell) <= _LONGEST):
            if len(self) >= _KEPT:
                self.clear()
            self[cell] = value
        return value


def _unreadable(row: Row) -> RowFault | None:
    """The fault of a row that is none whatever its kind."""
    if row.fault:
        return row.fault
    if row.broken:
        return RowFault(
            "broken_row", "这一行不是完整的 JSON 对象", "请检查这一行的括号与引号", value=row.broken[:200]
        )
    if row.surplus:
        return RowFault(
            "surplus_cells",
            f"这一行比表头多 {len(row.surplus)} 列",
            "请检查多余的分隔符，或给含分隔符的内容加引号",
        )
    return None


def _end(sheet: str) -> str:
    return sheet[-LONGEST_SHEET:]


def _bare(fault: RowFault) -> RowFault:
    """The fault without the calls it came through, lest what is remembered keeps all that they had at hand."""
    fault.__cause__ = fault.__context__ = fault.__traceback__ = None
    return fault
