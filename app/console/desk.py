"""Where pages do their work: on the records, in a thread of its own, with errors said in the page."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from nicegui import ui
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from app.console.fault import recorded
from app.console.frame import framed
from app.errors import ChanjiaoError, DatabaseStateError, NotFoundError

P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 1.0
"""Seconds for which a page waits for its figures before it answers without them."""
THREADS = 24
log = structlog.get_logger("chanjiao.console")


class Desk:
    """Opens a session for one piece of work, so that no page keeps a connection while somebody reads it."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        # not the few of the loop: files that are being loaded must not keep pages waiting
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="console")
        self._folder: TemporaryDirectory[str] | None = None

    def folder(self) -> TemporaryDirectory[str]:
        """A new folder for a file that has arrived; it goes with the service, if not before."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="chanjiao-console-", ignore_cleanup_errors=True)
        return TemporaryDirectory(dir=self._folder.name, ignore_cleanup_errors=True)

    def close(self) -> None:
        """The service ends, as a rule by a signal that leaves no time to tidy up later."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def do(self, work: Callable[Concatenate[Session, P], T], *given: P.args, **named: P.kwargs) -> T:
        """What `work` returns on a session of its own. Raises what it raises, and DatabaseStateError where the
        database cannot be reached or is busy.
        """

        def whole() -> T:
            try:
                with self._sessions() as session:
                    return work(session, *given, **named)
            except (OperationalError, PoolTimeoutError) as error:
                log.error("database unavailable", error=str(error))
                raise DatabaseStateError(
                    "数据库暂时不可用或正忙",
                    remedy="没有改变任何内容。请稍后再试；若一直如此，请管理员运行 chanjiao db check",
                ) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, whole)

    async def look_up(
        self, work: Callable[Concatenate[Session, P], T], *given: P.args, **named: P.kwargs
    ) -> T:
        """As `do`, for what a page shows. Where it takes long, the page answers first, says so, and goes on when it is
        there: a page that does not answer is given up by its server.
        """
        task = asyncio.create_task(self.do(work, *given, **named))
        if (await asyncio.wait({task}, timeout=PATIENCE))[0]:
            return task.result()
        client = ui.context.client
        with framed("正在汇总 …"), ui.row().classes("items-center gap-4"):
            ui.spinner(size="lg")
            ui.label("数据较多，请稍候；可以先去别的页面。").classes("text-gray-600")
        await client.connected()
        await asyncio.wait({task})
        if client.is_deleted:  # nobody waits any more
            raise asyncio.CancelledError
        client.content.clear()
        error = task.exception()
        if isinstance(error, Exception) and not isinstance(error, NotFoundError):
            with framed("这一页打不开"):
                told = str(error) if isinstance(error, ChanjiaoError) else recorded(error, client.page.path)
                ui.label(told).classes("text-negative")
        return task.result()

    async def attempt(
        self, work: Callable[Concatenate[Session, P], T], *given: P.args, **named: P.kwargs
    ) -> T | None:
        """As `do`; what is refused is said in the page, with what to do about it, and gives None."""
        try:
            return await self.do(work, *given, **named)
        except ChanjiaoError as error:
            say(error)
            return None


def typed(text: str | None, longest: int) -> str:
    """What a person typed into a field of one line, without what no database takes; the browser's limit is no limit."""
    return "".join(each for each in text or "" if each.isprintable()).strip()[:longest]


def say(error: ChanjiaoError) -> None:
    """Show an error of the domain until the person closes it: what, where, and what to do."""
    log.info("refused", code=error.code)
    with ui.dialog(value=True) as dialog, ui.card().classes("max-w-3xl"):
        ui.label(error.message).classes("text-base font-medium text-negative break-all")
        if error.where:
            place = "　".join(f"{name}：{value}" for name, value in error.where.items())
            ui.label(place).classes("text-sm text-gray-600 break-all")
        if error.remedy:
            ui.label(error.remedy).classes("text-sm whitespace-pre-wrap break-all")
        ui.button("知道了", on_click=dialog.close).props("flat").classes("self-end")
    dialog.on("hide", dialog.delete)
