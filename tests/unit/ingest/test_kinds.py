"""Each kind of file: one row as it should be, every reason for which a row is refused, and headers as they come."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from register_rows import EXPECTED_ENTRIES, FAULTY_ENTRIES, GOOD_ENTRIES

from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.schema import EXAMPLE, Cells, header_key
from app.ingest.value_types import ValueType

GOOD: dict[str, dict[str, Any]] = {
    "schools": {
        "school_code": "10255",
        "school_name": "东华大学",
        "short_names": "东华、东华大",
        "former_names": "中国纺织大学",
        "district_code": "松江",
        "enrolled": "20000人",
        "year": "2025",
    },
    "enrolment-plan": {
        "school_code": "10255",
        "school_name": "东华大学",
        "year": "2025",
        "province": "北京市",
        "program_code": "0809",
        "program_name": "计算机类",
        "full_name": "计算机类（含软件工程、信息安全；办学地点：松江校区）",
        "plan": "30人",
        "schooling_years": "四年",
        "tuition": "7000元/年",
    },
    "program-register": {
        "school_code": "4131010275",
        "program_code": "530701",
        "program_name": "电子商务",
        "schooling_years": "3",
    },
    "outcomes": {
        "school_name": "复旦大学",
        "level": "本科",
        "program_code": "030101K",
        "year": "2025届",
        "destination_rate": "92.5%",
        "matched_rate": "0.7",
    },
    "campuses": {"school_code": "4131010255", "name": "松江校区", "district_code": "松江", "main": "是"},
    "forecasts": {
        "industry_code": "397",
        "level": "本科",
        "year": "2028",
        "low": "492",
        "central": "600",
        "high": "804",
        "source": "行业协会",
    },
    "demand-figures": {
        "item": "航空航天装备",
        "indicator": "人才缺口预测",
        "year": "2025",
        "value": "47.5",
        "unit": "万人",
        "source": "《制造业人才发展规划指南》",
    },
    "district-clusters": {"adcode": "310104", "district": "徐汇区", "cluster": "人工智能", "source": "公告"},
    "postings": {
        "enterprise": "示例企业",
        "title": "集成电路测试工程师",
        "description": "负责测试方案，联系 13812345678",
        "credit_code": "91350100M000100Y43",
        "level": "本科",
        "heads": "30-50人",
        "mode": "订单班",
        "class_size_min": "20",
        "district_code": "浦东新区",
        "start_year": "2027年9月",
        "published": "2026/10/9",
    },
    "program-texts": {
        "level": "高职专科",
        "code": "460308",
        "name": "工业自动化仪表技术",
        "goal": "面向仪表行业",
        "career": "仪表工",
    },
    "occupation-texts": {
        "code": "2-02-10-01",
        "name": "",
        "definition": "从事通信研究的人员",
        "tasks": ["研究", "设计"],
    },
    "industry-texts": {"code": "C397", "name": "电子器件制造", "note": "指电子器件的制造"},
    "labelled-pairs": {
        "task": "岗位—专业类",
        "title": "集成电路测试工程师",
        "text": "负责测试方案，联系 13812345678",
        "target_code": "电子信息类",
        "gain": "0.8",
    },
    "class-outcomes": {
        "order_class_id": "01939c5a",
        "day": "2024-08-31",
        "filled": "30人",
        "graduated": "28",
        "hired": "21",
        "note": "联系 13812345678",
    },
}
EXPECTED: dict[str, dict[str, Any]] = {
    "schools": {
        "school_code": "4131010255",
        "short_names": ["东华", "东华大"],
        "former_names": ["中国纺织大学"],
        "district_code": "310117",
        "ownership": "公办",
        "enrolled": 20000,
        "capacity": None,
    },
    "enrolment-plan": {
        "school_code": "4131010255",
        "year": 2025,
        "province": "北京",
        "level": "bachelor",
        "program_codes": ["080902", "080904K"],
        "class_code": "0809",
        "broad": True,
        "plan": 30,
        "campus": "松江校区",
        "schooling_years": 4,
        "tuition": 7000,
    },
    "program-register": {"school_code": "4131010275", "level": "higher_vocational", "schooling_years": 3},
    "outcomes": {
        "school_code": "4131010246",
        "year": 2025,
        "destination_rate": 0.925,
        "matched_rate": 0.7,
        "retention_rate": None,
    },
    "campuses": {"district_code": "310117", "main": True},
    "forecasts": {"industry_code": "C397", "region": "310000", "low": 492.0, "high": 804.0},
    "demand-figures": {"measure": "gap", "region": "100000", "central": 475_000.0, "raw_value": "47.5"},
    "district-clusters": {"district_code": "310104", "cluster": "人工智能"},
    "postings": {
        "heads": 40,
        "heads_stated": True,
        "mode": "order_class",
        "level": "bachelor",
        "district_code": "310115",
        "start_year": 2027,
        "description": "负责测试方案,联系 [手机号]",
    },
    "program-texts": {"subject": "program", "level": "higher_vocational", "text": "面向仪表行业"},
    "occupation-texts": {"subject": "occupation", "text": "从事通信研究的人员\n研究;设计"},
    "industry-texts": {"subject": "industry", "code": "C397", "text": "指电子器件的制造"},
    "labelled-pairs": {
        "task": "posting-class",
        "text": "负责测试方案,联系 [手机号]",
        "target_code": "0807",
        "gain": 0.8,
        "verdict": "accepted",
        "origin": "file",
        "who": "file",
    },
    "class-outcomes": {"filled": 30, "graduated": 28, "hired": 21, "staying": None, "note": "联系 [手机号]"},
}
PROGRAM_SOURCE = {
    "task": "program-industry",
    "title": "",
    "text": "",
    "program_level": "本科",
    "program_code": "80901",
    "target_code": "软件和信息技术服务业",
}
FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("enrolment-plan", {"school_code": "99999", "school_name": "海军军医大学"}, "unknown_school"),
    ("enrolment-plan", {"school_code": "", "school_name": "无名大学"}, "unknown_school"),
    ("enrolment-plan", {"school_name": "复旦大学"}, "code_name_mismatch"),
    ("enrolment-plan", {"school_code": "", "school_name": ""}, "missing_value"),
    ("enrolment-plan", {"program_name": "", "full_name": "", "program_code": ""}, "missing_value"),
    ("enrolment-plan", {"program_name": "飞毯驾驶", "full_name": "", "program_code": ""}, "unknown_program"),
    ("enrolment-plan", {"plan": ""}, "plan_missing"),
    ("enrolment-plan", {"plan": "若干"}, "not_a_number"),
    ("enrolment-plan", {"plan": "-1"}, "too_small"),
    ("enrolment-plan", {"plan": "20001"}, "too_large"),
    ("enrolment-plan", {"full_name": "", "program_name": "總計"}, "not_a_program"),
    ("enrolment-plan", {"plan": "9" * 400}, "too_large"),
    ("enrolment-plan", {"year": "明年"}, "bad_year"),
    ("enrolment-plan", {"year": ""}, "missing_value"),
    ("enrolment-plan", {"level": "幼儿园"}, "invalid_code"),
    ("enrolment-plan", {"full_name": "合计"}, "not_a_program"),
    ("enrolment-plan", {"school_code": "", "school_name": "总计"}, "not_a_program"),
    ("enrolment-plan", {"province": "合计"}, "not_a_program"),
    ("program-register", {"program_name": "飞毯驾驶", "program_code": ""}, "unknown_program"),
    ("program-register", {"program_name": ""}, "missing_value"),
    ("outcomes", {"destination_rate": "120%"}, "out_of_range"),
    ("outcomes", {"matched_rate": "多数"}, "not_a_number"),
    ("outcomes", {"destination_rate": "", "matched_rate": ""}, "missing_value"),
    ("outcomes", {"program_code": "", "program_name": ""}, "unknown_program"),
    ("campuses", {"district_code": "海淀区"}, "unknown_district"),
    ("campuses", {"name": "—"}, "missing_value"),
    ("forecasts", {"industry_code": ""}, "missing_value"),
    ("forecasts", {"industry_code": "A397"}, "invalid_code"),
    ("forecasts", {"industry_code": "飞毯制造"}, "unknown_industry"),
    ("forecasts", {"industry_code": "集成电路"}, "ambiguous_industry"),
    ("forecasts", {"occupation_code": "飞毯师"}, "unknown_occupation"),
    ("forecasts", {"occupation_code": "9-99-99-99"}, "invalid_code"),
    ("forecasts", {"low": "700"}, "range_disordered"),
    ("forecasts", {"central": "-5"}, "out_of_range"),
    ("forecasts", {"source": "无"}, "missing_value"),
    ("forecasts", {"growth": "100", "replacement": "20"}, "parts_disagree"),
    ("forecasts", {"central": "", "growth": "-30", "replacement": "20"}, "parts_disagree"),
    ("forecasts", {"growth": "9000"}, "parts_disagree"),
    ("forecasts", {"central": "", "growth": "10"}, "missing_value"),
    ("demand-figures", {"value": "3千5"}, "not_a_number"),
    ("demand-figures", {"value": "99999999"}, "out_of_range"),
    ("demand-figures", {"value": "四百万"}, "not_a_number"),
    ("demand-figures", {"year": "近年"}, "bad_year"),
    ("demand-figures", {"region": "火星"}, "invalid_code"),
    ("district-clusters", {"adcode": "110108", "district": ""}, "unknown_district"),
    ("district-clusters", {"district": "浦东新区"}, "code_name_mismatch"),
    ("district-clusters", {"cluster": ""}, "missing_value"),
    ("postings", {"title": ""}, "missing_value"),
    ("postings", {"credit_code": "91350100M000100Y44"}, "invalid_code"),
    ("postings", {"heads": "三头六臂"}, "bad_heads"),
    ("postings", {"heads": "0"}, "bad_heads"),
    ("postings", {"heads": "9" * 5000}, "bad_heads"),
    ("postings", {"heads": "-5"}, "bad_heads"),
    ("postings", {"heads": "50-30人"}, "bad_heads"),
    ("postings", {"start_year": "2020年秋季"}, "past_term"),
    ("postings", {"start_year": "某年"}, "bad_year"),
    ("postings", {"jobs_guaranteed": "51"}, "class_size"),
    ("postings", {"partner_schools": "复旦大学、霍格沃茨"}, "invalid_code"),
    ("postings", {"partner_schools": "复旦大学", "excluded_schools": "10246"}, "wishes_disagree"),
    ("postings", {"skills": "、".join(map(str, range(60)))}, "out_of_range"),
    ("class-outcomes", {"day": ""}, "missing_value"),
    ("class-outcomes", {"day": "2099-08-31"}, "future_day"),
    ("class-outcomes", {"hired": "29"}, "more_than_before"),
    ("class-outcomes", {"graduated": "", "hired": "31"}, "more_than_before"),
    ("class-outcomes", {"filled": "-1"}, "too_small"),
    ("postings", {"mode": "抢"}, "unknown_mode"),
    ("postings", {"class_size_min": "60"}, "class_size"),
    ("postings", {"district_code": "朝阳区"}, "unknown_district"),
    ("postings", {"published": "2026-13-40"}, "bad_date"),
    ("postings", {"published": "昨天"}, "bad_date"),
    ("postings", {"salary_min": "9000", "salary_max": "8000"}, "range_disordered"),
    ("postings", {"salary": "12-8K"}, "range_disordered"),
    ("postings", {"salary_min": "-5000"}, "out_of_range"),
    ("postings", {"salary": "-5k"}, "out_of_range"),
    ("postings", {"industry_code": "Z9"}, "invalid_code"),
    ("postings", {"level": "神童"}, "invalid_code"),
    ("program-texts", {"level": ""}, "missing_value"),
    ("program-texts", {"code": "999999", "name": "飞毯驾驶"}, "unknown_program"),
    ("occupation-texts", {"code": "2-02-10-99"}, "invalid_code"),
    ("industry-texts", {"code": "C4"}, "invalid_code"),
    ("labelled-pairs", {"task": "算命"}, "unknown_task"),
    ("labelled-pairs", {"task": ""}, "missing_value"),
    ("labelled-pairs", {"title": "", "text": ""}, "missing_value"),
    ("labelled-pairs", {"target_code": "0899"}, "invalid_code"),
    ("labelled-pairs", {"target_code": "农业类"}, "invalid_code"),
    ("labelled-pairs", {"task": "scope-industry", "target_code": "C99"}, "invalid_code"),
    ("labelled-pairs", {"gain": "1.5"}, "out_of_range"),
    ("labelled-pairs", {"gain": "很"}, "not_a_number"),
    ("labelled-pairs", {"gain": ""}, "missing_value"),
    ("labelled-pairs", {"program_level": "本科", "program_code": "080901"}, "source_mismatch"),
    ("labelled-pairs", {**PROGRAM_SOURCE, "program_level": ""}, "missing_value"),
    ("labelled-pairs", {**PROGRAM_SOURCE, "program_code": ""}, "missing_value"),
    ("labelled-pairs", {**PROGRAM_SOURCE, "program_code": "080999"}, "invalid_code"),
]

GOOD |= GOOD_ENTRIES
EXPECTED |= EXPECTED_ENTRIES
FAULTS += FAULTY_ENTRIES


def build(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    chosen = KINDS[kind]
    return chosen.record(Cells(values, {column.name: column.title for column in chosen.columns}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_row_becomes_a_record(kind: str) -> None:
    record = build(kind, GOOD[kind])
    assert {name: record[name] for name in EXPECTED[kind]} == EXPECTED[kind]
    columns = set(KINDS[kind].model.__table__.columns.keys())
    assert set(record) - {"_masked"} <= columns


@pytest.mark.parametrize(
    ("kind", "changed", "expected"),
    [
        (
            "enrolment-plan",
            {"full_name": "計算機類（含軟件工程）", "province": "廣東省", "subject": "物理類"},
            {"program_codes": ["080902"], "class_code": "0809", "province": "广东", "subject": "物理类"},
        ),
        # 层次 may be the school's own; the batch of admission is the row's.
        (
            "enrolment-plan",
            {
                "school_code": "4131012915",
                "school_name": "上海中侨职业技术大学",
                "level": "本科",
                "admission_batch": "高职（专科）批首轮投档",
                "program_name": "应用英语",
                "full_name": "",
                "program_code": "",
            },
            {"level": "higher_vocational", "program_codes": ["570202"]},
        ),
        (
            "enrolment-plan",
            {
                "school_code": "4131012915",
                "school_name": "上海中侨职业技术大学",
                "level": "本科",
                "admission_batch": "本科批",
                "program_name": "应用英语",
                "full_name": "",
                "program_code": "",
            },
            {"level": "vocational_bachelor", "program_codes": ["370201"]},
        ),
        (
            "enrolment-plan",
            {"full_name": "", "remark": "含软件工程、信息安全；办学地点：松江校区"},
            {"program_codes": ["080902", "080904K"], "campus": "松江校区"},
        ),
        (
            "enrolment-plan",
            {"full_name": "", "program_name": "", "program_code": "030101K"},
            {"program_codes": ["030101K"], "name": "法学", "broad": False},
        ),
        ("outcomes", {"program_code": "", "program_name": "法学（国际法方向）"}, {"program_code": "030101K"}),
        ("forecasts", {"industry_code": "航空航天装备"}, {"industry_code": "C374"}),
        ("postings", {"district_code": "", "region": "上海市浦东新区张江"}, {"district_code": "310115"}),
        ("postings", {"district_code": "", "region": "松江区九亭镇"}, {"district_code": "310117"}),
        ("postings", {"district_code": "", "region": "南京市浦口区"}, {"district_code": None}),
        ("postings", {"level": "大专以上"}, {"level": "higher_vocational"}),
        ("postings", {"level": "大学专科"}, {"level": "higher_vocational"}),
        ("postings", {"level": "技工学校"}, {"level": "secondary_vocational"}),
        ("postings", {"level": "小学"}, {"level": None}),
        (
            "labelled-pairs",
            PROGRAM_SOURCE,
            {"level": "bachelor", "program_code": "080901", "target_code": "I65", "title": ""},
        ),
        ("labelled-pairs", {"gain": "0"}, {"gain": 0.0, "verdict": "rejected"}),
        (
            "training-services",
            {"programs": "护理"},
            {"programs": ["vocational_bachelor:320201", "higher_vocational:520201"]},
        ),
        (
            "training-services",
            {"school_name": "上海城建职业学院", "programs": "护理、护理类"},
            {"programs": ["higher_vocational:520201"], "classes": ["higher_vocational:5202"]},
        ),
        ("training-services", {"price": "免费"}, {"price": 0.0}),
        ("training-services", {"price": "面议"}, {"price": None}),
        ("alliances", {"member": "某中学", "member_kind": "学校"}, {"school_code": None}),
        ("alliances", {"member": "某协会"}, {"member_kind": "other", "school_code": None}),
        ("enterprise-register", {"status": "储备", "until": "2027-01-01"}, {"until": None}),
        ("enterprise-contributions", {"funds_wan": "", "funds": "12000"}, {"funds": 12000.0}),
    ],
)
def test_a_row_is_read_as_a_person_would_read_it(
    kind: str, changed: dict[str, Any], expected: dict[str, Any]
) -> None:
    record = build(kind, {**GOOD[kind], **changed})
    assert {name: record[name] for name in expected} == expected


@pytest.mark.parametrize(("kind", "changed", "code"), FAULTS)
def test_a_faulty_row_is_refused_with_reason_remedy_and_place(
    kind: str, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(RowFault) as fault:
        build(kind, {**GOOD[kind], **changed})
    assert fault.value.code == code
    assert fault.value.reason and fault.value.remedy and fault.value.column


@pytest.mark.parametrize(
    ("kind", "header", "column"),
    [
        ("enrolment-plan", header, column)
        for column, headers in {
            "school_code": ("院校代号", "学校标识码", "院校代码", "学校代码", "SCHOOL_CODE"),
            "school_name": ("招生院校", "学校名称", "院校名称", "学校"),
            "plan": ("招生计划数", "计划人数", "计划数（人）", "招生人数", "计划 数", "计划"),
            "program_name": ("招生专业", "专业名称", "专业（类）名称", "专 业"),
            "full_name": ("专业全称", "专业名称及备注"),
            "province": ("生源省份", "生源地", "省份"),
            "year": ("年份", "招生年份", "年度"),
        }.items()
        for header in headers
    ]
    + [("postings", "公司名称", "enterprise"), ("postings", "招聘人数", "heads")],
)
def test_headers_go_by_many_names(kind: str, header: str, column: str) -> None:
    found = KINDS[kind].column_for(header)
    assert found and found.name == column


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_columns_of_a_kind_share_a_name(kind: str) -> None:
    names: dict[str, str] = {}
    for column in KINDS[kind].columns:
        for name in column.names:
            assert names.setdefault(header_key(name), column.name) == column.name, name
    assert KINDS[kind].column_for("备考栏") is None


def test_what_is_missing_is_named_by_its_title() -> None:
    assert KINDS["enrolment-plan"].missing({"school_name", "year", "full_name"}) == ["计划数"]
    assert KINDS["enrolment-plan"].missing({"year", "plan", "program_name"}) == ["学校标识码或学校名称"]


PIECES = st.sampled_from(sorted({str(value) for row in GOOD.values() for value in row.values()}))
CELL = st.one_of(
    st.text(max_size=30),
    PIECES,
    st.builds("".join, st.lists(PIECES, max_size=3)),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_cells_end_as_a_record_or_a_fault(kind: str, data: st.DataObject) -> None:
    """Some cells of a good row replaced by anything at all."""
    names = [column.name for column in KINDS[kind].columns]
    changed = data.draw(st.dictionaries(st.sampled_from(names), CELL, max_size=4))
    try:
        record = build(kind, {**GOOD[kind], **changed})
    except RowFault as fault:
        assert fault.code and fault.reason
        return
    for name, value in record.items():
        if name == "_masked":
            continue
        room = getattr(KINDS[kind].model.__table__.columns[name].type, "length", None)
        assert not (room and isinstance(value, str)) or len(value) <= room, name


@settings(deadline=None)  # a hundred and more records each, on machines of any speed
@given(st.text(min_size=1, max_size=400))
@example("某" * 400)
@example("９" * 400)
def test_every_kind_bounds_what_it_stores(text: str) -> None:
    """PostgreSQL refuses a text longer than its column: no cell may get there."""
    for kind, chosen in KINDS.items():
        for column in chosen.columns:
            try:
                record = build(kind, {**GOOD[kind], column.name: text})
            except RowFault:
                continue
            for name, value in record.items():
                room = getattr(chosen.model.__table__.columns.get(name), "type", None)
                length = getattr(room, "length", None)
                assert not (length and isinstance(value, str)) or len(value) <= length, (kind, name)


def test_of_growth_replacement_and_heads_two_give_the_third() -> None:
    row = {**GOOD["forecasts"], "low": "", "high": ""}
    for stated in (
        {"central": "600", "growth": "-100", "replacement": ""},
        {"central": "600", "growth": "", "replacement": "700"},
        {"central": "", "growth": "-100", "replacement": "700"},
    ):
        record = build("forecasts", {**row, **stated})
        assert (record["central"], record["growth"], record["replacement"]) == (600, -100, 700)
    assert build("forecasts", GOOD["forecasts"])["growth"] is None


def test_a_header_is_looked_up_as_if_all_names_were_compared_in_turn() -> None:
    for kind in KINDS.values():
        known = (*kind.columns, EXAMPLE)
        for name in (name for column in known for name in column.names):
            first = next(c for c in known if header_key(name) in map(header_key, c.names))
            assert kind.column_for(name) is first
        assert kind.column_for("谁也不认识的列") is None


def test_funds_of_an_enterprise_go_by_what_files_call_them() -> None:
    column = KINDS["enterprise-contributions"].column_for("投入资金（万元）")
    assert column and column.name == "funds"
    record = build(
        "enterprise-contributions", {**GOOD["enterprise-contributions"], "funds_wan": "", "funds": "320万元"}
    )
    assert record["funds"] == 3_200_000


def test_a_row_in_traditional_characters_is_read() -> None:
    said = {
        "school_code": "",
        "school_name": "東華大學",
        "program_code": "",
        "program_name": "軟件工程",
        "full_name": "",
    }
    plan = build("enrolment-plan", {**GOOD["enrolment-plan"], **said})
    assert (plan["school_code"], plan["program_codes"]) == ("4131010255", ["080902"])
    posting = build(
        "postings", {**GOOD["postings"], "district_code": "浦東新區", "partner_schools": "東華大學、復旦大學"}
    )
    assert (posting["district_code"], len(posting["partner_schools"])) == ("310115", 2)
    register = build(
        "program-register", {**GOOD["program-register"], "program_code": "", "program_name": "電子商務"}
    )
    assert register["program_code"] == "530701"


NUMBERS = (ValueType.WHOLE, ValueType.NUMBER, ValueType.RATE, ValueType.YEAR, ValueType.HEADS)


@pytest.mark.parametrize("kind", KINDS)
def test_true_in_a_column_of_numbers_is_never_a_one(kind: str) -> None:
    for column in KINDS[kind].columns:
        if column.type not in NUMBERS:
            continue
        for value in (True, False):
            try:
                record = build(kind, {**GOOD[kind], column.name: value})
            except RowFault as fault:
                assert fault.code  # the number, or what a number gone wrong leads to
                continue
            assert record.get(column.name) is None, (column.name, value)
