"""The console on the service: its pages under /console, everything they need served from here."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from nicegui import core, ui
from sqlalchemy.orm import Session, sessionmaker

from app.console import batch, batches, home, load, quality, quarantine, sources
from app.console.desk import Desk
from app.console.frame import PATH
from app.errors import ChanjiaoError


def mount(app: FastAPI, sessions: sessionmaker[Session], sources_file: Path) -> None:
    """Serve the console from `app`. The pages belong to the process: raises RuntimeError on a second call."""
    if core.app.config.has_run_config:
        raise RuntimeError("this process serves a console already")
    desk = Desk(sessions)
    for page in (home, load, batches, batch, quarantine, quality):
        page.register(desk)
    sources.register(desk, sources_file)
    core.app.add_exception_handler(ChanjiaoError, _refused)
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


def _refused(_: Request, error: Exception) -> PlainTextResponse:
    """What a page answers that somebody may not see, or that cannot be made."""
    assert isinstance(error, ChanjiaoError)
    return PlainTextResponse(str(error), error.status)
