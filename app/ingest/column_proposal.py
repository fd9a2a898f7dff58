"""What the headers of a table are taken for: by name, by what the cells hold, each with a score."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from app.ingest.column_disputes import AGAIN, disputed, parts_of_columns
from app.ingest.mappings import ColumnMapping
from app.ingest.resolve import similarity
from app.ingest.schema import SIMULATED, Column, Kind, header_key
from app.ingest.value_types import TELLING, reads_as
from app.ingest.values import clean, is_empty

SURE = 0.92
"""Score from which a header that no list of names has is used without asking, if nothing else comes near."""
CLEAR_OF_OTHERS = 0.1
"""How far a sure pair must stand before the next column for the header and the next header for the column."""
DOUBTFUL_NEEDED = 0.5
"""Score from which a pair is asked about where the file lacks the column otherwise and cannot do without."""
DOUBTFUL_OPTIONAL = 0.7
"""Score from which a pair is asked about where the file may do without the column."""
MOST_OF_OTHERS = 0.4
"""Score of a header with a word that makes it another figure than the column: 未就业人数, 离沪人数, 建校年份."""
_OF_OTHERS = (
    *(
        "未",
        "不",
        "非",
        "待",
        "暂",
        "离",
        "其中",
        "男",
        "女",
        "上年",
        "去年",
        "往年",
        "上届",
        "预留",
        "截止",
        "预计",
        "应报到",
    ),
    *(
        "外省",
        "外地",
        "省外",
        "升学",
        "结业",
        "协议",
        "灵活",
        "折合",
        "困难",
        "兼职",
        "外聘",
        "双师",
        "建校",
        "成立",
        "专业类",
    ),
    *("研究生", "博士", "硕士", "留学生", "占比", "比例", "增长"),
)
SAMPLE_ROWS = 200
LONGEST_SAMPLE = 250
MOST_HEADERS = 200
"""Unknown headers that are compared with the columns; no table for people has more, and files made to harm have."""
SCORE_OF_PART = 0.9
_UNNAMED = re.compile(r"第\d+列(?:#\d+)?")
"""What reading calls a column that has no header."""
SHOWN = 3
"""Sample values and alternatives shown with a header."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column a header may be, with a score 0–1."""

    column: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class HeaderProposal:
    """What is proposed for one header.

    `how` is mapping (a person said so), name (an exact name of the column), similar (name and content), ignored (a
    person said it is none), repeated (another header is that column already, and has the same values where it is one of
    numbers), disputed (several headers are the column, and their values differ) or unknown.
    """

    header: str
    samples: tuple[str, ...]
    column: str | None
    score: float
    how: str
    doubtful: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What each header of a table is taken for, in their order."""

    kind: str
    headers: tuple[HeaderProposal, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Our column of each header that surely has one."""
        return {h.header: h.column for h in self.headers if h.column and not h.doubtful}

    @property
    def doubtful(self) -> tuple[HeaderProposal, ...]:
        """Headers on which a person must decide."""
        return tuple(header for header in self.headers if header.doubtful)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def propose(
    headers: Sequence[str], rows: Iterable[Mapping[str, Any]], kind: Kind, given: ColumnMapping | None = None
) -> Proposal:
    """What each header is taken for, given some of the rows (cells by header) as samples."""
    given = given or ColumnMapping()
    sampled = list(islice(rows, SAMPLE_ROWS))
    samples = _samples(headers, sampled)
    settled, how = _by_name(headers, kind, given)
    rivals = disputed(headers, how, sampled, kind)
    have = {*settled.values(), *given.constants} - {None}
    free = [column for column in kind.columns if column.name not in have and column.name != SIMULATED.name]
    unsettled = (h for h in headers if h not in settled and not _UNNAMED.fullmatch(h))
    open_headers = list(islice(unsettled, MOST_HEADERS))
    scores = {
        (header, column.name): _score(header, column, samples[header])
        for header in open_headers
        for column in free
    }
    chosen = _chosen(scores, kind, have)
    titles = {column.name: column.title for column in kind.columns}
    ranked: dict[str, list[Candidate]] = {}
    for (header, name), score in sorted(scores.items(), key=lambda item: -item[1]):
        if score >= DOUBTFUL_NEEDED:
            ranked.setdefault(header, []).append(Candidate(name, titles[name], score))
    proposals = []
    for header in headers:
        shown = tuple(dict.fromkeys(samples[header]))[:SHOWN]
        if header in rivals:
            ours = rivals[header]
            only = (Candidate(ours, titles[ours], 1.0),)
            proposals.append(HeaderProposal(header, shown, ours, 1.0, "disputed", True, only))
            continue
        if header in settled:
            column = settled[header]
            score = 1.0 if column else 0.0
            proposals.append(HeaderProposal(header, shown, column, score, how[header], False, ()))
            continue
        column, score, sure = chosen.get(header) or (None, 0.0, True)
        found = "similar" if column else "unknown"
        others = tuple(ranked.get(header, ()))[:SHOWN]
        proposals.append(HeaderProposal(header, shown, column, score, found, not sure, others))
    return Proposal(kind.name, tuple(proposals))


def of_parts(proposals: Sequence[Proposal]) -> Proposal:
    """One proposal for a file of several tables; a header of more than one is what the first says that knows it, and
    none where it repeats another in any.
    """
    first = proposals[0]
    if len(proposals) == 1:
        return first
    headers: dict[str, HeaderProposal] = {}
    for proposal in proposals:
        for header in proposal.headers:
            before = headers.get(header.header)
            if (
                header.how == "repeated"
                or before is None
                or (before.column is None and before.how != "repeated")
            ):
                headers[header.header] = header
    return Proposal(first.kind, tuple(headers.values()))


def _by_name(
    headers: Sequence[str], kind: Kind, given: ColumnMapping
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Headers that are settled, by a person's word or by an exact name, with the column or None; and how."""
    settled: dict[str, str | None] = {}
    how: dict[str, str] = {}
    exact_of = {header: kind.column_for(AGAIN.sub("", header)) for header in headers}
    parts = parts_of_columns(exact_of)
    answered = {said for header in headers if (said := given.columns.get(clean(header)))}
    taken: set[str] = set()
    for header in headers:
        said = given.columns.get(clean(header))
        exact = None if header in parts else exact_of[header]
        if not said and not parts.get(header, True):  # a part beside the whole
            settled[header], how[header] = None, "unknown"
            continue
        if said is None and clean(header) in given.ignored:
            settled[header], how[header] = None, "ignored"
        elif ours := said or (exact.name if exact else None):
            again = ours in taken or (not said and ours in answered)
            settled[header] = None if again else ours
            how[header] = "repeated" if again else "mapping" if said else "name"
            if not again:
                taken.add(ours)
    return settled, how


def _samples(headers: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Values of each header that are not empty, those of the first rows."""
    found: dict[str, list[str]] = {header: [] for header in headers}
    for row in islice(rows, SAMPLE_ROWS):
        for header, value in row.items():
            if header in found and (text := clean(value)) and not is_empty(text):
                found[header].append(text[:LONGEST_SAMPLE])
    return found


def _score(header: str, column: Column, values: Sequence[str]) -> float:
    """0–1: likeness of the name to any name of the column, and the share of cells that read as its type.

    How much the cells count depends on how much such cells tell: many columns hold numbers, few hold schools.
    """
    key = header_key(header)
    name, nearest = max((similarity(key, other), other) for other in map(header_key, column.names))
    if any(word in key and word not in nearest for word in _OF_OTHERS):
        return min(round(name, 3), MOST_OF_OTHERS)
    if name == 1.0:  # and yet not the column: what its brackets say makes it a part
        return SCORE_OF_PART
    telling = TELLING[column.type]
    if not values or not telling:
        return round(name, 3)
    some = values[:: max(1, len(values) // 50)]
    content = sum(reads_as(column.type, value) for value in some) / len(some)
    return round((1 - telling) * name + telling * content, 3)


def _needed(kind: Kind, have: set[str | None]) -> set[str]:
    """Columns that the file cannot do without and that no header is yet."""
    groups = [group for group in kind.one_of if not have & set(group)]
    return {c.name for c in kind.columns if c.required and c.name not in have} | {
        n for g in groups for n in g
    }


Scores = Mapping[tuple[str, str], float]
"""Score by header and column."""


def _chosen(scores: Scores, kind: Kind, have: set[str | None]) -> dict[str, tuple[str, float, bool]]:
    """The best column of each header that has any worth a question, each column once: (column, score, sure).

    Weaker pairs count only for columns that are still needed when the stronger are given.
    """
    pairs = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    chosen: dict[str, tuple[str, float, bool]] = {}
    taken: set[str] = set()
    for least in (DOUBTFUL_OPTIONAL, DOUBTFUL_NEEDED):
        needed = _needed(kind, have | taken)
        for (header, column), score in pairs:
            if score < least or header in chosen or column in taken:
                continue
            if least == DOUBTFUL_OPTIONAL or column in needed:
                chosen[header] = (column, score, _is_sure(scores, header, column))
                taken.add(column)
    return chosen


def _is_sure(scores: Scores, header: str, column: str) -> bool:
    """Whether a pair needs no question: nearly alike, and no other pair of either comes near."""
    rivals = [other for (h, c), other in scores.items() if (h == header) != (c == column)]
    score = scores[header, column]
    return score >= SURE and score - max(rivals, default=0.0) >= CLEAR_OF_OTHERS
