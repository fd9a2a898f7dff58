"""Headers that no list of names has: used when sure, asked about when in doubt, never guessed in silence."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidInputError, UnreadableFileError
from app.ingest.column_proposal import HeaderProposal, propose
from app.ingest.columns import mapped_columns
from app.ingest.kinds import KINDS
from app.ingest.mappings import (
    ColumnMapping,
    keep_mapping,
    kept_path,
    mapping_for,
    mapping_toml,
    read_mapping,
)
from app.ingest.reading import Row, Table
from app.ingest.values import clean

PLAN = KINDS["enrolment-plan"]
ROWS = [["复旦大学", "法学", 2025, 5], ["同济大学", "软件工程", 2025, 7]]
FILE = Path("plan.csv")


def table(headers: list[str], rows: list[list[Any]]) -> Table:
    return Table(
        tuple(headers), (Row(n, dict(zip(headers, row, strict=False))) for n, row in enumerate(rows, start=2))
    )


def proposed(kind: str, headers: list[str], rows: list[list[Any]]) -> dict[str, HeaderProposal]:
    found = propose(headers, [dict(zip(headers, row, strict=False)) for row in rows], KINDS[kind])
    return {header.header: header for header in found.headers}


def test_a_name_that_is_nearly_one_of_the_list_is_used() -> None:
    found = proposed("enrolment-plan", ["院校名称", "专业名称", "年份", "招生计划数量"], ROWS)
    assert found["院校名称"].score == 1.0 and found["院校名称"].how == "name"
    assert (found["招生计划数量"].column, found["招生计划数量"].doubtful) == ("plan", False)
    words = ["若干"] * 4
    assert proposed("enrolment-plan", ["院校名称", "专业名称", "年份", "招生计划数量"], [words])[
        "招生计划数量"
    ].doubtful


def test_content_speaks_where_the_name_does_not() -> None:
    found = proposed("enrolment-plan", ["甲", "乙", "年份", "计划"], ROWS)
    assert (found["甲"].column, found["乙"].column) == ("school_name", "program_name")
    assert found["甲"].doubtful and found["甲"].samples == ("复旦大学", "同济大学")
    # Where the file has its school already, a column of schools is no question.
    known = proposed(
        "enrolment-plan",
        ["院校名称", "甲", "专业", "年份", "计划"],
        [["复旦大学", "同济大学", "法学", 2025, 5]],
    )
    assert known["甲"].column is None and not known["甲"].doubtful


def test_headers_of_other_things_are_left_alone() -> None:
    others = ["院校专业组代码", "专业组名称", "选科要求", "最低分", "位次", "上年计划数"]
    found = proposed(
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划", *others],
        [["复旦大学", "法学", 2025, 3, "10246101", "101组", "物理必选", 600, 1000, 4]],
    )
    assert {name: found[name].column for name in others} == dict.fromkeys(others)


def test_in_doubt_and_alone_it_stops_and_says_how_to_go_on() -> None:
    with pytest.raises(UnreadableFileError) as fault:
        mapped_columns(table(["校", "招的专业", "年", "计划"], ROWS), PLAN, ColumnMapping(), FILE)
    message = str(fault.value)
    for words in (
        "“校”像是“学校名称”（0.73，如 复旦大学、同济大学）",
        "招的专业",
        "--mapping",
        "--save-mapping",
        "ignore",
    ):
        assert words in message
    start = message.index("[columns]")
    assert 'school_name = "校"' in message[start:] and 'program_name = "招的专业"' in message[start:]


def test_what_is_lacking_besides_is_named_too() -> None:
    with pytest.raises(UnreadableFileError, match="还缺少列 计划数"):
        mapped_columns(table(["校", "招的专业", "年"], ROWS), PLAN, ColumnMapping(), FILE)


def test_a_person_answers_and_no_row_is_lost() -> None:
    asked: list[str] = []

    def ask(header: HeaderProposal) -> str | None:
        asked.append(header.header)
        return header.candidates[0].column if header.header != "备注说明栏" else None

    read = table(["校", "招的专业", "年", "计划", "备注说明栏"], [[*row, "无"] for row in ROWS] * 300)
    columns, mapping = mapped_columns(read, PLAN, ColumnMapping(), FILE, ask)
    assert columns == {"校": "school_name", "招的专业": "program_name", "年": "year", "计划": "plan"}
    assert set(asked) == {"校", "招的专业", "备注说明栏"}
    assert mapping.columns == {"校": "school_name", "招的专业": "program_name"}
    assert mapping.ignored == {"备注说明栏"}
    assert len(list(read.rows)) == 600
    again, _ = mapped_columns(
        table(["校", "招的专业", "年", "计划", "备注说明栏"], ROWS), PLAN, mapping, FILE
    )
    assert again == columns


def test_the_proposal_is_plain_data_for_whoever_shows_it() -> None:
    shown = propose(["校"], [{"校": "复旦大学"}], PLAN).as_dict()
    assert shown["kind"] == "enrolment-plan"
    (header,) = shown["headers"]
    assert header["candidates"][0] == {"column": "school_name", "title": "学校名称", "score": header["score"]}
    assert header["doubtful"] and header["samples"] == ("复旦大学",)


def test_sheets_of_other_headers_are_looked_at_one_by_one() -> None:
    first, second = ("院校名称", "专业", "年份", "计划"), ("学校", "招的专业", "年份", "招生人数")
    headers = tuple(dict.fromkeys((*first, *second)))
    rows = [Row(2, dict(zip(first, ROWS[0], strict=True))), Row(2, dict(zip(second, ROWS[1], strict=True)))]
    with pytest.raises(UnreadableFileError, match="招的专业"):
        mapped_columns(Table(headers, iter(rows), {}, (first, second)), PLAN, ColumnMapping(), FILE)
    said = ColumnMapping({"招的专业": "program_name"})
    columns, _ = mapped_columns(Table(headers, iter(rows), {}, (first, second)), PLAN, said, FILE)
    assert columns["院校名称"] == columns["学校"] == "school_name"
    assert columns["专业"] == columns["招的专业"] == "program_name"


def test_thousands_of_columns_are_not_as_many_questions() -> None:
    headers = ["院校名称", "专业名称", "年份", "计划", *(f"第{n}列" for n in range(5, 5_000))]
    headers += [f"未知{n}" for n in range(600)]
    found = propose(headers, ({"院校名称": "复旦大学"} for _ in range(5)), PLAN)
    assert len(found.headers) == len(headers) and not found.doubtful


def test_two_headers_of_one_name_are_one_column_and_no_doubt() -> None:
    found = proposed(
        "enrolment-plan",
        ["院校代码", "学校标识码", "专业", "年份", "计划"],
        [["10246", "4131010246", "法学", 2025, 3]],
    )
    assert found["学校标识码"].how == "repeated" and found["学校标识码"].column is None


WORD = st.text(min_size=1, max_size=20).map(clean).filter(bool)


@settings(max_examples=40)
@given(source=st.text(max_size=60), header=WORD, ignored=st.frozensets(WORD, max_size=3), constant=WORD)
def test_a_mapping_is_kept_and_found_again_word_for_word(
    source: str, header: str, ignored: frozenset[str], constant: str
) -> None:
    mapping = ColumnMapping({header: "plan"}, {"province": constant}, ignored)
    path = keep_mapping(source, PLAN, mapping)
    keep_mapping(source, KINDS["campuses"], ColumnMapping({"甲": "name"}))
    found = mapping_for(None, PLAN, source)
    assert (found.columns, found.constants, found.ignored) == (mapping.columns, mapping.constants, ignored)
    assert found.origin == str(path) and path.parent == kept_path("x").parent
    assert mapping_for(None, KINDS["campuses"], source).columns == {"甲": "name"}
    assert mapping_for(None, KINDS["forecasts"], source) == ColumnMapping()


def test_sources_of_like_names_are_kept_apart() -> None:
    names = ["a/b", "a_b", "../a_b", "a b", "", "." * 300, "源" * 300, "A" * 300]
    paths = {kept_path(name) for name in names}
    assert len(paths) == len(names) and len({path.parent for path in paths}) == 1
    assert all(len(path.name.encode()) < 200 for path in paths)


def test_a_mapping_may_list_what_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('ignore = ["备注说明栏"]\n' + mapping_toml({"columns": {"plan": "规模"}}), "utf-8")
    mapping = read_mapping(path, PLAN)
    assert (mapping.columns, mapping.ignored) == ({"规模": "plan"}, {"备注说明栏"})
    for wrong in ('ignore = "备注"', "ignore = [3]", "[columns]\nplan = 3"):
        path.write_text(wrong, "utf-8")
        with pytest.raises(InvalidInputError, match="写法不对"):
            read_mapping(path, PLAN)


DISPUTED: dict[str, tuple[str, list[str], list[list[Any]], set[str]]] = {
    "two places": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数（上海）", "计划数（外地）"],
        [["复旦大学", "法学", 2025, 5, 7]],
        {"计划数（上海）", "计划数（外地）"},
    ),
    "two years": (
        "outcomes",
        ["学校", "专业", "年份", "毕业生数（2023届）", "毕业生数（2024届）"],
        [["复旦大学", "法学", 2024, 5, 7]],
        {"毕业生数（2023届）", "毕业生数（2024届）"},
    ),
    "two names": (
        "outcomes",
        ["学校", "专业", "年份", "就业率", "毕业去向落实率"],
        [["复旦大学", "法学", 2024, "80%", "93%"]],
        {"就业率", "毕业去向落实率"},
    ),
    "one name twice": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数", "计划数#2"],
        [["复旦大学", "法学", 2025, 5, 7]],
        {"计划数", "计划数#2"},
    ),
    "the second where the first is blank": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数", "招生人数"],
        [["复旦大学", "法学", 2025, "", 7]],
        {"计划数", "招生人数"},
    ),
    "the same numbers": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数", "招生人数"],
        [["复旦大学", "法学", 2025, 7, "7人"]],
        set(),
    ),
    "one blank": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数", "招生人数"],
        [["复旦大学", "法学", 2025, 7, ""]],
        set(),
    ),
    "remarks": (
        "enrolment-plan",
        ["院校名称", "专业名称", "年份", "计划数", "备注", "备注#2"],
        [["复旦大学", "法学", 2025, 7, "a", "b"]],
        set(),
    ),
}


@pytest.mark.parametrize("name", DISPUTED)
def test_columns_of_one_name_that_differ_are_asked_about(name: str) -> None:
    kind, headers, rows, disputed = DISPUTED[name]
    found = proposed(kind, headers, rows)
    assert {header for header, each in found.items() if each.how == "disputed"} == disputed
    assert all(found[header].doubtful for header in disputed)
    if disputed:
        chosen = max(disputed)  # a person's word settles it, wherever the header stands
        column = found[chosen].column
        assert column
        read = Table(tuple(headers), (Row(2, dict(zip(headers, row, strict=True))) for row in rows))
        columns, _ = mapped_columns(read, KINDS[kind], ColumnMapping({clean(chosen): column}), FILE)
        assert [header for header, ours in columns.items() if ours == column] == [chosen]


def test_groups_of_columns_side_by_side_are_to_be_moved() -> None:
    headers = ["年份", "院校名称", "专业名称", "计划数", "专业名称#2", "计划数#2"]
    with pytest.raises(UnreadableFileError, match="并排"):
        mapped_columns(
            table(headers, [[2025, "复旦大学", "法学", 5, "哲学", 7]]), PLAN, ColumnMapping(), FILE
        )


def test_names_below_each_other_and_values_for_all_rows_are_hinted_at() -> None:
    upright = table(["院校代码", "10255"], [["年份", 2025], ["专业名称", "软件工程"], ["计划数", 30]])
    with pytest.raises(UnreadableFileError, match="竖排"):
        mapped_columns(upright, PLAN, ColumnMapping(), FILE)
    with pytest.raises(UnreadableFileError, match=r"\[constants\] 下写一行，如 year = 2025"):
        mapped_columns(
            table(["院校名称", "专业名称", "计划数"], [["复旦大学", "法学", 5]]), PLAN, ColumnMapping(), FILE
        )


@pytest.mark.parametrize(
    ("header", "values", "faults"),
    [
        ("调剂率（%）", ["93.5", "0.8", "1", "0"], ["", "ambiguous_rate", "ambiguous_rate", ""]),
        ("调剂率（%）", ["0.8", "0.935"], ["", ""]),
        ("调剂率（%）", ["93.5", "0.8%"], ["", ""]),
        ("调剂率", ["93.5", "0.8"], ["", ""]),
        ("调剂率", ["93.5", "2.1", "1.2", "0.8", "1"], ["", "", "", "ambiguous_rate", "ambiguous_rate"]),
        ("报到率", ["0.93", "0.8", "1", "1.02", "92.5", "1.02%"], ["", "", "", "ambiguous_rate", "", ""]),
        ("报到率", ["0.93", "0.8", "1", "93", "92", "91"], [""] * 6),
    ],
)
def test_small_numbers_among_per_cents_are_doubtful(
    header: str, values: list[str], faults: list[str]
) -> None:
    rows = [["复旦大学", "法学", 2024, value] for value in values]
    read = table(["学校", "专业", "年份", header], rows)
    mapped_columns(read, KINDS["outcomes"], ColumnMapping(), FILE)
    assert [row.fault.code if row.fault else "" for row in read.rows] == faults


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("outcomes", "未就业人数"),
        ("outcomes", "离沪人数"),
        ("outcomes", "协议就业率"),
        ("schools", "建校年份"),
        ("schools", "非全日制在校生数"),
        ("enrolment-plan", "上年计划数"),
        ("enrolment-plan", "其中：外省计划"),
    ],
)
def test_a_header_of_the_opposite_or_a_part_is_no_guess(kind: str, header: str) -> None:
    found = proposed(kind, [header], [["30"]] * 3)[header]
    assert found.column is None and not found.doubtful


@pytest.mark.parametrize(
    ("kind", "header", "column"),
    [("outcomes", "毕业生数（其中：女）", "graduates"), ("enrolment-plan", "计划数（外省）", "plan")],
)
def test_a_part_in_brackets_is_asked_about_and_none_beside_the_whole(
    kind: str, header: str, column: str
) -> None:
    alone = proposed(kind, ["学校", header], [["复旦大学", "30"]])[header]
    assert (alone.column, alone.doubtful) == (column, True)
    whole = next(c.title for c in KINDS[kind].columns if c.name == column)
    beside = proposed(kind, ["学校", header, whole], [["复旦大学", "30", "40"]])
    assert beside[header].column is None and beside[whole].column == column
    assert not beside[header].doubtful and not beside[whole].doubtful


@pytest.mark.parametrize(
    ("header", "column"), [("院校名稱", "school_name"), ("專業名稱", "program_name"), ("計劃數", "plan")]
)
def test_traditional_characters_name_the_same_columns(header: str, column: str) -> None:
    named = PLAN.column_for(header)
    assert named is not None and named.name == column
