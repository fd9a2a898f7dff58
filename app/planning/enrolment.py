"""Enrolment 招生 of each offering over the years, for the rules of provinces on offerings that stay empty."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.planning.plans import PlanRow, one_batch_each
from app.planning.rates import Key, OutcomeRow


@dataclass(frozen=True, slots=True)
class EnrolmentYear:
    """Entrants 人 of an offering in one year: planned seats × registration rate where the year's rate is known."""

    year: int
    enrolled: float
    registered: bool
    """The registration rate of the year is known; else the planned seats stand for the entrants."""
    batch_ids: tuple[str, ...]
    simulated: bool


def enrolment_history(
    plans: Iterable[PlanRow], outcomes: Sequence[OutcomeRow], known_share: float
) -> dict[Key, tuple[EnrolmentYear, ...]]:
    """Years of each offering, the latest first.

    Only years in which the plan of the school at the level is at least `known_share` 0-1 of its largest year count:
    of a year of which one province was published nothing can be told. A year in which an offering is not named at
    all is not known, one in which it is named with no seats has no entrants. A broad category is shared equally, as
    in the supply.
    """
    kept, _ = one_batch_each(row for row in plans if row.plan >= 0)
    totals: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in kept:
        totals[row.school_code, row.level][row.year] += row.plan
    seats: dict[tuple[Key, int], float] = defaultdict(float)
    batches: dict[tuple[Key, int], set[str]] = defaultdict(set)
    made: dict[tuple[Key, int], bool] = defaultdict(bool)
    for row in kept:
        of_years = totals[row.school_code, row.level]
        if of_years[row.year] < known_share * max(of_years.values()):
            continue
        for code in row.program_codes:
            place = ((row.school_code, row.level, code), row.year)
            seats[place] += row.plan / len(row.program_codes)
            batches[place].add(row.batch_id)
            made[place] |= row.simulated
    rates: dict[tuple[Key, int], OutcomeRow] = {}
    for outcome in sorted(outcomes, key=lambda row: row.batch_id):
        if outcome.registration_rate is not None and 0 <= outcome.registration_rate <= 1:
            rates[(outcome.school_code, outcome.level, outcome.program_code), outcome.year] = outcome
    history: dict[Key, list[EnrolmentYear]] = defaultdict(list)
    for (key, year), planned in sorted(seats.items(), key=lambda item: (item[0][0], -item[0][1])):
        found = rates.get((key, year))
        rate = 1.0 if found is None or found.registration_rate is None else found.registration_rate
        history[key].append(
            EnrolmentYear(
                year=year,
                enrolled=planned * rate,
                registered=found is not None,
                batch_ids=tuple(sorted(batches[key, year] | ({found.batch_id} if found else set()))),
                simulated=made[key, year] or (found is not None and found.simulated),
            )
        )
    return {key: tuple(years) for key, years in history.items()}


def successive_below(history: Sequence[EnrolmentYear], limit: float) -> tuple[EnrolmentYear, ...]:
    """The latest successive years with fewer entrants than `limit` (at most 0 where it is 0), the latest first."""
    found: list[EnrolmentYear] = []
    for year in history:
        low = year.enrolled < limit or year.enrolled <= 0
        if not low or (found and found[-1].year != year.year + 1):
            break
        found.append(year)
    return tuple(found)
