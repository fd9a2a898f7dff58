"""The console on the service: its pages under /console, everything they need served from here."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import core, ui
from sqlalchemy.orm import Session, sessionmaker

from app.console import batch, batches, home, load, quality, quarantine, refusal, sources
from app.console.desk import Desk
from app.console.frame import PATH
from app.console.guard import Guard


def mount(app: FastAPI, sessions: sessionmaker[Session], sources_file: Path) -> None:
    """Serve the console from `app`. The pages belong to the process: raises RuntimeError on a second call."""
    if core.app.config.has_run_config:
        raise RuntimeError("this process serves a console already")
    desk = Desk(sessions)
    for page in (home, load, batches, batch, quarantine, quality):
        page.register(desk)
    sources.register(desk, sources_file)
    refusal.install(core.app)
    core.app.on_shutdown(desk.close)
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
    core.app.add_middleware(Guard)
