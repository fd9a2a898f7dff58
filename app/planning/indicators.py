"""Indicators 指标 of supply and demand, each a function of plain figures with its formula and source."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def supply_demand_ratio(supply: float, demand: float) -> float | None:
    """供需比 = supply / demand; None without demand. 1 is balance, above 1 surplus."""
    return supply / demand if demand > 0 else None


def structural_deviation(employment_share: float, output_share: float) -> float | None:
    """结构偏离度 = output share / employment share − 1; None without employment.

    0 is balance; positive: the industry could take in more labour. Source: the employment structure deviation of
    Chenery & Syrquin (1975), Patterns of Development, as used in Chinese labour statistics. Here the shares may be
    those of demand (output) and graduates (employment).
    """
    return output_share / employment_share - 1 if employment_share > 0 else None


def location_quotient(local: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """区位商 LQ_i = (local_i / Σ local) / (reference_i / Σ reference), shape as given; 0 where the reference is 0.

    Above 1 the region is specialised in i. Source: Haig (1928), Major Economic Factors in Metropolitan Growth.
    """
    here, there = np.asarray(local, float), np.asarray(reference, float)
    share = here / here.sum() if here.sum() > 0 else np.zeros_like(here)
    base = there / there.sum() if there.sum() > 0 else np.zeros_like(there)
    quotient: NDArray[np.float64] = np.divide(share, base, out=np.zeros_like(share), where=base > 0)
    return quotient


def herfindahl(sizes: Sequence[float]) -> float | None:
    """HHI = Σ (size / total)², in (0, 1]; None without any size. 1: one school has all seats.

    Source: Hirschman (1964), The Paternity of an Index, American Economic Review 54.
    """
    total = sum(sizes)
    return sum((size / total) ** 2 for size in sizes) if total > 0 else None


def duplication(offerings: int, schools: int) -> float:
    """重复布点率 = offerings of a program / schools of its level, 0-1; 0 without schools."""
    return offerings / schools if schools > 0 else 0.0


def coupling_coordination(a: float, b: float) -> tuple[float, float]:
    """耦合度 C and 耦合协调度 D of two levels of development a, b in [0, 1], both in [0, 1].

    C = 2·√(a·b) / (a + b), T = (a + b) / 2, D = √(C·T); 0 where both are 0. Source: the capacity coupling model of
    physics as used for industry–education coordination, e.g. 廖重斌 (1999), 热带地理 19(2).
    """
    if a + b <= 0:
        return 0.0, 0.0
    coupling = 2 * np.sqrt(a * b) / (a + b)
    return float(coupling), float(np.sqrt(coupling * (a + b) / 2))


def percentiles(values: Sequence[float]) -> NDArray[np.float64]:
    """Percentile rank of each value among all, in (0, 1]: the share of values that are not larger.

    Ties share the higher rank, so that a tie at the bottom is not counted as lowest more often than it is.
    """
    ordered = np.sort(np.asarray(values, float))
    return np.searchsorted(ordered, np.asarray(values, float), side="right") / max(len(ordered), 1)
