"""The catalogue of programs 专业目录, all levels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.errors import InvalidCodeError
from app.reference.codes import normalised, parse_program_code
from app.reference.levels import Level


@dataclass(frozen=True, slots=True)
class Program:
    """An entry of the catalogue. Lists are empty where the official profile gives none."""

    level: Level
    code: str
    name: str
    class_code: str
    class_name: str
    category_code: str
    category_name: str
    foundation_courses: tuple[str, ...]
    core_courses: tuple[str, ...]
    certificates: tuple[str, ...]
    continues_to: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """(level, code), which identifies a program."""
        return (self.level.value, self.code)


_MARKS = "TK"
"""What a code ends with that says how a program is approved, not which it is: 特设, 国家控制布点."""


def name_key(name: str) -> str:
    """A name as it is compared: NFKC, no blanks, one kind of bracket."""
    return "".join(normalised(name).split()).replace("（", "(").replace("）", ")")


class Programs:
    """Look-up by level and code, by name, by class and by level; iterates in order of the table."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._all = tuple(programs)
        self._by_key = {program.key: program for program in self._all}
        self._by_digits: dict[tuple[str, str], list[Program]] = {}
        self._by_name: dict[str, list[Program]] = {}
        self._by_class: dict[tuple[str, str], list[Program]] = {}
        for program in self._all:
            self._by_name.setdefault(name_key(program.name), []).append(program)
            self._by_digits.setdefault((program.level.value, program.code.rstrip(_MARKS)), []).append(program)
            self._by_class.setdefault((program.level.value, program.class_code), []).append(program)
        self._classes_named: dict[str, list[tuple[str, str]]] = {}
        for key, programs in self._by_class.items():
            self._classes_named.setdefault(name_key(programs[0].class_name), []).append(key)

    def __iter__(self) -> Iterator[Program]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, level: str, code: str) -> Program | None:
        return self._by_key.get((str(level), code))

    def coded(self, level: str, code: str) -> Program | None:
        """The program of a code as people write it: without the leading zero, which spreadsheets drop, or without T and
        K, where its digits alone are of one program. Raises InvalidCodeError for what is no code of the level.
        """
        code = parse_program_code(str(level), code)
        alike = self._by_digits.get((str(level), code.rstrip(_MARKS)), ())
        return self.find(level, code) or (alike[0] if len(alike) == 1 else None)

    def get(self, level: str, code: str) -> Program:
        """The program; the code may be written as for `coded`. Raises InvalidCodeError for an unknown one."""
        program = self.coded(level, code)
        if program is None:
            raise InvalidCodeError(
                f"专业目录（{Level(level).label}）中没有代码 {code}", remedy="请核对层次与代码，或按名称查找"
            )
        return program

    def named(self, name: str, level: str | None = None) -> tuple[Program, ...]:
        """Programs of exactly this name (width, blanks and kind of bracket aside), at one level or at all."""
        found = self._by_name.get(name_key(name), [])
        return tuple(program for program in found if level is None or program.level == level)

    def of_class(self, level: str, class_code: str) -> tuple[Program, ...]:
        return tuple(self._by_class.get((str(level), class_code), ()))

    def of_level(self, level: str) -> tuple[Program, ...]:
        return tuple(program for program in self._all if program.level == level)

    def classes(self, level: str) -> dict[str, str]:
        """Class codes of a level with their names."""
        return {
            code: programs[0].class_name
            for (at, code), programs in self._by_class.items()
            if at == str(level)
        }

    def class_named(self, name: str, level: str | None = None) -> tuple[tuple[str, str], ...]:
        """(level, class code) of the classes of exactly this name."""
        found = self._classes_named.get(name_key(name), ())
        return tuple((at, code) for at, code in found if level is None or at == str(level))
