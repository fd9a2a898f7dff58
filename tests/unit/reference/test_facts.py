"""Every fact of the official files is in the packaged tables, and every code, name and short name leads back to it."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from app.errors import InvalidCodeError
from app.reference import Level, load_reference
from app.reference.codes import parse_industry_code, parse_occupation_code, parse_program_code
from app.reference.schools import school_levels

R = load_reference()
ROOT = Path(__file__).parents[3]


def facts(shared: Path, name: str) -> Iterator[dict[str, str]]:
    with (shared / "reference" / name).open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def test_programs_keep_the_order_codes_and_classes_of_the_source(shared: Path) -> None:
    source = list(facts(shared, "programs.csv"))
    assert [p.key for p in R.programs] == [(row["level"], row["code"]) for row in source]
    for row in source:
        program = R.programs.get(row["level"], row["code"])
        assert (program.class_code, program.category_code) == (row["class_code"], row["category_code"])
        if row["class_name"]:
            assert program.class_name == row["class_name"]
        assert row["name"].startswith(program.name)
        assert program in R.programs.named(program.name, program.level)


def test_industries_and_occupations_are_those_of_the_source(shared: Path) -> None:
    for row in facts(shared, "industries.csv"):
        industry = R.industries.get(row["code"])
        assert (industry.name, industry.level, industry.section, industry.parent_code) == (
            row["name"].strip(),
            row["level"],
            row["section"],
            row["parent_code"],
        )
    for row in facts(shared, "occupations.csv"):
        occupation = R.occupations.get(row["code"])
        assert occupation.name == row["name"]
        assert (occupation.minor_code, occupation.middle_code, occupation.major_code) == (
            row["minor_code"],
            row["middle_code"],
            row["major_code"],
        )


def test_links_and_tags_are_those_of_the_source(shared: Path) -> None:
    linked = {
        (row["level"], row["program_code"], row["occupation_code"])
        for row in facts(shared, "program_occupation.csv")
    }
    assert set(R.crosswalk.edges) == linked
    assert len(R.crosswalk.edges) == len(linked)
    tagged = sorted(
        (row["gbt_code"], row["partial"] == "1", " ".join(row["category_path"].split()))
        for row in facts(shared, "industry_policy_tags.csv")
    )
    assert sorted((t.industry_code, t.partial, t.category_path) for t in R.policy_tags) == tagged


def test_schools_and_districts_are_those_of_the_source(shared: Path) -> None:
    assert [(s.code, s.name, s.education_level, s.ownership) for s in R.schools] == [
        (row["school_code"], row["name"], row["education_level"], row["ownership"])
        for row in facts(shared, "schools_shanghai.csv")
    ]
    assert [(d.code, d.name) for d in R.districts] == [
        (row["adcode"], row["district"]) for row in facts(shared, "districts_shanghai.csv")
    ]


def test_each_packaged_table_names_its_source() -> None:
    folder = ROOT / "app/data/reference"
    with (folder / "SOURCES.tsv").open(encoding="utf-8", newline="") as stream:
        named = {row["table"]: row["source"] for row in csv.DictReader(stream, delimiter="\t")}
    assert set(named) == {path.name for path in folder.iterdir()} - {"SOURCES.tsv"}
    assert all(named.values())


def test_every_code_of_the_tables_reads_as_itself_however_it_is_written() -> None:
    for program in R.programs:
        assert parse_program_code(program.level, program.code) == program.code
        assert parse_program_code(program.level, f" {program.code.lower()} ") == program.code
    for industry in R.industries:
        assert parse_industry_code(industry.code.lower()) == industry.code
        if industry.level != "section":
            assert R.industries.get(industry.code[1:]) is industry
    for occupation in R.occupations:
        assert parse_occupation_code(occupation.code.replace("-", "－")) == occupation.code


def test_a_code_is_looked_up_at_its_own_level_only() -> None:
    for program in R.programs:
        for other in set(Level) - {program.level}:
            found = R.programs.find(other, program.code)
            assert found is None or found.level == other


def test_hierarchies_close() -> None:
    sections = R.industries.at_level("section")
    below = [industry for section in sections for industry in R.industries.descendants(section.code)]
    assert sorted([*sections, *below], key=lambda i: i.code) == sorted(R.industries, key=lambda i: i.code)
    for industry in R.industries:
        for above in R.industries.ancestors(industry.code):
            assert industry in R.industries.descendants(above.code)
    majors = {occupation.major_code for occupation in R.occupations}
    assert sum(len(R.occupations.under(code)) for code in majors) == len(R.occupations)
    for level in Level:
        assert sum(len(R.programs.of_class(level, code)) for code in R.programs.classes(level)) == len(
            R.programs.of_level(level)
        )


def test_what_is_not_there_is_said_with_a_remedy() -> None:
    for look_up in (
        lambda: R.programs.get("bachelor", "010199"),
        lambda: R.industries.get("C3999"),
        lambda: R.occupations.get("8-99-99-99"),
        lambda: R.schools.get("4131099999"),
        lambda: R.districts.get("310199"),
    ):
        with pytest.raises(InvalidCodeError) as caught:
            look_up()
        assert caught.value.remedy
    assert R.programs.find("bachelor", "010199") is None
    assert R.programs.named("没有这个专业") == ()
    assert R.schools.named("没有这个学校") is None
    assert R.industries.alias("没有这个行业") == ()
    assert R.industries.alias("") == ()


def test_everyday_names_lead_where_they_should() -> None:
    for name, code in [
        ("集成电路", "C397"),
        ("人工智能（大模型）", "I65"),
        ("航空航天装备", "C374"),
        ("保险业", "J68"),
        ("软件和信息技术服务业", "I65"),
        ("软件和信息技术服务", "I65"),
        ("养老", "Q85"),
        ("家政", "O801"),
    ]:
        assert code in R.industries.alias(name), name
    for name in R.industries.everyday_names:
        codes = R.industries.alias(name)
        assert codes and len(set(codes)) == len(codes), name
        for code in codes:
            above = {industry.code for industry in R.industries.ancestors(code)}
            assert above.isdisjoint(codes), f"{name}: {code} is counted twice"
    for industry in R.industries:
        assert R.industries.alias(industry.name), industry.code


def test_schools_of_the_real_plans_and_registers_are_found_by_code_and_by_name(shared: Path) -> None:
    plan = (shared / "inputs/enrolment_plan_2025_shanghai.gb18030.csv").read_bytes().decode("gb18030")
    named = {(row["院校代码"], row["院校名称"]) for row in csv.DictReader(io.StringIO(plan))}
    with (shared / "inputs/enrolment_plan_multi_year_shanghai.csv").open(encoding="utf-8-sig") as stream:
        named |= {(row["学校标识码"], row["学校"]) for row in csv.DictReader(stream)}
    unknown = {(code, name) for code, name in named if R.schools.find(code) is None}
    assert unknown == {("99999", "海军军医大学")}, "a military school, in no list of the ministry"
    for code, name in named - unknown:
        assert R.schools.get(code) is R.schools.named(name)


def test_short_names_mean_one_school_each() -> None:
    assert len({school.short_code for school in R.schools}) == len(R.schools)
    for short, name in [
        ("上财", "上海财经大学"),
        ("上交", "上海交通大学"),
        ("华师大", "华东师范大学"),
        ("上应大", "上海应用技术大学"),
        ("立信", "上海立信会计金融学院"),
        ("二工大", "上海第二工业大学"),
        ("上海旅专", "上海旅游高等专科学校"),
    ]:
        found = R.schools.named(short)
        assert found is not None and found.name == name
    for school in R.schools:
        assert R.schools.named(school.name) is school, "an alias hides an official name"
        assert school_levels(school)[0].rank == (1 if school.education_level == "专科" else 2)


def test_districts_lie_where_they_are() -> None:
    """Straight distances as on any map, to within three kilometres."""
    for one, two, km in [
        ("黄浦", "浦东", 6),
        ("黄浦", "崇明", 44),
        ("金山", "嘉定", 71),
        ("徐汇", "松江", 26),
    ]:
        a, b = R.districts.named(one), R.districts.named(two)
        assert a and b
        assert R.districts.distance_km(a.code, b.code) == pytest.approx(km, abs=3)


def test_levels_stand_in_order() -> None:
    assert [level.rank for level in Level] == [0, 1, 2, 2, 3]
    assert [level.label for level in Level] == ["中职", "高职专科", "职教本科", "普通本科", "研究生"]


def test_areas_and_groups_are_those_of_the_plan() -> None:
    assert {(area.name, area.kind) for area in R.focus_areas} == {
        ("自贸试验区临港新片区", "core"),
        *((name, "focus") for name in ("浦东新区", "徐汇区", "杨浦区", "闵行区", "松江区")),
    }
    assert {group.family for group in R.industry_groups} == {
        "strategic",
        "advanced_manufacturing",
        "modern_services",
        "social_services",
    }
    for group in R.industry_groups:
        assert group.task == "任务1"
        assert group.protected == (group.family == "social_services")
    assert {area.task for area in R.focus_areas} == {"任务2"}
    by_id = {group.id: set(group.industry_codes) for group in R.industry_groups}
    assert "C397" in by_id["integrated_circuits"] and "C374" in by_id["aerospace"]
    assert "C27" in by_id["biomedicine"] and "Q84" in by_id["health"] and "P831" in by_id["childcare"]


def test_tables_cannot_be_changed() -> None:
    program = R.programs.get("bachelor", "080901")
    with pytest.raises(FrozenInstanceError):
        program.name = "x"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        R.digest = "x"  # type: ignore[misc]
    assert load_reference() is R


def test_loading_is_quick_and_the_digest_is_the_same_everywhere() -> None:
    script = (
        "import json, time; from app.reference import load_reference\n"
        "start = time.perf_counter(); digest = load_reference().digest\n"
        "print(json.dumps([time.perf_counter() - start, digest]))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, digest = json.loads(done.stdout)
    assert digest == R.digest
    assert seconds < 1.5, "0.1 s on an idle machine; 0.3 s is the limit, five times that on a busy one"
