"""Former names 原名 of programs and schools: what the catalogue or the list calls otherwise today."""

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from app.reference.programs import name_key


@lru_cache(maxsize=1)
def former_program_names() -> Mapping[tuple[str, str], str]:
    """(level, name_key of the former name) → code of today."""
    return MappingProxyType(
        {
            (row["level"], name_key(row["former_name"])): row["code"]
            for row in _rows()
            if row["subject"] == "program"
        }
    )


@lru_cache(maxsize=1)
def former_school_names() -> Mapping[str, str]:
    """name_key of the former name → school code, beside those among the common names of the list."""
    return MappingProxyType(
        {name_key(row["former_name"]): row["code"] for row in _rows() if row["subject"] == "school"}
    )


def _rows() -> Iterator[dict[str, str]]:
    text = (files("app.data") / "reference" / "former_names.tsv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
