"""Corrections 改正: cells of quarantined rows as a person changes them, checked and handed in together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nicegui import events, ui
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.access import Principal
from app.console.arrival import upload_field
from app.console.desk import Desk, say
from app.console.intake_report import show_sample
from app.errors import ChanjiaoError
from app.ingest import KINDS
from app.ingest.quarantine import LINE, cell_text
from app.ingest.quarantine_corrections import CorrectionReport, correct_rows
from app.ingest.quarantine_import import import_corrections
from app.ingest.uploads import plain_name, room_on_disk
from app.models import Batch, QuarantinedRow

LARGEST_WORKBOOK = 64 * 1024 * 1024
_MOST_ALIKE = 10_000
"""Rows with the same fault that are changed with one, at most."""
_ASK = """
if (window.unsaved === undefined) addEventListener("beforeunload", (event) => {
  if (window.unsaved) { event.preventDefault(); event.returnValue = true; }
});
"""
"""Lets the browser ask before a page with unsaved changes is left. Not as window.onbeforeunload, which is NiceGUI's."""
_LONG = 80
"""Characters of a cell that has more than one line to be corrected in."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row as it is corrected: its cells in the order of the file, and where the fault is."""

    id: int
    place: str
    cells: Mapping[str, str]
    faulty: frozenset[str]
    """Headers of the cells at fault."""
    reason: str
    remedy: str
    alike: int
    """Waiting rows of the batch with the same value at fault for the same reason, this one among them; 0 where there is
    no such value, or it is not told in which cell.
    """


class Corrections:
    """What one person has changed in the rows of one batch, and not handed in yet."""

    def __init__(self, desk: Desk, principal: Principal, batch_id: str) -> None:
        self._desk = desk
        self._principal = principal
        self._batch_id = batch_id
        self._page = ui.context.client.content
        self._changes: dict[int, dict[str, str]] = {}

    def __contains__(self, row: int) -> bool:
        return row in self._changes

    async def edit(self, row_id: int) -> bool:
        """Ask for the corrected cells of a row; whether anything was changed."""
        row = await self._desk.do(held_row, row_id)
        if row is None:
            ui.notify("这一行刚刚由别人改正", type="warning")
            return False
        kept = self._changes.get(row_id, {})
        with ui.dialog() as dialog, ui.card().classes("w-full max-w-2xl"):
            ui.label(f"第 {row.place} 行：{row.reason}").classes("font-medium")
            ui.label(row.remedy).classes("text-sm text-gray-600")
            inputs = {}
            with ui.scroll_area().classes("w-full h-96"):
                for header, text in sorted(row.cells.items(), key=lambda cell: cell[0] not in row.faulty):
                    # one line of input would lose the ends of lines
                    cell = ui.textarea if "\n" in text or len(text) > _LONG else ui.input
                    field = cell(header, value=kept.get(header, text)).classes("w-full")
                    field.props("dense rows=3")
                    if header in row.faulty:
                        field.props("outlined color=negative label-color=negative")
                    inputs[header] = field
            alike = None
            if row.alike > 1:
                alike = ui.checkbox(f"值与原因相同的 {row.alike:,} 行，出错的这一格一并改")
            with ui.row().classes("self-end"):
                ui.button("取消", on_click=lambda: dialog.submit(False)).props("flat")
                ui.button("改好了", on_click=lambda: dialog.submit(True))
        confirmed = await dialog
        dialog.delete()
        if not confirmed:
            return False
        changed = {
            h: str(field.value or "") for h, field in inputs.items() if (field.value or "") != row.cells[h]
        }
        self._changes.pop(row_id, None)
        if changed:
            self._changes[row_id] = changed
        if alike is not None and alike.value and (faulty := changed.keys() & row.faulty):
            header = next(iter(faulty))
            for other in await self._desk.do(rows_alike, row_id):
                self._changes.setdefault(other, {})[header] = changed[header]
        self.bar.refresh()
        return True

    @ui.refreshable_method
    def bar(self) -> None:
        """What has been changed, and the buttons that check and hand it in; the browser asks before it is lost."""
        ui.run_javascript(_ASK + f"window.unsaved = {'true' if self._changes else 'false'}")
        if not self._changes:
            return
        with (
            ui.card().classes("w-full sticky bottom-2 z-10 bg-blue-1"),
            ui.row().classes("items-center gap-4"),
        ):
            ui.label(f"已改 {len(self._changes):,} 行，尚未交回")
            ui.button("检查", on_click=lambda: self._submit(dry_run=True)).props("outline")
            ui.button("交回", on_click=lambda: self._submit(dry_run=False))
            ui.button("全部放弃", on_click=self._start_anew).props("flat")

    async def _submit(self, *, dry_run: bool) -> None:
        with self._page:  # the bar with what was pressed may be drawn anew
            report = await self._desk.attempt(
                correct_rows, self._batch_id, dict(self._changes), who=self._principal.id, dry_run=dry_run
            )
            if report is not None:
                await show_report(report)
                if not dry_run:
                    self._start_anew()

    def _start_anew(self) -> None:
        with self._page:
            self._changes.clear()
            ui.run_javascript("window.unsaved = false; location.reload()")


def held_row(session: Session, row_id: int) -> HeldRow | None:
    """The row with this id; None where it does not wait any more."""
    row = session.get(QuarantinedRow, row_id)
    if row is None or row.resolved_by is not None:
        return None
    batch = session.get_one(Batch, row.batch_id)
    # of a file with one table also the cells that the row, cut off, does not have
    absent = () if row.sheet or LINE in row.raw else batch.reading.get("headers", ())
    faulty = faulty_headers(batch, row)
    same = select(func.count()).select_from(_alike(row).subquery())
    return HeldRow(
        id=row.id,
        place=f"{row.sheet} {row.row}".strip(),
        cells={header: cell_text(row.raw.get(header, "")) for header in dict.fromkeys([*row.raw, *absent])},
        faulty=faulty,
        reason=row.reason,
        remedy=row.remedy,
        alike=(session.scalar(same) or 0) if row.value and len(faulty) == 1 else 0,
    )


def rows_alike(session: Session, row_id: int) -> list[int]:
    """Ids of the waiting rows of the same batch with the same value at fault for the same reason."""
    row = session.get_one(QuarantinedRow, row_id)
    return list(session.scalars(_alike(row)))


def _alike(row: QuarantinedRow) -> Select[int]:
    same = (
        QuarantinedRow.batch_id == row.batch_id,
        QuarantinedRow.resolved_by.is_(None),
        QuarantinedRow.reason_code == row.reason_code,
        QuarantinedRow.column == row.column,
        QuarantinedRow.value == row.value,
    )
    return select(QuarantinedRow.id).where(*same).order_by(QuarantinedRow.id).limit(_MOST_ALIKE)


def faulty_headers(batch: Batch, row: QuarantinedRow) -> frozenset[str]:
    """Headers of the file whose cell the fault names: by the header itself, or by the title of our column."""
    kind = KINDS.get(batch.kind)
    titles = {column.name: column.title for column in kind.columns} if kind else {}
    columns = batch.reading.get("columns", {})
    return frozenset(
        header
        for header in (*row.raw, *columns)
        if row.column and row.column in (header, titles.get(columns.get(header, "")))
    )


async def show_report(report: CorrectionReport) -> None:
    """What became of corrected rows, until the person closes it."""
    with ui.dialog() as dialog, ui.card().classes("max-w-3xl"):
        ui.label("检查的结果（未保存）" if report.dry_run else "已交回").classes("font-medium")
        ui.label(
            f"改动 {report.read} 行：接收 {report.accepted}，重复 {report.repeated}，仍被隔离 {report.quarantined}；"
            f"未改动 {report.unchanged}，此前已解决 {report.resolved_before}；还有 {report.waiting} 行等待"
        )
        show_sample(report.quarantine_sample)
        ui.button("知道了", on_click=lambda: dialog.submit(True)).props("flat").classes("self-end")
    await dialog
    dialog.delete()


def offer_workbook(desk: Desk, principal: Principal) -> None:
    """A place to hand in a corrected export."""

    async def hand_in(event: events.UploadEventArguments) -> None:
        with desk.folder() as folder:
            path = Path(folder) / plain_name(event.file.name)
            try:
                with room_on_disk():
                    await event.file.save(path)
            except ChanjiaoError as error:
                say(error)
                return
            report = await desk.attempt(import_corrections, path, who=principal.id)
        if report is not None:
            await show_report(report)
            ui.navigate.reload()

    with ui.expansion("用表格改正：交回改好的导出文件（XLSX 或 CSV）", icon="table_view").classes("w-full"):
        upload_field(
            "改好的导出文件",
            max_file_size=LARGEST_WORKBOOK,
            on_upload=hand_in,
            on_rejected=lambda: ui.notify("请选 XLSX 或 CSV，最大 64 MB", type="negative"),
        ).props("accept=.xlsx,.csv")
