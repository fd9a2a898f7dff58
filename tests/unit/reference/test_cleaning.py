"""What the build script makes of the lists as they were scanned."""

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from app.reference import load_reference

R = load_reference()
PATH = Path(__file__).parents[3] / "scripts/build_reference.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_reference", PATH)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = script()


@pytest.mark.parametrize(
    ("scanned", "clean"),
    [
        (r"$\mathrm{CO}_{2}$气体保护焊", "CO2气体保护焊"),
        ("特殊用途汉语（中文$^+$）教学", "特殊用途汉语（中文+）教学"),
        ("WindowsServer操作系统", "Windows Server操作系统"),
        ("持续高职本科专业举例：资源勘查工程技术", "资源勘查工程技术"),
        ("暂无|茶学", "茶学"),
        ("茶学|茶学", "茶学"),
        ("与管理", ""),
        ("", ""),
        ("素描（造型基础|速写）|色彩", "素描（造型基础、速写）|色彩"),
        ("基础化学（含无机化学|分析化学|有机化学）|制图", "基础化学（含无机化学、分析化学、有机化学）|制图"),
        ("制图（机械|色彩|速写", "制图（机械）|色彩|速写"),
        ("速写）|色彩", "速写|色彩"),
        ("土木水利|供热|供燃气|通风及空调工程", "土木水利|供热、供燃气、通风及空调工程"),
        ("嵌入|式技术|软件工程", "嵌入式技术|软件工程"),
        ("食品质量与|安全|食品质量与安全", "食品质量与安全"),
        ("复合材料与工程功能材料", "复合材料与工程|功能材料"),
    ],
)
def test_a_list_is_cleaned(scanned: str, clean: str) -> None:
    assert BUILD.clean_list(scanned, False, Counter()) == clean


def test_a_list_that_was_cut_off_loses_its_last_entry_only() -> None:
    cleaned: Counter[str] = Counter()
    assert BUILD.clean_list("机械制图|工业仪", True, cleaned) == "机械制图"
    assert BUILD.clean_list("工业仪", True, cleaned) == ""
    assert cleaned["cut off"] == 2


def test_a_group_has_the_name_that_most_of_its_occupations_give_it() -> None:
    row = dict.fromkeys(("major_code", "middle_code"), "6") | dict.fromkeys(
        ("major_name", "middle_name"), "生产"
    )
    rows = [row | {"minor_code": "6-02-06", "minor_name": name} for name in ("酒", "酒", "焙烤")]
    cleaned: Counter[str] = Counter()
    assert BUILD.occupation_groups(rows, cleaned) == [("6", "生产"), ("6-02-06", "酒")]
    assert cleaned.total() == 1
    assert {o.minor_name for o in R.occupations.under("6-02-06")} == {"酒、饮料及精制茶制造人员"}


def test_nothing_torn_is_left_in_the_tables() -> None:
    halves = {half for pair in (*BUILD.BROKEN, *BUILD.TORN) for half in pair} - {"安全", "大数据应用"}
    for program in R.programs:
        assert program.class_name and program.category_name, program.key
        for name in (*program.continues_to, *program.core_courses, *program.foundation_courses):
            assert name not in halves, (program.key, name)
            assert not name.endswith(("及", "、", "装配与", "造型与", "微生物与")), (program.key, name)


def test_what_is_corrected_by_hand_is_still_needed(shared: Path) -> None:
    rows = BUILD.read(shared / "reference", "programs.csv")
    lists = {(row["code"], name): row[name].split("|") for row in rows for name in BUILD.LISTS}
    entries = {entry for entry_list in lists.values() for entry in entry_list}
    joined = {"|".join(entry_list) for entry_list in lists.values()}
    for names in (*BUILD.TORN, *BUILD.BROKEN):
        assert any("|".join(names) in text for text in joined), names
    assert set(BUILD.MISREAD) <= entries
    for name, codes in BUILD.CUT.items():
        for code in codes:
            assert lists[code, name][-1], (code, name)
    assert set(BUILD.CLASS_NAMES) == {row["class_code"] for row in rows if not row["class_name"]}
