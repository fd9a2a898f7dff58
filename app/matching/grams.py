"""Character n-grams as numbers, so that a whole corpus is counted by sorting instead of by dictionaries."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A code point needs 21 bits, so up to three of them fit in one 64-bit number.
_BITS: Final = 21
_MASK: Final = (1 << _BITS) - 1
_SPACE: Final = ord(" ")
_OUTSIDE = re.compile(r"[^0-9a-z+#㐀-鿿豈-﫿]+")
_HAN_FROM: Final = 0x3400


class Points:
    """Normalised texts as one array of code points, from which n-grams of any size are read."""

    def __init__(self, texts: Sequence[str]) -> None:
        # Spaces around each text keep n-grams from reaching into the neighbour.
        cleaned = [f" {_OUTSIDE.sub(' ', text)} " for text in texts]
        lengths = np.fromiter((len(text) for text in cleaned), dtype=np.int64, count=len(cleaned))
        joined = "".join(cleaned).encode("utf-32-le")
        self._points = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
        self._owner = np.repeat(np.arange(len(cleaned), dtype=np.int64), lengths)
        self._inside = self._points != _SPACE

    def grams(self, size: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The n-grams of `size` 1 to 3 as (text number, gram code), both shaped (grams,), in order of place.

        N-grams do not cross punctuation or white space. Single Latin letters and digits say nothing: of
        size 1, only Chinese characters are given.
        """
        count = max(len(self._points) - size + 1, 0)
        whole = np.ones(count, dtype=bool)
        codes = np.zeros(count, dtype=np.uint64)
        for offset in range(size):
            whole &= self._inside[offset : offset + count]
            codes |= self._points[offset : offset + count] << np.uint64(_BITS * offset)
        if size == 1:
            whole &= self._points >= _HAN_FROM
        return self._owner[:count][whole], codes[whole]


@lru_cache(maxsize=100_000)
def gram_text(code: int) -> str:
    """The characters behind a gram code."""
    characters = []
    while code:
        characters.append(chr(code & _MASK))
        code >>= _BITS
    return "".join(characters)
