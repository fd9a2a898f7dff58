"""Bulletins 行业动态: which industries and programs each is about, by the matching engine."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from app.models import Batch, Bulletin, BulletinTag
from app.planning.profile_registers import BulletinTags
from app.planning.profile_values import Share
from app.reference import Reference, load_reference
from app.runs.matcher import Hit, Matcher
from app.runs.profiles import profile_of
from app.runs.publish import current_run
from app.runs.snapshot import ACCEPTED

INDUSTRIES, PROGRAMS = 3, 8
"""Most tags of each kind that the matching gives; industries that the title names come on top."""


def bulletins_in_force() -> Select[Bulletin]:
    """Bulletins of accepted batches."""
    return select(Bulletin).join(Batch, Batch.id == Bulletin.batch_id).where(Batch.state == ACCEPTED)


def tag_bulletins(session: Session, *, again: bool = False, only: str | None = None) -> int:
    """Tag the bulletins that have no tags yet, or with `again` all that another run's matching tagged; committed here.

    `only`: id of the one bulletin to look at.
    Returns how many were tagged. Raises NothingPublishedError, for matching and profile are those of the published run,
    and ProfileError where the file of that profile is gone.
    """
    run = current_run(session)
    waiting = bulletins_in_force().where(
        Bulletin.tagged_by.is_distinct_from(run.id) if again else Bulletin.tagged_by.is_(None)
    )
    if only is not None:
        waiting = waiting.where(Bulletin.id == only)
    ids = [bulletin.id for bulletin in session.scalars(waiting.order_by(Bulletin.published, Bulletin.id))]
    if not ids:
        return 0
    floors, matcher = profile_of(run).bulletin_tags, Matcher.of(session)
    tagged = sum(
        _tag(session, matcher, session.get_one(Bulletin, bulletin_id), floors) for bulletin_id in ids
    )
    session.expire_all()
    return tagged


def _tag(session: Session, matcher: Matcher, bulletin: Bulletin, floors: BulletinTags) -> bool:
    """Whether this call tagged it: of two at once, who still finds it as it was does."""
    tags = tags_of(matcher, bulletin, load_reference(), floors)
    taken = session.execute(
        update(Bulletin)
        .where(Bulletin.id == bulletin.id, Bulletin.tagged_by.is_not_distinct_from(bulletin.tagged_by))
        .values(tagged_by=matcher.run_id)
        .execution_options(synchronize_session=False)
    )
    was_first: bool = taken.rowcount == 1  # type: ignore[attr-defined]
    if was_first:
        session.execute(delete(BulletinTag).where(BulletinTag.bulletin_id == bulletin.id))
        session.add_all(tags)
    session.commit()
    return was_first


def tags_of(
    matcher: Matcher, bulletin: Bulletin, reference: Reference, floors: BulletinTags
) -> list[BulletinTag]:
    """The industries and programs a bulletin is about, best first; none where it is about nothing in particular.

    An industry whose everyday name stands in the title (集成电路, 养老) is tagged by it; others by the matching of
    title and text, above `floors`.
    """
    hits = matcher.match_text(
        bulletin.title, bulletin.text, kinds=("industry", "program"), top=max(INDUSTRIES, PROGRAMS)
    )
    named = industries_named_in(bulletin.title, reference)
    found = [
        *(("industry", "", code, 1.0, True) for code in named),
        *(
            ("industry", "", hit.code, hit.score, False)
            for hit in _best(hits["industry"], INDUSTRIES, floors.industry_floor, floors.industry_of_best)
            if hit.code not in named
        ),
        *(
            ("program", hit.level, hit.code, hit.score, False)
            for hit in _best(hits["program"], PROGRAMS, floors.program_floor, floors.program_of_best)
        ),
    ]
    return [
        BulletinTag(
            bulletin_id=bulletin.id, kind=kind, level=level, code=code, score=score, named=is_named, rank=rank
        )
        for rank, (kind, level, code, score, is_named) in enumerate(found, start=1)
    ]


def industries_named_in(title: str, reference: Reference) -> list[str]:
    """Codes behind the everyday names of industries that a title holds, longer names before those within them."""
    codes: dict[str, None] = {}
    rest = title
    for name in sorted(reference.industries.everyday_names, key=lambda name: (-len(name), name)):
        if name in rest:
            rest = rest.replace(name, "\0")
            codes |= dict.fromkeys(reference.industries.alias(name))
    return [*codes]


def _best(hits: Sequence[Hit], most: int, floor: Share, of_best: Share) -> list[Hit]:
    least = max(floor.value, of_best.value * hits[0].score) if hits else 1.0
    return [hit for hit in hits[:most] if hit.score >= least]
