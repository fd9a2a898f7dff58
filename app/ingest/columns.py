"""Headers of a file to the columns of a kind: by name, by what the cells hold, and by a person's word where in doubt."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from app.errors import UnreadableFileError
from app.ingest.kinds import KINDS
from app.ingest.mappings import ColumnMapping, mapping_toml
from app.ingest.reading import Table
from app.ingest.resolve import similarity
from app.ingest.schema import EXAMPLE, SIMULATED, Column, Kind, header_key
from app.ingest.value_types import TELLING, reads_as
from app.ingest.values import clean, is_empty

CLEARLY_MORE = 3
"""Columns that another kind must know beyond the asked one for a file that would pass as both to be refused."""
SURE = 0.92
"""Score from which a header that no list of names has is used without asking, if nothing else comes near."""
CLEAR_OF_OTHERS = 0.1
"""How far a sure pair must stand before the next column for the header and the next header for the column."""
DOUBTFUL_NEEDED = 0.5
"""Score from which a pair is asked about where the file lacks the column otherwise and cannot do without."""
DOUBTFUL_OPTIONAL = 0.7
"""Score from which a pair is asked about where the file may do without the column."""
SAMPLE_ROWS = 200
LONGEST_SAMPLE = 250
MOST_HEADERS = 200
"""Unknown headers that are compared with the columns; no table for people has more, and files made to harm have."""
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
    person said it is none), repeated (another header is that column already) or unknown.
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


Ask = Callable[[HeaderProposal], str | None]
"""Asks a person which column a header is; None: none of them."""


Beside = Callable[[str], set[str]]
"""Other headers that stand in one sheet or member with this one: there each column has one header."""


def propose(
    headers: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    kind: Kind,
    given: ColumnMapping | None = None,
    beside: Beside | None = None,
) -> Proposal:
    """What each header is taken for, given some of the rows (cells by header) as samples; without `beside` all headers
    stand in one table.
    """
    given = given or ColumnMapping()
    samples = _samples(headers, rows)
    settled, how = _by_name(headers, kind, given, beside or (lambda header: set(headers) - {header}))
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


def mapped_columns(
    table: Table, kind: Kind, given: ColumnMapping, path: Path, ask: Ask | None = None
) -> tuple[dict[str, str], ColumnMapping]:
    """Our column of each header that has one, and the mapping with what a person answered besides.

    Raises UnreadableFileError where a header is in doubt and there is nobody to `ask`, or where a required column is
    missing. Looks at the first rows of the table, which stay in its stream.
    """
    settled, _ = _by_name(table.headers, kind, given, table.beside)
    if any(header not in settled for header in table.headers):
        rows = iter(table.rows)
        top = list(islice(rows, SAMPLE_ROWS))
        table.rows = chain(top, rows)
        proposal = propose(table.headers, (row.cells for row in top), kind, given, table.beside)
    else:
        proposal = propose(table.headers, (), kind, given, table.beside)
    place: dict[str, str | int] = {"文件": path.name, "行": table.reading.get("header_row", 1)}
    columns, answered = dict(proposal.columns), given
    if proposal.doubtful:
        if ask is None:
            raise _in_doubt(proposal, kind, {*columns.values(), *given.constants}, table.headers, place)
        columns, answered = _asked(proposal, columns, given, ask)
    if missing := kind.missing({*columns.values(), *given.constants}):
        remedy = "请补上这些列，或用 --mapping 说明列的对应" + (
            "，或用 --source 注明来源" if missing == ["来源"] else ""
        )
        if other := _looks_like(table.headers, kind):
            remedy = f"这个文件像是“{other.title}”，请改用 --kind {other.name}；{remedy}"
        raise UnreadableFileError(
            f"不是“{kind.title}”文件：缺少列 {'、'.join(missing)}；现有列：{'、'.join(table.headers[:12]) or '无'}",
            remedy=remedy,
            where=place,
        )
    if not given.columns and (other := _looks_like(table.headers, kind)):
        extra = _known(table.headers, other) - len(columns)
        if extra >= CLEARLY_MORE:
            raise UnreadableFileError(
                f"这个文件像是“{other.title}”，不像“{kind.title}”：前者认得的列多 {extra} 个",
                remedy=f"请改用 --kind {other.name}；确要按“{kind.title}”装入，请用 --mapping 写明列的对应",
                where=place,
            )
    return columns, answered


def _by_name(
    headers: Sequence[str], kind: Kind, given: ColumnMapping, beside: Beside
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Headers that are settled, by a person's word or by an exact name, with the column or None; and how."""
    settled: dict[str, str | None] = {}
    how: dict[str, str] = {}
    for header in headers:
        said = given.columns.get(clean(header))
        exact = kind.column_for(header)
        if said is None and clean(header) in given.ignored:
            settled[header], how[header] = None, "ignored"
        elif ours := said or (exact.name if exact else None):
            taken = any(settled.get(other) == ours for other in beside(header))
            settled[header] = None if taken else ours
            how[header] = "repeated" if taken else "mapping" if said else "name"
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
    name = max((similarity(key, header_key(other)) for other in column.names), default=0.0)
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


def _in_doubt(
    proposal: Proposal, kind: Kind, have: set[str], headers: Sequence[str], place: Mapping[str, str | int]
) -> UnreadableFileError:
    """The pairs in doubt with their scores, and the mapping that would settle them, ready to be saved."""
    titles = {column.name: column.title for column in kind.columns}
    pairs = "；".join(
        f"“{h.header}”像是“{titles[h.column or '']}”（{h.score:.2f}，如 {'、'.join(v[:20] for v in h.samples) or '无值'}）"
        for h in proposal.doubtful
    )
    example = mapping_toml({"columns": {h.column: h.header for h in proposal.doubtful}}).strip()
    remedy = (
        "请核对后把下面的对应存为 M.toml，用 --mapping M.toml 装入（加 --save-mapping 则此来源以后自动采用）；"
        '不是这一列的，删去那一行并写 ignore = ["列名"]（放在第一行）。在终端中运行会逐列询问\n' + example
    )
    lacking = kind.missing({*have, *(h.column or "" for h in proposal.doubtful)})
    if lacking:
        remedy = f"此外还缺少列 {'、'.join(lacking)}。{remedy}"
    if other := _looks_like(headers, kind):
        remedy = f"这个文件像是“{other.title}”，若是请改用 --kind {other.name}；{remedy}"
    return UnreadableFileError(f"有 {len(proposal.doubtful)} 列不能确定：{pairs}", remedy=remedy, where=place)


def _asked(
    proposal: Proposal, columns: dict[str, str], given: ColumnMapping, ask: Ask
) -> tuple[dict[str, str], ColumnMapping]:
    """The columns with a person's answers on those in doubt."""
    said, ignored = dict(given.columns), set(given.ignored)
    for header in proposal.doubtful:
        left = tuple(c for c in header.candidates if c.column not in columns.values())
        answer = ask(replace(header, candidates=left)) if left else None
        if answer is None:
            ignored.add(clean(header.header))
        else:
            columns[header.header] = said[clean(header.header)] = answer
    return columns, ColumnMapping(said, given.constants, frozenset(ignored), given.origin)


def _known(headers: Iterable[str], kind: Kind) -> int:
    """How many columns of the kind the headers name."""
    found = {column.name for header in headers if (column := kind.column_for(header))}
    return len(found - {EXAMPLE.name})


def _looks_like(headers: Iterable[str], wanted: Kind) -> Kind | None:
    """Another kind whose required columns are all there, the one that knows most of the headers."""
    listed = list(headers)
    fitting = []
    for kind in KINDS.values():
        known = {column.name for header in listed if (column := kind.column_for(header))}
        if kind is not wanted and known and not kind.missing(known):
            fitting.append((len(known), kind.name))
    return KINDS[max(fitting)[1]] if fitting else None
