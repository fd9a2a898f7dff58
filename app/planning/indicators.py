"""Indicators 指标 of supply and demand, each a function of arrays of plain figures with its formula and source.

Places where an indicator is not defined (a denominator of zero) or a figure is NaN (unknown) are masked, which makes them
None in a list; what is one figure for all is None there. None of them gives NaN.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import InvalidInputError

Masked: TypeAlias = np.ma.MaskedArray[Any, np.dtype[np.float64]]
Floats: TypeAlias = NDArray[np.float64]

GRADES = (
    "极度失调",
    "严重失调",
    "中度失调",
    "轻度失调",
    "濒临失调",
    "勉强协调",
    "初级协调",
    "中级协调",
    "良好协调",
    "优质协调",
)
"""Grades of the coordination degree, a tenth each from 0: 廖重斌 (1999)."""


def supply_demand_ratios(supply: ArrayLike, demand: ArrayLike) -> Masked:
    """供需比 = supply / demand of each pair of figures, shape as given; masked without demand.

    1 is balance, above 1 surplus.
    """
    return _quotient(supply, demand)


def structural_deviations(employment: ArrayLike, output: ArrayLike) -> Masked:
    """结构偏离度 = output share / employment share − 1 of each part (n,), from totals in any unit: shares are taken here.

    0 is balance; positive: the industry could take in more labour; masked without employment. Source: the employment
    structure deviation of Chenery & Syrquin (1975), Patterns of Development, as used in Chinese labour statistics. Here
    the shares may be those of demand (output) and graduates (employment).
    """
    deviation: Masked = _quotient(_shares(output), _shares(employment)) - 1
    return deviation


def structural_difference(one: ArrayLike, other: ArrayLike) -> float | None:
    """结构差异度 = ½ Σ |one_i / Σ one − other_i / Σ other|, 0-1; None where either adds up to nothing.

    The share of one side that would have to change its part for the two structures to be the same, such as of
    graduates by program class against demand by program class. Source: the index of dissimilarity, Duncan & Duncan
    (1955), American Sociological Review 20.
    """
    here, there = np.asarray(one, float), np.asarray(other, float)
    if not (here.sum() > 0 and there.sum() > 0):
        return None
    return float(np.abs(here / here.sum() - there / there.sum()).sum() / 2)


def location_quotient(local: ArrayLike, reference: ArrayLike) -> Masked:
    """区位商 LQ_i = (local_i / Σ local) / (reference_i / Σ reference), shape as given; masked where the reference is 0.

    Above 1 the region is specialised in i. Source: Haig (1928), Major Economic Factors in Metropolitan Growth.
    """
    return _quotient(_shares(local), _shares(reference))


def herfindahl_by_group(sizes: ArrayLike, group: ArrayLike, groups: int) -> Masked:
    """HHI = Σ (size / total)², in (0, 1], of the sizes (n,) ≥ 0 in each group 0 … groups − 1; masked without any size.

    1: one school has all seats. Source: Hirschman (1964), The Paternity of an Index, American Economic Review 54.
    """
    weights, owner = np.asarray(sizes, float), np.asarray(group, np.int64)
    total = np.bincount(owner, weights, groups)
    shares = _quotient(weights, total[owner]).filled(0.0)
    return np.ma.masked_array(np.bincount(owner, shares**2, groups), mask=total <= 0)


def duplication_by_group(group: ArrayLike, groups: int, schools: ArrayLike) -> Masked:
    """重复布点率 (groups,) = offerings of a program / schools of its level, 0-1; masked without schools.

    `group` (n,) is the program of each offering; `schools` is one number, or one for each program (groups,), as programs
    of several levels have different schools.
    """
    counts = np.bincount(np.asarray(group, np.int64), minlength=groups).astype(float)
    return _quotient(counts, np.broadcast_to(np.asarray(schools, float), counts.shape))


def coordination(a: ArrayLike, b: ArrayLike, weight: float = 0.5) -> tuple[Floats, Floats]:
    """耦合度 C and 耦合协调度 D of each pair of levels of development a, b in [0, 1], shape as given, in [0, 1].

    C = 2·√(a·b) / (a + b), T = weight·a + (1 − weight)·b, D = √(C·T); 0 where both are 0. The levels may be shares or
    figures scaled to [0, 1]. Source: 廖重斌 (1999), 热带地理 19(2), whose C = (a·b / ((a + b)/2)²)^k has here k = ½,
    the form in general use. Raises InvalidInputError for figures outside [0, 1].
    """
    one, other = np.asarray(a, float), np.asarray(b, float)
    for values in (one, other, np.asarray(weight)):
        if not ((values >= 0) & (values <= 1)).all():
            raise InvalidInputError(
                "耦合协调度的发展水平与权重应在 0 与 1 之间", remedy="请先换算为 0–1 的数"
            )
    total = one + other
    root = 2 * np.sqrt(one) * np.sqrt(other)
    # a + b ≥ 2√(ab), but rounding may say otherwise
    coupling = np.minimum(np.divide(root, total, out=np.zeros_like(total), where=total > 0), 1.0)
    degree: Floats = np.sqrt(coupling * (weight * one + (1 - weight) * other))
    return coupling, degree


def coordination_grade(degree: float) -> str:
    """The grade 协调等级 of a coordination degree in [0, 1]: 极度失调 below 0.1 … 优质协调 from 0.9 (廖重斌 1999)."""
    if not 0 <= degree <= 1:
        raise InvalidInputError(f"耦合协调度 {degree} 不在 0 与 1 之间")
    return GRADES[min(int(degree * 10 + 1e-9), len(GRADES) - 1)]


def rates(part: ArrayLike, whole: ArrayLike) -> Masked:
    """Rates part / whole in [0, 1], shape as given.

    Masked where the whole is 0 or unknown, and where the part is negative or more than the whole: such a record is
    wrong, and no rate can be told from it. The rates of graduates differ in what is counted only:

    - 报到率 = registered 报到人数 / admitted 录取人数;
    - 毕业去向落实率 = graduates with a contract or agreement, a business or flexible work, or further study / graduates
      (教育部 高校毕业生就业统计, since 2021 under this name);
    - 对口率 = graduates whose work is related to their program / graduates at work, as they say themselves.
    """
    counted, all_ = np.asarray(part, float), np.asarray(whole, float)
    wrong = ~((counted >= 0) & (counted <= all_))
    return np.ma.masked_where(wrong, _quotient(counted, all_))


def percentiles(values: Sequence[float]) -> NDArray[np.float64]:
    """Percentile rank of each value among all, in (0, 1]: the share of values that are not larger.

    Ties share the higher rank, so that a tie at the bottom is not counted as lowest more often than it is.
    """
    ordered = np.sort(np.asarray(values, float))
    return np.searchsorted(ordered, np.asarray(values, float), side="right") / max(len(ordered), 1)


def percentiles_over_years(values: ArrayLike) -> Masked:
    """Percentile rank (years, n) of each value (years, n) within its year; unknown values (NaN, masked) are masked.

    Only what is known that year is compared. The rule of ties is that of `percentiles`.
    """
    table: Masked = np.ma.masked_invalid(np.ma.asarray(values, float))
    known = ~np.ma.getmaskarray(table)
    ranks = np.zeros(table.shape)
    for year, here in enumerate(known):
        ranks[year, here] = percentiles(table.data[year, here].tolist())
    return np.ma.masked_array(ranks, mask=~known)


def lowest_years(ranks: Masked, share: float) -> NDArray[np.int64]:
    """Successive years (n,), counted back from the last row of `ranks` (years, n), in the lowest `share` 0-1.

    A year that is not known ends the count: what is not known is not low. Used as "连续两年位于后 10%" by the rules
    of provinces.
    """
    low = np.ma.filled(ranks <= share, False).astype(bool)
    years: NDArray[np.int64] = np.cumprod(low[::-1], axis=0, dtype=np.int64).sum(axis=0)
    return years


def _shares(values: ArrayLike) -> Masked:
    """Each figure as a share of all; all masked where they add up to nothing."""
    figures: Masked = np.ma.masked_invalid(np.ma.asarray(values, float))
    return _quotient(figures, np.full(figures.shape, figures.sum() if figures.count() else 0.0))


def _quotient(part: ArrayLike, whole: ArrayLike) -> Masked:
    above: Masked = np.ma.masked_invalid(np.ma.asarray(part, float))
    below: Masked = np.ma.masked_invalid(np.ma.asarray(whole, float))
    undefined = np.ma.getmaskarray(above) | np.ma.getmaskarray(below) | ~(below.filled(0.0) > 0)
    with np.errstate(over="ignore"):  # of next to nothing: as undefined as of nothing
        divided = np.divide(above.filled(0.0), below.filled(1.0), out=np.zeros(above.shape), where=~undefined)
    undefined |= ~np.isfinite(divided)
    return np.ma.masked_array(np.where(undefined, 0.0, divided), mask=undefined)
