"""Rates 比率 between a seat and a graduate at work in the region: of the data by year, else of like offerings, else stated."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.planning.profile import Profile
from app.planning.profile_balance import LevelRates
from app.planning.warning import Warning

RATES = ("registration", "completion", "destination", "further_study", "retention")
_OUTCOME_RATES = (
    "registration_rate",
    "completion_rate",
    "destination_rate",
    "matched_rate",
    "retention_rate",
    "first_choice_rate",
    "adjusted_rate",
    "signing_rate",
)
OWN, OF_PROGRAM, OF_LEVEL = "data", "data:program", "data:level"
"""Where a rate of the data comes from: the offering itself, the mean of its program's offerings, or of its level's."""
_LEAST = 3
"""Offerings whose mean stands for another one: of one or two nothing can be told."""
Key = tuple[str, str, str]
"""(school code, level, program code)."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Rates of one offering in one year, each 0-1 or None."""

    school_code: str
    level: str
    program_code: str
    year: int
    registration_rate: float | None
    completion_rate: float | None
    destination_rate: float | None
    matched_rate: float | None
    retention_rate: float | None
    batch_id: str
    simulated: bool
    first_choice_rate: float | None = None
    adjusted_rate: float | None = None
    signing_rate: float | None = None

    @property
    def key(self) -> Key:
        return (self.school_code, self.level, self.program_code)


@dataclass(frozen=True, slots=True)
class Rate:
    value: float
    source: str
    """`data` (of the offering), `data:program`, `data:level`, or the source the profile states."""
    simulated: bool = False
    year: int | None = None


def share_to_work(rates: Mapping[str, Rate]) -> float:
    """Graduates who enter work in the region per seat, 0-1: the product of the rates (rule 4 of `project_supply`)."""
    return (
        rates["registration"].value
        * rates["completion"].value
        * rates["destination"].value
        * (1 - rates["further_study"].value)
        * rates["retention"].value
    )


def sound_rates(outcomes: Iterable[OutcomeRow], warnings: list[Warning]) -> list[OutcomeRow]:
    """Outcomes without the rates that are not between 0 and 1."""
    sound = []
    for row in outcomes:
        wrong = [
            name
            for name in _OUTCOME_RATES
            if (value := getattr(row, name)) is not None and not 0 <= value <= 1
        ]
        if wrong:
            text = (
                f"院校 {row.school_code} 专业 {row.program_code} {row.year} 年有不在 0–1 之间的比率，未采用"
            )
            warnings.append(Warning("impossible_rate", text, (row.batch_id,)))
        nothing: dict[str, Any] = dict.fromkeys(wrong)
        sound.append(replace(row, **nothing) if wrong else row)
    return sound


class KnownRates:
    """The rates that outcomes (all sound) give, ready to be asked for each offering and cohort."""

    def __init__(self, outcomes: Iterable[OutcomeRow] = ()) -> None:
        rows: dict[Key, list[OutcomeRow]] = defaultdict(list)
        for row in outcomes:
            rows[row.key].append(row)
        self._rows = {
            key: tuple(sorted(found, key=lambda row: (row.year, row.batch_id), reverse=True))
            for key, found in sorted(rows.items())
        }
        self._means = {simulated: self._means_of(simulated) for simulated in (False, True)}

    def rows(self, key: Key) -> tuple[OutcomeRow, ...]:
        """Outcomes of an offering, the latest year first; of one year the latest batch first."""
        return self._rows.get(key, ())

    def of(
        self,
        key: Key,
        profile: Profile,
        *,
        entry: int | None = None,
        graduation: int | None = None,
        simulated: bool = False,
    ) -> dict[str, Rate]:
        """Each rate of an offering for those who enter and graduate in these years (None: for the latest known).

        In this order: the offering's own in the data, of the year nearest to the one asked for (registration: of
        entering, the others: of graduating; of two as near the later); the mean of the latest of at least three offerings
        of its program, then of its level; the profile's rate of the level. What is simulated is lent only to what is
        `simulated` itself.
        """
        stated: LevelRates = profile.supply.rates.get(key[1]) or profile.supply.rates["bachelor"]  # type: ignore[call-overload]
        rates: dict[str, Rate] = {}
        for name in RATES:
            wanted = entry if name == "registration" else graduation
            found = _nearest(self.rows(key), f"{name}_rate", wanted)
            if found is not None:
                rates[name] = Rate(getattr(found, f"{name}_rate"), OWN, found.simulated, found.year)
                continue
            lent = self._lent(key, name, simulated)
            number = getattr(stated, name)
            rates[name] = lent if lent is not None else Rate(number.value, number.source)
        return rates

    def _lent(self, key: Key, name: str, simulated: bool) -> Rate | None:
        for pool in (False, True) if simulated else (False,):
            for whose, source in ((key[1:], OF_PROGRAM), (key[1:2], OF_LEVEL)):
                if (mean := self._means[pool].get((whose, name))) is not None:
                    return Rate(mean, source, pool)
        return None

    def _means_of(self, simulated: bool) -> dict[tuple[tuple[str, ...], str], float]:
        """Mean of each program and level, and rate; of all outcomes or of those that are not simulated."""
        values: dict[tuple[tuple[str, ...], str], list[float]] = defaultdict(list)
        for key, rows in self._rows.items():
            usable = tuple(row for row in rows if simulated or not row.simulated)
            for name in RATES:
                if (row := _nearest(usable, f"{name}_rate", None)) is not None:
                    for whose in (key[1:], key[1:2]):
                        values[whose, name].append(getattr(row, f"{name}_rate"))
        return {which: sum(found) / len(found) for which, found in values.items() if len(found) >= _LEAST}


def _nearest(rows: Sequence[OutcomeRow], name: str, year: int | None) -> OutcomeRow | None:
    """Of rows, the latest first, that with a rate in the year nearest to `year` (None: the latest)."""
    known = [row for row in rows if getattr(row, name, None) is not None]
    if not known or year is None:
        return known[0] if known else None
    return min(known, key=lambda row: (abs(row.year - year), -row.year))
