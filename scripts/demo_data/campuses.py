"""Campuses 校区 with their district: stated where the plan file itself says so, simulated otherwise."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from demo_data.catalogue import Catalogue, read_csv
from demo_data.plans import PlanRow

ADDRESSES_IN_PLAN = {("上海电力大学", "临港校区"): "浦东新区"}
"""Districts that the plan file gives in words, as part of an address."""


def campuses(shared: Path, catalogue: Catalogue, plans: Iterable[PlanRow]) -> Iterator[dict[str, str | int]]:
    """One row per campus; every school of the official list has exactly one main campus."""
    districts = {
        row["district"]: row["adcode"] for row in read_csv(shared / "reference" / "districts_shanghai.csv")
    }
    codes = {name: code for code, name in catalogue.schools.items()}
    in_plan = {(catalogue.schools[row.school_code], row.name.campus) for row in plans if row.name.campus}
    written = list(read_csv(Path(__file__).with_name("campuses.csv")))
    if missing := in_plan - {(row["school"], row["campus"]) for row in written}:
        raise ValueError(f"campuses.csv lacks campuses named in the plans: {sorted(missing)}")
    for row in written:
        key = (row["school"], row["campus"])
        stated = key in in_plan and (
            row["district"].removesuffix("新区").removesuffix("区") in row["campus"]
            or ADDRESSES_IN_PLAN.get(key) == row["district"]
        )
        yield {
            "school_code": codes[row["school"]],
            "name": row["campus"],
            "district_code": districts[row["district"]],
            "main": int(row["main"]),
            "simulated": 0 if stated else 1,
        }
