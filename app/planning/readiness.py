"""Readiness 条件: how ready a school is to open a program, as a score of parts that each say what they rest on."""

from collections.abc import Callable
from dataclasses import dataclass

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.evidence import Evidence
from app.planning.profile import Profile
from app.planning.profile_rules import Readiness as Weights
from app.planning.resources import SchoolResources


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a school is to an area whose industries a program serves."""

    km: float
    area: str
    simulated: bool
    """The district of the school is simulated."""


Near = Callable[[str, ProgramKey], Nearness | None]
"""The nearest such area of a school and program; None where no area leads an industry it serves, or none is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a readiness."""

    name: str
    """siblings, need, duplication, distance, teachers or bases."""
    value: float | None
    """The figure it rests on, None where unknown."""
    score: float | None
    """0-1; None where unknown, then it does not count."""
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that a school could open: how ready it is, and what stands against it."""

    school_code: str
    program: ProgramKey
    score: float
    """0-1: mean of the parts that are known, by weight."""
    parts: tuple[Part, ...]
    barriers: tuple[Evidence, ...]
    chosen: bool
    """It is among the openings recommended."""
    simulated: bool


def readiness_parts(
    balance: ProgramBalance,
    siblings: int,
    near: Nearness | None,
    profile: Profile,
    resources: SchoolResources | None = None,
) -> tuple[Part, ...]:
    """The parts of a readiness; teachers and training bases are unknown where the school told nothing of them."""
    weights: Weights = profile.readiness
    most = profile.actions.duplication_limit.value
    need = max(balance.gap, 0.0) / balance.demand if balance.demand > 0 else 0.0
    full, far = weights.siblings_full.value, weights.distance_far.value
    parts = [
        Part(
            "siblings",
            float(siblings),
            min(siblings / full, 1.0),
            weights.siblings.value,
            f"同层次同专业类已有 {siblings} 个专业点（{full:.0f} 个为满分）",
        ),
        Part(
            "need",
            balance.gap,
            need,
            weights.need.value,
            f"全市缺口 {balance.gap:.0f} 人/年，占需求 {need:.0%}",
        ),
        Part(
            "duplication",
            float(balance.offerings),
            max(1.0 - balance.offerings / most, 0.0) if most > 0 else 0.0,
            weights.duplication.value,
            f"全市已有专业点 {balance.offerings} 个（{most:.0f} 个为上限）",
        ),
    ]
    if near is None:
        parts.append(
            Part("distance", None, None, weights.distance.value, "没有对应的产业集聚区或所在区未知，不计分")
        )
    else:
        where = f"距{near.area} {near.km:.0f} 公里" if near.km >= 0.5 else f"在{near.area}所在区"
        parts.append(
            Part(
                "distance",
                near.km,
                1.0 - min(near.km / far, 1.0),
                weights.distance.value,
                where + ("（所在区为模拟）" if near.simulated else ""),
            )
        )
    return (*parts, _teachers(resources, weights), _bases(resources, profile))


def _teachers(resources: SchoolResources | None, weights: Weights) -> Part:
    """Share of dual-qualified among full-time teachers; full at `teachers_full`."""
    weight, full = weights.teachers.value, weights.teachers_full.value
    if resources is None or resources.dual_qualified is None:
        return Part("teachers", None, None, weight, "专任教师情况未知，请院校补充")
    whose = "全校" if resources.whole_school else "本专业类"
    said = f"{resources.year} 年{whose}双师型教师 {resources.dual_qualified} 人"
    made_up = "（模拟）" if resources.simulated else ""
    if not resources.teachers:
        return Part("teachers", None, None, weight, f"{said}，专任教师数未报，不计分{made_up}")
    share = resources.dual_qualified / resources.teachers
    text = f"{said}，占专任教师 {share:.0%}（{full:.0%} 为满分）{made_up}"
    return Part("teachers", share, min(share / full, 1.0), weight, text)


def _bases(resources: SchoolResources | None, profile: Profile) -> Part:
    """Places at the bases that serve the program; full where the seats of one opening have a place each."""
    weight, full = profile.readiness.bases.value, profile.actions.open_seats.value
    if resources is None or resources.places is None:
        return Part("bases", None, None, weight, "实训基地情况未知，请院校补充")
    made_up = "（模拟）" if resources.simulated else ""
    if not resources.bases:
        return Part("bases", 0.0, 0.0, weight, f"所报的实训基地都不服务本专业类{made_up}")
    text = f"{resources.bases} 个实训基地服务本专业，共 {resources.places} 个工位（{full:.0f} 个为满分）{made_up}"
    return Part("bases", float(resources.places), min(resources.places / full, 1.0), weight, text)


def readiness_score(parts: tuple[Part, ...]) -> float:
    """Weighted mean 0-1 of the parts that are known; 0 where none is."""
    known = [(part.score, part.weight) for part in parts if part.score is not None]
    weight = sum(weight for _, weight in known)
    return sum(score * weight for score, weight in known) / weight if weight > 0 else 0.0
