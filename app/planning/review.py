"""Review 审核 of recommendations: the states one can be in and the moves between them."""

from app.errors import ConflictError, InvalidInputError

STATES = {
    "proposed": "已提出",
    "under_review": "审核中",
    "accepted": "已接受",
    "rejected": "已否决",
    "deferred": "已暂缓",
}
MOVES: dict[str, tuple[str, ...]] = {
    "proposed": ("under_review",),
    "under_review": ("accepted", "rejected", "deferred", "proposed"),
    "accepted": ("under_review",),
    "rejected": ("under_review",),
    "deferred": ("under_review",),
}
"""From a decision back to `under_review` is reopening it."""
DECIDED = ("accepted", "rejected", "deferred")
REASONS = {
    "demand_doubted": "需求数字不可靠",
    "supply_doubted": "供给数字不可靠",
    "fit_wrong": "匹配不对",
    "fit_right": "匹配正确",
    "policy": "政策或上级要求",
    "capacity": "办学条件",
    "timing": "时机",
    "other": "其他",
}
"""Why a reviewer decides as they do; `fit_wrong` and `fit_right` speak of a match, and the matching learns from them."""


def check_move(state: str, to: str) -> None:
    """Raises ConflictError, saying what is possible, where `to` cannot follow `state`."""
    if to in MOVES[state]:
        return
    possible = "、".join(f"{STATES[each]}（{each}）" for each in MOVES[state])
    raise ConflictError(
        f"状态“{STATES[state]}”（{state}）不能变为“{STATES.get(to, to)}”（{to}）",
        remedy=f"现在可以变为：{possible}",
    )


def check_words(to: str, *, who: str, reason: str, until: object, year: object) -> None:
    """Raises InvalidInputError where a decision lacks who, why or until when, or has what does not belong to it."""
    if to in DECIDED and not who.strip():
        raise InvalidInputError(f"{STATES[to]}要写明由谁决定", remedy="请填写 who", where={"参数": "who"})
    if to in DECIDED and not reason.strip():
        raise InvalidInputError(f"{STATES[to]}要写明理由", remedy="请填写 reason", where={"参数": "reason"})
    if (to == "deferred") != (until is not None):
        raise InvalidInputError(
            "暂缓要写明到哪一天" if to == "deferred" else "只有暂缓才有 until",
            remedy="请填写 until，如 2027-09-01" if to == "deferred" else "请去掉 until",
            where={"参数": "until"},
        )
    if year is not None and to != "accepted":
        raise InvalidInputError(
            "只有接受才有 year（自哪年招生起落实）",
            remedy="请去掉 year",
            where={"参数": "year"},
        )
