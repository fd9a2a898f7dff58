"""How the command line speaks: a session on the configured database, progress, tables and JSON."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.orm import Session

from app import database
from app.settings import get_settings

if TYPE_CHECKING:
    from app.runs.embeddings import EmbeddingLayer

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象 Print one JSON object.")]


@contextmanager
def opened() -> Iterator[Session]:
    """A session on the configured database, first brought to the current revision."""
    engine = database.make_engine(get_settings().resolved_database_url)
    try:
        database.upgrade(engine)
        with database.session_factory(engine)() as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def opened_layer() -> Iterator["EmbeddingLayer | None"]:
    """The embedding layer with its cache in the configured database; None, and no database, where it is off."""
    from app.runs.embeddings import configured, is_on

    settings = get_settings()
    if not is_on(settings):
        yield None
        return
    engine = database.make_engine(settings.resolved_database_url)
    layer = configured(settings, engine)
    try:
        database.upgrade(engine)
        yield layer
    finally:
        if layer is not None:
            layer.close()
        engine.dispose()


class Steps:
    """Progress of long work on the terminal: a bar a step, on standard error so that output stays clean."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err
        )
        self._step = ""

    def __enter__(self) -> "Steps":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._bar.task_ids:
            self._bar.update(task, total=1, completed=1)
        self._bar.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Off the terminal while a person is asked."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()

    def __call__(self, step: str, done: float = 0.0) -> None:
        """Report that `step` stands at the fraction `done`; a new step closes the one before."""
        if step != self._step:
            for task in self._bar.task_ids:
                self._bar.update(task, total=1, completed=1)
            self._bar.add_task(step, total=1)
            self._step = step
        self._bar.update(self._bar.task_ids[-1], completed=done)


def emit(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    out.print(drawn)


def said(data: dict[str, Any], as_json: bool, text: str) -> None:
    """The answer as one JSON object, or in words."""
    emit(data) if as_json else out.print(text, soft_wrap=True)
