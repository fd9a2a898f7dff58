"""Pathways 贯通: pairs of programs, and of offerings, that continue each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.planning.balance import ProgramKey
from app.planning.supply import OfferingSupply

KINDS: dict[tuple[str, str], str] = {
    ("secondary_vocational", "higher_vocational"): "secondary_higher",
    ("secondary_vocational", "vocational_bachelor"): "secondary_bachelor",
    ("secondary_vocational", "bachelor"): "secondary_bachelor",
    ("higher_vocational", "vocational_bachelor"): "higher_bachelor",
    ("higher_vocational", "bachelor"): "higher_bachelor",
}
"""中高贯通, 中本贯通, 高本贯通 by the levels they join."""
LABELS = {"secondary_higher": "中高贯通", "secondary_bachelor": "中本贯通", "higher_bachelor": "高本贯通"}
LINK_SCORE = 0.5
"""What a continuation link alone is worth; shared courses make up the rest."""


@dataclass(frozen=True, slots=True)
class PathwayProgram:
    """What pathways look at in a program of the catalogue."""

    level: str
    code: str
    name: str
    courses: frozenset[str]
    continues_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PathwayPair:
    """A pathway; a school is None on a side of which no offerings are known."""

    kind: str
    from_school: str | None
    from_program: ProgramKey
    to_school: str | None
    to_program: ProgramKey
    score: float
    shared_courses: tuple[str, ...]
    reasons: tuple[str, ...]


def pathways(
    programs: Iterable[PathwayProgram],
    offerings: Sequence[OfferingSupply],
    *,
    per_program: int,
) -> tuple[PathwayPair, ...]:
    """Pairs whose catalogue entries continue each other (接续专业举例) and of which one side is offered here.

    score = 0.5 + 0.5·J, where J = |A∩B| / min(|A|, |B|) is the overlap coefficient of the course names (Szymkiewicz–
    Simpson); 0.5 where courses are not known. Of each program and kind the `per_program` best are kept, the best
    first; offerings with more seats go first among equals.
    """
    catalogue = list(programs)
    named: dict[tuple[str, str], list[PathwayProgram]] = defaultdict(list)
    for program in catalogue:
        named[program.level, program.name].append(program)
    offered: dict[ProgramKey, list[OfferingSupply]] = defaultdict(list)
    for offering in sorted(offerings, key=lambda o: (-o.seats, o.school_code)):
        offered[offering.level, offering.program_code].append(offering)
    found: list[PathwayPair] = []
    for program in catalogue:
        by_kind: dict[str, list[PathwayPair]] = defaultdict(list)
        for target in _targets(program, named):
            kind = KINDS[program.level, target.level]
            by_kind[kind] += _pairs(kind, program, target, offered, per_program)
        for pairs in by_kind.values():
            found += sorted(pairs, key=_order)[:per_program]
    return tuple(sorted(found, key=_order))


def _targets(
    program: PathwayProgram, named: Mapping[tuple[str, str], Sequence[PathwayProgram]]
) -> Iterable[PathwayProgram]:
    for source, level in KINDS:
        if source == program.level:
            for name in program.continues_to:
                yield from named.get((level, name), ())


def _pairs(
    kind: str,
    program: PathwayProgram,
    target: PathwayProgram,
    offered: Mapping[ProgramKey, Sequence[OfferingSupply]],
    limit: int,
) -> list[PathwayPair]:
    here, there = offered.get((program.level, program.code), ()), offered.get((target.level, target.code), ())
    if not here and not there:
        return []
    shared = tuple(sorted(program.courses & target.courses))
    smaller = min(len(program.courses), len(target.courses))
    overlap = len(shared) / smaller if smaller else 0.0
    reasons: tuple[str, ...] = (f"专业目录列“{target.name}”为“{program.name}”的接续专业",)
    if shared:
        reasons += (f"共有课程 {len(shared)} 门：{'、'.join(shared[:5])}",)
    if not here:
        reasons += ("前段专业点尚无数据，需由院校补充",)
    if not there:
        reasons += ("后段专业本地尚无专业点数据",)
    return [
        PathwayPair(
            kind=kind,
            from_school=one.school_code if one else None,
            from_program=(program.level, program.code),
            to_school=two.school_code if two else None,
            to_program=(target.level, target.code),
            score=LINK_SCORE + (1 - LINK_SCORE) * overlap,
            shared_courses=shared,
            reasons=reasons + (("同一院校",) if one and two and one.school_code == two.school_code else ()),
        )
        for one in (here[:limit] or (None,))
        for two in (there[:limit] or (None,))
    ]


def _order(pair: PathwayPair) -> tuple[object, ...]:
    known = (pair.from_school is None) + (pair.to_school is None)
    return (
        -pair.score,
        known,
        pair.kind,
        pair.from_program,
        pair.to_program,
        pair.from_school or "",
        pair.to_school or "",
    )
