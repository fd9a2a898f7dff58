"""Seats 招生数: how a program's gap is shared among its offerings, within what a year allows, in whole people."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.planning.profile import Profile
from app.planning.profile_rules import Actions
from app.planning.rates import share_to_work
from app.planning.supply import OfferingSupply

Array = NDArray[np.float64]
_NOTHING = 1e-9


def share_out(total: float, weights: ArrayLike, caps: ArrayLike) -> Array:
    """Divide `total` (人/年) in proportion to `weights` (n,), none above its `caps` (n,); what a full one cannot take
    goes to the others (water-filling). Returns (n,), 0 ≤ given ≤ caps, sum = min(total, sum of usable caps).
    """
    weight, cap = np.asarray(weights, float), np.asarray(caps, float)
    given = np.zeros_like(weight)
    active = (weight > 0) & (cap > 0)
    left = min(total, float(cap[active].sum()))
    while left > _NOTHING and active.any():
        portion = left * weight / weight[active].sum()
        take = np.where(active, np.minimum(portion, cap - given), 0.0)
        given += take
        left -= float(take.sum())
        full = active & (given >= cap - _NOTHING)
        if not full.any():
            break
        active &= ~full
    bounded: Array = np.minimum(given, cap)
    return bounded


def quality(offerings: Sequence[OfferingSupply]) -> Array:
    """Destination rate of each offering relative to their mean by graduates, (n,); 1 where none is known."""
    rates = np.array([offering.rates["destination"].value for offering in offerings])
    graduates = np.array([offering.graduates for offering in offerings])
    mean = float(rates @ graduates) / graduates.sum() if graduates.sum() > 0 else 0.0
    relative: Array = rates / mean if mean > 0 else np.ones_like(rates)
    return relative


def graduates_per_seat(offering: OfferingSupply) -> float:
    """Graduates entering work in the region per seat, 0-1, at the rates of the cohort that counts; 0 without seats.

    Those who came from the level below graduate too, whatever becomes of the seats: they are in no seat's share.
    """
    return share_to_work(offering.rates) if offering.seats > 0 else 0.0


def students_per_seat(offering: OfferingSupply, profile: Profile) -> float:
    """Students 人 at school for each seat a year: registration × years of schooling of the level."""
    return offering.rates["registration"].value * profile.supply.years[offering.level].value  # type: ignore[index]


def seats_for(heads: float, offering: OfferingSupply, rules: Actions) -> int:
    """Seats (whole people) that change supply by at most `heads` and stay within a year's change.

    From one step upwards in whole steps, below it in single seats; always rounded down, so that the offerings of a
    program together never move more than its gap.
    """
    per_seat = graduates_per_seat(offering)
    if per_seat <= 0 or heads <= 0:
        return 0
    seats = min(heads / per_seat, offering.seats * rules.yearly_change.value)
    return whole(seats, rules)


def whole(seats: float, rules: Actions) -> int:
    """`seats` rounded down to a multiple of the step, or to a whole number where less than one step."""
    step = rules.seat_step.value
    unit = step if seats >= step else 1.0
    return int(unit * np.floor(seats / unit + _NOTHING))


def after(now: float, change: int) -> float:
    """Seats after a change of whole seats, a whole number; halves of a split category are rounded towards no change."""
    moved = now + change
    return float(np.floor(moved + _NOTHING) if change > 0 else np.ceil(moved - _NOTHING)) if change else now
