"""The console on the service: its pages under /console, everything they need served from here."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import core, ui
from sqlalchemy.orm import Session, sessionmaker
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.console import batch, batches, home, load, quality, quarantine, refusal, sources
from app.console.desk import Desk
from app.console.frame import PATH

_HEADERS = {
    # in no frame of another page, where somebody could be led to press a button unseen
    "Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Guarded:
    """Sets on every answer the headers that keep browsers from lending the console to other pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self.app(scope, receive, answer)


def mount(app: FastAPI, sessions: sessionmaker[Session], sources_file: Path) -> None:
    """Serve the console from `app`. The pages belong to the process: raises RuntimeError on a second call."""
    if core.app.config.has_run_config:
        raise RuntimeError("this process serves a console already")
    desk = Desk(sessions)
    for page in (home, load, batches, batch, quarantine, quality):
        page.register(desk)
    sources.register(desk, sources_file)
    refusal.install(core.app)
    ui.run_with(
        app,
        mount_path=PATH,
        title="产教 Chanjiao",
        language="zh-CN",
        favicon="🧭",
        reconnect_timeout=30,  # seconds: a person may turn to another window
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
    core.app.add_middleware(Guarded)
