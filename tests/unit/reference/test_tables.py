"""The packaged tables: complete, clean, linked, and built from the official facts."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import InvalidCodeError
from app.reference import Level, load_reference
from app.reference.schools import school_levels

R = load_reference()
ROOT = Path(__file__).parents[3]


def test_every_table_is_whole() -> None:
    counts = {
        "programs": len(R.programs),
        "occupations": len(R.occupations),
        "industries": len(R.industries),
        "links": len(R.crosswalk),
        "tags": len(R.policy_tags),
        "schools": len(R.schools),
        "districts": len(R.districts),
    }
    assert counts == {
        "programs": 2553,
        "occupations": 1671,
        "industries": 1971,
        "links": 5106,
        "tags": 1786,
        "schools": 69,
        "districts": 16,
    }
    assert [len(R.industries.at_level(level)) for level in ("section", "division", "group", "class")] == [
        20,
        97,
        473,
        1381,
    ]


def test_the_tables_are_what_the_build_script_makes(shared: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/build_reference.py"), str(shared / "reference"), str(tmp_path)],
        check=True,
        capture_output=True,
    )
    built = sorted(path.name for path in tmp_path.iterdir())
    assert built
    for name in built:
        packaged = ROOT / "app/data/reference" / name
        assert packaged.read_text("utf-8") == (tmp_path / name).read_text("utf-8"), name


def test_nothing_of_the_scan_is_left() -> None:
    for program in R.programs:
        entries = (
            *program.foundation_courses,
            *program.core_courses,
            *program.certificates,
            *program.continues_to,
            program.name,
        )
        for entry in entries:
            assert not re.search(r"[\\$^{}\n\t]|举例|^暂无$", entry), (program.code, entry)
            assert entry.count("（") == entry.count("）"), (program.code, entry)


def test_programs_are_found_by_level_and_code_by_name_and_by_class() -> None:
    program = R.programs.get("bachelor", "080717t")
    assert program.name == "人工智能"
    assert program in R.programs.of_class("bachelor", program.class_code)
    assert R.programs.named("人工智能", "bachelor") == (program,)
    assert {p.level for p in R.programs.named("护理")} >= {
        Level.SECONDARY_VOCATIONAL,
        Level.HIGHER_VOCATIONAL,
    }
    assert R.programs.class_named("计算机类", "bachelor") == (("bachelor", "0809"),)
    with pytest.raises(InvalidCodeError, match="普通本科"):
        R.programs.get("bachelor", "999999")


def test_industries_know_what_is_above_and_below() -> None:
    assert [i.code for i in R.industries.ancestors("C3973")] == ["C397", "C39", "C"]
    assert R.industries.get("3973").name == "集成电路制造"
    assert R.industries.division_of("C3973") == "C39"
    below = {i.code for i in R.industries.descendants("C39")}
    assert "C3973" in below and "C39" not in below and all(code.startswith("C39") for code in below)
    for industry in R.industries:
        assert industry.parent_code == "" or R.industries.find(industry.parent_code), industry.code


def test_occupations_and_their_links() -> None:
    listed = {occupation.code for occupation in R.occupations}
    outside = {code for _, _, code in R.crosswalk.edges} - listed
    assert outside == set(R.occupations.unlisted) and len(outside) == 7
    assert R.occupations.name_of("2-10-05-00") == "翻译" and R.occupations.find("2-10-05-00") is None
    for _, _, code in R.crosswalk.edges:
        assert R.occupations.name_of(code), code
    assert R.occupations.name_of("8-99-99-99") is None
    level, code, occupation = R.crosswalk.edges[0]
    assert occupation in R.crosswalk.occupations_of(level, code)
    assert (level, code) in R.crosswalk.programs_of(occupation)
    for level, code, _ in R.crosswalk.edges:
        assert R.programs.find(level, code), (level, code)


def test_everything_written_by_hand_refers_to_what_exists() -> None:
    for area in R.focus_areas:
        assert all(R.districts.find(code) for code in area.district_codes)
        assert all(R.industries.find(code) for code in area.industry_codes), area.id
    for group in R.industry_groups:
        assert all(R.industries.find(code) for code in group.industry_codes), group.id
    assert {a.name for a in R.focus_areas if a.kind == "core"} == {"自贸试验区临港新片区"}
    assert {g.id for g in R.industry_groups if g.protected} == {
        "health",
        "elderly_care",
        "childcare",
        "domestic_service",
    }
    with (ROOT / "app/data/reference/industry_aliases.tsv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            assert all(R.industries.find(code) for code in row["codes"].split("|")), row


def test_names_used_in_the_real_files_are_known(shared: Path) -> None:
    def column(name: str, field: str) -> set[str]:
        with (shared / "inputs" / name).open(encoding="utf-8-sig") as stream:
            return {row[field] for row in csv.DictReader(stream)}

    items = column("published_demand_figures.csv", "item") - {"最缺工100职业"}
    clusters = column("district_lead_clusters_2024.csv", "lead_cluster")
    with (shared / "inputs/postings_shanghai_2024.jsonl").open(encoding="utf-8") as stream:
        named = {json.loads(line).get("industry_name") for line in stream} - {None, ""}
    assert [name for name in sorted(items | clusters | named) if not R.industries.alias(name)] == []


def test_schools_by_both_codes_by_name_and_short_name() -> None:
    school = R.schools.get("10255")
    assert school == R.schools.get("4131010255") == R.schools.named("东华大学")
    assert R.schools.named("华师大") == R.schools.named("华东师范大学")
    assert school_levels(R.schools.named("上海中侨职业技术大学"))[0] is Level.VOCATIONAL_BACHELOR  # type: ignore[arg-type]
    with pytest.raises(InvalidCodeError, match="上海高校名单"):
        R.schools.get("99999")


def test_distances_between_districts() -> None:
    assert R.districts.named("浦东") == R.districts.named("浦东新区")
    for one in R.districts:
        assert R.districts.distance_km(one.code, one.code) == 0
        for two in R.districts:
            distance = R.districts.distance_km(one.code, two.code)
            assert distance == pytest.approx(R.districts.distance_km(two.code, one.code))
            assert distance < 120
