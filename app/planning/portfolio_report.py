"""What there is to tell of a set of choices: how every program stands, totals, where the rules differ, which limits bind."""

from collections.abc import Sequence

import numpy as np

from app.planning.balance import ProgramKey
from app.planning.portfolio_items import Choice, Item
from app.planning.portfolio_polish import Standing
from app.planning.portfolio_pools import pools_of, settle, value
from app.planning.portfolio_problem import TOLERANCE, Bools, Floats, PortfolioProblem, Rows, satisfied
from app.planning.portfolio_result import Difference, LimitReport, ProgramStanding, Totals


def standings(
    problem: PortfolioProblem, chosen: Bools, keys: Sequence[ProgramKey]
) -> tuple[ProgramStanding, ...]:
    """Every program (p,) after a set of choices; `keys` are theirs."""
    supply: Floats = problem.supply + problem.heads @ chosen.astype(float)
    gaps = (problem.demand - supply).tolist()
    found: dict[int, ProgramStanding] = {}
    for members in pools_of(problem):
        settled = settle(problem, members, gaps)
        for k, j in enumerate(members):
            found[j] = ProgramStanding(
                key=keys[j],
                demand=float(problem.demand[j]),
                supply_before=float(problem.supply[j]),
                supply=float(supply[j]),
                unmet=settled.unmet[k],
                surplus=settled.surplus[k],
                borrowed=settled.borrowed[k],
                lent=settled.lent[k],
            )
    return tuple(found[j] for j in sorted(found))


def totals(problem: PortfolioProblem, flat: Sequence[Choice], chosen: Bools) -> Totals:
    """A set of choices on the objective of all."""
    made = [flat[k] for k in np.flatnonzero(chosen[: len(flat)]).tolist()]
    keys = [("", "")] * len(problem.demand)
    after = standings(problem, chosen, keys)
    return Totals(
        objective=value(problem, chosen),
        changed=len(made),
        unmet=sum(s.unmet for s in after),
        surplus=sum(s.surplus for s in after),
        pooled=sum(s.borrowed for s in after),
        seats_added=sum(max(choice.seats, 0.0) for choice in made),
        seats_removed=sum(max(-choice.seats, 0.0) for choice in made),
        money=sum(choice.money for choice in made),
    )


def differences_from_rules(items: Sequence[Item], standing: Standing) -> tuple[Difference, ...]:
    """Where the set is not what the rules ask for, and which limits keep that out."""
    found = []
    for i, item in enumerate(items):
        rule = item.by_rule
        made = standing.made[i]
        choice = item.choices[made - standing.items[i][0]] if made >= 0 else None
        if choice is rule:
            continue
        wanted = standing.items[i][item.rule] if item.rule is not None else -1
        found.append(
            Difference(
                key=item.key,
                kind="dropped" if choice is None else "added" if rule is None else "resized",
                rule_action=rule.action if rule else "keep",
                rule_seats=rule.seats if rule else 0.0,
                action=choice.action if choice else "keep",
                seats=choice.seats if choice else 0.0,
                limits=standing.broken((i, wanted)),
            )
        )
    return tuple(found)


def limit_reports(
    problem: PortfolioProblem,
    chosen: Bools,
    prices: Sequence[Floats],
    differences: Sequence[Difference],
) -> tuple[LimitReport, ...]:
    """Every limit that is set, in its order; `prices` (r,) are the duals of its rows."""
    reports = []
    for rows, price in zip(problem.limits, prices, strict=True):
        used, bound, slack = _used(rows, chosen)
        if not len(slack) or not np.isfinite(bound).any():
            continue
        tightest = int(np.argmin(slack))
        reports.append(
            LimitReport(
                code=rows.code,
                limit=float(bound[tightest]),
                used=float(used[tightest]),
                slack=max(float(slack[tightest]), 0.0)
                if satisfied(rows, chosen).all()
                else float(slack.min()),
                members=len(set(rows.members[: len(slack)])),
                at_limit=tuple(
                    dict.fromkeys(
                        member
                        for member, left, most in zip(rows.members[: len(slack)], slack, bound, strict=True)
                        if left <= TOLERANCE and (most > 0 or rows.demands)
                    )
                ),
                price=float(price.sum()),
                prevented=sum(rows.code in difference.limits for difference in differences),
            )
        )
    return tuple(reports)


def _used(rows: Rows, chosen: Bools) -> tuple[Floats, Floats, Floats]:
    """(r,) what each member uses of a limit, where the limit stands, and what is left."""
    picked = chosen.astype(float)
    if rows.shown is not None:
        used = rows.shown.base + rows.shown.matrix @ picked
        return used, rows.shown.bound, rows.shown.bound - used
    used = rows.matrix @ picked
    bound = rows.lower if rows.demands else rows.upper
    return used, bound, used - rows.lower if rows.demands else rows.upper - used
