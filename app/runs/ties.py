"""Ties of postings: whether the enterprise is certified, and which schools it works with, as the registers show them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.models import Posting
from app.runs.enterprises import Enterprise
from app.runs.partnerships import Partnership


@dataclass(frozen=True, slots=True)
class PostingTie:
    """What goes for a posting in the placement; postings for which nothing does have none."""

    posting_id: str
    certified: bool
    """Of a certified integration enterprise 产教融合型企业."""
    partners: tuple[tuple[str, float], ...]
    """Schools the enterprise works with, each with the strength 0-1, by code."""
    simulated: bool
    """Any of it is simulated."""


def posting_ties(
    postings: Iterable[Posting], enterprises: Iterable[Enterprise], partnerships: Iterable[Partnership]
) -> tuple[PostingTie, ...]:
    """The ties of the postings that name a credit code, in the order of the postings."""
    certified = {each.credit_code: each for each in enterprises if each.status == "certified"}
    partners: defaultdict[str, list[Partnership]] = defaultdict(list)
    for each in partnerships:
        partners[each.credit_code].append(each)
    ties = []
    for posting in postings:
        code = posting.credit_code
        if code is None or (code not in certified and code not in partners):
            continue
        enterprise, schools = certified.get(code), partners.get(code, [])
        ties.append(
            PostingTie(
                posting.id,
                enterprise is not None,
                tuple((each.school_code, each.strength) for each in schools),
                bool(enterprise and enterprise.simulated) or any(each.simulated for each in schools),
            )
        )
    return tuple(ties)
