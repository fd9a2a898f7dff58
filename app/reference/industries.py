"""Industries 行业: GB/T 4754-2017, four levels from section to class."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.errors import InvalidCodeError
from app.reference.codes import parse_industry_code
from app.reference.programs import name_key


@dataclass(frozen=True, slots=True)
class Industry:
    code: str
    name: str
    level: str
    """section 门类, division 大类, group 中类 or class 小类."""
    section: str
    parent_code: str
    """Empty for a section."""


class Industries:
    """Look-up by code, official name and everyday name, and along the hierarchy."""

    def __init__(self, industries: Iterable[Industry], aliases: Mapping[str, tuple[str, ...]]) -> None:
        self._all = tuple(industries)
        self._by_code = {industry.code: industry for industry in self._all}
        self._by_name: dict[str, list[Industry]] = {}
        self._children: dict[str, list[Industry]] = {}
        for industry in self._all:
            self._by_name.setdefault(name_key(industry.name), []).append(industry)
            self._children.setdefault(industry.parent_code, []).append(industry)
        self.everyday_names = tuple(aliases)
        self._aliases = {name_key(name): codes for name, codes in aliases.items()}

    def __iter__(self) -> Iterator[Industry]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, code: str) -> Industry | None:
        return self._by_code.get(code)

    def get(self, code: str) -> Industry:
        """The industry; `39` and `C39` are the same. Raises InvalidCodeError for an unknown code."""
        industry = self.find(parse_industry_code(code))
        if industry is None:
            raise InvalidCodeError(f"GB/T 4754-2017 中没有行业代码 {code}", remedy="请核对代码，或按名称查找")
        return industry

    def named(self, name: str) -> tuple[Industry, ...]:
        return tuple(self._by_name.get(name_key(name), ()))

    def alias(self, name: str) -> tuple[str, ...]:
        """Codes behind a name as people and documents use it (集成电路, 新材料, 保险业), official names included.

        Empty where the name is not known. Of several official entries of one name the highest is taken.
        """
        key = name_key(name)
        if key in self._aliases:
            return self._aliases[key]
        found = self._by_name.get(key) or self._by_name.get(key.removesuffix("行业") + "业")
        return (min(found, key=lambda industry: len(industry.code)).code,) if found else ()

    def children(self, code: str) -> tuple[Industry, ...]:
        return tuple(self._children.get(code, ()))

    def descendants(self, code: str) -> tuple[Industry, ...]:
        """Everything below, in order of the table."""
        found: list[Industry] = []
        for child in self.children(code):
            found += (child, *self.descendants(child.code))
        return tuple(found)

    def within(self, code: str) -> frozenset[str]:
        """The code itself and those of everything below it."""
        return frozenset((code, *(each.code for each in self.descendants(code))))

    def ancestors(self, code: str) -> tuple[Industry, ...]:
        """Everything above, nearest first."""
        above: list[Industry] = []
        industry = self._by_code.get(code)
        while industry and industry.parent_code:
            industry = self._by_code[industry.parent_code]
            above.append(industry)
        return tuple(above)

    def division_of(self, code: str) -> str | None:
        """The division 大类 of a code, itself included; None for a section."""
        return code[:3] if len(code) >= 3 else None

    def at_level(self, level: str) -> tuple[Industry, ...]:
        return tuple(industry for industry in self._all if industry.level == level)
