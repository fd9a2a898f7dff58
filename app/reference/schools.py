"""Schools 院校 of Shanghai: 教育部全国高等学校名单 (2025-06-20)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.errors import InvalidCodeError
from app.reference.codes import parse_school_code
from app.reference.levels import Level
from app.reference.programs import name_key


@dataclass(frozen=True, slots=True)
class School:
    code: str
    """学校标识码, ten digits."""
    name: str
    education_level: str
    """本科 or 专科."""
    ownership: str

    @property
    def short_code(self) -> str:
        """院校代码, the five digits used for enrolment."""
        return self.code[-5:]


class Schools:
    """Look-up by either code, by name and by common short name."""

    def __init__(self, schools: Iterable[School], aliases: Mapping[str, str]) -> None:
        self._all = tuple(schools)
        self._by_code = {school.code: school for school in self._all}
        self._by_short_code = {school.short_code: school for school in self._all}
        self._by_name = {name_key(school.name): school for school in self._all}
        self._by_name |= {name_key(alias): self._by_code[code] for alias, code in aliases.items()}

    def __iter__(self) -> Iterator[School]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, code: str) -> School | None:
        return self._by_code.get(code) or self._by_short_code.get(code)

    def get(self, code: str) -> School:
        """The school, by the code of ten or of five digits. Raises InvalidCodeError for an unknown one."""
        school = self.find(parse_school_code(code))
        if school is None:
            raise InvalidCodeError(f"上海高校名单中没有院校代码 {code}", remedy="请核对代码，或按校名查找")
        return school

    def named(self, name: str) -> School | None:
        """The school of this name or common short name; None where there is none."""
        return self._by_name.get(name_key(name))


def school_levels(school: School) -> tuple[Level, ...]:
    """Levels a school may teach undergraduates at, its main one first."""
    if school.education_level == "专科":
        return (Level.HIGHER_VOCATIONAL,)
    if "职业技术大学" in school.name or "职业大学" in school.name:
        return (Level.VOCATIONAL_BACHELOR, Level.HIGHER_VOCATIONAL)
    return (Level.BACHELOR, Level.HIGHER_VOCATIONAL, Level.VOCATIONAL_BACHELOR)
