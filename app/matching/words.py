"""Chinese text to words: jieba (its Rust build), with the names of the domain kept whole beside their parts."""

import re
from collections.abc import Iterable
from typing import Final

import rjieba

from app.matching.normalise import normalise

# A run is what jieba would treat as one block; splitting here lets repeated clauses be segmented once.
_RUNS = re.compile(r"[㐀-鿿豈-﫿]+|[a-z0-9][a-z0-9+#.&_-]*")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_TRAILING: Final = ".&_-"
_LONGEST_NAME: Final = 12
# Longer names would hide the words they are made of: 数字印刷工程 must still meet 数字印刷.
_LONGEST_ENTRY: Final = 3
_FUNCTION_WORDS = re.compile(
    "的|了|和|与|及|或|等|等等|在|对|为|以|以及|从|并|并且|及其|其|其他|其它|由|于|中|能|能够|可|可以|将|把|被|所|之|"
    "进行|具有|具备|相关|有关|方面|一定|根据|按照|通过|各类|各种|以上|以下|the|of|and|for|with"
)


class Words:
    """Splits normalised text into words.

    Short names of the lexicon enter jieba's dictionary; longer ones are found where the words of a text line
    up to one, and come as a word of their own beside their parts: naming a thing exactly counts extra.
    """

    def __init__(self, lexicon: Iterable[str] = ()) -> None:
        self._tokenizer = rjieba.Jieba()
        runs = {run for name in lexicon for run in _RUNS.findall(normalise(name)) if _HAN.match(run)}
        self._names = frozenset(run for run in runs if 2 <= len(run) <= _LONGEST_NAME)
        for entry in sorted(self._names):
            if len(entry) <= _LONGEST_ENTRY and not self._tokenizer.has_word(entry):
                self._tokenizer.add_word(entry, None, None)

    def split(self, text: str, known: dict[str, tuple[str, ...]]) -> list[str]:
        """Words of a normalised `text`; `known` remembers the runs already met by the caller."""
        words: list[str] = []
        for run in _RUNS.findall(text):
            found = known.get(run)
            if found is None:
                found = known[run] = self._words_of(run)
            words.extend(found)
        return words

    def _words_of(self, run: str) -> tuple[str, ...]:
        if not _HAN.match(run):
            word = run.rstrip(_TRAILING)
            return (word,) if word and not word.isdigit() and not _FUNCTION_WORDS.fullmatch(word) else ()
        words = self._tokenizer.cut(run, hmm=False)
        kept = [word for word in words if not _FUNCTION_WORDS.fullmatch(word)]
        return tuple(kept + self._names_in(words))

    def _names_in(self, words: list[str]) -> list[str]:
        """The longest lexicon names that two or more neighbouring words spell, left to right."""
        found: list[str] = []
        start = 0
        while start < len(words):
            spelt, end, longest = words[start], start + 1, ""
            after = end
            while end < len(words) and len(spelt) + len(words[end]) <= _LONGEST_NAME:
                spelt += words[end]
                end += 1
                if spelt in self._names:
                    longest, after = spelt, end
            if longest:
                found.append(longest)
            start = after
        return found
