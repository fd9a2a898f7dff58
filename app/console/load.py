"""Load a file 装入: choose it, look at its columns, check it, and let it in; nothing is stored before the last step."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Depends
from nicegui import events, ui
from nicegui.elements.mixins.disableable_element import DisableableElement
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.console.arrival import upload_field
from app.console.choices import ColumnChoices
from app.console.desk import Desk, say, typed
from app.console.frame import PATH, WORK, console_page, framed
from app.console.intake_report import show_intake
from app.errors import ChanjiaoError
from app.ingest import KINDS, BatchReport, ingest_file
from app.ingest.proposing import FileProposal, likely_kinds, propose_file
from app.ingest.uploads import LARGEST_UPLOAD, plain_name, room_on_disk

UPLOADS = f"{PATH}/_nicegui/client/"
"""Where uploads arrive, for the limit of request bodies."""
_OPTIONS = "在这一页：--kind 是“种类”，--source 是“来源”，--mapping 是“列的对应”，--supersede 是“取代……旧批次”；撤回在批次自己的页上"
LONGEST = 300
"""Characters of a source and of a licence."""
TOO_LARGE = "文件太大：最大 256 MB，请压成 ZIP"


@dataclass(slots=True)
class Delivery:
    """What a person has said of the file so far."""

    kind: str = ""
    source: str = ""
    licence: str = ""
    simulated: bool = False
    hold: bool = False
    supersede: bool = False
    keep_mapping: bool = True


class Loading:
    """One file on its way in: the upload, how it would be read, and what has become of it."""

    def __init__(self, desk: Desk, principal: Principal) -> None:
        self._desk = desk
        self._principal = principal
        self._page = ui.context.client.content
        self._delivery = Delivery()
        self._folder: TemporaryDirectory[str] | None = None
        self._path: Path | None = None
        self._proposal: FileProposal | None = None
        self._choices: ColumnChoices | None = None
        self._report: BatchReport | None = None
        self._looks = 0
        self._rows_read = 0
        self._busy = False
        self._left = False
        self._locked: list[DisableableElement] = []
        self.upload: ui.upload | None = None

    async def receive(self, event: events.UploadEventArguments) -> None:
        """Keep the uploaded file under its own name, and look what it is; what was said of another is forgotten."""
        if self._busy:
            self._warn("上一个文件还在装入，请稍候再选")
            return
        self._forget()
        self._looks += 1
        look = self._looks
        # a folder for each: the one before may have had the same name
        self._folder = folder = self._desk.folder()
        path = Path(folder.name) / plain_name(event.file.name)
        self.steps.refresh()
        try:
            with room_on_disk():
                await event.file.save(path)
                likely = await asyncio.to_thread(likely_kinds, path)
        except (ChanjiaoError, OSError) as error:
            if look != self._looks:  # another was chosen meanwhile, and the folder of this one is gone
                return
            if not isinstance(error, ChanjiaoError):
                raise
            self._say(error)
            return
        if look == self._looks:
            self._path = path
            self._delivery.kind = next(iter(likely), "")
            await self.look()

    def _forget(self) -> None:
        self._delivery = Delivery()
        self._path = self._proposal = self._choices = self._report = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def leave(self) -> None:
        """The page is gone; a file that is being loaded is let in whole before it goes too."""
        self._left = True
        if not self._busy:
            self._forget()

    async def look(self) -> None:
        """How the file would be read as one of the chosen kind, from the given source."""
        self._looks += 1
        look = self._looks
        self._proposal = self._choices = self._report = None
        if self._path is not None and self._delivery.kind:
            try:
                proposal = await asyncio.to_thread(self._propose, self._path)
            except ChanjiaoError as error:
                self._say(error)
            else:
                if look != self._looks:  # another kind was chosen meanwhile
                    return
                self._proposal, self._choices = proposal, ColumnChoices(proposal)
        self.steps.refresh()

    async def look_again(self) -> None:
        """Look once more where the source given says more, such as by a mapping kept for it."""
        if not self._busy:
            try:
                await self._says_more()
            except ChanjiaoError as error:
                self._say(error)

    async def _says_more(self) -> bool:
        """Whether the source given says more of the columns than is shown; it is shown then, with what was chosen."""
        before, choices, look = self._proposal, self._choices, self._looks
        if self._path is None or before is None or choices is None:
            return False
        proposal = await asyncio.to_thread(self._propose, self._path)
        if proposal == before or look != self._looks:
            return False
        if self._proposal is before:
            self._proposal, self._choices = proposal, ColumnChoices(proposal, choices)
            self.steps.refresh()
        return proposal.headers != before.headers

    def _propose(self, path: Path) -> FileProposal:
        return propose_file(path, self._delivery.kind, source=typed(self._delivery.source, LONGEST) or None)

    async def take(self, *, dry_run: bool) -> None:
        """Check the file, or let it in."""
        if self._path is None or self._choices is None or self._busy:
            return
        self._rows_read, self._report = 0, None
        self._set_busy(True)
        try:
            self._report = await self._taken(self._path, dry_run=dry_run)
        finally:
            self._set_busy(False)

    async def _taken(self, path: Path, *, dry_run: bool) -> BatchReport | None:
        try:
            if await self._says_more():
                self._warn("采用了为此来源保存的列对应，请再看一遍")
                return None
        except ChanjiaoError as error:
            self._say(error)
            return None
        choices = self._choices
        if choices is None:
            return None
        if faults := choices.faults():
            self._warn("；".join(faults))
            return None
        delivery = replace(
            self._delivery,
            source=typed(self._delivery.source, LONGEST),
            licence=typed(self._delivery.licence, LONGEST),
        )
        try:
            return await self._desk.do(self._ingest, path, delivery, choices, dry_run=dry_run)
        except ChanjiaoError as error:
            self._say(error)
            return None

    def _say(self, error: ChanjiaoError) -> None:
        if "--" in error.remedy:
            error.remedy += f"\n{_OPTIONS}"
        with self._page:  # what was pressed may have been drawn anew
            say(error)

    def _warn(self, text: str) -> None:
        with self._page:
            ui.notify(text, type="warning", multi_line=True)

    def _set_busy(self, busy: bool) -> None:
        """While a file is being read, no other can be chosen, and it is what it was said to be."""
        self._busy = busy
        if self._left:
            self._forget()
            return
        for each in (self.upload, *self._locked):
            if each is not None:
                each.set_enabled(not busy)
        self.outcome.refresh()

    def _changed(self) -> None:
        """What was found in a check does not hold for other choices."""
        if self._report is not None and self._report.dry_run:
            self._report = None
            self.outcome.refresh()

    def _ingest(
        self, session: Session, path: Path, delivery: Delivery, choices: ColumnChoices, *, dry_run: bool
    ) -> BatchReport:
        source = delivery.source or None
        return ingest_file(
            session,
            path,
            delivery.kind,
            source=source,
            mapping=choices.mapping(source or path.name),
            dry_run=dry_run,
            simulated=delivery.simulated,
            licence=delivery.licence,
            who=self._principal.id,
            hold=delivery.hold,
            supersede=delivery.supersede,
            save_mapping=delivery.keep_mapping and choices.answered,
            progress=self._progress,
        )

    def _progress(self, rows: int) -> None:
        self._rows_read = rows

    @ui.refreshable_method
    def steps(self) -> None:
        """What is to be settled of the file."""
        if self._path is None:
            return
        with ui.card().classes("w-full").props("flat bordered"):
            self._what_it_is(self._path)
        if self._choices is None:
            return
        with ui.card().classes("w-full").props("flat bordered"):
            self._choices.show(self._changed)
        with ui.card().classes("w-full").props("flat bordered"):
            self._how_to_take_it()
        self.outcome()

    @ui.refreshable_method
    def outcome(self) -> None:
        """The buttons, the progress, and what came of them."""
        done = self._report is not None and not self._report.dry_run
        with ui.row().classes("items-center gap-4"):
            for title, dry_run in (("检查（不保存）", True), ("装入", False)):
                button = ui.button(title, on_click=lambda dry_run=dry_run: self.take(dry_run=dry_run))
                button.props("outline" if dry_run else "").set_enabled(not self._busy and not done)
            if self._busy:
                ui.spinner(size="lg")
                read = ui.label().classes("tabular")
                ui.timer(0.3, lambda: read.set_text(f"已读 {self._rows_read:,} 行 …"))
        if self._report is not None and not self._busy:
            show_intake(self._report)

    def _what_it_is(self, path: Path) -> None:
        ui.label(f"1　{path.name} 是什么").classes("text-lg font-medium")
        with ui.row().classes("items-center gap-4"):
            kinds = {name: kind.title for name, kind in KINDS.items()}
            select = ui.select(
                kinds, value=self._delivery.kind or None, label="种类", with_input=True, on_change=self.look
            )
            select.bind_value_to(self._delivery, "kind", lambda kind: kind or "").classes("w-64")
            source = ui.input("来源", placeholder="默认为文件名", value=self._delivery.source)
            source.props(f"maxlength={LONGEST}").classes("w-72")
            source.bind_value_to(self._delivery, "source").on("blur", self.look_again)
            self._locked = [select, source]
            for each in self._locked:
                each.set_enabled(not self._busy)
            if not self._delivery.kind:
                ui.label("看不出是哪一种，请选择。").classes("text-accent")
        if self._proposal is None:
            return
        ui.label(KINDS[self._proposal.kind].description).classes("text-sm text-gray-600")
        if self._proposal.looks_like and self._proposal.missing:
            other = KINDS[self._proposal.looks_like].title
            ui.label(f"这个文件像是“{other}”。").classes("text-accent")

    def _how_to_take_it(self) -> None:
        ui.label("3　如何装入").classes("text-lg font-medium")
        with ui.row().classes("items-center gap-4"):
            licence = ui.input("使用许可", value=self._delivery.licence)
            licence.props(f"maxlength={LONGEST}").classes("w-72").bind_value_to(self._delivery, "licence")
        with ui.row().classes("gap-6"):
            for text, name in (
                ("整个文件是模拟数据", "simulated"),
                ("只检查并留存，接收后才计入", "hold"),
                ("取代同一来源、同一种类的旧批次", "supersede"),
                ("记住列的对应，此来源以后自动采用", "keep_mapping"),
            ):
                ui.checkbox(text, value=getattr(self._delivery, name)).bind_value_to(self._delivery, name)


def register(desk: Desk) -> None:
    @console_page("/load", away=WORK)
    async def load(principal: Annotated[Principal, Depends(require(Permission.MANAGE_BATCHES))]) -> None:
        loading = Loading(desk, principal)
        ui.context.client.on_delete(loading.leave)
        note = "CSV、TSV、XLSX、XLS、ODS、JSON、JSONL 或它们的 ZIP。编码、表头与列自动识别；先检查，再装入。"
        with framed("装入文件", note):
            loading.upload = upload_field(
                "选择文件，或拖到这里",
                max_file_size=LARGEST_UPLOAD,
                on_upload=loading.receive,
                on_rejected=lambda: ui.notify(TOO_LARGE, type="negative"),
            )
            _templates()
            loading.steps()


def _templates() -> None:
    """Workbooks to fill in, one of each kind."""
    with ui.dropdown_button("填写用的模板（XLSX）", icon="download", auto_close=True).props("flat no-caps"):
        for name, kind in KINDS.items():
            with ui.item().props(f'tag=a href="/v1/kinds/{name}/template" clickable'):
                ui.item_section(kind.title)
