"""Portfolio 整体方案: the changes chosen together, how near the best they come, and which limits bind."""

from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from app.access import Permission, require
from app.api.listing import Model, OfRun
from app.api.naming import ACTIONS, OfferingName, offering_names
from app.api.openapi import RESULTS, RUN_ID, answers
from app.api.reader import Reading
from app.errors import NotFoundError
from app.models import Portfolio, Run

router = APIRouter(tags=[RESULTS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
Status = Literal["optimal", "node_limit", "infeasible", "unsolved"]


class SetTotals(Model):
    """A set of changes on the common objective."""

    objective: float = Field(description="目标值：未满足、富余与调整代价的加权和，越小越好。Lower is better.")
    changed: int = Field(description="调整的专业点（含增设）个数")
    unmet: float = Field(description="未满足的需求 人/年")
    surplus: float = Field(description="富余的毕业生 人/年")
    pooled: float = Field(description="由同类专业毕业生满足的需求 人/年。Met from programs of the class.")
    seats_added: float = Field(description="新增学位 人/年")
    seats_removed: float = Field(description="缩减学位 人/年")
    money: float = Field(description="所需经费 万元")
    reallocated_unmet: float | None = Field(
        description="按调整后的供给重新分配需求后的未满足 人/年；未核算为空。With demand divided anew."
    )
    reallocated_surplus: float | None = Field(description="重新分配后的富余 人/年")


class Sets(Model):
    """The portfolio beside what else could be done."""

    portfolio: SetTotals = Field(description="整体方案；无解时为逐项规则的建议")
    rules: SetTotals = Field(description="逐项规则的全部建议，不论是否突破限制。All that the rules ask for.")
    rules_within: SetTotals | None = Field(
        description="逐项规则按优先度取到限制为止；达不到下限为空。The rules' actions by priority within the limits."
    )
    nothing: SetTotals = Field(description="不作任何调整")


class LimitItem(Model):
    """A limit and how far it is used."""

    code: str
    name: str
    unit: str
    limit: float = Field(description="限制；涉及多所学校或多个专业的，为用得最满的一个。")
    used: float
    slack: float = Field(description="余量。What is left.")
    members: int = Field(description="受其约束的学校或专业个数；全市为 1")
    at_limit: list[str] = Field(description="已用满的学校或专业。Schools or programs with nothing left.")
    price: float = Field(
        ge=0,
        description="影子价格：放宽一个单位时目标值可减少多少（线性松弛的对偶值，各成员合计）。Dual of the relaxation.",
    )
    prevented: int = Field(description="因它而未能按逐项规则进行的调整个数")
    source: str


class DifferenceItem(OfferingName):
    """Where the portfolio does not do what the rules ask for one by one."""

    kind: Literal["dropped", "added", "resized"]
    rule_action: str
    rule_action_name: str
    rule_seats: float = Field(description="逐项规则的招生增减 人/年")
    action: str
    action_name: str
    seats: float = Field(description="整体方案的招生增减 人/年")
    limits: list[str] = Field(description="逐项规则会突破的限制；为空表示合并计算并不合算。")


class ReliefItem(Model):
    """A limit of a conflict."""

    code: str
    name: str
    unit: str
    limit: float
    needed: float | None = Field(description="其余限制不变时，改为多少即可行；只改它无用的为空。")


class ConflictItem(Model):
    """The smallest set of limits that cannot be kept together."""

    text: str
    limits: list[ReliefItem]


class PortfolioItem(OfRun):
    """The portfolio of the published run."""

    status: Status = Field(
        description="optimal 达到要求的间隙；node_limit 到搜索步数为止；infeasible、unsolved 采用逐项规则的建议"
    )
    objective: float
    bound: float | None = Field(description="已证明的下界：没有方案低于它。Proven lower bound.")
    lp_bound: float | None = Field(description="线性松弛的下界")
    gap: float | None = Field(description="(objective − bound) / objective")
    seconds: float | None = Field(description="求解用时 秒；不属于结果摘要")
    sets: Sets
    rules_break: list[str] = Field(description="逐项规则的建议突破了哪些限制")
    limits: list[LimitItem]
    differences: list[DifferenceItem]
    conflict: ConflictItem | None = Field(description="互相冲突的限制；可行时为空")


def portfolio_item(run: Run, row: Portfolio) -> PortfolioItem:
    return PortfolioItem(
        run=run.id,
        simulated=run.simulated,
        status=row.status,
        objective=row.objective,
        bound=row.bound,
        lp_bound=row.lp_bound,
        gap=row.gap,
        seconds=(run.timings or {}).get("portfolio"),
        sets=Sets.model_validate(row.sets),
        rules_break=row.rules_break,
        limits=[LimitItem(**limit) for limit in row.limits],
        differences=[_difference(each) for each in row.differences],
        conflict=ConflictItem.model_validate(row.conflict) if row.conflict else None,
    )


def _difference(each: dict[str, Any]) -> DifferenceItem:
    named = offering_names(each["school_code"], each["level"], each["program_code"])
    kept = {name: each[name] for name in ("kind", "rule_action", "rule_seats", "action", "seats", "limits")}
    return DifferenceItem(
        **named,
        **kept,
        rule_action_name=ACTIONS[each["rule_action"]],
        action_name=ACTIONS[each["action"]],
    )


def _set(objective: float, changed: int, unmet: float) -> SetTotals:
    return SetTotals(
        objective=objective,
        changed=changed,
        unmet=unmet,
        surplus=900.0,
        pooled=210.0,
        seats_added=480.0,
        seats_removed=60.0,
        money=1860.0,
        reallocated_unmet=unmet + 30.0,
        reallocated_surplus=870.0,
    )


EXAMPLE = PortfolioItem(
    run=RUN_ID,
    simulated=True,
    status="optimal",
    objective=3189.9,
    bound=3188.8,
    lp_bound=3139.7,
    gap=0.0003,
    seconds=2.6,
    sets=Sets(
        portfolio=_set(3189.9, 120, 1900.0),
        rules=_set(3446.2, 310, 1800.0),
        rules_within=_set(4003.4, 118, 2500.0),
        nothing=_set(4556.2, 0, 3100.0),
    ),
    rules_break=["changed_most"],
    limits=[
        LimitItem(
            code="changed_most",
            name="全市每年调整的专业点不多于",
            unit="个",
            limit=120.0,
            used=120.0,
            slack=0.0,
            members=1,
            at_limit=[],
            price=2.4,
            prevented=190,
            source="假设，待主管部门核定",
        )
    ],
    differences=[
        DifferenceItem(
            **offering_names("4131010856", "bachelor", "080703"),
            kind="dropped",
            rule_action="expand",
            rule_action_name="扩招",
            rule_seats=15.0,
            action="keep",
            action_name="保持",
            seats=0.0,
            limits=["changed_most"],
        )
    ],
    conflict=None,
)


@router.get(
    "/portfolio",
    summary="整体方案 The portfolio",
    responses=answers(EXAMPLE, missing=True, refuses=False),
)
def get_portfolio(reader: Reading) -> PortfolioItem:
    """在各项限制内一并选定的全部调整：目标值、下界与间隙，各限制的余量和影子价格，与逐项规则的比较；无解时说明哪些限制冲突。

    The changes chosen together: objective, bound and gap, the slack and price of each limit, the comparison with
    the rules one by one, and where there is none, which limits conflict.
    """
    with reader.published() as published:
        row = published.portfolio()
        if row is None:
            raise NotFoundError(
                "已发布的测算没有整体方案", remedy="它早于整体方案；请重新测算并发布：chanjiao run --publish"
            )
        return portfolio_item(published.run, row)
