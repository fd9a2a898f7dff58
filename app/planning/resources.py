"""What schools have to teach with: dual-qualified teachers 双师型教师 and training bases 实训基地, by program."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.planning.balance import ProgramKey


@dataclass(frozen=True, slots=True)
class TeacherRow:
    """Teachers of a school, of one of its classes (`class_code`) or of one program, in one year."""

    school_code: str
    level: str | None
    class_code: str | None
    program_code: str | None
    year: int
    teachers: int | None
    """Full-time teachers 人; None where not told."""
    dual_qualified: int
    """双师型 人 among them."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class BaseRow:
    """A training base with `places` 工位 and the programs and classes it serves, each `level:code`."""

    school_code: str
    places: int
    programs: tuple[str, ...]
    classes: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class SchoolResources:
    """What a school has for one program."""

    teachers: int | None
    """Full-time teachers 人 of its class, of the whole school where `whole_school`; None where not told."""
    dual_qualified: int | None
    """双师型 人 among them; None where not told."""
    whole_school: bool
    year: int | None
    """Of the count."""
    places: int | None
    """Places 工位 at its bases that serve the program or its class; None where the school told of no base at all."""
    bases: int
    """How many bases these are."""
    simulated: bool
    """Any of it is simulated."""


Resources = Callable[[str, ProgramKey], SchoolResources]
"""What a school has for a program."""


def resources_of(
    teachers: Sequence[TeacherRow], bases: Sequence[BaseRow], classes: Mapping[ProgramKey, str]
) -> Resources:
    """Look-up of what each school has for each program; `classes` are the codes of the programs' classes.

    Of counts the one of the program goes before that of its class, that before the whole school's; of each the latest
    year. A base that names programs of a class serves those; one that names the class alone serves all of it.
    """
    counts: dict[tuple[str, str | None, str | None, str | None], TeacherRow] = {}
    for row in sorted(teachers, key=lambda row: row.year):
        counts[row.school_code, row.level, row.class_code, row.program_code] = row
    of_school: dict[str, list[BaseRow]] = defaultdict(list)
    for base in bases:
        of_school[base.school_code].append(base)

    def found(school: str, program: ProgramKey) -> SchoolResources:
        level, code = program
        of_class = classes.get(program)
        count = (
            counts.get((school, level, of_class, code))
            or counts.get((school, level, of_class, None))
            or counts.get((school, None, None, None))
        )
        serving = [base for base in of_school[school] if _serves(base, program, classes)] if of_class else []
        return SchoolResources(
            teachers=count.teachers if count else None,
            dual_qualified=count.dual_qualified if count else None,
            whole_school=count is not None and count.level is None,
            year=count.year if count else None,
            places=sum(base.places for base in serving) if of_school[school] else None,
            bases=len(serving),
            simulated=bool(count and count.simulated) or any(base.simulated for base in serving),
        )

    return found


def _serves(base: BaseRow, program: ProgramKey, classes: Mapping[ProgramKey, str]) -> bool:
    level, code = program
    of_class = classes[program]
    if f"{level}:{code}" in base.programs:
        return True
    if f"{level}:{of_class}" not in base.classes:
        return False
    named = (key.split(":", 1) for key in base.programs)
    return not any(at == level and classes.get((at, each)) == of_class for at, each in named)
