"""Official links from programs to occupations: 职业信息与教育培训项目（专业）信息对应指引 (2023)."""

from collections.abc import Iterable


class Crosswalk:
    """Edges (level, program code, occupation code), both ways. Covers part of the program classes only."""

    def __init__(self, edges: Iterable[tuple[str, str, str]]) -> None:
        self.edges = tuple(edges)
        self._occupations: dict[tuple[str, str], list[str]] = {}
        self._programs: dict[str, list[tuple[str, str]]] = {}
        for level, program, occupation in self.edges:
            self._occupations.setdefault((level, program), []).append(occupation)
            self._programs.setdefault(occupation, []).append((level, program))

    def __len__(self) -> int:
        return len(self.edges)

    def occupations_of(self, level: str, program_code: str) -> tuple[str, ...]:
        """Occupation codes; seven of the guide's codes are not in the table of occupations."""
        return tuple(self._occupations.get((str(level), program_code), ()))

    def programs_of(self, occupation_code: str) -> tuple[tuple[str, str], ...]:
        return tuple(self._programs.get(occupation_code, ()))
