"""Ties of postings: whose they are, how the enterprise stands in the register, and which schools it works with."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.models import Posting
from app.runs.enterprises import Enterprise
from app.runs.partnerships import Partnership

INTEGRATION = {"certified": "certified", "cultivating": "cultivated"}
"""Statuses of the register that raise the priority of a posting, and what the placement calls them."""


@dataclass(frozen=True, slots=True)
class PostingTie:
    """What the registers say of the enterprise of a posting. Postings without a credit code have none."""

    posting_id: str
    credit_code: str
    integration: str
    """certified 认证 or cultivated 建设培育 on the day of the snapshot; empty for all others."""
    partners: tuple[tuple[str, tuple[str, ...]], ...]
    """Schools the enterprise works with, by code, each with the signs of it."""
    simulated: bool
    """Any of it rests on simulated entries."""


def posting_ties(
    postings: Iterable[Posting], enterprises: Iterable[Enterprise], partnerships: Iterable[Partnership]
) -> tuple[PostingTie, ...]:
    """The ties of the postings that name a credit code, in the order of the postings."""
    standing = {each.credit_code: each for each in enterprises if each.status in INTEGRATION}
    partners: defaultdict[str, list[Partnership]] = defaultdict(list)
    for each in partnerships:
        partners[each.credit_code].append(each)
    ties = []
    for posting in postings:
        if (code := posting.credit_code) is None:
            continue
        enterprise, schools = standing.get(code), partners.get(code, [])
        ties.append(
            PostingTie(
                posting.id,
                code,
                INTEGRATION[enterprise.status] if enterprise else "",
                tuple((each.school_code, each.signs) for each in schools),
                bool(enterprise and enterprise.simulated) or any(each.simulated for each in schools),
            )
        )
    return tuple(ties)
