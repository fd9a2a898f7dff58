"""Names that accepted batches taught, for the rows of later ones."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest.batch_records import ACCEPTED
from app.ingest.schema import KnownNames
from app.models import Batch, SchoolProfile
from app.reference import load_reference
from app.reference.programs import name_key


def known_names(session: Session) -> KnownNames:
    """Short and former names of schools in the accepted batches. A name that two schools claim is nobody's."""
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
    return KnownNames(
        {key: min(codes) for key, codes in claims.items() if len(codes) == 1 and key not in official}
    )
