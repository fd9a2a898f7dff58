"""What postings show of staffing: the occupation each asks for, named or matched, in the industry it names."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Task
from app.matching.engine import Engine, top_places
from app.planning.cells import PostingRow
from app.planning.demand import ABSURD
from app.planning.profile import Profile
from app.planning.repeats import without_repeats
from app.planning.staffing import Sighting, StaffingPattern
from app.runs.fits import Fits, FitTables

NEAREST_PROGRAMS = 10
"""Programs that fit a posting best: its occupation is sought among those they are officially linked to."""


def staffing_pattern(
    postings: Sequence[PostingRow], texts: Mapping[str, str], fits: FitTables, profile: Profile
) -> StaffingPattern:
    """The pattern of all postings that are no repeats (`texts`: what they say, by id).

    A posting that names no occupation counts, at `profile.demand.staffing_match_weight`, for the one whose title is
    most like its own among the occupations officially linked to the programs it fits best. Only order is compared:
    what a score is worth is of no account.
    """
    counted, _, _ = without_repeats(
        [row for row in postings if 0 < row.heads <= ABSURD],
        texts,
        similarity=profile.demand.posting_similarity.value,
        heads_tolerance=profile.demand.posting_heads_tolerance.value,
    )
    weight = profile.demand.staffing_match_weight.value
    sightings = []
    for row in counted:
        named = row.occupation_code in fits.occupations.index
        occupation = row.occupation_code if named else _told(row.id, fits)
        if occupation is not None:
            sightings.append(
                Sighting(
                    row.industry_code,
                    occupation,
                    row.level,
                    row.heads * (1.0 if named else weight),
                    row.simulated,
                )
            )
    return StaffingPattern(sightings, profile.demand.staffing_strength.value)


def _told(posting: str, fits: FitTables) -> str | None:
    place = int(fits.told[fits.postings.index[posting]])
    return fits.occupations.documents[place].id if place >= 0 else None


def told_occupations(postings: Sequence[PostingRow], fits: Fits, engine: Engine) -> NDArray[np.int64]:
    """Column of the occupation of each posting (in the order of `fits.postings`) that names none; -1 where none can be told
    or one is named.
    """
    told = np.full(len(fits.postings.documents), -1, dtype=np.int64)
    wanted = [
        fits.postings.index[row.id] for row in postings if row.occupation_code not in fits.occupations.index
    ]
    if not wanted or not fits.links:
        return told
    linked = np.zeros((len(fits.programs.documents), len(fits.occupations.documents)), dtype=bool)
    for program, occupation in fits.links:
        linked[program, occupation] = True
    documents = engine.encode([fits.postings.documents[place] for place in wanted])
    titles = engine.scores(documents, fits.occupations.encoded, Task.TITLE_TITLE)
    for row, place in zip(titles, wanted, strict=True):
        programs = top_places(fits.posting[:, place], NEAREST_PROGRAMS)
        open_to = linked[programs].any(axis=0)
        if not open_to.any():
            continue
        best = int(np.argmax(np.where(open_to, row, -1.0)))
        if row[best] > 0:
            told[place] = best
    return told
