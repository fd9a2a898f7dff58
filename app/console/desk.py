"""Where pages do their work: on the records, in a thread of its own, with errors said in the page."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from nicegui import ui
from sqlalchemy.orm import Session, sessionmaker

from app.errors import ChanjiaoError

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger("chanjiao.console")


class Desk:
    """Opens a session for one piece of work, so that no page keeps a connection while somebody reads it."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    async def do(self, work: Callable[Concatenate[Session, P], T], *given: P.args, **named: P.kwargs) -> T:
        """What `work` returns on a session of its own. Raises what it raises."""

        def whole() -> T:
            with self._sessions() as session:
                return work(session, *given, **named)

        return await asyncio.to_thread(whole)

    async def attempt(
        self, work: Callable[Concatenate[Session, P], T], *given: P.args, **named: P.kwargs
    ) -> T | None:
        """As `do`; what is refused is said in the page, with what to do about it, and gives None."""
        try:
            return await self.do(work, *given, **named)
        except ChanjiaoError as error:
            say(error)
            return None


def say(error: ChanjiaoError) -> None:
    """Show an error of the domain until the person closes it: what, where, and what to do."""
    log.info("refused", code=error.code)
    with ui.dialog(value=True) as dialog, ui.card().classes("max-w-3xl"):
        ui.label(error.message).classes("text-base font-medium text-negative")
        if error.where:
            place = "　".join(f"{name}：{value}" for name, value in error.where.items())
            ui.label(place).classes("text-sm text-gray-600")
        if error.remedy:
            ui.label(error.remedy).classes("text-sm whitespace-pre-wrap")
        ui.button("知道了", on_click=dialog.close).props("flat").classes("self-end")
    dialog.on("hide", dialog.delete)
