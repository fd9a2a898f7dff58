"""What a delivery says of itself, and what becomes of the batch made of it: held or accepted, in the place of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.ingest.batch_moves import noted, standing_of, supersede_earlier
from app.ingest.batch_records import ACCEPTED, RECEIVED, VALIDATED, restore, unwithhold, withhold
from app.ingest.schema import Kind
from app.models import Batch, new_id, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a batch says of itself beside its rows: where it is from, how it was read, and what is to become of it."""

    source: str
    sha256: str
    size: int
    reading: Mapping[str, Any]
    simulated: bool = False
    licence: str = ""
    who: str = ""
    parent_id: str | None = None
    """The batch of whose quarantine these are corrected rows."""
    hold: bool = False
    """Only check and keep it: it counts when it is accepted."""
    supersede: bool = False
    """Take the place of the accepted batches of the same kind and source."""


def received(kind: Kind, delivery: Delivery, filename: str) -> Batch:
    return Batch(
        id=new_id(),
        kind=kind.name,
        source=delivery.source[:300],
        licence=delivery.licence[:300],
        who=delivery.who[:100],
        parent_id=delivery.parent_id,
        supersedes=delivery.supersede,
        filename=filename[:300],
        sha256=delivery.sha256,
        size_bytes=delivery.size,
        state=RECEIVED,
        simulated=delivery.simulated,
        reading=dict(delivery.reading),
        read=0,
        accepted=0,
        repeated=0,
        quarantined=0,
        warnings=[],
        seconds=0.0,
    )


def out_of_the_way(session: Session, batch: Batch, delivery: Delivery) -> tuple[Batch, ...]:
    """What the batch is to supersede, made not to count: its rows are then no repeats of theirs."""
    if not delivery.supersede:
        return ()
    if not delivery.hold:
        return supersede_earlier(session, batch, delivery.who).batches
    standing = standing_of(session, batch)
    for each in standing:
        withhold(session, each)
    return standing


def decide(session: Session, batch: Batch, delivery: Delivery, out: Sequence[Batch]) -> None:
    """Held or accepted; with what that means for the batches it supersedes."""
    noted(session, batch.id, [("", RECEIVED), (RECEIVED, VALIDATED)], delivery.who)
    if delivery.hold:
        batch.state = VALIDATED
        session.flush()
        withhold(session, batch)
        for each in out:
            unwithhold(session, each)
        return
    noted(session, batch.id, [(VALIDATED, ACCEPTED)], delivery.who)
    batch.state, batch.accepted_at = ACCEPTED, now()
    session.flush()
    restore(session, out, delivery.who)
