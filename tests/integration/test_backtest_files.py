"""Back-test over files: what was known in a year, the packaged facts, and faults that are named."""

from pathlib import Path

import pytest

from app.errors import InvalidInputError, UnreadableFileError
from app.runs.backtest import SIGNALS, run_backtest

PLANS = """school_code,year,province,level,program_code,program_name,plan
4131010255,2019,上海,bachelor,080901,计算机科学与技术,60
4131010255,2019,上海,bachelor,120102,信息管理与信息系统,600
4131010255,2020,上海,bachelor,080901,计算机科学与技术,70
4131010255,2020,上海,bachelor,120102,信息管理与信息系统,720
"""
FORECASTS = """industry_code,occupation_code,level,region,year,low,central,high,source
I65,,bachelor,310000,2022,80,100,120,情景
I65,,bachelor,310000,2023,80,100,120,情景
"""
DECISIONS = """level,program_code,program_name,year,until,decision
bachelor,,信息管理与信息系统,2021,,撤销
"""
PLAN = """title = "小回测"
years = [2019, 2020]
within = 2
k = 1
decisions = "decisions.csv"
[[file]]
path = "plans.csv"
kind = "enrolment-plan"
[[file]]
path = "forecasts.csv"
kind = "forecasts"
known_from = 2019
"""


def quiet(_step: str, _done: float = 0.0) -> None:
    """No progress in tests."""


def written(folder: Path, **changed: str) -> str:
    texts = {"plans.csv": PLANS, "forecasts.csv": FORECASTS, "decisions.csv": DECISIONS, "plan.toml": PLAN}
    for name, text in {**texts, **{k.replace("_", "."): v for k, v in changed.items()}}.items():
        (folder / name).write_text(text, "utf-8")
    return str(folder / "plan.toml")


def test_years_are_computed_on_what_was_known_then(tmp_path: Path) -> None:
    report = run_backtest(written(tmp_path), quiet)
    assert set(report.signals) == set(SIGNALS) and report.years == (2019, 2020)
    for test in report.signals.values():
        assert (test.programs, test.positives) == (2, 1)
        assert test.auc is not None and 0 <= test.auc <= 1
    # 600 seats against a share of 100 heads: more graduates than the other program has by far.
    assert report.signals["gap"].auc == 1.0
    assert any("不足以证明" in note for note in report.notes)
    assert report.as_dict()["signals"]["gap"]["auc"] == 1.0


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"plan_toml": "years = ["}, UnreadableFileError, "回测说明"),
        ({"plan_toml": PLAN + "\nunknown = 1\n"}, InvalidInputError, "unknown"),
        ({"plan_toml": PLAN.replace("[2019, 2020]", "[2001]")}, InvalidInputError, "2001"),
        (
            {"decisions_csv": DECISIONS.replace("信息管理与信息系统", "不存在的专业")},
            InvalidInputError,
            "不存在的专业",
        ),
        ({"decisions_csv": DECISIONS.replace("2021", "去年")}, InvalidInputError, "整数"),
        ({"decisions_csv": "level,program_name,year\n"}, InvalidInputError, "空"),
    ],
)
def test_faults_are_named(tmp_path: Path, changes: dict[str, str], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        run_backtest(written(tmp_path, **changes), quiet)


def test_no_such_file() -> None:
    with pytest.raises(UnreadableFileError):
        run_backtest("没有这个.toml", quiet)
