"""Programs 专业 as rows name them at a level: by code, by name of today or before, with brackets and endings."""

import re
from functools import lru_cache

from app.errors import InvalidCodeError
from app.ingest.resolve import LONGEST, NOTHING, How, Name, NameIndex, Resolution, found_by, guess, several
from app.matching.normalise import simplified
from app.reference import Level, load_reference
from app.reference.former_names import former_program_names
from app.reference.programs import Program, name_key

_ENDING = re.compile(r"(?:专业方向|方向|专业)$")
_JOINTS = re.compile(r"[与及和、·.\-—()（）]")


def resolve_program(level: Level, code: str, name: str) -> Resolution:
    """The program of a code, a name or both at a level; CONFLICT where they say two. Never raises.

    A code that the catalogue does not have, or only with other marks at its end, gives way to the name: provinces number
    their plans themselves.
    """
    if len(name) <= LONGEST:
        name = simplified(name)
    coded, named = program_coded(level, code), resolve_program_name(level, name)
    if coded is None:
        return named
    if not named.usable:
        return found_by(How.CODE_ONLY if name else How.ZERO if lost_zero(code, coded) else How.CODE, coded)
    if named.code == coded.code or coded in load_reference().programs.named(_bare(name), level):
        return found_by(How.CODE, coded)
    if _marks(code) != _marks(coded.code):
        return named
    return several(How.CONFLICT, (coded, Name(named.code or "", named.name)))


def resolve_program_name(level: Level, name: str) -> Resolution:
    """The program of a name alone. A broad category is no program: its programs are the alternatives."""
    return _named(level, name) if 0 < len(name) <= LONGEST else NOTHING


@lru_cache(maxsize=20_000)
def _named(level: Level, name: str) -> Resolution:
    programs, name = load_reference().programs, simplified(name)
    if found := programs.named(name, level):
        return found_by(How.NAME, found[0])
    if program := former_program(level, name):
        return found_by(How.FORMER_NAME, program)
    bare = _bare(name)
    if bare != name and (found := programs.named(bare, level)):
        return found_by(How.BRACKETED, found[0])
    if classes := programs.class_named(bare, level) or programs.class_named(
        f"{bare.removesuffix('类')}类", level
    ):
        members = programs.of_class(level, classes[0][1])
        return several(How.CATEGORY, members)
    if program := _by_variant(level).get(_variant(name)) or _by_variant(level).get(_variant(bare)):
        return found_by(How.VARIANT, program)
    return guess(_index(level).similar(bare or name))


def former_program(level: str, name: str) -> Program | None:
    """The program that was called this before."""
    code = former_program_names().get((str(level), name_key(name)))
    return load_reference().programs.find(level, code) if code else None


@lru_cache(maxsize=20_000)
def program_coded(level: str, code: str) -> Program | None:
    """The program of a code as people write it, see `Programs.coded`; None for anything else. Never raises."""
    try:
        return load_reference().programs.coded(level, code) if code else None
    except InvalidCodeError:
        return None


def lost_zero(code: str, program: Program) -> bool:
    """Whether the code as written is that of the program but for its first zero."""
    return program.code.startswith("0") and re.match(r"\s*[1-9]", code) is not None


def _marks(code: str) -> str:
    return "".join(filter(str.isalpha, code.upper()))


def _bare(name: str) -> str:
    """法学 of 法学（国际法方向）."""
    return re.sub(r"[（(].*", "", name).strip()


def _variant(name: str) -> str:
    """A name without what people leave out or put otherwise: 与, 及, 和, marks, 专业 and 方向 at the end."""
    key = name_key(name)
    return _JOINTS.sub("", _ENDING.sub("", key) or key)


@lru_cache(maxsize=len(Level))
def _by_variant(level: Level) -> dict[str, Program]:
    """The program of each variant that only one program of the level has."""
    found: dict[str, list[Program]] = {}
    for program in load_reference().programs.of_level(level):
        found.setdefault(_variant(program.name), []).append(program)
    return {variant: programs[0] for variant, programs in found.items() if len(programs) == 1}


@lru_cache(maxsize=len(Level))
def _index(level: Level) -> NameIndex:
    return NameIndex((Name(p.code, p.name) for p in load_reference().programs.of_level(level)), name_key)
