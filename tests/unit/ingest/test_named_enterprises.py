"""Rows that name enterprises, against the register that batches brought."""

from typing import Any

import pytest
from register_rows import CHIPS, LANGUAGE

from app.ingest.fault import RowFault
from app.ingest.kinds import KINDS
from app.ingest.resolve_enterprises import EnterpriseNames, Enterprises
from app.ingest.schema import NONE_KNOWN, Cells, KnownNames

CLOUD = "91990000DEMA0011X2"
KNOWN = KnownNames(
    enterprises=Enterprises(
        [
            EnterpriseNames(CHIPS, "上海甲乙芯片制造有限公司", CHIPS, ("甲乙半导体",)),
            EnterpriseNames(LANGUAGE, "上海丙丁语言技术股份有限公司", LANGUAGE),
        ]
    )
)
ROWS: dict[str, dict[str, str]] = {
    "postings": {"title": "测试工程师"},
    "alliances": {"alliance": "集成电路职教集团", "member_kind": "企业"},
    "training-bases": {"school_code": "10856", "name": "基地", "places": "20"},
    "enterprise-contributions": {"year": "2025", "teachers": "2"},
}
COLUMNS = {"alliances": "member", "enterprise-contributions": "name"}


def made(kind: str, row: dict[str, str], known: KnownNames = KNOWN) -> tuple[dict[str, Any], Cells]:
    cells = Cells(row, {column.name: column.title for column in KINDS[kind].columns}, known)
    return KINDS[kind].record(cells), cells


def naming(kind: str, name: str, code: str = "") -> dict[str, str]:
    return {**ROWS[kind], COLUMNS.get(kind, "enterprise"): name, "credit_code": code}


def refused(kind: str, row: dict[str, str], known: KnownNames = KNOWN) -> RowFault:
    with pytest.raises(RowFault) as fault:
        made(kind, row, known)
    return fault.value


@pytest.mark.parametrize("kind", ROWS)
def test_a_name_that_the_register_knows_gets_its_credit_code(kind: str) -> None:
    record, cells = made(kind, naming(kind, "上海甲乙芯片制造有限公司"))
    assert record["credit_code"] == CHIPS and not cells.notes
    record, cells = made(kind, naming(kind, "上海甲乙芯片制造有限责任公司"))
    (note,) = cells.notes
    assert (record["credit_code"], note.code, note.how, note.score) == (CHIPS, CHIPS, "variant", 0.95)
    assert (note.value, note.name) == ("上海甲乙芯片制造有限责任公司", "上海甲乙芯片制造有限公司")
    assert note.column in {"企业", "成员名称", "共建企业", "企业名称"}


@pytest.mark.parametrize("kind", ROWS)
def test_two_enterprises_in_one_row_are_refused_and_both_are_named(kind: str) -> None:
    fault = refused(kind, naming(kind, "上海甲乙芯片制造有限公司", LANGUAGE))
    assert fault.code == "code_name_mismatch" and "信用代码" in fault.column
    assert {CHIPS, LANGUAGE} <= set(fault.reason.replace("，", " ").replace("）", " ").split())
    fault = refused(kind, naming(kind, "甲乙半导体", CLOUD))
    assert fault.code == "code_name_mismatch" and CHIPS in fault.reason and fault.value == CLOUD
    fault = refused(kind, naming(kind, f"上海甲乙芯片制造有限公司({LANGUAGE})"))
    assert fault.code == "code_name_mismatch"
    fault = refused(kind, naming(kind, f"戊己厂({LANGUAGE})", CLOUD))
    assert fault.code == "code_name_mismatch" and LANGUAGE in fault.reason


@pytest.mark.parametrize("kind", ROWS)
def test_a_name_that_is_only_like_one_of_the_register_is_for_a_person_to_judge(kind: str) -> None:
    for name in ("上海甲乙芯片制造股份有限公司", "甲乙芯片", "上海甲乙芯片制照有限公司"):
        fault = refused(kind, naming(kind, name))
        assert (fault.code, fault.value) == ("needs_review", name)
        assert f"上海甲乙芯片制造有限公司 {CHIPS}（0." in fault.remedy and "另一家" in fault.remedy
        # the code settles it, whichever enterprise it is
        assert made(kind, naming(kind, name, CHIPS))[0]["credit_code"] == CHIPS
        assert made(kind, naming(kind, name, CLOUD))[0]["credit_code"] == CLOUD
        record, _ = made(kind, naming(kind, f"{name}（{CLOUD}）"))
        assert record["credit_code"] == CLOUD
        assert kind == "enterprise-contributions" or record[COLUMNS.get(kind, "enterprise")] == name


@pytest.mark.parametrize("kind", ["postings", "alliances", "training-bases"])
def test_an_enterprise_that_the_register_does_not_know_stays_as_it_is_written(kind: str) -> None:
    for known in (KNOWN, NONE_KNOWN):
        for code in ("", CLOUD):
            record, cells = made(kind, naming(kind, "上海戊己芯片制造有限公司", code), known)
            assert record["credit_code"] == (code or None) and not cells.notes
            assert record[COLUMNS.get(kind, "enterprise")] == "上海戊己芯片制造有限公司"


def test_contributions_are_of_an_enterprise_that_is_known() -> None:
    for known in (KNOWN, NONE_KNOWN):
        fault = refused("enterprise-contributions", naming("enterprise-contributions", "某厂"), known)
        assert (fault.code, fault.column) == ("unknown_enterprise", "企业名称")
    assert refused("enterprise-contributions", naming("enterprise-contributions", "")).code == "missing_value"


def test_a_member_of_no_stated_kind_is_an_enterprise_where_the_register_knows_it() -> None:
    row = {"alliance": "集成电路联盟", "member": "上海甲乙芯片制造有限公司"}
    record, _ = made("alliances", row)
    plain, _ = made("alliances", row, NONE_KNOWN)
    assert (record["member_kind"], record["credit_code"]) == ("enterprise", CHIPS)
    assert (plain["member_kind"], plain["credit_code"]) == ("other", None)
    assert record["key"] == plain["key"], "the row stays the same member whatever the register knows"
    assert made("alliances", {**row, "member": "甲乙芯片产业协会"})[0]["member_kind"] == "other"
    assert refused("alliances", {**row, "member": "甲乙芯片公司"}).code == "needs_review"
    school, _ = made("alliances", {**row, "member": "复旦大学"})
    assert (school["member_kind"], school["credit_code"]) == ("school", None)


def test_joint_work_names_enterprises_in_a_list_and_among_its_partners() -> None:
    row = {"name": "中心", "year": "2024"}
    partners = "甲乙半导体、某研究院、上海戊己机床有限公司"
    record, cells = made(
        "innovation-platforms",
        {**row, "enterprises": f"上海丙丁语言技术股份有限公司；{CLOUD}", "partners": partners},
    )
    assert record["enterprises"] == [LANGUAGE, CLOUD, CHIPS]
    assert record["partners"] == partners and not cells.notes
    fault = refused("joint-projects", {**row, "enterprises": "上海戊己机床有限公司"})
    assert (fault.code, fault.column) == ("unknown_enterprise", "合作企业信用代码")
    assert refused("joint-projects", {**row, "enterprises": "甲乙芯片"}).code == "needs_review"
    assert refused("joint-projects", {**row, "partners": "甲乙芯片厂"}).code == "needs_review"
    assert made("joint-projects", {**row, "partners": "甲乙芯片"})[0]["enterprises"] == []
    both = {**row, "enterprises": f"戊己厂（{CLOUD}）", "partners": f"甲乙芯片厂（{LANGUAGE}）、某研究院"}
    assert made("joint-projects", both)[0]["enterprises"] == [CLOUD, LANGUAGE]
    fault = refused("joint-projects", {**row, "partners": f"甲乙半导体（{LANGUAGE}）"})
    assert (fault.code, fault.column) == ("code_name_mismatch", "其他伙伴")
