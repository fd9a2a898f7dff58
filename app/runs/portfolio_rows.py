"""The portfolio of a run as a row of its table, rounded, and as the lines of the run's summary."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.planning.portfolio_actions import Together
from app.planning.portfolio_check import Reallocated
from app.planning.portfolio_conflicts import in_words
from app.planning.portfolio_items import LIMITS
from app.planning.portfolio_result import PortfolioResult, Totals

ASSUMED = "假设，待主管部门核定"


def portfolio_row(together: Together, checks: Mapping[str, Reallocated]) -> dict[str, Any]:
    """Everything but the seconds, which differ from run to run; `checks` by set: nothing, rules, portfolio."""
    found = together.portfolio
    return {
        "status": found.status,
        "objective": round(found.totals.objective, 4),
        "bound": _rounded(found.bound, 4),
        "lp_bound": _rounded(found.lp_bound, 4),
        "gap": _rounded(found.gap, 6),
        "sets": {
            name: _totals(found, name, checks) for name in ("portfolio", "rules", "rules_within", "nothing")
        },
        "rules_break": list(found.rules_break),
        "limits": [
            {
                "code": limit.code,
                "name": LIMITS[limit.code][0],
                "unit": LIMITS[limit.code][1],
                "limit": round(limit.limit, 3),
                "used": round(limit.used, 3),
                "slack": round(limit.slack, 3),
                "members": limit.members,
                "at_limit": [member for member in limit.at_limit if member],
                "price": round(limit.price, 4),
                "prevented": limit.prevented,
                "source": ASSUMED
                if together.sources[limit.code] == "assumption"
                else together.sources[limit.code],
            }
            for limit in found.limits
        ],
        "differences": [
            {
                "school_code": each.key[0],
                "level": each.key[1],
                "program_code": each.key[2],
                "kind": each.kind,
                "rule_action": each.rule_action,
                "rule_seats": round(each.rule_seats, 3),
                "action": each.action,
                "seats": round(each.seats, 3),
                "limits": list(each.limits),
            }
            for each in found.differences
        ],
        "conflict": None
        if found.conflict is None
        else {
            "text": in_words(found.conflict, LIMITS),
            "limits": [
                {**asdict(relief), "name": LIMITS[relief.code][0], "unit": LIMITS[relief.code][1]}
                for relief in found.conflict.reliefs
            ],
        },
    }


def _totals(found: PortfolioResult, name: str, checks: Mapping[str, Reallocated]) -> dict[str, Any] | None:
    totals: Totals | None = found.totals if name == "portfolio" else getattr(found, name)
    if totals is None:
        return None
    check = checks.get(name)
    return {
        **{key: round(figure, 4) for key, figure in asdict(totals).items()},
        "reallocated_unmet": _rounded(check.unmet, 3) if check else None,
        "reallocated_surplus": _rounded(check.surplus, 3) if check else None,
    }


def portfolio_summary(found: PortfolioResult) -> dict[str, Any]:
    """Objective, bound and gap, beside the rules one by one and doing nothing, and how many actions differ."""
    kinds: dict[str, int] = {"dropped": 0, "added": 0, "resized": 0}
    for each in found.differences:
        kinds[each.kind] += 1
    within = found.rules_within
    return {
        "status": found.status,
        "objective": round(found.totals.objective, 4),
        "rules_objective": round(found.rules.objective, 4),
        "rules_within_objective": round(within.objective, 4) if within else None,
        "nothing_objective": round(found.nothing.objective, 4),
        "lp_bound": _rounded(found.lp_bound, 4),
        "gap": _rounded(found.gap, 6),
        "changed": found.totals.changed,
        "rules_break": list(found.rules_break),
        **kinds,
    }


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)
