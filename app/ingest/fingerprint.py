"""Fingerprints of rows: the same content has the same one, under whatever headers, encoding or format it comes.

The digests are stored with the records and compared with those of later files: what goes into them may not change.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from app.ingest.reading import Row
from app.ingest.stretches import columns_of, stretches
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
    """Cell of one column → `, "column": "text"` as JSON has it; where there is no text that of the constant, if any."""

    def __init__(self, key: str, constant: str | None = None) -> None:
        super().__init__()
        self._key = f", {encode_basestring(key)}: "
        self._otherwise = "" if constant is None else self._key + encode_basestring(constant)

    def __missing__(self, value: Any) -> str:
        text = content_of(value)
        encoded = self._key + encode_basestring(_WHOLE.sub(r"\1", text)) if text else self._otherwise
        if type(value) is str and len(value) <= _LONGEST:
            if len(self) >= _KEPT:
                self.clear()
            self[value] = encoded
        return encoded


_Layout = tuple[tuple[str | None, _Encoded], ...]
"""Headers of a stretch of rows with what becomes of the cells under them, in the order in which they are digested; no
header for a constant that has no column.
"""


class Fingerprints:
    """SHA-256 of all cells by our names where they have one, for rows of one kind under one mapping."""

    def __init__(
        self, kind: str, columns: Mapping[str, str], constants: Mapping[str, Any], simulated: bool
    ) -> None:
        self._kind = kind
        self._columns = columns
        self._constants = {name: content_of(value) for name, value in constants.items()}
        self._simulated = simulated
        self._encoded: dict[str, _Encoded] = {}
        self._layouts: dict[tuple[str, ...], _Layout | None] = {(): None}
        self._start = f"[{encode_basestring(kind)}, {{"
        self._end = f"}}, {'true' if simulated else 'false'}]"

    def of(self, rows: Sequence[Row]) -> list[bytes]:
        """The digests of the rows, 32 bytes each."""
        return [digest for headers, run in stretches(rows) for digest in self._of_stretch(headers, run)]

    def _of_stretch(self, headers: tuple[str, ...], rows: Sequence[Row]) -> list[bytes]:
        """Column by column: one look-up a cell is all that most of it takes, and no line of Python."""
        if headers not in self._layouts:
            self._layouts[headers] = self._layout(headers)
        layout = self._layouts[headers]
        if layout is None:
            return [self._one_by_one(row) for row in rows]
        cells = columns_of(headers, rows)
        none = (None,) * len(rows)
        texts = [map(encoded.__getitem__, cells[h] if h is not None else none) for h, encoded in layout]
        try:
            joined = list(map("".join, zip(*texts, strict=True)))
        except TypeError:  # a list or an object among the cells
            return [self._one_by_one(row) for row in rows]
        # Each text begins with a comma and a blank, which the first of a row does without.
        start, end, sha256 = self._start, self._end, hashlib.sha256
        return [
            sha256(f"{start}{line[2:]}{end}".encode("utf-8", "surrogatepass")).digest() for line in joined
        ]

    def _layout(self, headers: tuple[str, ...]) -> _Layout | None:
        header_of: dict[str, str | None] = dict.fromkeys(self._constants)
        for header in headers:
            if (key := self._key(header)) is None:
                continue
            if header_of.get(key) is not None:
                return None  # of two cells of one name the last that says something counts
            header_of[key] = header
        for key in header_of.keys() - self._encoded.keys():
            self._encoded[key] = _Encoded(key, self._constants.get(key))
        return tuple((header_of[key], self._encoded[key]) for key in sorted(header_of)) or None

    def _key(self, header: str) -> str | None:
        if ours := self._columns.get(header):
            return ours
        plain = normalised(header)
        return None if SERIAL.match(plain) else plain

    def _one_by_one(self, row: Row) -> bytes:
        content = dict(self._constants)
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
