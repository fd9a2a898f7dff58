"""Facts read from real postings against those a person read, field by field.

The labels hold no text: the postings stand in ../shared. `random`: 120 of the 1,977 postings of Shanghai, drawn by
chance and labelled before the reader was improved; `rare`: 40 more that speak of pay, heads or a district. They showed
faults that were mended since. `unseen`, `unseen-rare`: postings from elsewhere, labelled last.
"""

import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.matching.posting import understand
from app.matching.posting.agreement import FIELDS, Agreement, agreement, as_labelled

BY_HAND = Path(__file__).with_name("posting_facts_by_hand.jsonl")
SHANGHAI = "inputs/postings_shanghai_2024.jsonl"
OTHERS = "eval/postings_unlabelled.jsonl.xz"
LEAST = {
    "shanghai": {
        "education": (0.98, 0.98),
        "heads": (1.0, 1.0),
        "experience": (0.98, 0.98),
        "salary": (1.0, 1.0),
        "certificates": (1.0, 0.93),
        "majors": (0.99, 0.99),
        "district": (1.0, 1.0),
    },
    "unseen": {
        "education": (0.96, 0.93),
        "heads": (1.0, 1.0),
        "experience": (0.94, 0.94),
        "salary": (0.85, 0.85),
        "certificates": (1.0, 1.0),
        "majors": (0.97, 0.84),
        "district": (1.0, 1.0),
    },
}
"""Least precision and recall of each field: what is reached, rounded down."""


def labels(kind: str) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in BY_HAND.read_text("utf-8").splitlines()]
    return {row["id"]: row for row in rows if row["sample"].startswith("unseen") is (kind == "unseen")}


def postings(shared: Path, kind: str) -> dict[str, Mapping[str, str]]:
    path = shared / (OTHERS if kind == "unseen" else SHANGHAI)
    if not path.is_file():
        pytest.skip(f"the real postings {path.name} are not here")
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return {
            row["id"]: {"title": row["title"], "text": row.get("description", row.get("text", ""))}
            for row in rows
        }


@pytest.mark.parametrize("kind", LEAST)
def test_real_postings_are_read_as_a_person_reads_them(shared: Path, kind: str) -> None:
    wanted, texts = labels(kind), postings(shared, kind)
    assert set(wanted) <= set(texts)
    found = agreement(
        (understand(texts[key]["title"], texts[key]["text"]), label) for key, label in wanted.items()
    )
    for field, (precision, recall) in LEAST[kind].items():
        assert found[field].precision >= precision, (field, found[field])
        assert found[field].recall >= recall, (field, found[field])


def test_the_labels_hold_facts_and_no_text() -> None:
    rows = [json.loads(line) for line in BY_HAND.read_text("utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert sum(row["sample"] == "random" for row in rows) >= 120
    assert all(set(row) == {"id", "sample", *FIELDS} for row in rows)
    assert all(len(name) <= 40 for row in rows for name in [*row["majors"], *row["certificates"]])


def test_agreement_counts_what_is_right_read_and_stated() -> None:
    facts = understand("", "本科，计算机、数学专业，3年以上工作经验")
    label = {**as_labelled(facts), "majors": ["计算机", "统计学"], "experience": None, "district": "310115"}
    found = agreement([(facts, label)])
    assert found["education"] == Agreement(1, 1, 1)
    assert found["majors"] == Agreement(1, 2, 2)
    assert (found["experience"].precision, found["experience"].recall) == (0.0, 1.0)
    assert (found["district"].precision, found["district"].recall) == (1.0, 0.0)
