"""Rows of a small run, as a run would have written them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.models import (
    Apprenticeship,
    Balance,
    BlockingPair,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Recommendation,
    Run,
    SeatPrice,
    UnmetDemand,
    UnplacedPosting,
    now,
)

FUDAN, TONGJI, ENGINEERING = "4131010246", "4131010247", "4131010856"
COMMUNICATION, COMPUTING, CIRCUITS, NURSING = "080703", "080901", "080710T", "101101K"


@dataclass(frozen=True)
class World:
    """Ids of what was stored."""

    run: str
    batch: str
    posting: str


def make_run(session: Session, state: str = "finished", **more: Any) -> str:
    values: dict[str, Any] = {
        "profile": "shanghai",
        "profile_digest": "p" * 64,
        "parameters": {"profile": "shanghai"},
        "model_version": "lexical-test",
        "reference_digest": "r" * 64,
        "snapshot_digest": "s" * 64,
        "batch_ids": [],
        "summary": {"offerings": 5},
        "warnings": [{"code": "supply_coverage", "text": "供给只反映已装入的部分", "subjects": []}],
        "finished_at": now(),
        "seconds": 1.5,
        "digest": "d" * 64,
    }
    run = Run(state=state, **{**values, **more})
    session.add(run)
    session.commit()
    return run.id


def offering(run: str, school: str, level: str, code: str, seats: float, **more: Any) -> Offering:
    values: dict[str, Any] = {
        "campus": "",
        "district_code": "310117" if school == ENGINEERING else "310110",
        "year": 2025,
        "graduates": seats * 0.5,
        "rates": {"retention": {"value": 0.7, "source": "profile", "simulated": False, "year": None}},
        "batch_ids": [],
    }
    return Offering(
        run_id=run, school_code=school, level=level, program_code=code, seats=seats, **{**values, **more}
    )


def recommendation(
    run: str, action: str, school: str, code: str, priority: float, **more: Any
) -> Recommendation:
    values: dict[str, Any] = {
        "level": "bachelor",
        "district_code": "310117" if school == ENGINEERING else "310110",
        "industry_codes": ["C39", "I65"],
        "seats_now": 40.0,
        "seats_proposed": 60.0,
        "rules": ["gap.expand"],
        "evidence": [
            {
                "figure": "gap",
                "value": 300.0,
                "unit": "人/年",
                "text": "缺口 300 人/年",
                "batch_ids": [],
                "simulated": False,
            }
        ],
        "summary": "需求大于供给。",
    }
    return Recommendation(
        run_id=run,
        action=action,
        school_code=school,
        program_code=code,
        priority=priority,
        **{**values, **more},
    )


def balance(run: str, code: str, demand: float, supply: float, level: str = "bachelor") -> Balance:
    return Balance(
        run_id=run,
        level=level,
        program_code=code,
        demand_low=demand * 0.8,
        demand=demand,
        demand_high=demand * 1.2,
        supply=supply,
        gap=demand - supply,
        ratio=supply / demand if demand else None,
        offerings=2,
        hhi=0.5,
        simulated_share=0.25 if demand else 0.0,
        evidence=[
            {
                "kind": "forecast",
                "source": "预测",
                "industry_codes": ["C39"],
                "occupation_code": "2-02-10-03",
                "posting_id": None,
                "level": level,
                "heads": demand,
                "of": demand,
                "fit": 0.4,
                "batch_id": "b",
                "row": 2,
                "simulated": False,
            }
        ]
        if demand
        else [],
    )


def fit(run: str, code: str, kind: str, target: str, score: float, rank: int, level: str = "bachelor") -> Fit:
    return Fit(
        run_id=run,
        level=level,
        program_code=code,
        target_kind=kind,
        target_code=target,
        score=score,
        rank=rank,
        explanation={"terms": [["电子", score]], "layers": {"words": score}},
    )


def portfolio(run: str, **more: Any) -> Portfolio:
    def totals(objective: float, changed: int) -> dict[str, float | None]:
        figures = ("unmet", "surplus", "pooled", "seats_added", "seats_removed", "money")
        return {
            "objective": objective,
            "changed": changed,
            **dict.fromkeys(figures, 10.0),
            "reallocated_unmet": None,
            "reallocated_surplus": None,
        }

    values: dict[str, Any] = {
        "status": "optimal",
        "objective": 90.0,
        "bound": 89.9,
        "lp_bound": 88.0,
        "gap": 0.0011,
        "sets": {
            "portfolio": totals(90.0, 2),
            "rules": totals(95.0, 3),
            "rules_within": totals(97.0, 2),
            "nothing": totals(120.0, 0),
        },
        "rules_break": ["changed_most"],
        "limits": [
            {
                "code": "changed_most",
                "name": "全市每年调整的专业点不多于",
                "unit": "个",
                "limit": 2.0,
                "used": 2.0,
                "slack": 0.0,
                "members": 1,
                "at_limit": [],
                "price": 1.5,
                "prevented": 1,
                "source": "假设，待主管部门核定",
            }
        ],
        "differences": [
            {
                "school_code": ENGINEERING,
                "level": "bachelor",
                "program_code": CIRCUITS,
                "kind": "dropped",
                "rule_action": "expand",
                "rule_seats": 10.0,
                "action": "keep",
                "seats": 0.0,
                "limits": ["changed_most"],
            }
        ],
        "conflict": None,
    }
    return Portfolio(run_id=run, **{**values, **more})


def indicator(run: str, grouping: str, code: str, level: str | None = None) -> Indicator:
    return Indicator(
        run_id=run,
        grouping=grouping,
        level=level,
        code=code,
        offerings=2,
        programs=1,
        schools=2,
        seats=200.0,
        supply=100.0,
        demand=250.0,
        gap=150.0,
        ratio=0.4,
        structural_deviation=None,
        location_quotient=0.6,
        hhi=0.52,
        duplication=0.5,
        coupling=0.9,
        coordination=0.7,
        grade="中级协调",
        rates=[
            {
                "name": "destination_rate",
                "year": 2025,
                "rate": 0.9,
                "percentile": 0.4,
                "lowest_years": 0,
                "offerings": 2,
                "simulated": False,
            }
        ],
    )


def fill(session: Session, run: str, posting: str) -> None:
    """The results of a run: three schools, six offerings, every kind of result."""
    session.add_all(
        [
            offering(run, FUDAN, "bachelor", COMPUTING, 120.0),
            offering(run, TONGJI, "bachelor", COMPUTING, 80.0),
            offering(run, TONGJI, "bachelor", COMMUNICATION, 0.0, year=None, simulated=True),
            offering(run, ENGINEERING, "bachelor", COMMUNICATION, 60.0, campus="松江校区", simulated=True),
            offering(run, ENGINEERING, "bachelor", CIRCUITS, 45.0, district_simulated=True),
            offering(run, ENGINEERING, "higher_vocational", "510301", 30.0),
            balance(run, COMPUTING, 500.0, 200.0),
            balance(run, COMMUNICATION, 100.0, 140.0),
            balance(run, CIRCUITS, 0.0, 45.0),
            balance(run, "510301", 50.0, 30.0, "higher_vocational"),
            UnmetDemand(run_id=run, cell="forecast:C39", industry_code="C39", heads=90.0, unmet=50.0),
            UnmetDemand(
                run_id=run,
                cell="forecast:Q84",
                industry_code="Q84",
                level="bachelor",
                heads=200.0,
                unmet=80.0,
                simulated=True,
            ),
            recommendation(run, "expand", FUDAN, COMPUTING, 0.9),
            recommendation(run, "open", ENGINEERING, COMPUTING, 0.7, seats_now=0.0, simulated=True),
            recommendation(run, "shrink", TONGJI, COMMUNICATION, 0.5, industry_codes=["I63"]),
            recommendation(run, "keep", ENGINEERING, CIRCUITS, 0.1, industry_codes=["C396", "C39"]),
            recommendation(run, "keep", ENGINEERING, "510301", 0.1, level="higher_vocational"),
            fit(run, COMPUTING, "industry", "I65", 0.6, 1),
            fit(run, COMPUTING, "industry", "C39", 0.4, 2),
            fit(run, COMMUNICATION, "industry", "C39", 0.5, 1),
            fit(run, COMMUNICATION, "industry", "C392", 0.45, 2),
            fit(run, NURSING, "industry", "C27", 0.2, 1),
            fit(run, "510301", "industry", "C39", 0.3, 1, "higher_vocational"),
            fit(run, COMPUTING, "occupation", "2-02-10-03", 0.8, 1),
            fit(run, COMMUNICATION, "posting", posting, 0.35, 1),
            portfolio(run),
            Placement(
                run_id=run,
                posting_id=posting,
                school_code=ENGINEERING,
                level="bachelor",
                program_code=COMMUNICATION,
                seats=30,
                fit=0.35,
                distance_km=33.1,
                reasons=["适配度 0.35"],
                simulated=True,
            ),
            indicator(run, "program", COMPUTING, "bachelor"),
            indicator(run, "program", "510301", "higher_vocational"),
            indicator(run, "class", "0809", "bachelor"),
            indicator(run, "category", "08", "bachelor"),
            indicator(run, "level", "bachelor", "bachelor"),
            indicator(run, "district", "310117"),
            indicator(run, "district", ""),
            indicator(run, "school", FUDAN),
            indicator(run, "industry", "C39"),
            indicator(run, "industry", ""),
            OpeningCandidate(
                run_id=run,
                school_code=ENGINEERING,
                level="bachelor",
                program_code=COMPUTING,
                score=0.7,
                parts=[
                    {"name": "siblings", "value": 3.0, "score": 0.75, "weight": 3.0, "text": "同类 3 个"},
                    {"name": "teachers", "value": None, "score": None, "weight": 2.0, "text": "未知"},
                ],
                barriers=[],
                chosen=True,
            ),
            OpeningCandidate(
                run_id=run,
                school_code=TONGJI,
                level="bachelor",
                program_code=CIRCUITS,
                score=0.8,
                parts=[],
                barriers=[{"value": 300.0, "text": "在校生不足"}],
                chosen=False,
            ),
            Apprenticeship(
                run_id=run,
                posting_id=posting,
                school_code=ENGINEERING,
                level="higher_vocational",
                program_code="510301",
                heads=50,
                capacity=24,
                fit=0.4,
                distance_km=12.0,
                asked=False,
                reasons=["够开一个班"],
                simulated=True,
            ),
            UnplacedPosting(
                run_id=run,
                posting_id=posting,
                heads=50,
                unmet=20,
                reason_code="seats",
                reason="名额不足",
                nearest={
                    "school_code": ENGINEERING,
                    "level": "bachelor",
                    "program_code": COMPUTING,
                    "shortfalls": [
                        {"condition": "seats", "has": 10, "needs": 25, "text": "可安排名额 10 个，差 15 个"}
                    ],
                },
            ),
            *(
                SeatPrice(
                    run_id=run,
                    school_code=school,
                    level="bachelor",
                    program_code=COMMUNICATION,
                    heads=0.8,
                    cost=5.5,
                    seats=30,
                    taken=30,
                    simulated=True,
                )
                for school in (None, ENGINEERING)
            ),
            BlockingPair(
                run_id=run,
                posting_id=posting,
                school_code=TONGJI,
                level="bachelor",
                program_code=COMMUNICATION,
                heads=25,
                gain=1.5,
                simulated=True,
            ),
            Pathway(
                run_id=run,
                kind="higher_bachelor",
                from_school_code=ENGINEERING,
                from_level="higher_vocational",
                from_program_code="510301",
                to_school_code=TONGJI,
                to_level="bachelor",
                to_program_code=COMMUNICATION,
                score=0.8,
                shared_courses=["通信原理"],
                reasons=["专业目录列为接续专业"],
            ),
            Pathway(
                run_id=run,
                kind="secondary_higher",
                from_school_code=None,
                from_level="secondary_vocational",
                from_program_code="710301",
                to_school_code=ENGINEERING,
                to_level="higher_vocational",
                to_program_code="510301",
                score=0.9,
                shared_courses=[],
                reasons=["专业目录列为接续专业"],
            ),
        ]
    )
    session.commit()
