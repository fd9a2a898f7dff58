"""Fingerprints of rows: the same content has the same one, under whatever headers, encoding or format it comes.

The digests are stored with the records and compared with those of later files: what goes into them may not change.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from app.ingest.reading import Row
from app.ingest.values import clean
from app.reference.codes import normalised

SERIAL = re.compile(r"^(?:序号|行号|顺序号|no\.?|num|#|index|unnamed:\s*\d+|第\d+列)$", re.IGNORECASE)
"""Headers of columns that only number the rows: two rows that differ in nothing else are the same row."""
_WHOLE = re.compile(r"^(\d+)\.0+$")
_KEPT = 20_000
"""Cells remembered with what they become; columns such as school and province say the same over and over."""
_LONGEST = 500


def content_of(value: Any) -> str:
    """A cell as text; lists and objects as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else clean(value)


class _Encoded(dict[str, str]):
    """Cell → its text as JSON has it, empty where there is none."""

    def __missing__(self, value: Any) -> str:
        text = content_of(value)
        encoded = encode_basestring(_WHOLE.sub(r"\1", text)) if text else ""
        if type(value) is str and len(value) <= _LONGEST:
            if len(self) >= _KEPT:
                self.clear()
            self[value] = encoded
        return encoded


@dataclass(frozen=True, slots=True)
class _Layout:
    """Cells of rows that have the same headers, in the order in which they are digested."""

    cells: Any
    """Takes the cells out of a row, as a tuple."""
    keys: tuple[str, ...]


class Fingerprints:
    """SHA-256 of all cells by our names where they have one, for rows of one kind under one mapping."""

    def __init__(
        self, kind: str, columns: Mapping[str, str], constants: Mapping[str, Any], simulated: bool
    ) -> None:
        self._kind = kind
        self._columns = columns
        self._constants = constants
        self._simulated = simulated
        self._encoded = _Encoded()
        self._layouts: dict[tuple[str, ...], _Layout | None] = {}
        self._start = f"[{encode_basestring(kind)}, {{"
        self._end = f"}}, {'true' if simulated else 'false'}]"

    def of(self, row: Row) -> bytes:
        """The digest, 32 bytes."""
        if self._constants or row.surplus or row.broken:
            return self._one_by_one(row)
        names = tuple(row.cells)
        layout = self._layouts.get(names)
        if layout is None:
            if names in self._layouts:
                return self._one_by_one(row)
            layout = self._layouts[names] = self._layout(names)
            if layout is None:
                return self._one_by_one(row)
        try:
            texts = map(self._encoded.__getitem__, layout.cells(row.cells))
            parts = [key + text for key, text in zip(layout.keys, texts, strict=True) if text]
        except TypeError:  # a list or an object among the cells
            return self._one_by_one(row)
        return _digest(f"{self._start}{', '.join(parts)}{self._end}")

    def _layout(self, names: tuple[str, ...]) -> _Layout | None:
        keyed = sorted((key, name) for name in names if (key := self._key(name)) is not None)
        if len(keyed) < 2 or len({key for key, _ in keyed}) < len(keyed):
            return None  # of two cells of one name the last counts, which needs a look at each
        return _Layout(
            itemgetter(*(name for _, name in keyed)),
            tuple(f"{encode_basestring(key)}: " for key, _ in keyed),
        )

    def _key(self, header: str) -> str | None:
        if ours := self._columns.get(header):
            return ours
        plain = normalised(header)
        return None if SERIAL.match(plain) else plain

    def _one_by_one(self, row: Row) -> bytes:
        content = {name: content_of(value) for name, value in self._constants.items()}
        for header, value in row.cells.items():
            if (text := content_of(value)) and (key := self._key(header)) is not None:
                content[key] = _WHOLE.sub(r"\1", text)
        if row.surplus or row.broken:
            content["\0"] = json.dumps([row.surplus, row.broken], ensure_ascii=False)
        line = json.dumps(
            [self._kind, content, self._simulated], ensure_ascii=False, sort_keys=True, default=str
        )
        return _digest(line)


def _digest(line: str) -> bytes:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()
