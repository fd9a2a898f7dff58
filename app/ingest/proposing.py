"""What a file would be taken for, before anything is loaded: its kind, its headers, its first rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from app.ingest.column_proposal import HeaderProposal
from app.ingest.columns import fitting, looks_like, must_exist, open_as, proposed, ranked
from app.ingest.kinds import KINDS, kind_named
from app.ingest.mappings import ColumnMapping, mapping_for
from app.ingest.reading import open_table
from app.ingest.storable import storable, storable_row

FIRST_ROWS = 5
"""Rows shown with a proposal."""
FEWEST_KNOWN = 2
"""Headers a kind must know to be likely although it misses columns."""


@dataclass(frozen=True, slots=True)
class FileProposal:
    """How a file would be read as one of a kind, with what is in doubt or missing."""

    kind: str
    file: str
    reading: Mapping[str, Any]
    """Format, encoding, delimiter, sheet, row of the header."""
    headers: tuple[HeaderProposal, ...]
    missing: tuple[str, ...]
    """Columns that the kind needs and no header surely is."""
    constants: Mapping[str, Any]
    """Values given for columns that the file lacks."""
    kept_mapping: str
    """Name of the kept mapping that was used; empty where there is none."""
    looks_like: str | None
    """Another kind whose columns are all there."""
    rows: tuple[Mapping[str, Any], ...]
    """The first rows; personal data in them, as in samples, are masked."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def propose_file(
    path: Path, kind: str, *, source: str | None = None, mapping: Path | ColumnMapping | None = None
) -> FileProposal:
    """What each header of the file would be taken for, under the mapping given or kept for the source.

    Raises InvalidInputError for a kind that does not exist, UnreadableFileError where the file cannot be read.
    """
    chosen = kind_named(kind)
    must_exist(path)
    given = mapping_for(mapping, chosen, source or path.name)
    constants = dict(given.constants)
    if source and any(column.name == "source" for column in chosen.columns):
        constants.setdefault("source", source)
    given = replace(given, constants=constants)
    with open_as(path, chosen, given) as table:
        proposal, top = proposed(table, chosen, given)
        other = looks_like(table.headers, chosen)
        return FileProposal(
            kind=chosen.name,
            file=path.name,
            reading=table.reading,
            headers=tuple(
                replace(each, samples=tuple(map(storable, each.samples))) for each in proposal.headers
            ),
            missing=tuple(chosen.missing({*proposal.columns.values(), *constants})),
            constants=constants,
            kept_mapping=Path(given.origin).name if given.origin and mapping is None else "",
            looks_like=other.name if other else None,
            rows=tuple(storable_row(row)[0] for row in islice(top, FIRST_ROWS)),
        )


def likely_kinds(path: Path) -> list[str]:
    """Names of the kinds that the headers of the file speak for, the likeliest first; none where a person must say.

    Kinds whose required columns are all there come first, then those that know several headers and more than they
    miss. Raises UnreadableFileError where the file cannot be read.
    """
    must_exist(path)

    def recognised(header: str) -> bool:
        return any(kind.column_for(header) for kind in KINDS.values())

    with open_table(path, recognised, lambda headers: bool(fitting(headers))) as table:
        known = {
            kind.name: sum(kind.column_for(header) is not None for header in table.headers)
            for kind in KINDS.values()
        }
        return [
            kind.name
            for kind, missing in ranked(table.headers)
            if not missing or known[kind.name] >= max(FEWEST_KNOWN, missing + 1)
        ]
