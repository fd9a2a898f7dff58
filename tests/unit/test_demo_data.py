"""The demonstration data: complete, marked where simulated, no real enterprise, rebuilt byte for byte."""

import csv
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc

from app.ingest.kinds import KINDS
from app.ingest.schema import Cells
from app.reference import load_reference
from app.reference.codes import parse_credit_code

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "app" / "data" / "demo"
CLASS_MODES = {"order_class", "modern_apprenticeship", "enterprise_apprenticeship", "internship"}
RATES = ("registration_rate", "completion_rate", "destination_rate", "matched_rate", "retention_rate")
REGISTERS = (
    *("enterprise-register", "enterprise-contributions", "training-bases", "dual-qualified-teachers"),
    *("training-services", "alliances", "innovation-platforms", "joint-projects", "bulletins"),
)
FICTIONAL = re.compile(r"示例·[\u4e00-\u9fa5]+（模拟）")
REAL_ENTERPRISES = re.compile(
    "中芯|华虹|商汤|商飞|特斯拉|上汽|药明|拼多多|携程|顺丰|宝武|宝钢|东方航空|春秋航空|吉祥航空|中微|盛美|小米|华为|阿里|腾讯|字节"
    "|百度|京东|美团|中远|上港|振华|江南造船|沪东|联影|复星|上海电气|蔚来|宁德|光明乳业|锦江|绿地|万科|海康|大疆|科大讯飞|菜鸟|哔哩"
)

Row = Mapping[str, Any]


def manifest() -> list[dict[str, Any]]:
    return tomllib.loads((DEMO / "manifest.toml").read_text("utf-8"))["file"]


def rows(name: str) -> list[Row]:
    text = (DEMO / name).read_text("utf-8")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def postings() -> list[Row]:
    return rows("postings.jsonl")


def test_the_manifest_names_every_file_with_its_number_of_rows() -> None:
    entries = manifest()
    assert {entry["name"] for entry in entries} | {"manifest.toml"} == {path.name for path in DEMO.iterdir()}
    for entry in entries:
        assert len(rows(entry["name"])) == entry["rows"] > 0
        assert entry["source"]
        assert entry["licence"]
    assert Counter(entry["kind"] for entry in entries)["enrolment-plan"] == 2
    assert {entry["kind"] for entry in entries} == {
        *("campuses", "enrolment-plan", "program-register", "demand-figures", "district-clusters"),
        *("outcomes", "forecasts", "postings"),
        *REGISTERS,
    }


@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: entry["name"])
def test_every_column_is_one_that_ingest_reads(entry: dict[str, Any]) -> None:
    kind = KINDS[entry["kind"]]
    columns = {header: kind.column_for(header) for header in rows(entry["name"])[0]}
    assert [header for header, column in columns.items() if column is None] == []
    assert kind.missing(column.name for column in columns.values() if column) == []


def test_the_whole_stays_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 2_000_000


@pytest.mark.parametrize(
    "name", ["outcomes.csv", "forecasts.csv", "postings.jsonl", *(f"{kind}.csv" for kind in REGISTERS)]
)
def test_every_row_of_a_simulated_file_says_so(name: str) -> None:
    assert next(entry["simulated"] for entry in manifest() if entry["name"] == name) is True
    assert {str(row["simulated"]) for row in rows(name)} == {"1"}


@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: entry["name"])
def test_simulated_sources_are_named_as_such(entry: dict[str, Any]) -> None:
    assert entry["simulated"] is ("模拟数据" in entry["source"])


def test_no_row_is_given_twice() -> None:
    for entry in manifest():
        counted = Counter(tuple(map(str, row.values())) for row in rows(entry["name"]))
        assert [row for row, number in counted.items() if number > 1] == []


def test_plans_carry_schools_levels_and_seats() -> None:
    reference = load_reference()
    for name in ("enrolment-plan-2025.csv", "enrolment-plan-multi-year.csv"):
        for row in rows(name):
            assert reference.schools.find(row["school_code"]), row
            assert int(row["plan"]) > 0
            assert row["level"] in {"higher_vocational", "vocational_bachelor", "bachelor"}
            assert len(row["program_name"]) < 420
            assert "体检" not in row["program_name"]


def test_most_seats_stand_at_programs_of_the_catalogue() -> None:
    programs = load_reference().programs
    seats: Counter[bool] = Counter()
    for row in rows("enrolment-plan-2025.csv"):
        names = re.split(r"[（）含、；]", row["program_name"])
        seats[any(programs.named(name, row["level"]) for name in names if name)] += int(row["plan"])
    assert seats[True] > 0.75 * seats.total()


def test_every_school_has_one_main_campus_in_a_known_district() -> None:
    reference = load_reference()
    main: Counter[str] = Counter()
    for row in rows("campuses.csv"):
        assert reference.districts.find(row["district_code"]), row
        main[row["school_code"]] += int(row["main"])
    assert main == {school.code: 1 for school in reference.schools}


def test_campuses_are_facts_only_where_the_plan_names_the_district() -> None:
    reference = load_reference()
    stated = {
        (reference.schools.get(row["school_code"]).name, row["name"])
        for row in rows("campuses.csv")
        if row["simulated"] == "0"
    }
    assert ("东华大学", "松江校区") in stated
    assert ("上海电力大学", "临港校区") in stated
    assert ("东华大学", "延安路校区") not in stated
    assert 0 < len(stated) < 10


def test_postings_cover_levels_modes_and_districts(postings: list[Row]) -> None:
    assert len(postings) >= 72
    assert len({row["id"] for row in postings}) == len(postings)
    classes = [row for row in postings if row["mode"] in CLASS_MODES]
    assert len(classes) >= 24
    assert {row["mode"] for row in classes} == CLASS_MODES
    for row in classes:
        assert 10 <= row["class_size_min"] <= row["heads"]
        assert 15 <= row["heads"] <= 60
        assert row["start_year"] in {2027, 2028}
    assert {row["level"] for row in postings} == {
        *("secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor", "postgraduate"),
    }
    assert len({row["district_code"] for row in postings}) >= 12
    for row in postings:
        assert 60 <= len(row["description"].split("\n")[0]) <= 200


def test_postings_use_official_codes(postings: list[Row]) -> None:
    reference = load_reference()
    for row in postings:
        assert reference.industries.find(row["industry_code"]), row["title"]
        assert reference.districts.find(row["district_code"]), row["title"]
        if row["occupation_code"]:
            assert reference.occupations.find(row["occupation_code"]), row["title"]


def test_enterprises_are_plainly_fictional(postings: list[Row]) -> None:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in postings:
        assert FICTIONAL.fullmatch(row["enterprise"]), row["enterprise"]
        assert not REAL_ENTERPRISES.search(json.dumps(row, ensure_ascii=False)), row["title"]
        assert uscc.is_valid(row["credit_code"])
        assert parse_credit_code(row["credit_code"]) == row["credit_code"]
        assert row["credit_code"].startswith("91990000DEMA")
        codes[row["enterprise"]].add(row["credit_code"])
    assert all(len(held) == 1 for held in codes.values())
    assert len(set.union(*codes.values())) == len(codes)


def test_forecasts_are_ordered_intervals_of_known_codes() -> None:
    reference = load_reference()
    years = set()
    for row in rows("forecasts.csv"):
        years.add(row["year"])
        assert 0 <= int(row["low"]) <= int(row["central"]) <= int(row["high"])
        assert row["region"] == "310000"
        assert row["source"].startswith("模拟数据：")
        assert bool(row["industry_code"]) != bool(row["occupation_code"])
        if row["industry_code"]:
            assert reference.industries.get(row["industry_code"]).level == "group"
        else:
            assert reference.occupations.find(row["occupation_code"])
    assert years == {"2027", "2028", "2029", "2030"}


def test_demand_is_of_the_order_of_supply() -> None:
    supply = sum(
        int(row["plan"])
        for row in rows("enrolment-plan-2025.csv")
        if row["level"] == "bachelor" and row["year"] == "2025"
    )
    demand = sum(
        int(row["central"])
        for row in rows("forecasts.csv")
        if row["level"] == "bachelor" and row["year"] == "2027"
    )
    assert 0.4 < demand / supply < 1.0


def test_outcomes_are_rates_of_known_programs_over_two_years() -> None:
    reference = load_reference()
    years: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows("outcomes.csv"):
        assert reference.schools.find(row["school_code"])
        assert reference.programs.find(row["level"], row["program_code"]), row
        years[row["school_code"], row["level"], row["program_code"]].add(row["year"])
        for rate in RATES:
            assert row[rate] == "" or (0 <= float(row[rate]) <= 1 and len(row[rate]) <= 5)
        assert row["destination_rate"]
    assert len(years) > 1000
    assert set(map(frozenset, years.values())) == {frozenset({"2024", "2025"})}


def test_a_few_offerings_are_weak_in_both_years() -> None:
    weak: Counter[tuple[str, str, str]] = Counter()
    for row in rows("outcomes.csv"):
        if float(row["destination_rate"]) < 0.75:
            weak[row["school_code"], row["level"], row["program_code"]] += 1
    assert 15 < sum(number == 2 for number in weak.values()) < 60


@pytest.mark.parametrize("kind", REGISTERS)
def test_registers_are_acceptable_and_about_enterprises_of_the_postings(
    kind: str, postings: list[Row]
) -> None:
    codes = {row["credit_code"] for row in postings}
    chosen = KINDS[kind]
    for row in rows(f"{kind}.csv"):
        cells = {column.name: value for header, value in row.items() if (column := chosen.column_for(header))}
        record = chosen.record(Cells(cells, {}))
        named = {record.get("credit_code"), *record.get("enterprises", ())} - {None}
        assert named <= codes, row
        assert not REAL_ENTERPRISES.search(json.dumps(row, ensure_ascii=False)), row


def test_the_build_gives_the_same_bytes(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setattr("sys.argv", ["build_demo_data", "--shared", str(shared), "--out", str(tmp_path)])
    import build_demo_data

    assert build_demo_data.main() == 0
    assert "postings.jsonl" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in DEMO.iterdir()}
    for path in DEMO.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_carried_seats_add_up_to_the_source(shared: Path) -> None:
    source = shared / "inputs" / "enrolment_plan_2025_shanghai.gb18030.csv"
    with source.open(encoding="gb18030", newline="") as file:
        distinct = {tuple(row.values()): row for row in csv.DictReader(file)}.values()
    carried = sum(
        int(row["计划数"])
        for row in distinct
        if row["计划数"].isdigit()
        and row["院校名称"] != "海军军医大学"
        and "预科" not in (row["专业全称"] or row["专业名称"])
    )
    assert carried == sum(int(row["plan"]) for row in rows("enrolment-plan-2025.csv"))
