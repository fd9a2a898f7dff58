"""Names found in a text, the longest first."""

from collections.abc import Iterator, Mapping


class Lexicon:
    """Names with what each stands for. Finding them takes time linear in the text for names of bounded length."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._by_start: dict[str, list[int]] = {}
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:2], set()).add(len(name))
        for start, known in lengths.items():
            self._by_start[start] = sorted(known, reverse=True)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def get(self, name: str) -> str | None:
        return self._names.get(name)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, what it stands for) of each name, from left to right, none inside another."""
        place = 0
        while place < len(text) - 1:
            for length in self._by_start.get(text[place : place + 2], ()):
                name = text[place : place + length]
                if len(name) == length and name in self._names:
                    yield place, place + length, self._names[name]
                    place += length
                    break
            else:
                place += 1
