"""Postings 岗位需求 as they come in one by one: stored once, whatever is sent again."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.ingest import accept_rows
from app.ingest.batch_records import STANDING
from app.models import Batch, Posting, PostingAnswer
from app.reference.codes import normalised

_NAMESPACE = UUID("6f1d1a52-3c0b-5d8e-9a44-0c6e4b7f2d10")
"""Ids of postings that come through the API are made of their content or their key, so that a repeat finds the first."""
MOST_DUPLICATES = 5


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of a posting on its way in."""

    posting: Posting
    repeated: bool
    """It was there before."""
    warnings: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    """Ids of earlier postings of the same enterprise for the same job that may be meant."""
    answer: Mapping[str, Any] | None = None
    """What the idempotency key was answered before."""


def receive(
    session: Session,
    row: Mapping[str, Any],
    content: str,
    *,
    simulated: bool,
    principal: str,
    key: str | None = None,
) -> Reception:
    """Store a posting, given by our column names; committed here. `content`: all of it, as one text.

    With an idempotency `key`, the same key and content is the same posting, and its stored answer comes along; another
    key is another posting, however alike. Without one, the same content is the same posting, and one that differs in
    details only is stored and named as a likely duplicate. Raises ConflictError for a key that was used for other
    content, InvalidInputError where the row is refused; nothing is stored then.
    """
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    posting_id = str(uuid5(_NAMESPACE, f"{principal}\0{key}" if key else content))
    if key and (before := session.get(PostingAnswer, (principal, key))):
        return _as_before(session, before, digest)
    earlier = None if key else session.get(Posting, posting_id)
    if earlier is not None and session.get_one(Batch, earlier.batch_id).state in STANDING:
        return Reception(earlier, True)
    duplicates = () if key else _duplicates(session, row)
    try:
        if key:
            # In the transaction of the posting: neither is there without the other.
            session.add(PostingAnswer(principal=principal, key=key, digest=digest, posting_id=posting_id))
            session.flush()
        report = accept_rows(
            session, "postings", [{"id": posting_id, **row}], source="api", simulated=simulated
        )
    except IntegrityError:
        # The same posting arrived twice at once, and the other one was first.
        session.rollback()
        if key:
            return _as_before(session, session.get_one(PostingAnswer, (principal, key)), digest)
        return Reception(session.get_one(Posting, posting_id), True)
    session.commit()
    return Reception(session.get_one(Posting, posting_id), report.already, tuple(report.warnings), duplicates)


def keep_answer(session: Session, principal: str, key: str, answer: Mapping[str, Any]) -> None:
    """Keep what a key was answered, for the next time; committed here."""
    row = session.get(PostingAnswer, (principal, key))
    if row is not None and row.answer is None:
        row.answer = dict(answer)
        session.commit()


def _as_before(session: Session, before: PostingAnswer, digest: str) -> Reception:
    if before.digest != digest:
        raise ConflictError(
            f"Idempotency-Key {before.key} 已用于另一份需求（{before.posting_id}）",
            remedy="内容改过的需求请换一个键；要重发原来的，请一字不改",
        )
    return Reception(session.get_one(Posting, before.posting_id), True, answer=before.answer)


def _duplicates(session: Session, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Earlier postings of the same enterprise for the same job, level and kind of class, the latest first."""
    same = [Posting.enterprise == row["enterprise"]]
    if row.get("credit_code"):
        same.append(Posting.credit_code == row["credit_code"])
    found = session.scalars(
        select(Posting).where(or_(*same), Posting.mode == row["mode"]).order_by(Posting.received_at.desc())
    )
    title, level = _plain(row["title"]), row.get("level")
    alike = (
        each.id
        for each in found
        if _plain(each.title) == title and (level is None or each.level is None or each.level == level)
    )
    return tuple(id_ for id_, _ in zip(alike, range(MOST_DUPLICATES), strict=False))


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", normalised(title)).lower()
