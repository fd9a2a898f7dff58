"""Limits of a school's size 学校规模: programs, classes and students for each program, once anything opens there.

They bind the openings of a school together, in the order of nothing: a school at its limit may open a program in the year
in which it ends another. A school that is over a limit already may stay so as long as it opens nothing, so every row holds
only where its own opening is made: plain·x + M·x_opening ≤ bound − base + M, with M no larger than the row needs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from app.planning.balance import ProgramKey
from app.planning.portfolio_items import Choice, Item, PortfolioLimits
from app.planning.portfolio_problem import ClassTaught, Rows, Shown

ENDING = ("suspend", "close")
_Place = tuple[str, str]
"""(school code, level)."""


@dataclass(slots=True)
class _School:
    """Items of a school at a level, by their places; choices by their columns."""

    offerings: list[int]
    openings: list[int]


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: `plain` by column, for the opening with the columns `when`."""

    member: str
    plain: Mapping[int, float]
    when: Sequence[int]
    base: float
    bound: float


class SchoolSizes:
    """Rows of `max_programs`, `max_classes` and `mean_enrolment` over the choices of `items` and the classes they teach."""

    def __init__(
        self, items: Sequence[Item], classes: Mapping[ProgramKey, str], limits: PortfolioLimits
    ) -> None:
        self._items, self._classes, self._limits = items, classes, limits
        self._columns: list[list[int]] = []
        self._choices: list[Choice] = []
        self._schools: dict[_Place, _School] = defaultdict(lambda: _School([], []))
        for i, item in enumerate(items):
            first = len(self._choices)
            self._choices += item.choices
            self._columns.append(list(range(first, len(self._choices))))
            school = self._schools[item.key[:2]]
            (school.openings if item.opening else school.offerings).append(i)
        self.taught: list[ClassTaught] = []
        """What tells whether a class is taught, one column each behind those of the choices."""
        self._taught_at: dict[tuple[_Place, str], int] = {}
        for place, school in sorted(self._schools.items()):
            if school.openings and place[1] in limits.max_classes:
                self._add_classes(place, school)

    @property
    def width(self) -> int:
        return len(self._choices) + len(self.taught)

    def rows(self) -> tuple[Rows, ...]:
        return (
            self._family("max_programs", self._programs()),
            self._family("max_classes", self._distinct(), self._told()),
            self._family("mean_enrolment", self._students()),
        )

    def _add_classes(self, place: _Place, school: _School) -> None:
        members: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for part, places in enumerate((school.offerings, school.openings)):
            for i in places:
                members[self._classes[self._items[i].key[1:]]][part].append(i)
        for of_class, (offerings, openings) in sorted(members.items()):
            self._taught_at[place, of_class] = len(self._choices) + len(self.taught)
            self.taught.append(
                ClassTaught(
                    opened_by=tuple(column for i in openings for column in self._columns[i]),
                    kept_by=tuple((i, frozenset(self._ending(i))) for i in offerings),
                )
            )

    def _ending(self, item: int) -> list[int]:
        return [k for k in self._columns[item] if self._choices[k].action in ENDING]

    def _each(self, numbers: Mapping[str, float]) -> Iterator[tuple[_Place, _School, float]]:
        for place, school in sorted(self._schools.items()):
            if school.openings and place[1] in numbers:
                yield place, school, numbers[place[1]]

    def _programs(self) -> Iterator[_Line]:
        for place, school, most in self._each(self._limits.max_programs):
            plain = {k: -1.0 for i in school.offerings for k in self._ending(i)}
            plain |= {k: 1.0 for i in school.openings for k in self._columns[i]}
            yield from self._lines(place, school, plain, float(len(school.offerings)), most)

    def _distinct(self) -> Iterator[_Line]:
        for place, school, most in self._each(self._limits.max_classes):
            plain = {column: 1.0 for (at, _), column in self._taught_at.items() if at == place}
            yield from self._lines(place, school, plain, 0.0, most)

    def _students(self) -> Iterator[_Line]:
        """mean · programs ≤ students, those of this year's changes counted and those of what opens not."""
        for place, school, mean in self._each(self._limits.mean_enrolment):
            plain = {k: mean for i in school.openings for k in self._columns[i]}
            students = 0.0
            for i in school.offerings:
                item = self._items[i]
                students += item.seats * item.students_per_seat
                for k in self._columns[i]:
                    ends = mean if self._choices[k].action in ENDING else 0.0
                    plain[k] = -ends - self._choices[k].seats * item.students_per_seat
            yield from self._lines(place, school, plain, mean * len(school.offerings), students)

    def _lines(
        self, place: _Place, school: _School, plain: Mapping[int, float], base: float, bound: float
    ) -> Iterator[_Line]:
        for i in school.openings:
            yield _Line(" ".join(place), plain, self._columns[i], base, bound)

    def _told(self) -> Iterator[tuple[Mapping[int, float], float]]:
        """A class is taught where an opening of it is made, and where an offering of it is not ended."""
        for j, taught in enumerate(self.taught):
            column = len(self._choices) + j
            for k in taught.opened_by:
                yield {k: 1.0, column: -1.0}, 0.0
            for _, ending in taught.kept_by:
                yield {**dict.fromkeys(sorted(ending), -1.0), column: -1.0}, -1.0

    def _family(
        self,
        code: str,
        lines: Iterator[_Line],
        others: Iterable[tuple[Mapping[int, float], float]] = (),
    ) -> Rows:
        held, told = list(lines), list(others)
        matrix: list[Mapping[int, float]] = []
        upper = []
        for line in held:
            room = line.bound - line.base
            most = sum(max(amount, 0.0) for amount in line.plain.values())
            give = max(most - room, 0.0)
            matrix.append({**line.plain, **{k: line.plain.get(k, 0.0) + give for k in line.when}})
            upper.append(room + give)
        shown = Shown(
            matrix=self._sparse([line.plain for line in held]),
            when=self._sparse([dict.fromkeys(line.when, 1.0) for line in held]),
            base=np.array([line.base for line in held]),
            bound=np.array([line.bound for line in held]),
        )
        return Rows(
            code=code,
            matrix=self._sparse([*matrix, *(row for row, _ in told)]),
            lower=np.full(len(held) + len(told), -np.inf),
            upper=np.array([*upper, *(most for _, most in told)], float),
            members=tuple(line.member for line in held) + ("",) * len(told),
            shown=shown,
        )

    def _sparse(self, rows: Sequence[Mapping[int, float]]) -> csr_array:
        places = [
            (r, column, amount) for r, row in enumerate(rows) for column, amount in row.items() if amount
        ]
        of_row, columns, amounts = zip(*places, strict=True) if places else ((), (), ())
        matrix: csr_array = coo_array(
            (amounts, (of_row, columns)), shape=(len(rows), self.width), dtype=float
        ).tocsr()
        return matrix
