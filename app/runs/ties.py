"""Ties of postings: whose they are, how the enterprise stands in the register, which schools it works with, and its workplaces."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.models import Posting, TrainingBase
from app.runs.enterprises import Enterprise
from app.runs.partnerships import Partnership
from app.runs.registers import standing_entries

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
    workplaces: int | None
    """Workplaces 工位 of the practice bases within the enterprise; None where no base there was told."""
    simulated: bool
    """Any of it rests on simulated entries."""


def posting_ties(
    postings: Iterable[Posting],
    enterprises: Iterable[Enterprise],
    partnerships: Iterable[Partnership],
    bases: Iterable[TrainingBase],
) -> tuple[PostingTie, ...]:
    """The ties of the postings that name a credit code, in the order of the postings."""
    within = _practice_bases(bases)
    standing = {each.credit_code: each for each in enterprises if each.status in INTEGRATION}
    partners: defaultdict[str, list[Partnership]] = defaultdict(list)
    for each in partnerships:
        partners[each.credit_code].append(each)
    ties = []
    for posting in postings:
        if (code := posting.credit_code) is None:
            continue
        enterprise, schools, here = standing.get(code), partners.get(code, []), within.get(code, ())
        ties.append(
            PostingTie(
                posting.id,
                code,
                INTEGRATION[enterprise.status] if enterprise else "",
                tuple((each.school_code, each.signs) for each in schools),
                _workplaces(here),
                bool(enterprise and enterprise.simulated)
                or any(each.simulated for each in (*schools, *here)),
            )
        )
    return tuple(ties)


def workplaces_of(session: Session, credit_code: str) -> int | None:
    """Workplaces 工位 that the enterprise has for trainees, by the register as it stands."""
    found = standing_entries(TrainingBase).where(TrainingBase.credit_code == credit_code)
    return _workplaces(_practice_bases(session.scalars(found)).get(credit_code, ()))


def _practice_bases(bases: Iterable[TrainingBase]) -> dict[str, list[TrainingBase]]:
    """The practice bases 企业实践基地, those within the enterprise they are built with, by its credit code."""
    found: defaultdict[str, list[TrainingBase]] = defaultdict(list)
    for base in bases:
        if base.kind == "enterprise" and base.credit_code:
            found[base.credit_code].append(base)
    return found


def _workplaces(bases: Sequence[TrainingBase]) -> int | None:
    """Workplaces 工位 of the practice bases of one enterprise; one that several schools tell of counts once. None of none."""
    places: dict[str, int] = {}
    for base in bases:
        places[base.name] = max(base.places, places.get(base.name, 0))
    return sum(places.values()) if places else None
