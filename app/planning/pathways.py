"""Pathways 贯通: pairs of programs, and of offerings, that continue each other."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from app.planning.balance import ProgramKey
from app.planning.supply import OfferingSupply
from app.reference.programs import name_key

KINDS: dict[tuple[str, str], str] = {
    ("secondary_vocational", "higher_vocational"): "secondary_higher",
    ("secondary_vocational", "vocational_bachelor"): "secondary_bachelor",
    ("secondary_vocational", "bachelor"): "secondary_bachelor",
    ("higher_vocational", "vocational_bachelor"): "higher_bachelor",
    ("higher_vocational", "bachelor"): "higher_bachelor",
}
"""中高贯通, 中本贯通, 高本贯通 by the levels they join."""
LABELS = {"secondary_higher": "中高贯通", "secondary_bachelor": "中本贯通", "higher_bachelor": "高本贯通"}
TARGETS = {"secondary_higher": 250, "secondary_bachelor": 80, "higher_bachelor": 20}
"""专业点 to be set up: 上海市建设产教融合型城市试点方案, 任务 3."""
COURSES_NAMED = 5

Distance = Callable[[str, str], float]
"""km between two districts by their codes."""
Likeness = Callable[[ProgramKey, ProgramKey], float]
"""Fit of two programs, 0-1."""


@dataclass(frozen=True, slots=True)
class PathwayProgram:
    """What pathways look at in a program of the catalogue."""

    level: str
    code: str
    name: str
    courses: frozenset[str]
    continues_to: tuple[str, ...]
    """Names of programs, of whatever level: which level is meant follows from the kind of pathway."""
    class_name: str = ""

    @property
    def key(self) -> ProgramKey:
        return (self.level, self.code)


@dataclass(frozen=True, slots=True)
class PathwayRules:
    link_score: float = 0.5
    """What a continuation link alone is worth; likeness makes up the rest."""
    class_score: float = 0.2
    """What the same class alone is worth, where the catalogue names no continuation."""
    distance_weight: float = 0.1
    """Share of the score that is lost at `distance_far` km and beyond."""
    distance_far: float = 50.0
    capacity_weight: float = 0.1
    """Share of the score that is lost where both sides together could not fill a class."""
    class_size: float = 30.0
    """Heads 人 of a class."""
    per_program: int = 3
    """Pairs kept of each lower program and kind."""


@dataclass(frozen=True, slots=True)
class PathwayPair:
    """A pathway; a school is None on a side of which no offerings are known."""

    kind: str
    from_school: str | None
    from_program: ProgramKey
    to_school: str | None
    to_program: ProgramKey
    score: float
    """0-1."""
    shared_courses: tuple[str, ...]
    reasons: tuple[str, ...]
    distance_km: float | None = None
    capacity: float | None = None
    """Heads 人/年 that both sides could take, the smaller of their seats; None where one is not known."""

    @property
    def complete(self) -> bool:
        """Both sides are offerings that are known."""
        return self.from_school is not None and self.to_school is not None


@dataclass(frozen=True, slots=True)
class PathwayTally:
    """Pairs of one kind against the number of 专业点 the policy asks for."""

    kind: str
    label: str
    target: int
    pairs: int
    complete: int
    """Pairs of which both offerings are known: what could be set up with the schools at hand."""
    programs: int
    """Lower programs that have a pair."""


def pathways(
    programs: Iterable[PathwayProgram],
    offerings: Sequence[OfferingSupply],
    *,
    per_program: int | None = None,
    rules: PathwayRules | None = None,
    distance_km: Distance | None = None,
    likeness: Likeness | None = None,
) -> tuple[PathwayPair, ...]:
    """Pairs of programs that continue each other and of which one side is offered here, the best first.

    A lower program continues to those that its catalogue entry names (接续专业举例), found by name at each level that
    a kind of pathway leads to; where none is found for a kind, to offered programs of its own class (专业类), which
    must be offered below too, and are worth less. Each pair stands once.

        score = (base + (1 − link_score) · s) · (1 − distance_weight · min(km / distance_far, 1))
                · (1 − capacity_weight · max(1 − capacity / class_size, 0)),

    base = `link_score` or `class_score`; s = 1 − (1 − J)(1 − fit) (noisy-or), J = |A∩B| / min(|A|, |B|) the overlap
    coefficient of the normalised course names (Szymkiewicz–Simpson), 0 where courses are not known, and fit what
    `likeness` gives; capacity is the smaller number of seats of both sides. What is unknown costs nothing.

    Of each lower program and kind `per_program` pairs are kept (else as in `rules`): those with both schools known
    first, then by score; among equals, schools that have fewer pairs of this program, then more seats.
    """
    rules = rules or PathwayRules()
    limit = rules.per_program if per_program is None else per_program
    catalogue = list(programs)
    named: dict[tuple[str, str], list[PathwayProgram]] = defaultdict(list)
    classed: dict[tuple[str, str], list[PathwayProgram]] = defaultdict(list)
    for program in catalogue:
        named[program.level, name_key(program.name)].append(program)
        if program.class_name:
            classed[program.level, name_key(program.class_name)].append(program)
    offered: dict[ProgramKey, list[OfferingSupply]] = defaultdict(list)
    for offering in offerings:
        offered[offering.level, offering.program_code].append(offering)
    courses = {program.key: {course_key(c): c for c in sorted(program.courses)} for program in catalogue}
    found: list[PathwayPair] = []
    for program in catalogue:
        for kind, targets in _targets(program, named, classed, offered).items():
            candidates: list[tuple[PathwayPair, float]] = []
            for target, linked in targets:
                alike = likeness(program.key, target.key) if likeness else 0.0
                shared, similarity = _shared(courses[program.key], courses[target.key], alike)
                reasons = _reasons(program, target, linked, shared)
                base = rules.link_score if linked else rules.class_score
                score = base + (1 - rules.link_score) * similarity
                here, there = offered.get(program.key, ()), offered.get(target.key, ())
                if not here and not there:
                    continue
                for one, two in product(here or (None,), there or (None,)):
                    candidates.append(
                        _pair(kind, (program, one), (target, two), score, shared, reasons, rules, distance_km)
                    )
            found += _best(candidates, limit)
    return tuple(sorted(found, key=_order))


def course_key(name: str) -> str:
    """A course name as it is compared: NFKC, without blanks, 《》, remarks in brackets, and 与, 和, 及."""
    plain = re.sub(r"[\s《》、·]", "", unicodedata.normalize("NFKC", name))
    short = re.sub(r"[与和及]", "", re.sub(r"\([^()]*\)", "", plain))
    return short or plain


def against_targets(
    pairs: Iterable[PathwayPair], targets: Mapping[str, int] = TARGETS
) -> tuple[PathwayTally, ...]:
    """Pairs of each kind beside what the policy asks for, in order of `targets`."""
    by_kind: dict[str, list[PathwayPair]] = defaultdict(list)
    for pair in pairs:
        by_kind[pair.kind].append(pair)
    return tuple(
        PathwayTally(
            kind=kind,
            label=LABELS[kind],
            target=target,
            pairs=len(by_kind[kind]),
            complete=sum(pair.complete for pair in by_kind[kind]),
            programs=len({pair.from_program for pair in by_kind[kind]}),
        )
        for kind, target in targets.items()
    )


def _targets(
    program: PathwayProgram,
    named: Mapping[tuple[str, str], Sequence[PathwayProgram]],
    classed: Mapping[tuple[str, str], Sequence[PathwayProgram]],
    offered: Mapping[ProgramKey, Sequence[OfferingSupply]],
) -> dict[str, list[tuple[PathwayProgram, bool]]]:
    """By kind, the upper programs, each once, and whether the catalogue links them."""
    by_kind: dict[str, dict[ProgramKey, tuple[PathwayProgram, bool]]] = defaultdict(dict)
    for level, kind in _upward(program.level):
        for name in program.continues_to:
            for target in named.get((level, name_key(name)), ()):
                by_kind[kind][target.key] = (target, True)
    if program.class_name and offered.get(program.key):
        linked = set(by_kind)
        for level, kind in _upward(program.level):
            if kind not in linked:
                for target in classed.get((level, name_key(program.class_name)), ()):
                    if offered.get(target.key):
                        by_kind[kind][target.key] = (target, False)
    return {kind: list(targets.values()) for kind, targets in by_kind.items()}


def _upward(level: str) -> Iterator[tuple[str, str]]:
    """(upper level, kind) of each kind of pathway that starts at a level."""
    return ((upper, kind) for (lower, upper), kind in KINDS.items() if lower == level)


def _shared(
    below: Mapping[str, str], above: Mapping[str, str], alike: float
) -> tuple[tuple[str, ...], float]:
    """Courses of both programs, as the lower one words them, and how alike the two are, 0-1."""
    shared = tuple(sorted(below[course] for course in below.keys() & above.keys()))
    smaller = min(len(below), len(above))
    overlap = len(shared) / smaller if smaller else 0.0
    return shared, 1 - (1 - overlap) * (1 - alike)


def _reasons(
    program: PathwayProgram, target: PathwayProgram, linked: bool, shared: Sequence[str]
) -> tuple[str, ...]:
    if linked:
        first = f"专业目录列“{target.name}”为“{program.name}”的接续专业"
    else:
        first = f"目录未列接续专业；两专业同属“{program.class_name}”，衔接须另行论证"
    if not shared:
        return (first,)
    named = "、".join(shared[:COURSES_NAMED]) + ("等" if len(shared) > COURSES_NAMED else "")
    return (first, f"共有课程 {len(shared)} 门：{named}")


def _pair(
    kind: str,
    below: tuple[PathwayProgram, OfferingSupply | None],
    above: tuple[PathwayProgram, OfferingSupply | None],
    score: float,
    shared: tuple[str, ...],
    reasons: tuple[str, ...],
    rules: PathwayRules,
    distance_km: Distance | None,
) -> tuple[PathwayPair, float]:
    """The pair of two offerings, and the seats 人 of both."""
    (program, one), (target, two) = below, above
    km = None
    if one and two and one.district_code and two.district_code and distance_km:
        km = distance_km(one.district_code, two.district_code)
        score *= 1 - rules.distance_weight * min(km / rules.distance_far, 1.0)
    capacity = min(one.seats, two.seats) if one and two and min(one.seats, two.seats) > 0 else None
    if capacity is not None:
        score *= 1 - rules.capacity_weight * max(1 - capacity / rules.class_size, 0.0)
        reasons += (
            f"两端招生计划 {one.seats if one else 0:.0f} 人和 {two.seats if two else 0:.0f} 人，"
            f"可衔接约 {capacity:.0f} 人/年",
        )
    elif one and two:
        reasons += ("有一端招生计划数未知，可衔接规模待院校补充",)
    if one is None:
        reasons += ("前段专业点尚无数据，需由院校补充",)
    if two is None:
        reasons += ("后段专业本地尚无专业点数据",)
    if one and two and one.school_code == two.school_code:
        reasons += ("同一院校",)
    elif km is not None and one and two:
        where = f"两区中心相距 {km:.0f} 公里" if km >= 0.5 else "在同一个区"
        reasons += (where + ("（所在区为模拟）" if one.district_simulated or two.district_simulated else ""),)
    pair = PathwayPair(
        kind=kind,
        from_school=one.school_code if one else None,
        from_program=program.key,
        to_school=two.school_code if two else None,
        to_program=target.key,
        score=score,
        shared_courses=shared,
        reasons=reasons,
        distance_km=km,
        capacity=capacity,
    )
    return pair, (one.seats if one else 0.0) + (two.seats if two else 0.0)


def _best(candidates: Sequence[tuple[PathwayPair, float]], limit: int) -> list[PathwayPair]:
    """The pairs to keep, so that not one school takes all of them."""
    left, kept = list(candidates), list[PathwayPair]()
    used: Counter[tuple[int, str | None]] = Counter()
    while left and len(kept) < limit:
        chosen = min(
            left,
            key=lambda item: (
                not item[0].complete,
                -item[0].score,
                used[0, item[0].from_school] + used[1, item[0].to_school],
                -item[1],
                _order(item[0]),
            ),
        )
        left.remove(chosen)
        kept.append(chosen[0])
        used[0, chosen[0].from_school] += 1
        used[1, chosen[0].to_school] += 1
    return kept


def _order(pair: PathwayPair) -> tuple[object, ...]:
    return (
        -pair.score,
        not pair.complete,
        pair.kind,
        pair.from_program,
        pair.to_program,
        pair.from_school or "",
        pair.to_school or "",
    )
