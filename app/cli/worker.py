"""`chanjiao worker`: what has to be done at its time."""

import sys
import threading
from typing import cast

import typer
from sqlalchemy import Engine

from app.cli.terminal import Json, opened, said
from app.database import session_factory
from app.errors import InvalidInputError
from app.settings import get_settings

worker_app = typer.Typer()


@worker_app.command()
def worker(as_json: Json = False) -> None:
    """按 sources.toml 的时间表拉取，直到收到 SIGTERM 或 Ctrl+C；拉取到一半的页会保留。"""
    from app.ingest.pull import Puller, Worker, read_sources
    from app.ingest.pull.history import last_pulls, left_running

    settings = get_settings()
    sources = read_sources(settings.resolved_sources_file)
    stop = threading.Event()
    with opened() as session:
        engine = cast(Engine, session.get_bind())
        puller = Puller(session_factory(engine), settings.pulls_folder, stop=stop)
        interrupted = sum(puller.close_interrupted(name) for name in left_running(session))
        session.rollback()
        last = {
            name: pull.started_at
            for name, pull in last_pulls(session, sources.entries).items()
            if pull.error_code != "interrupted"  # that one is due
        }
        session.close()
        working = Worker(sources, puller.pull, stop, last)
        due = {name: when.isoformat(timespec="seconds") for name, when in working.due.items()}
        if not due:
            raise InvalidInputError(
                "没有一个来源写了 schedule 或 every",
                remedy="写法见 docs/sources.md",
                where={"文件": str(settings.resolved_sources_file)},
            )
        said(
            {"scheduled": due, "interrupted": interrupted},
            as_json,
            "\n".join(f"{name} 下一次 {when}" for name, when in due.items())
            + (f"\n有 {interrupted} 次拉取此前没有完成，已记为失败" if interrupted else ""),
        )
        sys.stdout.flush()
        working.run()
