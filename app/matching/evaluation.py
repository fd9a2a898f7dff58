"""How good a ranking is: the measures of information retrieval, per query and over queries."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log2

import numpy as np

Run = Mapping[str, Sequence[str]]
Gold = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Means over queries, each in [0, 1]; `queries` is how many the gold file has with a positive gain.

    `macro_map` and `macro_mrr` first take the mean over the queries of each right answer, then over the
    answers, so that rare classes count as much as frequent ones.
    """

    queries: int
    map: float
    macro_map: float
    ndcg_at_10: float
    recall_at_10: float
    mrr: float
    macro_mrr: float
    top_1: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class QueryMetrics:
    """The measures of one query, each in [0, 1]."""

    average_precision: float
    ndcg_at_10: float
    recall_at_10: float
    reciprocal_rank: float
    top_1: float


def evaluate(run: Run, gold: Gold) -> Metrics:
    """Measure a run (query → codes, best first) against gold (query → code → gain).

    Every query of the gold with a positive gain counts; one that the run lacks counts 0, and right answers
    that the run does not list are missed. Queries of the run without gold are left out.
    """
    by_query = {query: measure(run.get(query, ()), gains) for query, gains in gold.items() if _right(gains)}
    measured = list(by_query.values())
    by_answer: dict[str, list[QueryMetrics]] = {}
    for query, metrics in by_query.items():
        for code in _right(gold[query]):
            by_answer.setdefault(code, []).append(metrics)
    answers = list(by_answer.values())
    return Metrics(
        queries=len(measured),
        map=_mean([one.average_precision for one in measured]),
        macro_map=_mean([_mean([one.average_precision for one in group]) for group in answers]),
        ndcg_at_10=_mean([one.ndcg_at_10 for one in measured]),
        recall_at_10=_mean([one.recall_at_10 for one in measured]),
        mrr=_mean([one.reciprocal_rank for one in measured]),
        macro_mrr=_mean([_mean([one.reciprocal_rank for one in group]) for group in answers]),
        top_1=_mean([one.top_1 for one in measured]),
    )


def interval(
    run: Run, gold: Gold, measure_name: str, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95% interval of the mean of `map`, `ndcg_at_10`, `mrr`, `recall_at_10` or `top_1` over queries, by bootstrap
    (Efron 1979).
    """
    values = np.array(single_values(run, gold, measure_name))
    if not len(values):
        return 0.0, 0.0
    means = np.random.default_rng(seed).choice(values, (draws, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def single_values(run: Run, gold: Gold, measure_name: str) -> list[float]:
    """The measure of each query of the gold that has a right answer, in its order."""
    name = {"map": "average_precision", "mrr": "reciprocal_rank"}.get(measure_name, measure_name)
    return [getattr(measure(run.get(q, ()), gains), name) for q, gains in gold.items() if _right(gains)]


def measure(ranked: Sequence[str], gains: Mapping[str, float]) -> QueryMetrics:
    """The measures of one ranking. A code listed twice counts at its better place only.

    Average precision: mean over right answers of the precision at their place, 0 for those not listed.
    nDCG@10: Σ gain / log2(place + 1) over ten places, divided by that of the best order (Järvelin and
    Kekäläinen 2002). Recall@10: share of the right answers among ten places. Reciprocal rank: 1 / place of
    the first right answer. Right is what has a gain above 0.
    """
    right = _right(gains)
    if not right:
        return QueryMetrics(0.0, 0.0, 0.0, 0.0, 0.0)
    places = {code: place for place, code in enumerate(dict.fromkeys(ranked), start=1) if code in right}
    found = sorted(places.values())
    gained = sum(right[code] / log2(place + 1) for code, place in places.items() if place <= 10)
    ideal = sum(
        gain / log2(place + 1)
        for place, gain in enumerate(sorted(right.values(), reverse=True)[:10], start=1)
    )
    return QueryMetrics(
        average_precision=sum(count / place for count, place in enumerate(found, start=1)) / len(right),
        ndcg_at_10=gained / ideal,
        recall_at_10=sum(place <= 10 for place in found) / len(right),
        reciprocal_rank=1.0 / found[0] if found else 0.0,
        top_1=float(bool(found) and found[0] == 1),
    )


def _right(gains: Mapping[str, float]) -> dict[str, float]:
    return {code: gain for code, gain in gains.items() if gain > 0}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
