"""Bad input through the whole computation: a valid run, a warning that names the record, no crash and no NaN."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from app.planning.cells import FigureRow, ForecastRow, PostingRow
from app.planning.plans import PlanRow
from app.planning.rates import OutcomeRow
from app.planning.supply import RegisterRow
from app.reference import load_reference
from app.runs.compute import RunResult, compute, snapshot_fits
from app.runs.engine import load_engine
from app.runs.profiles import load_profile
from app.runs.snapshot import PostingText, Snapshot
from tests.unit.planning.builders import figure, forecast, outcome, plan, posting, register

REAL = "080901"
"""计算机科学与技术, a program of the catalogue."""
OTHER = "080902"


def snapshot(**parts: Any) -> Snapshot:
    postings: tuple[PostingRow, ...] = tuple(parts.pop("postings", ()))
    rows: dict[str, Any] = {
        "plans": (),
        "registers": (),
        "outcomes": (),
        "campuses": (),
        "forecasts": (),
        "figures": (),
        "clusters": (),
        "texts": (),
        "decisions": (),
        **{name: tuple(found) for name, found in parts.items()},
    }
    return Snapshot(
        **rows,
        postings=postings,
        posting_texts=tuple(PostingText(p.id, p.title, "软件开发", p.level, "") for p in postings),
        decision_ids=(),
        batch_ids=("b1",),
        simulated=False,
        digest="",
    )


@pytest.fixture(scope="module")
def run() -> Callable[..., RunResult]:
    reference, engine, profile = load_reference(), load_engine(), load_profile("shanghai")

    def computed(**parts: Any) -> RunResult:
        taken = snapshot(**parts)
        fits = snapshot_fits(taken, reference, engine)
        result = compute(taken, reference, fits, profile, lambda _step, _done: None)
        sound([list(map(dict, rows)) for rows in result.rows.values()])
        sound(result.summary)
        sound(result.warnings)
        return result

    return computed


def sound(value: Any) -> None:
    """No number anywhere that is not a number."""
    if isinstance(value, dict):
        for inner in value.values():
            sound(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            sound(inner)
    elif isinstance(value, float):
        assert math.isfinite(value)


def plans() -> list[PlanRow]:
    return [plan(REAL, seats=60), plan(OTHER, seats=40, school_code="4131010248", row=2)]


def forecasts() -> list[ForecastRow]:
    return [forecast("I65", 50.0, row=3), forecast("C397", 30.0, row=4)]


def warned(result: RunResult, code: str) -> dict[str, Any]:
    found = [warning for warning in result.warnings if warning["code"] == code]
    assert found, f"{code} 不在 {[w['code'] for w in result.warnings]}"
    return found[0]


@pytest.mark.parametrize("heads", [-5.0, math.nan, math.inf, 1e12])
def test_forecasts_negative_and_absurd(run: Callable[..., RunResult], heads: float) -> None:
    wrong = forecast("I64", heads, row=7, batch_id="f7")
    result = run(plans=plans(), forecasts=[*forecasts(), wrong])
    warning = warned(result, "impossible_forecast")
    assert "f7" in warning["records"] and "第 7 行" in warning["text"]
    assert result.summary["demand"] == 80.0


def test_figures_postings_plans_and_rates_negative_and_absurd(run: Callable[..., RunResult]) -> None:
    figures: list[FigureRow] = [figure(("C397",), -3.0), figure(("I64",), 1e15, item="互联网")]
    outcomes: list[OutcomeRow] = [outcome(REAL, registration_rate=7.0, destination_rate=-1.0)]
    result = run(
        plans=[*plans(), plan("080903", seats=-8, row=8), plan("080905", seats=10**9, row=9)],
        forecasts=forecasts()[:1],
        figures=figures,
        postings=[posting("p-1", -4, row=5), posting("p-2", 10**11, row=6), posting("p-3", 3)],
        outcomes=outcomes,
    )
    assert "集成电路" in warned(result, "impossible_figure")["text"]
    named = " ".join(w["text"] for w in result.warnings)
    assert "互联网" in named and "第 8 行" in named and "第 9 行" in named
    assert {r for w in result.warnings if w["code"] == "impossible_posting" for r in w["records"]} == {
        "p-1",
        "p-2",
    }
    assert REAL in warned(result, "impossible_rate")["text"]
    assert result.summary["seats"] == 100.0
    # A posting is told in the demand of its occupation or industry; this one names neither and counts by itself.
    assert result.summary["demand"] == 53.0


def test_a_forecast_for_a_year_past(run: Callable[..., RunResult]) -> None:
    result = run(plans=plans(), forecasts=[forecast("I65", 50.0, year=2019, batch_id="old")])
    warning = warned(result, "nearest_year")
    assert warning["records"] == ("old",) and "2019" in warning["text"] and "早于" in warning["text"]


def test_a_level_that_nobody_teaches(run: Callable[..., RunResult]) -> None:
    asked = forecast("I65", 25.0, level="secondary_vocational", row=11, batch_id="f9")
    result = run(plans=plans(), forecasts=[*forecasts(), asked])
    warning = warned(result, "level_not_taught")
    assert "f9" in warning["records"] and "第 11 行" in warning["text"] and "25 人" in warning["text"]
    assert result.summary["unmet"] >= 25.0


def test_a_program_without_enrolment(run: Callable[..., RunResult]) -> None:
    registers: list[RegisterRow] = [register("080903")]
    result = run(plans=[*plans(), plan("080905", seats=0, row=3)], registers=registers, forecasts=forecasts())
    warning = warned(result, "program_without_enrolment")
    assert {name.split()[1] for name in warning["records"]} == {"080903", "080905"}


def test_a_program_that_the_catalogue_does_not_have(run: Callable[..., RunResult]) -> None:
    gone = [plan("999999", seats=30, row=12), plan(REAL, "999998", seats=20, row=13)]
    result = run(plans=[*plans(), *gone], registers=[register("999997")], forecasts=forecasts())
    named = {w["records"][0]: w["text"] for w in result.warnings if w["code"] == "program_not_listed"}
    assert set(named) == {"999999", "999998", "999997"} and "第 12 行" in named["999999"]
    assert result.summary["seats"] == 120.0


def test_no_demand_at_all(run: Callable[..., RunResult]) -> None:
    result = run(plans=plans())
    warned(result, "no_demand")
    assert result.summary["actions"] == {"keep": 2}


def test_no_supply_at_all(run: Callable[..., RunResult]) -> None:
    result = run(forecasts=forecasts(), postings=[posting("p-1", 5, mode="order_class")])
    warned(result, "no_supply")
    assert result.summary["unmet"] == result.summary["demand"] == 85.0
    assert result.summary["actions"] == {}


def test_supply_and_demand_that_are_all_zero(run: Callable[..., RunResult]) -> None:
    result = run(plans=[plan(REAL, seats=0)], forecasts=[forecast("I65", 0.0)])
    warned(result, "no_supply")
    warned(result, "no_demand")


def test_one_school(run: Callable[..., RunResult]) -> None:
    result = run(plans=[plan(REAL, seats=60), plan(OTHER, seats=40, row=2)], forecasts=forecasts())
    assert warned(result, "one_school")["records"] == ("4131010255",)
    assert result.summary["schools"] == 1
