"""Why heads of a posting stay without an order class: the reason that binds, with its figures and a way out."""

from dataclasses import dataclass

import numpy as np

from app.planning.placement_problem import Flags, Floats, Ints
from app.planning.rates import Key

REASONS = {
    "mode_rules": "不合培养方式的规定",
    "no_level": "没有层次合适的专业点",
    "excluded": "层次合适的专业点都已被企业或院校排除",
    "fit_below_floor": "层次合适的专业点与岗位的适配度都低于下限",
    "heads_below_class": "需求人数少于最小开班人数",
    "seats_unknown": "适配的专业点没有可安排的名额（招生计划数为 0 或未知）",
    "seats_below_class": "适配的专业点名额都少于最小开班人数",
    "teachers_below_class": "适配的专业点没有能带一个班的师资",
    "too_costly": "适配的专业点安排成本高于不安排的代价",
    "seats_insufficient": "适配的专业点名额合计不足",
    "outcompeted": "适配的专业点名额已安排给总成本更低的订单班",
    "teachers_taken": "适配的专业点师资已安排给总成本更低的订单班",
    "fair_share": "名额须留给还缺班的其他企业",
    "remainder": "余下的人数不足以再开一个班",
}
"""Codes in the order in which they are asked about, from the broadest to the narrowest."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A condition that an offering does not meet, and by how much."""

    condition: str
    """level, excluded, fit, heads, seats, teachers or cost."""
    has: float
    needs: float
    text: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """The offering that comes nearest to serving a posting nobody serves."""

    key: Key
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Heads 人 of a posting for which no class could be placed."""

    posting_id: str
    heads: int
    unmet: int
    reason_code: str
    reason: str
    nearest: Nearest | None = None
    """Given where no offering at all could serve it."""


@dataclass(frozen=True, slots=True)
class Prospects:
    """What one posting finds among its pairs; parallel arrays over all of them."""

    level_fit: Floats
    fit: Floats
    excluded: Flags
    seats: Ints
    """Seats left by fixed classes."""
    own: Ints
    others: Ints
    """Heads placed there for this posting and for others."""
    cost: Floats
    """Of a head placed there."""
    teachers: Floats
    """Teachers there are after fixed classes, ∞ where nobody counts them …"""
    teachers_left: Floats
    """… and what is left of them."""
    rivals: int
    """Other postings with classes in offerings that would fit this one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a posting asks for, less its fixed classes."""

    posting_id: str
    heads: int
    """In all."""
    open: int
    """Heads that fixed classes leave."""
    unmet: int
    class_min: int
    class_max: int
    teachers: float
    """Of the school, for each class."""
    fit_floor: float
    unmet_cost: float
    """Of one head."""


def explain(asked: Asked, seen: Prospects) -> Unplaced:
    """The first reason in REASONS that holds; where nobody could serve it, `nearest` needs its key filled in."""
    code, detail = _binding(asked, seen)
    reason = f"{REASONS[code]}：{detail}" if detail else REASONS[code]
    return Unplaced(asked.posting_id, asked.heads, asked.unmet, code, reason)


def nearest(asked: Asked, seen: Prospects) -> tuple[int, tuple[Shortfall, ...]] | None:
    """The pair that fails the fewest conditions, then by the least share of what they ask, then of the best fit; and
    what it fails. None where there are no pairs, or one fails nothing."""
    if not seen.fit.size:
        return None
    needed = min(asked.class_min, max(asked.open, 1))
    misses = {
        "level": np.where(seen.level_fit > 0, 0.0, 1.0),
        "excluded": np.where(seen.excluded, 1.0, 0.0),
        "fit": np.maximum(1 - seen.fit / asked.fit_floor, 0.0)
        if asked.fit_floor
        else np.zeros(seen.fit.size),
        "seats": np.maximum(1 - seen.seats / needed, 0.0),
        "teachers": np.maximum(1 - seen.teachers / asked.teachers, 0.0)
        if asked.teachers
        else np.zeros(seen.fit.size),
        "cost": np.maximum(1 - asked.unmet_cost / np.maximum(seen.cost, 1e-9), 0.0),
    }
    table = np.stack(list(misses.values()))
    failed = (table > 0).sum(axis=0)
    best = int(np.lexsort((-seen.fit, table.sum(axis=0), failed))[0])
    short = []
    if misses["level"][best]:
        short.append(Shortfall("level", 0.0, 1.0, "层次不合要求"))
    if misses["excluded"][best]:
        short.append(Shortfall("excluded", 0.0, 1.0, "已被企业或院校排除"))
    if misses["fit"][best]:
        has = float(seen.fit[best])
        text = f"适配度 {has:.2f}，下限 {asked.fit_floor:.2f}，差 {asked.fit_floor - has:.2f}"
        short.append(Shortfall("fit", has, asked.fit_floor, text))
    if asked.open < asked.class_min:
        text = f"需求 {asked.open} 人，最小开班 {asked.class_min} 人，差 {asked.class_min - asked.open} 人"
        short.append(Shortfall("heads", asked.open, asked.class_min, text))
    if misses["seats"][best]:
        has = int(seen.seats[best])
        short.append(
            Shortfall("seats", has, needed, f"可安排名额 {has} 个，至少要 {needed} 个，差 {needed - has} 个")
        )
    if misses["teachers"][best]:
        has = float(seen.teachers[best])
        text = f"可用教师 {has:g} 人，一个班要 {asked.teachers:g} 人，差 {asked.teachers - has:g} 人"
        short.append(Shortfall("teachers", has, asked.teachers, text))
    if misses["cost"][best]:
        has = float(seen.cost[best])
        text = f"安排一人的成本 {has:.1f}，不安排的代价 {asked.unmet_cost:.1f}"
        short.append(Shortfall("cost", has, asked.unmet_cost, text))
    return (best, tuple(short)) if short else None


def _binding(asked: Asked, seen: Prospects) -> tuple[str, str]:
    small = asked.class_min
    level = seen.level_fit > 0
    if not level.any():
        return "no_level", "可放宽学历层次，或由院校增设专业点"
    open_ = level & ~seen.excluded
    if not open_.any():
        return "excluded", f"共 {int(level.sum())} 个；请企业或院校放宽不接受的名单"
    fits = open_ & (seen.fit >= asked.fit_floor)
    if not fits.any():
        best = seen.fit[open_].max()
        return (
            "fit_below_floor",
            f"{int(open_.sum())} 个专业点中最高 {best:.2f}，下限 {asked.fit_floor:.2f}；可补充岗位描述或指定职业",
        )
    if asked.open < small:
        if asked.open < asked.heads:
            return "remainder", f"余下 {asked.unmet} 人，每班至少 {small} 人；可调整人数或每班规模"
        return (
            "heads_below_class",
            f"{asked.heads} 人，最小 {small} 人；可与相近岗位合班，或降低最小开班人数",
        )
    count, seats = int(fits.sum()), seen.seats[fits]
    if not seats.any():
        return "seats_unknown", f"共 {count} 个专业点；请装入其招生计划"
    if seats.max() < small:
        unknown = int((seats == 0).sum())
        return (
            "seats_below_class",
            f"{count - unknown} 个专业点最多 {seats.max()} 个名额，最小开班 {small} 人"
            + (f"，另有 {unknown} 个没有可安排的名额" if unknown else "")
            + "；可降低最小开班人数或增加招生计划",
        )
    roomy = fits & (seen.seats >= small)
    if (seen.teachers[roomy] < asked.teachers).all():
        return (
            "teachers_below_class",
            f"{int(roomy.sum())} 个专业点最多 {seen.teachers[roomy].max():g} 名教师可用，一个班要 {asked.teachers:g} 名；"
            "企业可选派教师",
        )
    taught = roomy & (seen.teachers >= asked.teachers)
    dear = seen.cost >= asked.unmet_cost
    if dear[taught].all():
        return "too_costly", "请核对政策参数中的权重，或放宽适配度与距离"
    usable = taught & ~dear
    total, others = int(seen.seats[usable].sum()), int(seen.others[usable].sum())
    free = (seen.seats - seen.own - seen.others)[usable]
    if free.max() < small:  # else seats are there, and only teachers or the sizes of classes stand in the way
        if others:
            return (
                "outcompeted",
                f"{int(usable.sum())} 个专业点的 {total} 个名额中，{others} 个已安排给另外 {seen.rivals} 个岗位需求；"
                "可增加招生计划，或放宽层次、地点",
            )
        if total < asked.open:
            return (
                "seats_insufficient",
                f"{int(usable.sum())} 个专业点共 {total} 个名额，需求 {asked.open} 人；可增加招生计划",
            )
    if asked.unmet >= small and free.max() >= small:  # a class would fit, and still none was opened
        if (seen.teachers_left[usable][free >= small] < asked.teachers).all():
            return "teachers_taken", f"一个班要 {asked.teachers:g} 名教师；企业可选派教师，或院校增聘"
        return "fair_share", f"还有 {int(free.max())} 个名额，另一家企业也要而没有安排上；可协商分配"
    return "remainder", f"余下 {asked.unmet} 人，每班 {small}–{asked.class_max} 人；可调整人数或每班规模"
