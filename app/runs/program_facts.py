"""What the core is told of programs: facts of the catalogue, groups, likeness, continuations."""

from collections.abc import Sequence

from app.matching.engine import top_places
from app.planning.balance import ProgramKey
from app.planning.groupings import GroupFacts
from app.planning.pathways import Likeness, PathwayProgram
from app.planning.situation import ProgramFacts
from app.reference import Reference
from app.runs.fits import FitTables


def group_facts(programs: Sequence[ProgramKey], reference: Reference) -> dict[ProgramKey, GroupFacts]:
    found = {key: reference.programs.get(*key) for key in programs}
    return {key: GroupFacts(program.class_code, program.category_code) for key, program in found.items()}


def program_facts(programs: Sequence[ProgramKey], reference: Reference) -> dict[ProgramKey, ProgramFacts]:
    facts = {}
    for level, code in programs:
        program = reference.programs.get(level, code)
        groups = tuple(group.id for group in reference.industry_groups if group.serves(program))
        facts[level, code] = ProgramFacts(program.name, program.class_code, groups)
    return facts


_ALIKE = 10
"""Occupations of each program by which two programs are compared."""


def likeness(fits: FitTables) -> Likeness:
    """Share 0-1 of the ten occupations each of two programs fits best that both have: order, not scale, counts."""
    best: dict[ProgramKey, frozenset[int]] = {}

    def occupations(key: ProgramKey) -> frozenset[int]:
        if key not in best:
            row = fits.occupation[fits.programs.index[f"{key[0]}:{key[1]}"]]
            best[key] = frozenset(top_places(row, _ALIKE).tolist())
        return best[key]

    return lambda one, other: len(occupations(one) & occupations(other)) / _ALIKE


def pathway_programs(reference: Reference) -> list[PathwayProgram]:
    return [
        PathwayProgram(
            level=program.level.value,
            code=program.code,
            name=program.name,
            courses=frozenset(program.core_courses) | frozenset(program.foundation_courses),
            continues_to=program.continues_to,
            class_name=program.class_name,
        )
        for program in reference.programs
    ]
