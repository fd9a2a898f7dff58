"""Simulated enterprise postings: written by hand in `posting_texts`, codes and dates added here."""

import datetime
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

from demo_data.catalogue import read_csv

TEXTS = Path(__file__).parent / "posting_texts"
FIRST_DAY = datetime.date(2026, 9, 1)
DAYS = 75
TEXT_LENGTH = range(60, 201)
REGION_OF_NOWHERE = "990000"
"""Not an administrative division, so that no credit code made here can be a real one."""
CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(serial: int) -> str:
    """A well-formed unified social credit code of no real enterprise: 91 990000 DEMA####c c.

    The first c is the check character of the organisation code (GB 11714), the second that of GB 32100.
    """
    body = f"DEMA{serial:04d}"
    total = sum(int(character, 36) * weight for character, weight in zip(body, CODE_WEIGHTS, strict=True))
    check = "0123456789X0"[11 - total % 11]
    number = f"91{REGION_OF_NOWHERE}{body}{check}"
    return number + uscc.calc_check_digit(number)


def texts() -> Iterator[dict[str, Any]]:
    """The hand-written postings, in order of file name and place in the file."""
    for path in sorted(TEXTS.glob("*.toml")):
        yield from tomllib.loads(path.read_text(encoding="utf-8"))["posting"]


def postings(shared: Path) -> Iterator[dict[str, Any]]:
    """One JSON object per posting, with the columns of the ingest kind `postings`."""
    districts = {
        row["district"]: row["adcode"] for row in read_csv(shared / "reference" / "districts_shanghai.csv")
    }
    serials: dict[str, int] = {}
    for number, text in enumerate(texts(), start=1):
        if len(text["text"]) not in TEXT_LENGTH:
            raise ValueError(f"{text['title']}: {len(text['text'])} characters, not 60-200")
        serial = serials.setdefault(text["enterprise"], len(serials) + 1)
        yield {
            "id": f"demo-{number:03d}",
            "enterprise": f"示例·{text['enterprise']}（模拟）",
            "credit_code": credit_code(serial),
            "title": text["title"],
            "description": described(text),
            "region": f"上海·{text['place']}",
            "district_code": districts[text["place"].split("·")[0]],
            "level": text["level"],
            "heads": text["heads"],
            "mode": text.get("mode", "recruitment"),
            "class_size_min": text.get("class_size_min"),
            "start_year": text.get("start_year"),
            "industry_code": text["industry"],
            "occupation_code": text.get("occupation"),
            "salary_min": text.get("salary", [None, None])[0],
            "salary_max": text.get("salary", [None, None])[1],
            "published": (FIRST_DAY + datetime.timedelta(days=number * 7 % DAYS)).isoformat(),
            "simulated": 1,
        }


def described(text: dict[str, Any]) -> str:
    """Duties and requirements, then skills and certificates in words."""
    parts = [text["text"], f"技能：{'、'.join(text['skills'])}。"]
    if text["certificates"]:
        parts.append(f"证书：{'、'.join(text['certificates'])}。")
    return "\n".join(parts)
