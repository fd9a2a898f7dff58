"""How well the facts of postings are read: precision and recall of each field against labels by hand.

    python scripts/bench/postings.py [--json] [--faults]

The labels (tests/unit/matching/posting_facts_by_hand.jsonl) hold ids and facts; the texts are read from ../shared.
`--faults` names the posting and both values wherever they differ, for those who mend the reader.
"""

import argparse
import json
import lzma
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.matching.posting import understand
from app.matching.posting.agreement import FIELDS, agreement, as_labelled

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
BY_HAND = ROOT / "tests/unit/matching/posting_facts_by_hand.jsonl"
PARTS = ("random", "rare", "unseen", "unseen-rare")


def texts() -> dict[str, tuple[str, str]]:
    """Title and text of every posting at hand, by id."""
    found: dict[str, tuple[str, str]] = {}
    with lzma.open(SHARED / "eval/postings_unlabelled.jsonl.xz", "rt", encoding="utf-8") as stream:
        found |= {row["id"]: (row["title"], row["text"]) for row in map(json.loads, stream)}
    with (SHARED / "inputs/postings_shanghai_2024.jsonl").open(encoding="utf-8") as stream:
        found |= {row["id"]: (row["title"], row["description"]) for row in map(json.loads, stream)}
    return found


def show_faults(label: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    for field in FIELDS:
        if read[field] != label[field]:
            print(f"  {label['sample']} {label['id']} {field}: by hand {label[field]}, read {read[field]}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--faults", action="store_true", help="every difference as well")
    options = parser.parse_args()
    if not (SHARED / "inputs/postings_shanghai_2024.jsonl").is_file():
        sys.exit("找不到 ../shared：请在带有岗位数据的目录旁运行")
    postings = texts()
    labels = [json.loads(line) for line in BY_HAND.read_text("utf-8").splitlines()]
    result: dict[str, Any] = {}
    for part in PARTS:
        chosen = [label for label in labels if label["sample"] == part]
        started = time.perf_counter()
        facts = [understand(*postings[label["id"]]) for label in chosen]
        seconds = time.perf_counter() - started
        fields = agreement(zip(facts, chosen, strict=True))
        result[part] = {
            "postings": len(chosen),
            "milliseconds_each": round(1000 * seconds / len(chosen), 2),
            "fields": {
                field: {"precision": a.precision, "recall": a.recall, "read": a.read, "stated": a.stated}
                for field, a in fields.items()
            },
        }
        if options.json:
            continue
        print(f"\n{part}: {len(chosen)} postings, {1000 * seconds / len(chosen):.1f} ms each")
        print(f"  {'':<14}{'precision':>10}{'recall':>10}{'read':>8}{'stated':>8}")
        for field, a in fields.items():
            print(f"  {field:<14}{a.precision:>10.3f}{a.recall:>10.3f}{a.read:>8}{a.stated:>8}")
        if options.faults:
            for label, each in zip(chosen, facts, strict=True):
                show_faults(label, as_labelled(each))
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
