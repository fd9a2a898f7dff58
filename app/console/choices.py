"""Which header is which column, as proposed and as a person chooses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from app.console.frame import how_read, table_columns
from app.ingest.column_proposal import HeaderProposal
from app.ingest.kinds import kind_named
from app.ingest.mappings import ColumnMapping, mapping_for
from app.ingest.proposing import FileProposal
from app.ingest.schema import SIMULATED, Column, Kind
from app.ingest.values import clean

NONE = ""
"""The choice of no column."""
MOST_UNKNOWN = 60
"""Headers that are like no column which are shown, and columns of the first rows."""
_HOW = {
    "mapping": "已保存的对应",
    "name": "名称相同",
    "similar": "名称与内容相近",
    "ignored": "已说明不用",
    "repeated": "与另一列相同",
    "disputed": "同名而值不同",
    "unknown": "没有相近的列",
}


class ColumnChoices:
    """The column of each header of a proposal; those in doubt have to be chosen by a person."""

    def __init__(self, proposal: FileProposal, earlier: "ColumnChoices | None" = None) -> None:
        """Of a proposal; what a person chose `earlier`, of the same file as the same kind, stays chosen."""
        self._proposal = proposal
        self._kind: Kind = kind_named(proposal.kind)
        self._titles = {column.name: column.title for column in self._kind.columns}
        self._proposed = {h.header: h.column or NONE for h in proposal.headers}
        self._chosen: dict[str, str | None] = {
            h.header: None if h.doubtful else h.column or NONE for h in proposal.headers
        }
        self._constants: dict[str, str] = {}
        if earlier is not None:
            self._chosen |= earlier._answers() | dict.fromkeys(earlier._ignored(), NONE)
            self._constants |= earlier._constants
        self._on_change: Callable[[], None] = lambda: None
        self._asked: list[Column] = []

    @property
    def answered(self) -> bool:
        """Whether a person has said anything that the file does not say by itself."""
        return bool(self._answers() or self._ignored() or self._given_constants())

    def mapping(self, source: str) -> ColumnMapping:
        """The mapping kept for the source, with what was chosen here."""
        kept = mapping_for(None, self._kind, source)
        kept = replace(kept, constants={n: v for n, v in kept.constants.items() if n not in self._cleared()})
        said = ColumnMapping(
            {clean(header): column for header, column in self._answers().items()},
            self._given_constants(),
            frozenset(map(clean, self._ignored())),
        )
        return kept.with_answers(said)

    def faults(self) -> list[str]:
        """What must be settled before the file can be taken."""
        said = []
        if open_headers := [header for header, column in self._chosen.items() if column is None]:
            said.append(f"请选择：{'、'.join(open_headers)} 是哪一列，或不用")
        taken: dict[str, str] = {}
        for header, column in self._chosen.items():
            if column and column in taken:
                said.append(f"“{taken[column]}”与“{header}”都选了“{self._titles[column]}”，只能取一个")
            elif column:
                taken[column] = header
        have = {*taken, *self._given_constants(), *self._proposal.constants.keys() - self._cleared()}
        if missing := self._kind.missing(have):
            said.append(f"缺少列：{'、'.join(missing)}；整个文件只有一个值的，请填在下面")
        return said

    def _answers(self) -> dict[str, str]:
        doubtful = {h.header for h in self._proposal.headers if h.doubtful}
        return {
            header: column
            for header, column in self._chosen.items()
            if column and (header in doubtful or column != self._proposed[header])
        }

    def _ignored(self) -> list[str]:
        return [h for h, column in self._chosen.items() if column == NONE and self._proposed[h] != NONE]

    def _given_constants(self) -> dict[str, str]:
        """Values given for the whole file; one of a column that a header became meanwhile does not count."""
        taken = set(self._chosen.values())
        return {
            name: value.strip()
            for name, value in self._constants.items()
            if value.strip() and name not in taken
        }

    def _cleared(self) -> set[str]:
        """Columns whose kept value for the whole file a person took away."""
        return {name for name, value in self._constants.items() if not value.strip()}

    def show(self, on_change: Callable[[], None]) -> None:
        """The headers with their samples and choices, and fields for columns that the file lacks; `on_change` is told
        of every other choice.
        """
        self._on_change = on_change
        ui.label("2　列的对应").classes("text-lg font-medium")
        reading = "　".join(f"{title} {value}" for title, value in how_read(self._proposal.reading))
        ui.label(reading).classes("text-sm text-gray-600")
        if self._proposal.kept_mapping:
            ui.label("采用了为此来源保存的列对应。").classes("text-sm text-gray-600")
        doubtful = [h for h in self._proposal.headers if h.doubtful]
        if doubtful:
            ui.label(f"有 {len(doubtful)} 列不能确定，请选择。").classes("text-accent")
        # those in doubt first; a table with thousands of columns is not shown whole
        said = [h for h in self._proposal.headers if h.column or h.candidates]
        rest = [h for h in self._proposal.headers if not (h.column or h.candidates)]
        listed = sorted([*said, *rest[:MOST_UNKNOWN]], key=lambda h: not h.doubtful)
        with (
            ui.element("div").classes("w-full overflow-x-auto"),
            ui.grid(columns="minmax(8rem,1fr) minmax(10rem,2fr) 16rem 10rem").classes(
                "w-full items-center gap-x-4 gap-y-1"
            ),
        ):
            for heading in ("文件中的列", "值如", "成为", "依据"):
                ui.label(heading).classes("font-medium text-gray-600")
            for header in listed:
                self._line(header)
        if beyond := len(self._proposal.headers) - len(listed):
            ui.label(f"还有 {beyond:,} 列没有相近的列，不用。").classes("text-sm text-gray-600")
        self._lacking()
        self._first_rows()

    def _line(self, header: HeaderProposal) -> None:
        ui.label(header.header).classes("break-all" + (" text-accent font-medium" if header.doubtful else ""))
        ui.label("、".join(sample[:30] for sample in header.samples) or "（无值）").classes(
            "text-sm text-gray-600 truncate"
        )
        select = ui.select(
            self._options(header),
            value=self._chosen[header.header],
            label="请选择" if header.doubtful else None,
            with_input=True,
        )
        select.bind_value_to(self._chosen, header.header).props("dense options-dense")
        select.on_value_change(self._chosen_anew)
        select.props["aria-label"] = f"{header.header} 成为"
        score = f" {header.score:.2f}" if header.how in ("similar", "disputed") and header.score else ""
        ui.label(_HOW.get(header.how, header.how) + score).classes("text-sm text-gray-600")

    def _options(self, header: HeaderProposal) -> dict[str, str]:
        """All columns, the likely ones first with their scores."""
        likely = {each.column: f"{each.title}（{each.score:.2f}）" for each in header.candidates}
        every = {column.name: column.title for column in self._kind.columns if column.name != SIMULATED.name}
        return {
            NONE: "不用这一列",
            **likely,
            **{name: title for name, title in every.items() if name not in likely},
        }

    def _chosen_anew(self) -> None:
        if self._needed() != self._asked:
            self._lacking.refresh()
        self._on_change()

    def _needed(self) -> list[Column]:
        """Columns that no header is, and without which the file cannot be taken, or which have a value all the same."""
        # what a header in doubt is like is asked about there
        have = {self._proposed[h] if column is None else column for h, column in self._chosen.items()}
        valued = self._proposal.constants.keys() - {"source"}  # the source has a field of its own
        return [
            c
            for c in self._kind.columns
            if c.name in valued
            or (c.name not in have and (c.required or self._in_a_group(c.name, have | valued)))
        ]

    @ui.refreshable_method
    def _lacking(self) -> None:
        """For columns that no header is, a value for the whole file may be given."""
        self._asked = needed = self._needed()
        if not needed:
            return
        ui.label("文件里没有的列：整个文件只有一个值的，填在这里").classes("font-medium pt-2")
        with ui.row().classes("gap-4"):
            for column in needed:
                kept = self._proposal.constants.get(column.name, NONE)
                given = self._constants.get(column.name, str(kept))
                field: Any
                if column.choices:
                    choices = dict.fromkeys((NONE, *column.choices, given))
                    field = ui.select([*choices], label=column.title, value=given)
                else:
                    field = ui.input(column.title, placeholder=column.note[:30], value=given)
                field.classes("w-48").on_value_change(
                    lambda e, name=column.name: self._give(name, str(e.value or ""))
                )

    def _give(self, name: str, value: str) -> None:
        self._constants[name] = value
        self._on_change()

    def _in_a_group(self, name: str, have: set[str]) -> bool:
        """Whether the column is one of several of which the file needs one and has none."""
        return any(name in group and not have & set(group) for group in self._kind.one_of)

    def _first_rows(self) -> None:
        headers = [h.header for h in self._proposal.headers[:MOST_UNKNOWN]]
        rows = [
            {str(place): str(row.get(header, ""))[:60] for place, header in enumerate(headers)}
            for row in self._proposal.rows
        ]
        with ui.expansion("最前面几行", icon="table_rows").classes("w-full"):
            named = [(str(place), header) for place, header in enumerate(headers)]
            ui.table(columns=table_columns(named), rows=rows).props("dense flat").classes("w-full")
