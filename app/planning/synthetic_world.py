"""Synthetic regions 合成地区: a region whose true demand, supply, shortages and surpluses are known, because they were made.

What is true here does not follow the engine's own model. Employers choose graduates one level at a time: first a class
of programs, then a program of it (nested logit, McFadden 1978), by places in a space of skills that no record shows;
where a program has too few graduates part of the vacancies is filled from others that have some to spare
(displacement), the rest stays empty. The engine divides demand by entropic transport on measured fits and knows none
of this. Supply is planted: true demand × a ratio that makes the program short, balanced or in surplus.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LEVELS = ("bachelor", "higher_vocational")
_SKILLS = 6
"""Dimensions of the space of skills."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a region and how its truth is made. Any size is allowed; shares are 0-1."""

    schools: int = 40
    programs: int = 100
    per_class: int = 5
    occupations: int = 160
    industries: int = 14
    districts: int = 8
    heads: float = 60.0
    """Mean heads 人/年 asked for in an occupation."""
    short: float = 0.2
    """Share of programs planted short, supply/demand in 0.35-0.65."""
    surplus: float = 0.2
    """Share of programs planted in surplus, supply/demand in 1.9-3.5; the others lie in 0.88-1.3."""
    nest: float = 0.5
    """Dissimilarity of the programs of a class in the nested choice, in (0, 1]; small: nearly perfect substitutes."""
    closeness: float = 0.7
    """How far programs of a class lie apart, where classes lie about 3 apart: small makes sisters easy to confuse."""
    displaced: float = 0.3
    """Share of vacancies without a graduate of their first choice that take one of another program."""
    untaught: float = 0.05
    """Share of occupations that no program of the region trains for."""


Kind = Literal["short", "balanced", "surplus"]


@dataclass(frozen=True, slots=True)
class World:
    """The truth. n jobs (industry × occupation), p programs, o occupations; heads are 人/年."""

    shape: Shape
    level: tuple[str, ...]
    """(p,) level of each program."""
    class_of: Indices
    """(p,) class of each program; a class has one level."""
    job_industry: Indices
    job_occupation: Indices
    """(n,) industry and occupation of each job."""
    job_level: tuple[str, ...]
    """(n,) lowest level that will do."""
    heads: Array
    """(n,) heads asked for in each job."""
    choice: Array
    """(n, p) share of the heads of a job that ask first for a graduate of the program; rows sum to at most 1."""
    demand: Array
    """(p,) heads that ask first for the program: Σ heads · choice."""
    supply: Array
    """(p,) graduates who enter work in the region."""
    planted: tuple[Kind, ...]
    """(p,) what was planted."""
    flows: Array
    """(n, p) graduates hired, after displacement: what a survey of graduates or postings would see."""

    @property
    def gap(self) -> Array:
        """(p,) true gap = demand − supply."""
        return self.demand - self.supply


def make_world(shape: Shape, seed: int) -> World:
    """A region of this shape. The same shape and seed give the same region, bit for bit.

    Raises ValueError for a shape without programs, schools, occupations or industries.
    """
    if min(shape.schools, shape.programs, shape.occupations, shape.industries, shape.per_class) < 1:
        raise ValueError("a region needs at least one school, program, occupation, industry and class")
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1])))
    class_of = np.arange(shape.programs) // shape.per_class
    classes = int(class_of.max()) + 1
    level = tuple(LEVELS[int(k) % len(LEVELS)] for k in class_of)
    centres = random.standard_normal((classes, _SKILLS)) * 3 / np.sqrt(2 * _SKILLS)
    places = centres[class_of] + random.standard_normal((shape.programs, _SKILLS)) * (
        shape.closeness / np.sqrt(2 * _SKILLS)
    )
    # Every program has an occupation near it before any has a second; an occupation lies near one program or between two.
    home = np.arange(shape.occupations) % shape.programs
    other = random.integers(0, shape.programs, shape.occupations)
    between = np.where(
        random.random(shape.occupations) < 0.2, random.uniform(0.2, 0.5, shape.occupations), 0.0
    )
    wanted = places[home] * (1 - between)[:, None] + places[other] * between[:, None]
    wanted += random.standard_normal(wanted.shape) * (0.4 / np.sqrt(2 * _SKILLS))
    trained_for = random.random(shape.occupations) >= shape.untaught
    size = random.lognormal(np.log(shape.heads) - 0.32, 0.8, shape.occupations)
    job_industry, job_occupation, heads = _jobs(shape, home, size, random)
    distance = ((wanted[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    utility = -distance / (2 * 0.45**2)
    above = np.array(
        [[level[h] == "higher_vocational" and taught == "bachelor" for taught in level] for h in home]
    )
    below = np.array([[level[h] == "bachelor" and taught != "bachelor" for taught in level] for h in home])
    utility = np.where(below, -np.inf, utility - 1.5 * above)
    # What employers of one industry prefer beside the occupation, and no text tells.
    taste = random.standard_normal((len(heads), shape.programs)) * 0.25
    choice = _nested(utility[job_occupation] + taste, class_of, shape.nest)
    nobody = np.where(trained_for, random.uniform(0.0, 0.08, shape.occupations), 1.0)
    choice *= (1 - nobody[job_occupation])[:, None]
    demand = heads @ choice
    planted, ratio = _planted(shape, demand, random)
    supply = demand * ratio
    return World(
        shape=shape,
        level=level,
        class_of=class_of,
        job_industry=job_industry,
        job_occupation=job_occupation,
        job_level=tuple(level[home[o]] for o in job_occupation),
        heads=heads,
        choice=choice,
        demand=demand,
        supply=supply,
        planted=planted,
        flows=hired(heads, choice, supply, shape.displaced),
    )


def _jobs(
    shape: Shape, home: Indices, size: Array, random: np.random.Generator
) -> tuple[Indices, Indices, Array]:
    """Industry, occupation and whole heads of each job; programs of a class work mostly in the same industry."""
    pairs: dict[tuple[int, int], float] = {}
    for o in range(shape.occupations):
        main = int(home[o] // shape.per_class) % shape.industries
        others = random.integers(0, shape.industries, 2)
        for place, share in ((main, 0.7), (int(others[0]), 0.2), (int(others[1]), 0.1)):
            pairs[place, o] = pairs.get((place, o), 0.0) + share * size[o]
    keys = sorted(pairs)
    heads: Array = np.maximum(np.rint(np.array([pairs[key] for key in keys])), 1.0)
    places: Indices = np.array(keys, dtype=np.int64).reshape(-1, 2)
    return places[:, 0], places[:, 1], heads


def _nested(utility: Array, class_of: Indices, nest: float) -> Array:
    """Nested logit shares (n, p) for utilities (n, p): a class by its inclusive value, then a program of it."""
    inner = utility / nest
    top = inner.max(axis=1, keepdims=True)
    weight = np.exp(inner - top)
    member = class_of[:, None] == np.arange(class_of.max() + 1)[None, :]
    sums = weight @ member
    with np.errstate(divide="ignore", invalid="ignore"):
        inclusive = np.where(sums > 0, np.exp(nest * (np.log(sums) + top)), 0.0)
        within = np.where(sums[:, class_of] > 0, weight / sums[:, class_of], 0.0)
    of_class = inclusive / inclusive.sum(axis=1, keepdims=True)
    shares: Array = of_class[:, class_of] * within
    return shares


def _planted(shape: Shape, demand: Array, random: np.random.Generator) -> tuple[tuple[Kind, ...], Array]:
    """Which programs are short or in surplus, and the ratio of supply to demand of each."""
    p = shape.programs
    order = random.permutation(p)
    short, surplus = round(p * shape.short), round(p * shape.surplus)
    kinds: list[Kind] = ["balanced"] * p
    ratio = random.uniform(0.88, 1.3, p)
    low, high = random.uniform(0.35, 0.65, p), random.uniform(1.9, 3.5, p)
    for place, j in enumerate(order):
        if place < short:
            kinds[j], ratio[j] = "short", low[j]
        elif place < short + surplus:
            kinds[j], ratio[j] = "surplus", high[j]
    return tuple(kinds), ratio


def hired(heads: Array, choice: Array, supply: Array, displaced: float) -> Array:
    """Graduates hired (n, p): first choices up to the supply, then part of the empty vacancies by their next choice."""
    wanted = heads[:, None] * choice
    flows = np.zeros_like(wanted)
    left = supply.copy()
    for _ in range(3):
        asked = wanted.sum(axis=0)
        share = np.divide(np.minimum(asked, left), asked, out=np.zeros_like(asked), where=asked > 0)
        got = wanted * share
        flows += got
        left = np.maximum(left - got.sum(axis=0), 0.0)
        empty = (wanted - got).sum(axis=1) * displaced
        again = choice * (left > 1e-9)
        total = again.sum(axis=1, keepdims=True)
        again = np.divide(again, total, out=np.zeros_like(again), where=total > 0)
        wanted = empty[:, None] * again
    return flows
