"""What of a row may be stored: everything but personal data, and what no database takes."""

import math
from functools import lru_cache
from typing import Any

from app.ingest.reading import Row
from app.ingest.values import clean
from app.matching.personal import mask_personal


def storable_row(row: Row) -> tuple[dict[str, Any], int]:
    """The row as it came, save for what must not or cannot be stored, and how many personal numbers were masked."""
    if row.broken:
        line, count = _masked(row.broken)
        return {"line": line}, count
    kept: dict[str, Any] = {}
    count = 0
    for header, value in row.cells.items():
        if type(value) is str:
            kept[_masked(header)[0]], found = _masked(value)
            count += found
        else:
            kept[_masked(header)[0]] = storable(value)
            count += _masked(clean(value))[1]
    if row.surplus:
        kept["多余"] = [_masked(value)[0] for value in row.surplus]
        count += sum(_masked(value)[1] for value in row.surplus)
    return kept, count


def storable(value: Any) -> Any:
    """Without personal data, and without what a database's JSON refuses: NUL, lone surrogates, NaN."""
    if isinstance(value, str):
        return _masked(value)[0]
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {str(storable(str(key))): storable(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        text, count = _masked(clean(value))
        return text if count or (isinstance(value, float) and not math.isfinite(value)) else value
    return value


def _masked(text: str) -> tuple[str, int]:
    """A text without personal data and what no database stores, and how often it was masked."""
    return _masked_short(text) if len(text) <= 500 else _masked_short.__wrapped__(text)


@lru_cache(maxsize=10_000)
def _masked_short(text: str) -> tuple[str, int]:
    return mask_personal(text.replace("\0", "").encode("utf-8", "replace").decode("utf-8"))
