"""The `chanjiao` command. Each command parses its words, calls one function below and presents the answer."""

from collections.abc import Callable

import typer
from rich.markup import escape

from app.cli.batches import batches_app
from app.cli.db import db_app
from app.cli.ingest import ingest_app
from app.cli.job import job_app
from app.cli.lineage import lineage_app
from app.cli.log import configure_log
from app.cli.matching import matching_app
from app.cli.order_classes import order_class_app
from app.cli.planning import planning_app
from app.cli.pull import pull_app
from app.cli.quality import quality_app
from app.cli.quarantine import quarantine_app
from app.cli.registers import registers_app
from app.cli.reviews import review_app
from app.cli.scenarios import scenario_app
from app.cli.terminal import err
from app.cli.worker import worker_app
from app.errors import ChanjiaoError
from app.settings import get_settings

app = typer.Typer(
    name="chanjiao",
    help="产教 Chanjiao：把学校教什么与产业要什么对起来，并说明为什么。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for commands in (
    job_app,
    ingest_app,
    pull_app,
    worker_app,
    matching_app,
    planning_app,
    lineage_app,
    quality_app,
):
    app.add_typer(commands)
app.add_typer(scenario_app, name="scenario")
app.add_typer(review_app, name="review")
app.add_typer(batches_app, name="batches")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(registers_app, name="registers")
app.add_typer(order_class_app, name="order-classes")
app.add_typer(db_app, name="db")


def main(command: Callable[..., None] | None = None) -> None:
    """Entry of the console script: a domain error is one clear line and exit code 2, never a traceback.

    `command`: a single function to run as a command line of its own, for the scripts beside the package.
    """
    try:
        configure_log(get_settings().log_level)
        typer.run(command) if command else app()
    except ChanjiaoError as error:
        err.print(f"[bold red]错误[/] {escape(f'[{error.code}] {error}')}", soft_wrap=True)
        raise SystemExit(2) from None
