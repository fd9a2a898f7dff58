"""One form for one text: width, case, traditional characters, control characters."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

# Lone surrogates reach us from JSON escapes and cannot be encoded; private-use characters mean nothing
# outside one font. Format characters (zero-width spaces, direction marks) would split words that look whole.
_DROPPED = frozenset({"Cs", "Co", "Cf", "Cn"})
_SPACES = re.compile(r"\s+")


class _CharacterFates(dict[int, str]):
    """A translation table that decides about each character when it is first met."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        category = unicodedata.category(character)
        fate = "" if category in _DROPPED else " " if category in {"Cc", "Zl", "Zp"} else character
        self[point] = fate
        return fate


_FATES = _CharacterFates()


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional Chinese characters of `text` as simplified ones, all else as it is. Never fails."""
    try:
        found: str = text if text.isascii() else _simplifier().convert(text)
    except UnicodeEncodeError:  # a lone surrogate, which no name has
        return text
    return found


def normalise(text: str) -> str:
    """Fold `text` to the form in which it is compared.

    NFKC (full-width letters and digits to plain ones), control characters to spaces, format characters and
    lone surrogates away, traditional to simplified Chinese, lower case, runs of white space to one space.
    Never fails; may be empty.
    """
    if not text:
        return ""
    clean = unicodedata.normalize("NFKC", text.translate(_FATES)).translate(_FATES)
    return _SPACES.sub(" ", simplified(clean).lower()).strip()
