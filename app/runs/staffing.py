"""What postings show of staffing: the occupation each asks for, named or matched, in the industry it names."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.matching.documents import Task
from app.matching.engine import Engine, top_places
from app.planning.cells import PostingRow
from app.planning.profile import Profile
from app.planning.repeats import without_repeats
from app.planning.staffing import Sighting, StaffingPattern
from app.runs.fits import Fits

NEAREST_PROGRAMS = 10
"""Programs that fit a posting best: its occupation is sought among those they are officially linked to."""


def staffing_pattern(
    postings: Sequence[PostingRow], texts: Mapping[str, str], fits: Fits, engine: Engine, profile: Profile
) -> StaffingPattern:
    """The pattern of all postings that are no repeats (`texts`: what they say, by id).

    A posting that names no occupation counts, at `profile.demand.staffing_match_weight`, for the one whose title is
    most like its own among the occupations officially linked to the programs it fits best. Only order is compared:
    what a score is worth is of no account.
    """
    counted, _, _ = without_repeats(
        [row for row in postings if row.heads > 0],
        texts,
        similarity=profile.demand.posting_similarity.value,
        heads_tolerance=profile.demand.posting_heads_tolerance.value,
    )
    unnamed = [row for row in counted if row.occupation_code not in fits.occupations.index]
    matched = _matched([row.id for row in unnamed], fits, engine)
    weight = profile.demand.staffing_match_weight.value
    sightings = []
    for row in counted:
        named = row.occupation_code in fits.occupations.index
        occupation = row.occupation_code if named else matched.get(row.id)
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


def _matched(ids: Sequence[str], fits: Fits, engine: Engine) -> dict[str, str]:
    """Occupation code by posting id, where any can be told."""
    if not ids or not fits.links:
        return {}
    linked = np.zeros((len(fits.programs.documents), len(fits.occupations.documents)), dtype=bool)
    for program, occupation in fits.links:
        linked[program, occupation] = True
    wanted = [fits.postings.index[id] for id in ids]
    documents = engine.encode([fits.postings.documents[place] for place in wanted])
    titles = engine.scores(documents, fits.occupations.encoded, Task.TITLE_TITLE)
    found: dict[str, str] = {}
    for row, (id, place) in enumerate(zip(ids, wanted, strict=True)):
        programs = top_places(fits.posting[:, place], NEAREST_PROGRAMS)
        open_to = linked[programs].any(axis=0)
        if not open_to.any():
            continue
        best = int(np.argmax(np.where(open_to, titles[row], -1.0)))
        if titles[row, best] > 0:
            found[id] = fits.occupations.documents[best].id
    return found
