"""What is seen of a synthetic region: plans, rates, forecasts, postings and fits, each a noisy record of the truth."""

from dataclasses import dataclass

import numpy as np

from app.planning.cells import ForecastRow, PostingRow
from app.planning.plans import PlanRow
from app.planning.profile import Profile
from app.planning.rates import OutcomeRow
from app.planning.supply import CampusRow
from app.planning.synthetic_world import Array, World

BATCH = "synthetic"
SOURCE = "合成数据"
YIELDS = ("registration", "completion", "destination", "retention")
_RANGE = 1.2815515655446004
"""Standard deviations from the median to P10 and P90: a range of this width holds the truth in 80 % of cases."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a region is seen. Spreads are standard deviations of logs (rates: of logits), shares are 0-1."""

    by_occupation: float = 0.6
    """Share of the jobs that have a forecast of their own; the others are only in the total of their industry."""
    posted: float = 0.1
    """Share of heads that stand in postings."""
    hidden: float = 0.0
    """Share of jobs that no forecast contains, not even a total; postings alone tell of them."""
    forecast_spread: tuple[float, float] = (0.12, 0.3)
    """Least and largest spread of a forecast; its range is as wide as its own spread says."""
    forecast_together: float = 0.3
    """Correlation of the errors of all forecasts."""
    hired: float = 0.3
    """Weight of the graduates really hired in what fits measure; the rest is whom employers would choose first."""
    contrast: tuple[float, float] = (0.5, 0.9)
    """Fit goes with the share of graduates to this power, drawn once a region: the scale of a fit is not known."""
    as_probability: bool = False
    """Fit is the probability that the pair is one at all (a twentieth of the graduates), flat among the good ones."""
    chance: float = 0.015
    """Mean likeness of what has nothing to do with each other."""
    fit_spread: float = 0.35
    fit_program_spread: float = 0.15
    rate_known: float = 0.7
    """Share of offerings whose rates are in the data."""
    rate_seen_spread: float = 0.15
    """Of a rate in the data about the true one."""
    rate_own_spread: float = 0.25
    """Of the true rates of offerings about those of their level."""
    rate_level_spread: float = 0.15
    """Of the rates of a level about those the profile states."""
    missing_links: float = 0.1
    """Share of true links that the crosswalk lacks."""
    wrong_links: float = 0.1
    """Wrong links of the crosswalk, mostly to sister programs, per true link."""


@dataclass(frozen=True, slots=True)
class Records:
    """Rows as a snapshot holds them, and the measured fits. Programs are in the order of the world."""

    programs: tuple[tuple[str, str], ...]
    """(level, code)."""
    occupations: tuple[str, ...]
    industries: tuple[str, ...]
    plans: tuple[PlanRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    campuses: tuple[CampusRow, ...]
    forecasts: tuple[ForecastRow, ...]
    postings: tuple[PostingRow, ...]
    occupation_fit: Array
    """(programs, occupations) in [0, 1]."""
    industry_fit: Array
    """(programs, industries)."""
    posting_fit: Array
    """(programs, postings)."""
    links: frozenset[tuple[int, int]]
    """Crosswalk as (program, occupation), with wrong and missing links."""


def observe(world: World, sight: Sight, profile: Profile, seed: int, year: int = 2025) -> Records:
    """Records of the region for plans of `year` and the demand of the year that the profile plans for.

    The same world, sight, profile and seed give the same records, bit for bit.
    """
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2])))
    shape = world.shape
    programs = tuple((level, f"{900000 + j:06d}") for j, level in enumerate(world.level))
    occupations = tuple(
        f"9-{o // 10000:02d}-{o // 100 % 100:02d}-{o % 100:02d}" for o in range(shape.occupations)
    )
    industries = tuple(f"{chr(65 + i // 90 % 20)}{10 + i % 90:02d}1" for i in range(shape.industries))
    plans, outcomes = _offerings(world, sight, profile, programs, random, year)
    forecasts, hidden = _forecasts(world, sight, profile, (industries, occupations), random)
    postings, posting_job = _postings(world, sight, (industries, occupations), hidden, random)
    seen = (1 - sight.hired) * world.heads[:, None] * world.choice + sight.hired * world.flows
    by_occupation = _gathered(seen, world.job_occupation, shape.occupations)
    by_industry = _gathered(seen, world.job_industry, shape.industries)
    measured = _Measure(sight, shape.programs, random)
    occupation_fit = measured(by_occupation)
    # A posting is one job of an occupation, told in its own words: the error is its own.
    again = measured(seen[posting_job]) if len(posting_job) else np.zeros((shape.programs, 0))
    return Records(
        programs=programs,
        occupations=occupations,
        industries=industries,
        plans=plans,
        outcomes=outcomes,
        campuses=tuple(
            CampusRow(_school(s), "", f"99{s % max(shape.districts, 1):02d}00", True, True)
            for s in range(shape.schools)
        ),
        forecasts=forecasts,
        postings=postings,
        occupation_fit=occupation_fit,
        industry_fit=measured(by_industry),
        posting_fit=again,
        links=_links(world, by_occupation, sight, random),
    )


def _school(index: int) -> str:
    return f"99{index:08d}"


def _offerings(
    world: World,
    sight: Sight,
    profile: Profile,
    programs: tuple[tuple[str, str], ...],
    random: np.random.Generator,
    year: int,
) -> tuple[tuple[PlanRow, ...], tuple[OutcomeRow, ...]]:
    """Plans whose seats, at the true rates, give the true supply; and rates as far as they are seen."""
    shape = world.shape
    drift = {level: random.standard_normal(5) * sight.rate_level_spread for level in sorted(set(world.level))}
    plans: list[PlanRow] = []
    outcomes: list[OutcomeRow] = []
    for j, (level, code) in enumerate(programs):
        stated = profile.supply.rates[level]  # type: ignore[index]
        count = int(min(1 + random.poisson(min(world.supply[j] / 40, 8)), shape.schools))
        schools = np.sort(random.choice(shape.schools, count, replace=False))
        parts = random.dirichlet(np.full(count, 4.0))
        for school, part in zip(schools, parts, strict=True):
            means = [getattr(stated, name).value for name in (*YIELDS, "further_study")]
            true = _moved(means, drift[level] + random.standard_normal(5) * sight.rate_own_spread)
            per_seat = float(true[:4].prod() * (1 - true[4]))
            seats = int(np.rint(world.supply[j] * part / per_seat))
            plans.append(
                PlanRow(
                    school_code=_school(int(school)),
                    year=year,
                    province="",
                    level=level,
                    program_codes=(code,),
                    class_code=None,
                    plan=seats,
                    campus="",
                    batch_id=BATCH,
                    simulated=True,
                    row=len(plans) + 1,
                )
            )
            seen = _moved(true[:4], random.standard_normal(4) * sight.rate_seen_spread)
            if random.random() < sight.rate_known:
                rates = dict(zip((f"{name}_rate" for name in YIELDS), map(float, seen), strict=True))
                outcomes.append(
                    OutcomeRow(
                        _school(int(school)),
                        level,
                        code,
                        year,
                        matched_rate=None,
                        batch_id=BATCH,
                        simulated=True,
                        **rates,
                    )
                )
    return tuple(plans), tuple(outcomes)


def _moved(rates: object, errors: Array) -> Array:
    inner = np.clip(np.asarray(rates, float), 0.01, 0.99)
    moved: Array = 1 / (1 + np.exp(-(np.log(inner / (1 - inner)) + errors)))
    return moved


def _forecasts(
    world: World,
    sight: Sight,
    profile: Profile,
    codes: tuple[tuple[str, ...], tuple[str, ...]],
    random: np.random.Generator,
) -> tuple[tuple[ForecastRow, ...], np.ndarray]:
    """Forecasts of single jobs and totals of industries by level, with ranges; and which jobs no forecast contains."""
    industries, occupations = codes
    n = len(world.heads)
    own = random.random(n) < sight.by_occupation
    hidden = random.random(n) < sight.hidden
    shared = random.standard_normal()
    rows: list[ForecastRow] = []

    def add(industry: int, occupation: int | None, level: str, heads: float) -> None:
        spread = random.uniform(*sight.forecast_spread)
        together = sight.forecast_together
        error = np.sqrt(together) * shared + np.sqrt(1 - together) * random.standard_normal()
        central = heads * float(np.exp(spread * error))
        width = float(np.exp(_RANGE * spread))
        rows.append(
            ForecastRow(
                industry_code=industries[industry],
                occupation_code=None if occupation is None else occupations[occupation],
                level=level,
                region=profile.region,
                year=int(profile.demand.year.value),
                low=central / width,
                central=central,
                high=central * width,
                source=SOURCE,
                batch_id=BATCH,
                row=len(rows) + 1,
                simulated=True,
            )
        )

    totals: dict[tuple[int, str], float] = {}
    for i in range(n):
        if hidden[i]:
            continue
        industry, level = int(world.job_industry[i]), world.job_level[i]
        if own[i]:
            add(industry, int(world.job_occupation[i]), level, float(world.heads[i]))
        else:
            totals[industry, level] = totals.get((industry, level), 0.0) + float(world.heads[i])
    for (industry, level), heads in sorted(totals.items()):
        inside = sum(
            row.central
            for row in rows
            if row.industry_code == industries[industry] and row.level == level and row.occupation_code
        )
        # The total of an industry contains its single forecasts; its own error is that of the part they leave.
        add(industry, None, level, heads)
        rest = rows.pop()
        rows.append(
            ForecastRow(
                rest.industry_code,
                None,
                level,
                rest.region,
                rest.year,
                rest.low + inside,
                rest.central + inside,
                rest.high + inside,
                rest.source,
                rest.batch_id,
                rest.row,
                True,
            )
        )
    return tuple(rows), hidden


def _postings(
    world: World,
    sight: Sight,
    codes: tuple[tuple[str, ...], tuple[str, ...]],
    hidden: np.ndarray,
    random: np.random.Generator,
) -> tuple[tuple[PostingRow, ...], list[int]]:
    industries, occupations = codes
    rows: list[PostingRow] = []
    jobs: list[int] = []
    for i, heads in enumerate(world.heads):
        posted = int(random.binomial(int(heads), sight.posted))
        while posted > 0:
            part = min(posted, int(random.integers(1, 13)))
            posted -= part
            rows.append(
                PostingRow(
                    id=f"S{len(rows)}",
                    title=f"职业 {occupations[int(world.job_occupation[i])]}",
                    level=world.job_level[i],
                    heads=part,
                    mode="recruitment",
                    district_code=None,
                    industry_code=industries[int(world.job_industry[i])],
                    occupation_code=occupations[int(world.job_occupation[i])],
                    enterprise=SOURCE,
                    class_size_min=None,
                    batch_id=BATCH,
                    row=len(rows) + 1,
                    simulated=True,
                )
            )
            jobs.append(i)
    return tuple(rows), jobs


def _gathered(flows: Array, group: np.ndarray, count: int) -> Array:
    total = np.zeros((count, flows.shape[1]))
    np.add.at(total, group, flows)
    return total


class _Measure:
    """Fits as a region's records give them: a power of the share of graduates, with errors, and likenesses by chance."""

    def __init__(self, sight: Sight, programs: int, random: np.random.Generator) -> None:
        self.sight, self.random = sight, random
        self.contrast = random.uniform(*sight.contrast)
        self.of_program = random.standard_normal(programs) * sight.fit_program_spread

    def __call__(self, flows: Array) -> Array:
        """Fit (p, targets) of flows (targets, p)."""
        total = flows.sum(axis=1, keepdims=True)
        share = np.divide(flows, total, out=np.zeros_like(flows), where=total > 0)
        error = self.random.standard_normal(flows.shape) * self.sight.fit_spread + self.of_program
        chance = self.random.beta(1.0, 1.0 / self.sight.chance - 1.0, flows.shape)
        if self.sight.as_probability:
            with np.errstate(divide="ignore"):
                odds = 1.5 * np.log(share / 0.05) + 2 * error
            fit = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        else:
            largest = share.max(axis=1, keepdims=True)
            relative = np.divide(share, largest, out=np.zeros_like(share), where=largest > 0)
            fit = 0.6 * relative**self.contrast * np.exp(error)
        measured: Array = np.clip(fit + chance, 0.0, 1.0).T
        return measured


def _links(
    world: World, by_occupation: Array, sight: Sight, random: np.random.Generator
) -> frozenset[tuple[int, int]]:
    total = by_occupation.sum(axis=1, keepdims=True)
    share = np.divide(by_occupation, total, out=np.zeros_like(by_occupation), where=total > 0)
    links: set[tuple[int, int]] = set()
    for o, p in zip(*np.nonzero(share >= 0.1), strict=True):
        if random.random() >= sight.missing_links:
            links.add((int(p), int(o)))
        if random.random() < sight.wrong_links:
            sisters = np.flatnonzero(world.class_of == world.class_of[p])
            links.add((int(random.choice(sisters)), int(o)))
    return frozenset(links)
