"""Headers of a file to the columns of a kind: by name, by what the cells hold, and by a person's word where in doubt."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from app.errors import UnreadableFileError
from app.ingest.column_disputes import AGAIN
from app.ingest.column_proposal import SAMPLE_ROWS, HeaderProposal, Proposal, of_parts, propose
from app.ingest.kinds import KINDS
from app.ingest.mappings import ColumnMapping, mapping_toml
from app.ingest.rates import per_cents, with_doubts
from app.ingest.reading import Row, Table, open_table
from app.ingest.schema import EXAMPLE, Kind
from app.ingest.values import clean

CLEARLY_MORE = 3
"""Columns that another kind must know beyond the asked one for a file that would pass as both to be refused."""
Ask = Callable[[HeaderProposal], str | None]
"""Asks a person which column a header is; None: none of them."""


def must_exist(path: Path) -> None:
    """Raises UnreadableFileError where there is no such file."""
    if not path.is_file():
        raise UnreadableFileError("找不到文件", remedy="请检查路径", where={"文件": str(path)})


@contextmanager
def open_as(path: Path, kind: Kind, given: ColumnMapping) -> Iterator[Table]:
    """The table of the file that looks most like one of the kind, under the mapping given.

    Raises UnreadableFileError where the file cannot be read.
    """

    def recognised(header: str) -> bool:
        return clean(header) in given.columns or kind.column_for(header) is not None

    def fits(headers: Iterable[str]) -> bool:
        named = {
            given.columns.get(clean(h)) or (column.name if (column := kind.column_for(h)) else "")
            for h in headers
        }
        return not kind.missing({*named, *given.constants})

    with open_table(path, recognised, fits) as table:
        yield table


def proposed(table: Table, kind: Kind, given: ColumnMapping) -> tuple[Proposal, list[Row]]:
    """What each header is taken for, and the first rows, by which that is told and which stay in the table's stream."""
    top = _top(table)
    return of_parts([propose(part, (row.cells for row in top), kind, given) for part in table.parts]), top


def _top(table: Table) -> list[Row]:
    rows = iter(table.rows)
    top = list(islice(rows, SAMPLE_ROWS))
    table.rows = chain(top, rows)
    return top


def doubt_rates(table: Table, columns: Mapping[str, str], kind: Kind) -> None:
    """Give rows with a rate that may be meant in two ways a fault; the first rows tell in which columns to look."""
    if doubtful := per_cents(columns, kind, _top(table)):
        table.rows = with_doubts(table.rows, doubtful)


def mapped_columns(
    table: Table, kind: Kind, given: ColumnMapping, path: Path, ask: Ask | None = None
) -> tuple[dict[str, str], ColumnMapping]:
    """Our column of each header that has one, and the mapping with what a person answered besides.

    Raises UnreadableFileError where a header is in doubt and there is nobody to `ask`, or where a required column is
    missing. Looks at the first rows of the table, which stay in its stream.
    """
    proposal, top = proposed(table, kind, given)
    place: dict[str, str | int] = {"文件": path.name, "行": table.reading.get("header_row", 1)}
    columns, answered = dict(proposal.columns), given
    if proposal.doubtful:
        if ask is None:
            raise _in_doubt(proposal, kind, {*columns.values(), *given.constants}, table.headers, place)
        columns, answered = _asked(proposal, columns, given, ask)
    if missing := kind.missing({*columns.values(), *given.constants}):
        remedy = _to_add(missing, kind)
        if _stands_on_end(table, top, kind):
            remedy = f"列名像是竖排在第一列：请转置成每条记录一行；否则{remedy}"
        if other := looks_like(table.headers, kind):
            remedy = f"这个文件像是“{other.title}”，请改用 --kind {other.name}；{remedy}"
        raise UnreadableFileError(
            f"不是“{kind.title}”文件：缺少列 {'、'.join(missing)}；现有列：{'、'.join(table.headers[:12]) or '无'}",
            remedy=remedy,
            where=place,
        )
    if not given.columns and (other := looks_like(table.headers, kind)):
        extra = _known(table.headers, other) - len(columns)
        if extra >= CLEARLY_MORE:
            raise UnreadableFileError(
                f"这个文件像是“{other.title}”，不像“{kind.title}”：前者认得的列多 {extra} 个",
                remedy=f"请改用 --kind {other.name}；确要按“{kind.title}”装入，请用 --mapping 写明列的对应",
                where=place,
            )
    doubt_rates(table, columns, kind)
    return columns, answered


def _to_add(missing: Sequence[str], kind: Kind) -> str:
    """What to do about missing columns."""
    if missing == ["来源"]:
        return "请补上这些列，或用 --mapping 说明列的对应，或用 --source 注明来源"
    name = next((column.name for column in kind.columns if column.title in missing[0].split("或")), "")
    example = "year = 2025" if name == "year" else f'{name} = "…"'
    return (
        "请补上这些列，或用 --mapping 说明列的对应；整个文件只有一个值的列，在 M.toml 的 [constants] 下写一行，"
        f"如 {example}"
    )


def _stands_on_end(table: Table, top: Sequence[Row], kind: Kind) -> bool:
    """Whether the names of the columns stand below each other in the first column."""
    first = [table.headers[:1], *(tuple(map(clean, row.cells.values()))[:1] for row in top[:50])]
    found = {column.name for cell in first if cell and (column := kind.column_for(cell[0]))}
    return len(found - {EXAMPLE.name}) >= 3


def _in_doubt(
    proposal: Proposal, kind: Kind, have: set[str], headers: Sequence[str], place: Mapping[str, str | int]
) -> UnreadableFileError:
    """The pairs in doubt with their scores, and the mapping that would settle them, ready to be saved."""
    titles = {column.name: column.title for column in kind.columns}
    pairs = "；".join(
        f"“{h.header}”像是“{titles[h.column or '']}”（{h.score:.2f}，如 {'、'.join(v[:20] for v in h.samples) or '无值'}）"
        for h in proposal.doubtful
    )
    chosen: dict[str | None, str] = {}
    for header in proposal.doubtful:
        chosen.setdefault(header.column, header.header)
    example = mapping_toml({"columns": chosen}).strip()
    if disputed := [h for h in proposal.doubtful if h.how == "disputed"]:
        names = "、".join(f"“{h.header}”" for h in disputed)
        pairs += f"。{names}中有同名而值不同的列，每一列只能取一个"
    remedy = (
        "请核对后把下面的对应存为 M.toml，用 --mapping M.toml 装入（加 --save-mapping 则此来源以后自动采用）；"
        '不是这一列的，删去那一行并写 ignore = ["列名"]（放在第一行）。在终端中运行会逐列询问\n' + example
    )
    if len({h.column for h in disputed if AGAIN.search(h.header)}) >= 2:
        remedy = f"一行里像是并排着几组相同的列：请把右边的各组移到下面，每行一条记录。否则{remedy}"
    lacking = kind.missing({*have, *(h.column or "" for h in proposal.doubtful)})
    if lacking:
        remedy = f"此外还缺少列 {'、'.join(lacking)}。{remedy}"
    if other := looks_like(headers, kind):
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


def looks_like(headers: Iterable[str], wanted: Kind) -> Kind | None:
    """Another kind than the one wanted that the headers fit, the one that knows most of them."""
    return next((kind for kind in fitting(headers) if kind is not wanted), None)


def fitting(headers: Iterable[str]) -> list[Kind]:
    """Kinds whose required columns are all among the headers, those that know most of them first."""
    return [kind for kind, missing in ranked(headers) if not missing]


def ranked(headers: Iterable[str]) -> list[tuple[Kind, int]]:
    """Kinds that know any of the headers, with how many columns they miss: those that miss none first, among these those
    that know most headers; then by how many more they know than they miss; else in the order of the kinds.
    """
    listed = list(headers)
    found = []
    for kind in KINDS.values():
        known = {column.name for header in listed if (column := kind.column_for(header))} - {EXAMPLE.name}
        if known:
            missing = len(kind.missing(known))
            found.append(((missing > 0, missing - len(known)), kind, missing))
    return [(kind, missing) for _, kind, missing in sorted(found, key=lambda one: one[0])]
