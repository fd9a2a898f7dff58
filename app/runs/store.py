"""Writing a run's results, and the digest by which two runs are told to be the same."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from app.models import (
    Apprenticeship,
    Balance,
    Base,
    Batch,
    BlockingPair,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Recommendation,
    SeatPrice,
    UnmetDemand,
    UnplacedPosting,
)

RESULT_TABLES: tuple[type[Base], ...] = (
    Offering,
    Fit,
    Balance,
    UnmetDemand,
    Recommendation,
    Portfolio,
    Placement,
    UnplacedPosting,
    Pathway,
    OpeningCandidate,
    Indicator,
    Apprenticeship,
    SeatPrice,
    BlockingPair,
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CHUNK = 2000


def store_results(
    session: Session, run_id: str, results: Mapping[type[Base], Sequence[Mapping[str, Any]]]
) -> str:
    """Insert all result rows under `run_id`, in the session's transaction, and return their digest.

    The digest is SHA-256 over every row in order. Batch ids are replaced by the hash of the batch's content,
    so that it is the same on another machine that was given the same files.
    """
    contents = {batch.id: batch.sha256 for batch in session.execute(select(Batch.id, Batch.sha256))}
    digest = hashlib.sha256()
    for table in RESULT_TABLES:
        rows = [_complete(table, run_id, row) for row in results.get(table, ())]
        for row in rows:
            line = json.dumps({**row, "run_id": table.__tablename__}, ensure_ascii=False, sort_keys=True)
            digest.update(_UUID.sub(lambda found: contents.get(found[0], found[0]), line).encode())
        _insert(session, table, rows)
    return digest.hexdigest()


def _complete(table: type[Base], run_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {column.key for column in inspect(table).column_attrs} - {"id", "run_id"}
    if unknown := set(row) - columns:
        raise KeyError(f"{table.__tablename__} has no column {sorted(unknown)}")
    return {"run_id": run_id, **row}


def _insert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(table), rows[start : start + _CHUNK])
