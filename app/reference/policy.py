"""Policy: industry tags of the statistical classifications, and the areas and groups the city's pilot plan names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.reference.programs import Program


@dataclass(frozen=True, slots=True)
class PolicyTag:
    tag: str
    """strategic 战略性新兴产业, digital 数字经济, highTech_mfg/_svc 高技术, culture 文化, pension 养老, ip 知识产权."""
    industry_code: str
    partial: bool
    """Only part of the class belongs."""
    category_path: str
    key_products: str


@dataclass(frozen=True, slots=True)
class FocusArea:
    """An area of the pilot plan (任务 2) with its lead industries."""

    id: str
    name: str
    kind: str
    """core 核心区 or focus 重点区."""
    district_codes: tuple[str, ...]
    lead: str
    industry_codes: tuple[str, ...]
    task: str


@dataclass(frozen=True, slots=True)
class IndustryGroup:
    """A group of industries the pilot plan names (任务 1), with the programs that serve it."""

    id: str
    name: str
    family: str
    """strategic, advanced_manufacturing, modern_services or social_services."""
    protected: bool
    """民生: its programs are not to be cut."""
    favoured: bool
    industry_codes: tuple[str, ...]
    program_keywords: tuple[str, ...]
    """Words in the name of a program that show it serves the group; a word ending in 类 is the name of a whole class."""
    task: str
    program_exceptions: tuple[str, ...] = ()
    """Words in the name of a program that show it does not, whatever else it holds."""

    def serves(self, program: Program) -> bool:
        """Whether the program serves the group, by its name or its class."""
        if any(word in program.name for word in self.program_exceptions):
            return False
        return any(
            program.class_name == word if word.endswith("类") else word in program.name
            for word in self.program_keywords
        )


@dataclass(frozen=True, slots=True)
class PilotTarget:
    """A number the pilot plan sets."""

    id: str
    name: str
    value: int
    unit: str
    wording: str
    """How the plan puts the number: 200家左右 is about 200."""
    year: int
    """By when."""
    task: str


class PolicyTags:
    """Tags by industry and industries by tag."""

    def __init__(self, tags: Iterable[PolicyTag]) -> None:
        self._all = tuple(tags)
        self._by_industry: dict[str, list[PolicyTag]] = {}
        for tag in self._all:
            self._by_industry.setdefault(tag.industry_code, []).append(tag)

    def __iter__(self) -> Iterator[PolicyTag]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of_industry(self, code: str) -> tuple[PolicyTag, ...]:
        return tuple(self._by_industry.get(code, ()))

    def industries(self, tag: str) -> tuple[str, ...]:
        """Codes that carry the tag, sorted."""
        return tuple(sorted({item.industry_code for item in self._all if item.tag == tag}))
