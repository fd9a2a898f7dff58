"""Why heads of a posting stay without an order class: the reason that binds, with its figures and a way out."""

from dataclasses import dataclass

import numpy as np

from app.planning.placement_model import Floats, Ints

REASONS = {
    "no_level": "没有层次合适的专业点",
    "fit_below_floor": "层次合适的专业点与岗位的适配度都低于下限",
    "heads_below_class": "需求人数少于最小开班人数",
    "seats_unknown": "适配的专业点没有可安排的名额（招生计划数为 0 或未知）",
    "seats_below_class": "适配的专业点名额都少于最小开班人数",
    "too_costly": "适配的专业点安排成本高于不安排的代价",
    "seats_insufficient": "适配的专业点名额合计不足",
    "outcompeted": "适配的专业点名额已安排给总成本更低的订单班",
    "remainder": "余下的人数不足以再开一个班",
}
"""Codes in the order in which they are asked about, from the broadest to the narrowest."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Heads 人 of a posting for which no class could be placed."""

    posting_id: str
    heads: int
    unmet: int
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prospects:
    """What one posting finds among its pairs; arrays over the pairs whose level suits."""

    fit: Floats
    fit_floor: float
    dear: np.ndarray
    """Where a head costs as much as it would unmet, or more."""
    seats: Ints
    own: Ints
    others: Ints
    """Heads placed there for this posting and for others."""
    rivals: int
    """Other postings with classes in offerings that would fit this one."""


def explain(
    posting_id: str, heads: int, unmet: int, class_min: int, class_max: int, seen: Prospects
) -> Unplaced:
    """The first reason in REASONS that holds."""
    code, detail = _binding(heads, unmet, class_min, class_max, seen)
    return Unplaced(posting_id, heads, unmet, code, f"{REASONS[code]}：{detail}" if detail else REASONS[code])


def _binding(heads: int, unmet: int, class_min: int, class_max: int, seen: Prospects) -> tuple[str, str]:
    if not seen.fit.size:
        return "no_level", "可放宽学历层次，或由院校增设专业点"
    fits = seen.fit >= seen.fit_floor
    if not fits.any():
        return (
            "fit_below_floor",
            f"{seen.fit.size} 个专业点中最高 {seen.fit.max():.2f}，下限 {seen.fit_floor:.2f}；可补充岗位描述或指定职业",
        )
    if heads < class_min:
        return "heads_below_class", f"{heads} 人，最小 {class_min} 人；可与相近岗位合班，或降低最小开班人数"
    count, seats = int(fits.sum()), seen.seats[fits]
    if not seats.any():
        return "seats_unknown", f"共 {count} 个专业点；请装入其招生计划"
    if seats.max() < class_min:
        unknown = int((seats == 0).sum())
        return (
            "seats_below_class",
            f"{count - unknown} 个专业点最多 {seats.max()} 个名额，最小开班 {class_min} 人"
            + (f"，另有 {unknown} 个没有可安排的名额" if unknown else "")
            + "；可降低最小开班人数或增加招生计划",
        )
    if seen.dear[fits & (seen.seats >= class_min)].all():
        return "too_costly", "请核对政策参数中的权重，或放宽适配度与距离"
    usable = fits & ~seen.dear & (seen.seats >= class_min)
    total, others = int(seen.seats[usable].sum()), int(seen.others[usable].sum())
    free = (seen.seats - seen.own - seen.others)[usable]
    if free.max() < class_min:  # else seats are there, and only the sizes of classes stand in the way
        if others:
            return (
                "outcompeted",
                f"{int(usable.sum())} 个专业点的 {total} 个名额中，{others} 个已安排给另外 {seen.rivals} 个岗位需求；"
                "可增加招生计划，或放宽层次、地点",
            )
        if total < heads:
            return (
                "seats_insufficient",
                f"{int(usable.sum())} 个专业点共 {total} 个名额，需求 {heads} 人；可增加招生计划",
            )
    return "remainder", f"余下 {unmet} 人，每班 {class_min}–{class_max} 人；可调整人数或每班规模"
