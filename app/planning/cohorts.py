"""Cohorts 一届: those who enter in one year and graduate after the duration of their level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.planning.profile import Profile
from app.planning.rates import Rate, share_to_work


@dataclass(frozen=True, slots=True)
class Cohort:
    """Seats of an offering in one entry year, and the graduates they give in the year of graduation; heads 人."""

    entry_year: int
    graduation_year: int
    seats: float
    rates: Mapping[str, Rate]
    entrants: float = 0.0
    """Heads that enter from the level below beside the seats (see further_study.py)."""

    @property
    def graduates(self) -> float:
        """Those who enter work in the region: (seats × registration + entrants) × the rates after it."""
        if self.entrants <= 0:
            return self.seats * share_to_work(self.rates)
        return (
            (self.seats * self.rates["registration"].value + self.entrants)
            * self.rates["completion"].value
            * self.rates["destination"].value
            * (1 - self.rates["further_study"].value)
            * self.rates["retention"].value
        )

    @property
    def going_on(self) -> float:
        """Those who go on studying."""
        rates = {name: rate.value for name, rate in self.rates.items()}
        entered = self.seats * rates["registration"] + self.entrants
        return entered * rates["completion"] * rates["destination"] * rates["further_study"]


def duration(level: str, profile: Profile) -> int:
    """Whole years from entering to graduating, `profile.supply.years` of the level."""
    return round(profile.supply.years[level].value)  # type: ignore[index]


def nearest_year(years: Iterable[int], wanted: int) -> int | None:
    """The year nearest to the one wanted, of two as near the later; None of none."""
    return min(years, key=lambda year: (abs(year - wanted), -year), default=None)


def nearest(cohorts: Sequence[Cohort], graduation_year: int) -> Cohort | None:
    """The cohort that graduates nearest to a year, of two as near the later."""
    year = nearest_year((cohort.graduation_year for cohort in cohorts), graduation_year)
    return next((cohort for cohort in cohorts if cohort.graduation_year == year), None)
