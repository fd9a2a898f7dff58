"""Rows that cannot be records, as lines of the quarantine."""

from typing import NamedTuple

from sqlalchemy import Dialect

from app.ingest.fault import RowFault
from app.ingest.reading import Row
from app.ingest.schema import Record
from app.ingest.storable import storable, storable_row
from app.ingest.writing import Line, Lines
from app.models import QuarantinedRow

LONGEST_REASON = 300


class Refusal(NamedTuple):
    """A refused row: its line of the quarantine, and what is counted of it."""

    fingerprint: str
    line: Line
    masked: int
    """Personal numbers and addresses masked in it."""
    of_sheet: bool
    """Whether the row itself names the sheet it stands in."""


class Refusals:
    """Makes them."""

    def __init__(self, dialect: Dialect) -> None:
        self.lines = Lines(QuarantinedRow, dialect)

    def of(self, row: Row, fault: RowFault, place: Record, fingerprint: str) -> Refusal:
        """The row as it came, save for what must not or cannot be stored; `place`: its batch, sheet and row."""
        entry = {
            **place,
            "column": fault.column[:100],
            "value": fault.value[:2000],
            "reason_code": fault.code,
            "reason": _shortened(fault.reason),
            "remedy": fault.remedy,
        }
        entry |= {key: storable(entry[key]) for key in ("sheet", "column", "value", "reason")}
        entry["raw"], masked = storable_row(row)
        return Refusal(fingerprint, self.lines.line(entry), masked, bool(row.sheet))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON // 2]}……{text[-40:]}"
