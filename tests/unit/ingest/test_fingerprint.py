"""Fingerprints are stored with the records: they stay as they are, however fast they are made."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ingest.fingerprint import SERIAL, Fingerprints
from app.ingest.reading import Row
from app.ingest.values import clean
from app.reference.codes import normalised

COLUMNS = {"院校代码": "school_code", "年份": "year", "计划数": "plan", "说明": "remark"}


def spelt_out(row: Row, constants: Mapping[str, Any], simulated: bool) -> bytes:
    """The same by its definition, cell by cell, through the JSON library."""

    def text_of(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else clean(value)

    content = {name: text_of(value) for name, value in constants.items()}
    for header, value in row.cells.items():
        ours = COLUMNS.get(header)
        if (text := text_of(value)) and (ours or not SERIAL.match(normalised(header))):
            content[ours or normalised(header)] = re.sub(r"^(\d+)\.0+$", r"\1", text)
    if row.surplus or row.broken:
        content["\0"] = json.dumps([row.surplus, row.broken], ensure_ascii=False)
    line = json.dumps(["kind", content, simulated], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["10255.0", "1.3e5", "　Ａ", '"\\\n', "\0", "\ud800", "是"]),
    st.integers(),
    st.floats(allow_nan=True),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
headers = st.one_of(st.sampled_from([*COLUMNS, "序号", "备 注", "ＡＢ", "AB"]), st.text(max_size=4))


@settings(max_examples=50)
@given(
    st.lists(st.dictionaries(headers, cells, max_size=6), min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(["year", "province"]), cells, max_size=2),
    st.booleans(),
    st.lists(st.text(max_size=3), max_size=1),
)
def test_they_are_what_they_were_defined_as(
    rows: list[dict[str, Any]], constants: dict[str, Any], simulated: bool, surplus: list[str]
) -> None:
    made = Fingerprints("kind", COLUMNS, constants, simulated)
    plain = [Row(number, cells) for number, cells in enumerate(rows)]
    alike = [Row(number, dict.fromkeys(rows[0], cell)) for number, cell in enumerate(["5.0", "", "5.0"])]
    given_rows = [*plain, *plain, *alike, *(row._replace(surplus=tuple(surplus)) for row in plain)]
    assert made.of(given_rows) == [spelt_out(row, constants, simulated) for row in given_rows]


def test_one_that_has_been_stored() -> None:
    row = Row(2, {"院校代码": "10255", "年份": "2025", "计划数": "5"})
    assert Fingerprints("enrolment-plan", COLUMNS, {}, False).of([row])[0].hex() == (
        "e5201959458bdfed6f7791f278600b1532aedd477eeda57026d6f746dd5cb706"
    )
