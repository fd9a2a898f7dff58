"""Occupations 职业: 职业分类大典 (2022) with later additions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.errors import InvalidCodeError
from app.reference.codes import parse_occupation_code
from app.reference.programs import name_key


@dataclass(frozen=True, slots=True)
class Occupation:
    code: str
    name: str
    minor_code: str
    minor_name: str
    middle_code: str
    middle_name: str
    major_code: str
    major_name: str


class Occupations:
    """Look-up by code, name and along the hierarchy."""

    def __init__(self, occupations: Iterable[Occupation], unlisted: Mapping[str, str]) -> None:
        self._all = tuple(occupations)
        self.unlisted = dict(unlisted)
        """Codes with names that the guide links to programs and that the table of 2022 does not have."""
        self._by_code = {occupation.code: occupation for occupation in self._all}
        self._by_name: dict[str, list[Occupation]] = {}
        for occupation in self._all:
            self._by_name.setdefault(name_key(occupation.name), []).append(occupation)

    def __iter__(self) -> Iterator[Occupation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, code: str) -> Occupation | None:
        return self._by_code.get(code)

    def get(self, code: str) -> Occupation:
        """The occupation. Raises InvalidCodeError for an unknown code."""
        occupation = self.find(parse_occupation_code(code))
        if occupation is None:
            raise InvalidCodeError(f"职业分类大典中没有职业代码 {code}", remedy="请核对代码，或按名称查找")
        return occupation

    def named(self, name: str) -> tuple[Occupation, ...]:
        return tuple(self._by_name.get(name_key(name), ()))

    def name_of(self, code: str) -> str | None:
        """The name behind a code, of an unlisted occupation too; None where there is none."""
        found = self._by_code.get(code)
        return found.name if found else self.unlisted.get(code)

    def under(self, code: str) -> tuple[Occupation, ...]:
        """Occupations of a major, middle or minor group, by its code (`2`, `2-02`, `2-02-10`)."""
        return tuple(o for o in self._all if code in (o.major_code, o.middle_code, o.minor_code))
