"""The life of an order class 订单班: the states one can be in, the moves between them, and what each must say."""

from datetime import date

from app.errors import ConflictError, InvalidInputError

STATES = {
    "proposed": "已提出",
    "school_accepted": "学校已接受",
    "school_declined": "学校已谢绝",
    "enterprise_confirmed": "企业已确认",
    "enterprise_withdrawn": "企业已撤回",
    "signed": "已签约",
    "running": "在办",
    "closed": "已结束",
    "superseded": "已由新方案取代",
}
MOVES: dict[str, tuple[str, ...]] = {
    "proposed": ("school_accepted", "school_declined", "enterprise_withdrawn"),
    "school_accepted": ("enterprise_confirmed", "enterprise_withdrawn", "school_declined"),
    "school_declined": (),
    "enterprise_confirmed": ("signed", "enterprise_withdrawn", "school_declined"),
    "enterprise_withdrawn": (),
    "signed": ("running", "closed"),
    "running": ("closed",),
    "closed": (),
    "superseded": (),
}
"""What people can do. `superseded` is for the platform alone: proposals nobody answered give way to those of a new run."""
HELD = ("school_accepted", "enterprise_confirmed", "signed", "running")
"""States in which a class holds the seats of its offering."""
FIXED = ("signed", "running")
"""States in which a class stays as it is when the plan is made anew."""
OPEN = ("proposed", *HELD)
"""States in which the heads of a class count as placed."""
REFUSED = ("school_declined", "enterprise_withdrawn")
"""States in which this posting and this offering are not brought together again."""
WITH_REASON = ("school_declined", "enterprise_withdrawn", "closed")
SEATLESS = ("internship", "enterprise_apprenticeship")
"""Modes whose students hold no seat of the intake: interns are enrolled already, employees who train are no intake."""


def check_move(state: str, to: str) -> None:
    """Raises ConflictError, saying what is possible, where `to` cannot follow `state`."""
    if to in MOVES[state]:
        return
    possible = "、".join(f"{STATES[each]}（{each}）" for each in MOVES[state])
    raise ConflictError(
        f"订单班的状态“{STATES[state]}”（{state}）不能变为“{STATES[to]}”（{to}）",
        remedy=f"现在可以变为：{possible}" if possible else "这是最后的状态，不能再变",
        where={"参数": "to"},
    )


def check_words(to: str, *, who: str, reason: str, effective: date | None, today: date) -> None:
    """Raises InvalidInputError where a move lacks who or why, or takes effect on a day that cannot be."""
    if not who.strip():
        raise InvalidInputError(f"{STATES[to]}要写明由谁决定", remedy="请填写 who", where={"参数": "who"})
    if to in WITH_REASON and not reason.strip():
        raise InvalidInputError(f"{STATES[to]}要写明理由", remedy="请填写 reason", where={"参数": "reason"})
    if effective is not None and effective > today:
        raise InvalidInputError(
            f"生效日期 {effective.isoformat()} 还没有到",
            remedy="请在那一天或之后提交，或去掉 effective",
            where={"参数": "effective"},
        )


def takes_seats(mode: str) -> bool:
    """Whether the students of a class of this mode hold seats of the intake."""
    return mode not in SEATLESS
