"""JSON objects in which a key came twice with two values: which of them is meant is not to be guessed."""

import json
from collections.abc import Iterator
from typing import Any

from app.ingest.fault import RowFault
from app.ingest.values import clean
from app.matching.personal import mask_personal

_SHOWN = 40
"""Characters of each value in a message."""


class Ambiguous(dict[str, Any]):
    """An object in which, or in an object in which, a `key` came with the two `texts`; `pairs` are all its members."""

    def __init__(self, pairs: list[tuple[str, Any]], key: str, texts: tuple[str, str]) -> None:
        super().__init__(pairs)
        self.pairs, self.key, self.texts = pairs, key, texts

    def fault(self) -> RowFault:
        """Why the record with this object is none. Personal data is masked, and only then is the text cut."""
        key, first, last = (mask_personal(text)[0][:_SHOWN] or "空" for text in (self.key, *self.texts))
        return RowFault(
            "key_twice",
            f"一条记录里有两个“{key}”，值不同：“{first}”与“{last}”",
            "请删去不对的一个后重新提交",
            key,
            last,
        )


def made_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members, for `object_pairs_hook`; Ambiguous where a key has two values, here or further in."""
    made = dict(pairs)
    if len(made) < len(pairs):
        said: dict[str, str] = {}
        for key, value in pairs:
            first, text = said.setdefault(key, _text(value)), _text(value)
            if first != text:
                return Ambiguous(pairs, key, (first, text))
    held = set(map(type, made.values()))
    if (Ambiguous in held or list in held) and (inner := ambiguous_in([*made.values()])):
        return Ambiguous(pairs, inner.key, inner.texts)
    return made


DECODER = json.JSONDecoder(object_pairs_hook=made_of)
"""Reads JSON as `json.loads` does; an object with a key of two values, and what it stands in, is `Ambiguous`. It takes a
tenth more time than one that lets the last value win.
"""


def ambiguous_in(value: Any) -> Ambiguous | None:
    """The value, or what of a list, is an object with a key of two values."""
    if isinstance(value, list):
        return next(filter(None, map(ambiguous_in, value)), None)
    return value if isinstance(value, Ambiguous) else None


def _text(value: Any) -> str:
    return as_it_came(value) if isinstance(value, list | dict) else clean(value)


def members(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values of an object, a key that came twice each time that it came."""
    yield from value.pairs if isinstance(value, Ambiguous) else value.items()


def as_it_came(value: Any) -> str:
    """A value as JSON, with every key as often as it came."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {as_it_came(each)}" for key, each in members(value))
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_it_came, value))}]"
    return json.dumps(value, ensure_ascii=False)
