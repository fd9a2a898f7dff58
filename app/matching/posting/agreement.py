"""How far the facts read from postings agree with those a person read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.matching.posting import PostingFacts

FIELDS: Final = ("education", "heads", "experience", "salary", "certificates", "majors", "district")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of one field over many postings: values read that are right, all that were read, all there are."""

    right: int
    read: int
    stated: int

    @property
    def precision(self) -> float:
        """Share of what was read that is right; 1 where nothing was read."""
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        """Share of what is stated that was read; 1 where nothing is stated."""
        return self.right / self.stated if self.stated else 1.0


def as_labelled(facts: PostingFacts) -> dict[str, Any]:
    """Facts in the form of a hand-read label: plain values, None or an empty list for what is not stated.

    `heads` [low, high] or 若干, `experience` [least, most], `salary` [low, high, period]; an open end is None.
    """
    heads: Any = [facts.heads_low, facts.heads_high] if facts.heads_low is not None else "若干"
    return {
        "education": facts.education.value if facts.education else None,
        "heads": heads if facts.heads_stated else None,
        "experience": None
        if facts.experience_years is None
        else [facts.experience_years, facts.experience_most],
        "salary": [facts.salary.low, facts.salary.high, facts.salary.period.value] if facts.salary else None,
        "certificates": list(facts.certificates),
        "majors": list(facts.majors),
        "district": facts.district_code,
    }


def agreement(pairs: Iterable[tuple[PostingFacts, Mapping[str, Any]]]) -> dict[str, Agreement]:
    """Agreement of each field over (facts read, label). A fact of several parts is right where all of them are."""
    counts = {field: [0, 0, 0] for field in FIELDS}
    for facts, label in pairs:
        read = as_labelled(facts)
        for field in FIELDS:
            ours, theirs = _values(field, read[field]), _values(field, label[field])
            counts[field][0] += len(ours & theirs)
            counts[field][1] += len(ours)
            counts[field][2] += len(theirs)
    return {field: Agreement(*count) for field, count in counts.items()}


def _values(field: str, value: Any) -> set[Any]:
    if field in ("certificates", "majors"):
        return set(value)
    if value is None:
        return set()
    return {tuple(value) if isinstance(value, list) else value}
