"""The short result of the published run, for the terminal."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Balance, Placement, Posting, Recommendation
from app.planning.decision import LABELS
from app.reference import load_reference
from app.runs.publish import current_run

SIMULATED = "含模拟"
SHOWN_WARNINGS = ("supply_coverage", "portfolio_infeasible", "portfolio_unsolved")


def headlines(session: Session, top: int = 10) -> dict[str, Any]:
    """Tables of the top recommendations, the largest gaps and the order classes, with notes on what they rest on."""
    run = current_run(session)
    return {
        "run": run.id,
        "tables": [
            _recommendations(session, run.id, top),
            _gaps(session, run.id, top),
            _placements(session, run.id, top),
        ],
        "notes": [
            f"提醒：{warning['text']}。" for warning in run.warnings if warning["code"] in SHOWN_WARNINGS
        ]
        + (["标“含模拟”的数字用到了模拟数据（岗位、预测、比率），只供演示。"] if run.simulated else []),
        "summary": run.summary,
    }


def _program(level: str, code: str) -> str:
    program = load_reference().programs.find(level, code)
    return f"{program.name}（{program.level.label}）" if program else code


def _school(code: str) -> str:
    school = load_reference().schools.find(code)
    return school.name if school else code


def _recommendations(session: Session, run_id: str, top: int) -> dict[str, Any]:
    """Of each action the most urgent in turn, so that the list shows more than one kind."""
    rows = session.scalars(
        select(Recommendation)
        .where(Recommendation.run_id == run_id, Recommendation.action != "keep")
        .order_by(Recommendation.priority.desc(), Recommendation.id)
    )
    by_action: dict[str, list[Recommendation]] = {}
    for row in rows:
        by_action.setdefault(row.action, []).append(row)
    chosen: list[Recommendation] = []
    while len(chosen) < top and any(by_action.values()):
        for action in LABELS:
            if by_action.get(action) and len(chosen) < top:
                chosen.append(by_action[action].pop(0))
    chosen.sort(key=lambda row: (list(LABELS).index(row.action), -row.priority))
    return {
        "title": "调整建议（各类中优先的几条）",
        "columns": ["建议", "学校", "专业", "现在", "拟定", "理由", ""],
        "rows": [
            [
                LABELS[row.action],
                _school(row.school_code),
                _program(row.level, row.program_code),
                f"{row.seats_now:.0f}",
                f"{row.seats_proposed:.0f}",
                row.summary.partition("：")[2].partition("（")[0],
                SIMULATED if row.simulated else "",
            ]
            for row in chosen
        ],
    }


def _gaps(session: Session, run_id: str, top: int) -> dict[str, Any]:
    half = top // 2
    shown = [
        *session.scalars(
            select(Balance)
            .where(Balance.run_id == run_id)
            .order_by(Balance.gap.desc(), Balance.id)
            .limit(half)
        ),
        *reversed(
            session.scalars(
                select(Balance).where(Balance.run_id == run_id).order_by(Balance.gap, Balance.id).limit(half)
            ).all()
        ),
    ]
    return {
        "title": "最大的缺口与富余（人/年）",
        "columns": ["专业", "需求", "供给", "缺口", "供需比", "专业点", ""],
        "rows": [
            [
                _program(row.level, row.program_code),
                f"{row.demand:.0f}",
                f"{row.supply:.0f}",
                f"{row.gap:+.0f}",
                f"{row.ratio:.2f}" if row.ratio is not None else "—",
                str(row.offerings),
                SIMULATED if row.simulated_share > 0 else "",
            ]
            for row in dict.fromkeys(shown)
        ],
    }


def _placements(session: Session, run_id: str, top: int) -> dict[str, Any]:
    rows = session.execute(
        select(Placement, Posting)
        .join(Posting, Posting.id == Placement.posting_id)
        .where(Placement.run_id == run_id)
        .order_by(Placement.seats.desc(), Placement.id)
        .limit(top)
    )
    return {
        "title": "订单班安排",
        "columns": ["企业", "岗位", "学校", "专业", "人数", "适配度", ""],
        "rows": [
            [
                posting.enterprise,
                posting.title,
                _school(placement.school_code),
                _program(placement.level, placement.program_code),
                str(placement.seats),
                f"{placement.fit:.2f}",
                SIMULATED if placement.simulated else "",
            ]
            for placement, posting in rows
        ],
    }
