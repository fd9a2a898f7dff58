"""Phrases found in a text in one pass."""

from collections.abc import Iterable


class Phrases:
    """A set of normalised phrases. A phrase of Latin letters or digits is found only as a whole word."""

    def __init__(self, phrases: Iterable[str]) -> None:
        starting: dict[str, list[str]] = {}
        for phrase in sorted(set(phrases)):
            starting.setdefault(phrase[:2], []).append(phrase)
        self._starting = starting

    def counts(self, text: str) -> dict[str, int]:
        """Phrase → how often it stands in a normalised text; overlapping ones all count."""
        found: dict[str, int] = {}
        for at in range(len(text)):
            for phrase in self._starting.get(text[at : at + 2], ()):
                if text.startswith(phrase, at) and _whole(text, at, at + len(phrase)):
                    found[phrase] = found.get(phrase, 0) + 1
        return found


def _whole(text: str, start: int, end: int) -> bool:
    return not (
        (_latin(text[start]) and start and _latin(text[start - 1]))
        or (_latin(text[end - 1]) and end < len(text) and _latin(text[end]))
    )


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
