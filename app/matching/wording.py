"""Which words of a text speak of the thing itself: without exclusions and legal formulas, and its gist."""

import re
from typing import Final

# Both name what a thing is not: “不包括：电子计算器的制造，列入 3475” would make computers match calculators.
_EXCLUSIONS = re.compile(r"◆ ?不包括.*?(?=◇|$)")
_ASIDES = re.compile(r"\([^()]{0,80}?(?:批准|许可|审批|专项|不含|除外|凭)[^()]{0,80}\)")
_FORMULAS = re.compile(r"(?:许可项目|一般项目|一般经营项目|许可经营项目|经营范围):?")
_PURPOSE = re.compile(r"从事([^。;]{2,120}?)(?:等)?工作")
_CLAUSE = re.compile(r"[^,;、。\s]+")
_LEAD: Final = 30


def substance(text: str) -> str:
    """A normalised text without what it says the thing is not and without the formulas of business licences.

    Left out: the 不包括 notes of GB/T 4754, bracketed approvals and exceptions, headings of business scopes.
    """
    if "不包括" in text:
        text = _EXCLUSIONS.sub(" ", text)
    if "(" in text:
        text = _ASIDES.sub(" ", text)
    return _FORMULAS.sub(" ", text)


def purposes(text: str) -> list[str]:
    """What a normalised text says its subject does for work: the … of 从事…工作."""
    return _PURPOSE.findall(text)


def lead(text: str) -> str:
    """What a text says its subject does for work (从事…工作), else its first clauses, about 30 characters.

    A business scope opens with the main business, a definition with the genus.
    """
    if stated := purposes(text):
        return " ".join(stated)
    taken: list[str] = []
    length = 0
    for clause in _CLAUSE.finditer(text):
        if taken and length + len(clause[0]) > _LEAD:
            break
        taken.append(clause[0][: 2 * _LEAD])
        length += len(taken[-1])
        if length >= _LEAD:
            break
    return " ".join(taken)
