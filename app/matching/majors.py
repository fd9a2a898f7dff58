"""Which classes of programs a posting names outright, in its sentences on 专业."""

import re
from collections.abc import Iterable, Mapping

from app.matching.normalise import normalise

_SENTENCES = re.compile(r"[。;\n]|(?<=\S)\s{2,}")
# 专业 as in 专业知识, 专业团队 is no major.
_OTHERWISE = re.compile(
    "专业(?:知识|技能|人士|人员|能力|性|化|的|素养|水平|基础|服务|培训|技术|团队|度|书籍|资料|文献|术语|领域|词汇|"
    "需求|咨询|不限|建议|意见|指导|精神)"
)
# What stands before these words speaks of something else than the majors that follow.
_BEFORE = re.compile(r"负责|熟悉|具有|具备|经验|掌握|了解|优先|以上学历|学历|[!:]")
_REACH = 60
_BRACKETS = re.compile(r"\(.*?\)")


class Majors:
    """Names of majors and the codes of the classes they belong to; longer names are found first."""

    def __init__(
        self,
        classes: Mapping[str, str],
        programs: Iterable[tuple[str, str]],
        everyday: Mapping[str, Iterable[str]],
    ):
        """`classes`: code → name; `programs`: (name, class code); `everyday`: name → class codes."""
        known = {name: set(codes) for name, codes in everyday.items() if codes}
        official: dict[str, str] = {}
        for name, code in (*programs, *((name, code) for code, name in classes.items())):
            bare = _BRACKETS.sub("", normalise(name))
            for form in (bare, bare.removesuffix("类"), bare.removesuffix("类").removesuffix("学")):
                if len(form) >= 2:
                    official.setdefault(form, code)
        for name, code in official.items():
            known.setdefault(name, {code})
        self._classes = known
        self._starting: dict[str, list[str]] = {}
        for name in sorted(known, key=lambda name: (-len(name), name)):
            self._starting.setdefault(name[0], []).append(name)

    def named(self, text: str) -> dict[str, str]:
        """Class code → the first name that stands for it in a normalised text; of overlapping names the longest."""
        found: dict[str, str] = {}
        at = 0
        while at < len(text):
            name = next((n for n in self._starting.get(text[at], ()) if text.startswith(n, at)), None)
            for code in sorted(self._classes[name]) if name else ():
                found.setdefault(code, name or "")
            at += len(name) if name else 1
        return found

    def asked(self, text: str) -> tuple[dict[str, str], str]:
        """Classes that the sentences on 专业 of a text name, and the text without these sentences."""
        rest: list[str] = []
        found: dict[str, str] = {}
        for sentence in _SENTENCES.split(text):
            if not sentence or not sentence.strip():
                continue
            if "专业" not in sentence:
                rest.append(sentence)
                continue
            folded = normalise(sentence)
            for mention in re.finditer("专业", folded):
                if not _OTHERWISE.match(folded, mention.start()):
                    before = folded[max(0, mention.start() - _REACH) : mention.start()]
                    found |= {
                        c: n for c, n in self.named(_BEFORE.split(before)[-1]).items() if c not in found
                    }
        return found, "。".join(rest)
