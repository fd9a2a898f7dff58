"""From postings, offerings and pairs to the arrays that are solved: what is eligible, what it costs, what is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from app.errors import InvalidInputError
from app.planning.placement_fair import Stakes
from app.planning.placement_problem import ROUNDING, ClassProblem, Flags, Floats, Ints
from app.planning.placement_terms import (
    FixedClass,
    Pairs,
    PlacementOffering,
    PlacementPosting,
    PlacementRules,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Arrays over all pairs, sorted by posting and offering, and the problem over those that are eligible (`able`)."""

    pairs: Pairs
    able: Ints
    lot: Ints
    """The lot of seats, or of places for those who take no seats, that each pair draws on."""
    seats: Ints
    """Of each lot, less fixed classes."""
    excluded: Flags
    cost: Floats
    enterprise_worth: Floats
    school_worth: Floats
    """What a head is worth to each side, above 0: staying unmet, or a free seat, is worth 0."""
    teachers: Floats
    """Teachers there are for each pair, the scarcer of offering and school; ∞ where nobody counts them."""
    fixed_heads: Ints
    """(n,) heads of each posting in fixed classes."""
    problem: ClassProblem
    stakes: Stakes


def prepare(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    rules: PlacementRules,
    fixed: Sequence[FixedClass],
    school_teachers: Mapping[str, float],
) -> Prepared:
    _check(postings, offerings, pairs, fixed)
    pairs = _sorted(pairs)
    m = len(offerings)
    asked = np.array([posting.heads for posting in postings], dtype=np.int64)
    fixed_heads, taken, used, held = _fixed(postings, offerings, fixed)
    heads = np.maximum(asked - fixed_heads, 0)
    whole = np.array(
        [o.seats for o in offerings] + [o.seats if o.places is None else o.places for o in offerings],
        dtype=np.int64,
    )
    seats = np.maximum(whole - taken, 0)
    seated = np.array([posting.takes_seats for posting in postings], dtype=bool)
    lot = pairs.offering + np.where(seated[pairs.posting], 0, m)
    small = np.array([posting.class_size_min for posting in postings], dtype=np.int64)[pairs.posting]
    large = np.array([posting.class_size_max for posting in postings], dtype=np.int64)[pairs.posting]
    unmet_cost = rules.unmet_weight * np.array([posting.priority for posting in postings], float)
    cost, enterprise_worth, school_worth, excluded = _worths(pairs, rules, unmet_cost)
    need = np.array([posting.teachers_per_class for posting in postings], float)[pairs.posting]
    groups, capacity = _teachers(offerings, school_teachers, used)
    teachers = (
        np.min([np.append(capacity, np.inf)[g] for g in groups], axis=0)[pairs.offering] if m else np.zeros(0)
    )
    room = np.minimum(np.minimum(heads[pairs.posting], seats[lot]), large)
    able = np.flatnonzero(
        (pairs.fit >= rules.fit_floor)
        & (pairs.level_fit > 0)
        & ~excluded
        & (room >= small)
        & (teachers >= need - ROUNDING)
        & ((unmet_cost[pairs.posting] - cost) * room > rules.class_weight)
    )
    teaching = _teaching(groups, capacity, pairs.offering[able], need[able])
    problem = ClassProblem(
        heads=heads,
        unmet_cost=unmet_cost,
        seats=seats,
        posting=pairs.posting[able],
        offering=lot[able],
        cost=cost[able],
        small=small[able],
        large=room[able],
        class_cost=rules.class_weight,
        largest=np.minimum(heads[pairs.posting], large)[able],
        teaching=teaching,
        teachers=capacity if teaching is not None else None,
    )
    numbers: dict[str, int] = {}
    enterprise = np.array(
        [numbers.setdefault(p.enterprise or f"\0{p.id}", len(numbers)) for p in postings], dtype=np.int64
    )
    stakes = Stakes(
        enterprise,
        whole,
        {(numbers.get(name, -1), where): number for (name, where), number in held.items()},
        rules.enterprise_share,
    )
    return Prepared(
        pairs, able, lot, seats, excluded, cost, enterprise_worth, school_worth, teachers, fixed_heads,
        problem, stakes,
    )  # fmt: skip


def _check(
    postings: Sequence[PlacementPosting],
    offerings: Sequence[PlacementOffering],
    pairs: Pairs,
    fixed: Sequence[FixedClass],
) -> None:
    for posting in postings:
        if posting.heads < 0 or not 1 <= posting.class_size_min <= posting.class_size_max:
            raise InvalidInputError(
                f"岗位需求 {posting.id} 的人数 {posting.heads} 或班额 {posting.class_size_min}–{posting.class_size_max} "
                "不合理",
                remedy="人数不能为负，最小班额至少 1 人且不大于最大班额",
            )
    for offering in offerings:
        for name, value in (("名额", offering.seats), ("学生", offering.places), ("教师", offering.teachers)):
            if value is not None and value < 0:
                raise InvalidInputError(f"专业点 {' '.join(offering.key)} 的{name} {value} 为负")
    for one in fixed:
        if one.heads < 0 or one.classes < 0:
            raise InvalidInputError(f"岗位需求 {one.posting_id} 已定的班人数 {one.heads} 为负")
    for name in ("fit", "level_fit", "partnership"):
        values = getattr(pairs, name)
        if not ((values >= -ROUNDING) & (values <= 1 + ROUNDING)).all():  # NaN fails too
            raise InvalidInputError(f"订单班安排的 {name} 有不在 0 与 1 之间的值")
    for name in ("enterprise_wish", "school_wish"):
        values = getattr(pairs, name)
        if values is not None and ((values < -ROUNDING) | (values > 1 + ROUNDING)).any():
            raise InvalidInputError(f"订单班安排的 {name} 有不在 0 与 1 之间的值", remedy="不接受的写作 NaN")
    if (pairs.distance_km < 0).any():
        raise InvalidInputError("订单班安排的 distance_km 有负值")


def _sorted(pairs: Pairs) -> Pairs:
    """By posting, then offering, whatever order they came in."""
    order = np.lexsort((pairs.offering, pairs.posting))
    return Pairs(
        posting=np.asarray(pairs.posting, np.int64)[order],
        offering=np.asarray(pairs.offering, np.int64)[order],
        fit=pairs.fit[order],
        level_fit=pairs.level_fit[order],
        distance_km=pairs.distance_km[order],
        partnership=pairs.partnership[order],
        enterprise_wish=None if pairs.enterprise_wish is None else pairs.enterprise_wish[order],
        school_wish=None if pairs.school_wish is None else pairs.school_wish[order],
    )


def _worths(pairs: Pairs, rules: PlacementRules, unmet_cost: Floats) -> tuple[Floats, Floats, Floats, Flags]:
    """Cost of a head, what it is worth to either side, and pairs that one side excludes."""
    nothing = np.zeros(len(pairs.posting))
    wishes = [nothing if wish is None else wish for wish in (pairs.enterprise_wish, pairs.school_wish)]
    excluded = np.isnan(wishes[0]) | np.isnan(wishes[1])
    asked, wanted = (np.nan_to_num(wish) * rules.preference_weight for wish in wishes)
    known = np.isfinite(pairs.distance_km)
    unknown = pairs.distance_km[known].max() / 2 if known.any() else 0.0
    far = rules.distance_weight * np.where(known, pairs.distance_km, unknown) / 10
    poor = rules.fit_weight * (1 - pairs.fit * pairs.level_fit)
    partner = rules.partnership_weight * pairs.partnership
    cost = poor + far - partner - asked - wanted
    enterprise = unmet_cost[pairs.posting] - (poor + far - partner - asked)
    school = rules.unmet_weight - (poor - partner - wanted)
    return cost, enterprise, school, excluded


def _fixed(
    postings: Sequence[PlacementPosting], offerings: Sequence[PlacementOffering], fixed: Sequence[FixedClass]
) -> tuple[Ints, Ints, dict[str, float], dict[tuple[str, int], int]]:
    """Heads of postings, seats of lots, teachers by offering (key joined) and heads by enterprise and lot held already."""
    row = {posting.id: i for i, posting in enumerate(postings)}
    column = {offering.key: j for j, offering in enumerate(offerings)}
    heads, seats = np.zeros(len(postings), np.int64), np.zeros(2 * len(offerings), np.int64)
    teachers: dict[str, float] = {}
    held: dict[tuple[str, int], int] = {}
    for one in fixed:
        i, j = row.get(one.posting_id), column.get(one.key)
        if i is not None:
            heads[i] += one.heads
        teachers[one.key[0]] = teachers.get(one.key[0], 0.0) + one.teachers
        if j is not None and one.of_intake:
            where = j if one.takes_seats else j + len(offerings)
            seats[where] += one.heads
            name = (
                one.enterprise or (postings[i].enterprise if i is not None else "") or f"\0{one.posting_id}"
            )
            held[name, where] = held.get((name, where), 0) + one.heads
        if j is not None:
            teachers["\0".join(one.key)] = teachers.get("\0".join(one.key), 0.0) + one.teachers
    return heads, seats, teachers, held


def _teachers(
    offerings: Sequence[PlacementOffering], school_teachers: Mapping[str, float], used: Mapping[str, float]
) -> tuple[tuple[Ints, Ints], Floats]:
    """For each offering the group of its own teachers and that of its school's, −1 for none; teachers of each group."""
    own, school = np.full(len(offerings), -1), np.full(len(offerings), -1)
    capacity: list[float] = []
    schools: dict[str, int] = {}
    for j, offering in enumerate(offerings):
        if offering.teachers is not None:
            own[j] = len(capacity)
            capacity.append(max(offering.teachers - used.get("\0".join(offering.key), 0.0), 0.0))
        code = offering.key[0]
        if code in school_teachers:
            if code not in schools:
                schools[code] = len(capacity)
                capacity.append(max(school_teachers[code] - used.get(code, 0.0), 0.0))
            school[j] = schools[code]
    return (own, school), np.array(capacity, float)


def _teaching(groups: tuple[Ints, Ints], capacity: Floats, offering: Ints, need: Floats) -> csr_array | None:
    if not capacity.size or not need.any():
        return None
    rows, columns, values = [], [], []
    for group in groups:
        of = group[offering]
        pairs = np.flatnonzero((of >= 0) & (need > 0))
        rows.append(of[pairs])
        columns.append(pairs)
        values.append(need[pairs])
    where = (np.concatenate(rows), np.concatenate(columns))
    shape = (capacity.size, offering.size)
    teaching: csr_array = csr_array((np.concatenate(values), where), shape=shape)
    return teaching
