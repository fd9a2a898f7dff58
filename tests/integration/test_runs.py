"""A run on the packaged data, on both databases: the same digest, traceable figures, failures that harm nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.models import (
    Balance,
    Batch,
    EnrolmentPlan,
    Fit,
    Offering,
    Placement,
    Portfolio,
    Posting,
    Recommendation,
    Run,
    UnplacedPosting,
)
from app.runs import execute as execution
from app.runs.compare import compare_runs
from app.runs.demo import prepare_demo
from app.runs.execute import execute
from app.runs.matcher import Matcher
from app.runs.publish import current_run
from tests.conftest import emptied

DIGESTS: dict[str, str] = {}


def quiet(_step: str, _done: float) -> None:
    """No progress in tests."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The demonstration, published; once per kind of database."""
    engine: Engine = request.getfixturevalue(
        f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_engine"
    )
    with session_factory(engine)() as session:
        prepare_demo(session, quiet)
    yield engine
    emptied(engine)


@pytest.fixture
def demo_session(demo: Engine) -> Iterator[Session]:
    with session_factory(demo)() as session:
        yield session


def test_both_databases_give_the_same_digest(demo: Engine, demo_session: Session) -> None:
    DIGESTS[demo.dialect.name] = current_run(demo_session).digest or ""
    assert len(set(DIGESTS.values())) == 1


def test_the_run_records_what_it_rests_on(demo_session: Session) -> None:
    run = current_run(demo_session)
    assert run.batch_ids == list(demo_session.scalars(select(Batch.id).order_by(Batch.id)))
    assert run.model_version and len(run.snapshot_digest) == len(run.reference_digest) == 64
    assert run.simulated
    assert run.summary["offerings"] == demo_session.scalar(
        select(func.count()).select_from(Offering).where(Offering.run_id == run.id)
    )


def test_seats_are_the_plan_rows_added_up(demo_session: Session) -> None:
    """Recount by another way: plans of one batch per school, year and province, split over their programs."""
    cells: dict[tuple[str, int, str, str], dict[str, list[EnrolmentPlan]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in demo_session.scalars(select(EnrolmentPlan)):
        cells[row.school_code, row.year, row.province, row.level][row.batch_id].append(row)
    totals: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    chosen = []
    for (school, year, _, level), batches in cells.items():
        best = max(sorted(batches), key=lambda b: sum(r.plan for r in batches[b]))
        chosen += batches[best]
        totals[school, level][year] += sum(r.plan for r in batches[best])
    expected: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in chosen:
        by_year = totals[row.school_code, row.level]
        if row.program_codes and row.year == max(by_year, key=lambda y: (by_year[y], y)):
            for code in row.program_codes:
                expected[row.school_code, row.level, code] += row.plan / len(row.program_codes)
    offerings = demo_session.scalars(
        select(Offering).where(Offering.run_id == current_run(demo_session).id)
    ).all()
    assert len(offerings) > 800
    for offering in offerings:
        key = (offering.school_code, offering.level, offering.program_code)
        # A category that names no programs adds its seats to the school's programs of the class.
        assert offering.seats >= expected[key] - 0.01, key
        assert 0 <= offering.graduates <= offering.seats


def test_every_recommendation_carries_evidence_that_is_in_the_records(demo_session: Session) -> None:
    run = current_run(demo_session)
    balances = {
        (b.level, b.program_code): b
        for b in demo_session.scalars(select(Balance).where(Balance.run_id == run.id))
    }
    batches = set(run.batch_ids)
    rows = demo_session.scalars(select(Recommendation).where(Recommendation.run_id == run.id)).all()
    assert {row.action for row in rows} >= {"open", "expand", "keep", "shrink"}
    for row in rows:
        figures = {line["figure"]: line["value"] for line in row.evidence}
        balance = balances[row.level, row.program_code]
        assert figures["demand"] == pytest.approx(balance.demand, abs=0.01)
        assert figures["gap"] == pytest.approx(balance.demand - balance.supply, abs=0.01)
        assert all(set(line["batch_ids"]) <= batches for line in row.evidence)
        assert row.rules and row.summary
        assert row.simulated == ("模拟" in row.summary) or row.simulated
        change = row.seats_proposed - row.seats_now
        assert {"open": change > 0, "expand": change > 0, "keep": change == 0}.get(row.action, change <= 0), (
            row.action
        )


def test_the_portfolio_is_what_is_recommended_and_costs_less_than_the_rules(demo_session: Session) -> None:
    run = current_run(demo_session)
    (portfolio,) = demo_session.scalars(select(Portfolio).where(Portfolio.run_id == run.id))
    assert portfolio.status == "optimal" and portfolio.gap is not None and 0 <= portfolio.gap <= 0.01
    sets = portfolio.sets
    assert portfolio.objective == sets["portfolio"]["objective"] < sets["rules_within"]["objective"]
    assert sets["portfolio"]["objective"] < sets["nothing"]["objective"]
    assert sets["portfolio"]["reallocated_unmet"] < sets["nothing"]["reallocated_unmet"]
    assert run.summary["portfolio"]["objective"] == portfolio.objective
    assert run.timings is not None and run.timings["portfolio"] > 0
    rows = demo_session.scalars(
        select(Recommendation).where(Recommendation.run_id == run.id, Recommendation.action != "keep")
    ).all()
    assert len(rows) == sets["portfolio"]["changed"]
    added = sum(max(row.seats_proposed - row.seats_now, 0) for row in rows)
    assert added == pytest.approx(sets["portfolio"]["seats_added"], abs=0.1)
    limits = {limit["code"]: limit for limit in portfolio.limits}
    assert all(limit["slack"] >= 0 and limit["source"] for limit in limits.values())
    assert limits["changed_per_school"]["used"] == max(Counter(row.school_code for row in rows).values())
    told = {
        (row.school_code, row.level, row.program_code)
        for row in demo_session.scalars(select(Recommendation).where(Recommendation.run_id == run.id))
        if any(rule.startswith("portfolio.") for rule in row.rules)
    }
    differing = {(d["school_code"], d["level"], d["program_code"]) for d in portfolio.differences}
    # an opening that is dropped is no recommendation any more
    assert told == {
        (d["school_code"], d["level"], d["program_code"])
        for d in portfolio.differences
        if not (d["kind"] == "dropped" and d["rule_action"] == "open")
    }
    assert told <= differing


def test_fits_stay_in_range_and_are_ranked(demo_session: Session) -> None:
    run_id = current_run(demo_session).id
    low, high = demo_session.execute(
        select(func.min(Fit.score), func.max(Fit.score)).where(Fit.run_id == run_id)
    ).one()
    assert 0 < low <= high <= 1
    ranked = demo_session.scalars(
        select(Fit)
        .where(Fit.run_id == run_id, Fit.program_code == "080710T", Fit.target_kind == "industry")
        .order_by(Fit.rank)
    ).all()
    assert [fit.score for fit in ranked] == sorted((fit.score for fit in ranked), reverse=True)
    assert ranked[0].explanation["terms"]


def test_placements_respect_seats_and_class_sizes(demo_session: Session) -> None:
    run = current_run(demo_session)
    seats: dict[tuple[str, str, str], int] = defaultdict(int)
    placed: dict[str, int] = defaultdict(int)
    for placement in demo_session.scalars(select(Placement).where(Placement.run_id == run.id)):
        posting = demo_session.get(Posting, placement.posting_id)
        assert posting is not None
        assert placement.seats >= (posting.class_size_min or (1 if posting.mode == "internship" else 15))
        if posting.mode not in ("internship", "enterprise_apprenticeship"):  # these hold no seats
            seats[placement.school_code, placement.level, placement.program_code] += placement.seats
        placed[posting.id] += placement.seats
    for offering in demo_session.scalars(select(Offering).where(Offering.run_id == run.id)):
        assert seats.get((offering.school_code, offering.level, offering.program_code), 0) <= offering.seats
    for left in demo_session.scalars(select(UnplacedPosting).where(UnplacedPosting.run_id == run.id)):
        assert placed[left.posting_id] + left.unmet == left.heads
        assert left.reason
    assert sum(placed.values()) == run.summary["order_classes"]["heads_placed"] > 300


def test_a_run_that_fails_leaves_the_publication(
    demo_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current_run(demo_session)
    stored = demo_session.scalar(select(func.count()).select_from(Fit))

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(execution, "store_results", interrupted)
    with pytest.raises(KeyboardInterrupt):
        execute(demo_session, "shanghai", quiet)
    assert current_run(demo_session).id == before.id
    assert demo_session.scalar(select(func.count()).select_from(Fit)) == stored
    failed = demo_session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
    assert failed.state == "failed" and "KeyboardInterrupt" in failed.summary["error"]
    comparison = compare_runs(demo_session, before, before)
    assert comparison.changes == () and comparison.summary["same_results"]


def test_a_posting_is_answered_from_the_published_run(demo_session: Session) -> None:
    matcher = Matcher.of(demo_session)
    assert Matcher.of(demo_session) is matcher
    hits = matcher.rank_offerings(
        "集成电路测试工程师", "负责芯片测试方案", level="bachelor", district_code="310115", top=10
    )
    assert len(hits) == 10
    assert [hit.fit for hit in hits] == sorted((hit.fit for hit in hits), reverse=True)
    names = " ".join(hit.program_code for hit in hits)
    assert "080710T" in names or "080704" in names
    assert all(hit.reasons and 0 <= hit.fit <= 1 for hit in hits)
    found = matcher.match_text("护士", "临床护理", kinds=["program", "occupation", "industry"], top=3)
    assert "护理" in found["program"][0].name and "护" in found["occupation"][0].name
    assert matcher.match_text("", "", kinds=["program"])["program"] == []
