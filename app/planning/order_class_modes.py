"""Modes 培养方式 of order classes: what each asks of a posting, and the classes a posting may have under its rules.

订单班 order_class, 现代学徒制 modern_apprenticeship, 企业新型学徒制 enterprise_apprenticeship, 实习 internship and 校招
recruitment differ in who chooses the students, in levels and class sizes, in the teachers either side brings, and in
whether students hold seats of the intake. All of it stands in the profile (`order_classes`).
"""

from dataclasses import dataclass
from math import ceil, floor

from app.errors import InvalidInputError
from app.planning.profile_order_classes import OrderClasses, OrderClassMode

RECRUITERS = {"school": "由院校招生", "enterprise": "由企业招收", "both": "校企共同招收"}


@dataclass(frozen=True, slots=True)
class ModeAsk:
    """What of a posting the rules of its mode look at; None where it says nothing."""

    mode: str
    heads: int
    class_size_min: int | None = None
    class_size_max: int | None = None
    teachers: int | None = None
    """Teachers 人 the enterprise brings."""
    staff: int | None = None
    """Staff 人 of the enterprise."""
    places: int | None = None
    """Workplaces it offers."""


@dataclass(frozen=True, slots=True)
class ModeFault:
    """A rule of the mode that the posting breaks: no class can be opened for it."""

    code: str
    """mode, heads, class_size, teachers, staff or places."""
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """Classes a posting may have."""

    heads: int
    """Heads 人 its teachers, staff and workplaces allow, at most those asked for."""
    class_size_min: int
    class_size_max: int
    levels: frozenset[str]
    takes_seats: bool
    placed: bool
    recruits: str
    """school, enterprise or both; see RECRUITERS."""
    teachers_per_class: float
    """Teachers of the school that one class needs after those the enterprise brings."""
    limits: tuple[str, ...]
    """What holds `heads` below those asked for, in words."""


def mode_rules(mode: str, rules: OrderClasses) -> OrderClassMode:
    """Raises InvalidInputError for a mode that there are no rules for."""
    found: OrderClassMode | None = getattr(rules, mode, None) if mode in type(rules).model_fields else None
    if found is None:
        raise InvalidInputError(
            f"不认识的培养方式“{mode}”", remedy="可用：" + "、".join(type(rules).model_fields)
        )
    return found


def mode_faults(ask: ModeAsk, rules: OrderClasses) -> tuple[ModeFault, ...]:
    """Every rule that the posting breaks, in the order of `ModeFault.code`; what it does not say is not held against it."""
    rule = mode_rules(ask.mode, rules)
    faults = []
    if ask.heads < 1:
        faults.append(ModeFault("heads", f"人数 {ask.heads} 不到 1 人", "请填写需要的人数"))
    small, large = _sizes(ask, rule)
    if small > large:
        text = f"最小班额 {small} 大于最大班额 {large}"
        faults.append(ModeFault("class_size", text, "请减小最小班额"))
    for code, most, text, remedy in _ceilings(ask, rule):
        if most < min(small, ask.heads):
            faults.append(ModeFault(code, text, remedy))
    return tuple(faults)


def class_terms(ask: ModeAsk, rules: OrderClasses) -> ClassTerms:
    """The classes the posting may have; where teachers, staff or workplaces allow fewer heads than it asks for, fewer.

    Meant for a posting without faults; of one with faults the terms allow no class. Raises InvalidInputError for an
    unknown mode.
    """
    rule = mode_rules(ask.mode, rules)
    small, large = _sizes(ask, rule)
    large = max(large, small)
    heads, limits = ask.heads, []
    for _, most, text, _ in _ceilings(ask, rule):
        if most < ask.heads:
            heads = min(heads, most)
            limits.append(text)
    classes = max(1, ceil(heads / large))
    brought = (ask.teachers or 0) / classes
    return ClassTerms(
        heads=max(heads, 0),
        class_size_min=small,
        class_size_max=large,
        levels=frozenset(rule.levels.value),
        takes_seats=rule.takes_seats.value,
        placed=rule.placed.value,
        recruits=rule.recruits.value,
        teachers_per_class=max(0.0, rule.school_teachers_per_class.value - brought),
        limits=tuple(limits),
    )


def _sizes(ask: ModeAsk, rule: OrderClassMode) -> tuple[int, int]:
    """Least and most heads of a class: those of the mode; the posting may ask for larger ones, or for smaller a most."""
    small = max(ask.class_size_min or 0, int(rule.class_size_min.value))
    large = ask.class_size_max or max(int(rule.class_size_max.value), small)
    return small, large


def _ceilings(ask: ModeAsk, rule: OrderClassMode) -> list[tuple[str, int, str, str]]:
    """Most heads by what the enterprise says it has: code, heads, in words, remedy."""
    found = []
    each = rule.students_per_enterprise_teacher.value
    if each and ask.teachers is not None:
        most = int(ask.teachers * each)
        needed = ceil(ask.heads / each)
        text = f"企业教师 {ask.teachers} 人，每人至多带 {each:g} 人，只够 {most} 人；{ask.heads} 人需要 {needed} 人"
        found.append(("teachers", most, text, f"请选派企业教师 {needed} 人，或减少人数"))
    if rule.staff_share is not None and ask.staff is not None:
        share = rule.staff_share.value
        most = floor(ask.staff * share + 1e-9)
        text = f"在岗职工 {ask.staff} 人，学生不超过其 {share:.0%}，即 {most} 人"
        found.append(("staff", most, text, f"请减少到 {most} 人以内"))
    if rule.places_per_student is not None and rule.places_per_student.value and ask.places is not None:
        most = int(ask.places / rule.places_per_student.value)
        text = f"实习岗位 {ask.places} 个，每人 {rule.places_per_student.value:g} 个，只够 {most} 人"
        found.append(("places", most, text, "请增加实习岗位或减少人数"))
    return found
