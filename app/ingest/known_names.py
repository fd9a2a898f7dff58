"""Names that accepted batches taught, for the rows of later ones."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.batch_records import ACCEPTED
from app.ingest.resolve_enterprises import EnterpriseNames, Enterprises
from app.ingest.schema import KnownNames
from app.models import Batch, EnterpriseStatus, SchoolProfile
from app.reference import load_reference
from app.reference.programs import name_key

_ENTERPRISES: dict[tuple[str, ...], Enterprises] = {}
"""The register read last, by the batches it is made of: what these hold does not change, which of them count does."""


def known_names(session: Session) -> KnownNames:
    """What the accepted batches teach: names of schools, and the register of enterprises."""
    return KnownNames(_schools(session), _enterprises(session))


def _schools(session: Session) -> Mapping[str, str]:
    """Short and former names of schools. A name that two schools claim is nobody's."""
    official = {name_key(school.name) for school in load_reference().schools}
    claims: dict[str, set[str]] = {}
    rows = session.execute(
        select(SchoolProfile.school_code, SchoolProfile.short_names, SchoolProfile.former_names)
        .join(Batch, Batch.id == SchoolProfile.batch_id)
        .where(Batch.state == ACCEPTED)
    )
    for code, short, former in rows:
        for name in (*short, *former):
            claims.setdefault(name_key(name), set()).add(code)
    return {key: min(codes) for key, codes in claims.items() if len(codes) == 1 and key not in official}


def _enterprises(session: Session) -> Enterprises | None:
    """The register of enterprises, each by its credit code; None where there is none."""
    batches = tuple(
        session.scalars(
            select(Batch.id)
            .where(Batch.kind == "enterprise-register", Batch.state == ACCEPTED)
            .order_by(Batch.id)
        )
    )
    if not batches:
        return None
    known = _ENTERPRISES.get(batches)
    if known is None:
        known = Enterprises(_entries(session, batches))
        _ENTERPRISES.clear()
        _ENTERPRISES[batches] = known
    return known


def _entries(session: Session, batches: Sequence[str]) -> list[EnterpriseNames]:
    """Every enterprise of the register, those removed from it too, under its latest name; earlier ones beside it."""
    names: dict[str, dict[str, None]] = {}
    rows = session.execute(
        select(EnterpriseStatus.credit_code, EnterpriseStatus.name)
        .join(Batch, Batch.id == EnterpriseStatus.batch_id)
        .where(Batch.id.in_(batches))
        .order_by(EnterpriseStatus.since, EnterpriseStatus.id)
    )
    for code, name in rows:
        held = names.setdefault(code, {})
        held.pop(name, None)
        held[name] = None
    return [EnterpriseNames(code, [*held][-1], code, tuple([*held][:-1])) for code, held in names.items()]
