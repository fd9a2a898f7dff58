"""The `chanjiao` command. Each command parses its words, calls one function below and presents the answer."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.orm import Session

from app import database
from app.errors import ChanjiaoError
from app.settings import get_settings

app = typer.Typer(
    name="chanjiao",
    help="产教 Chanjiao：把学校教什么与产业要什么对起来，并说明为什么。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db_app = typer.Typer(help="数据库迁移 Database migrations.", no_args_is_help=True)
app.add_typer(db_app, name="db")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象 Print one JSON object.")]


def main(command: Callable[..., None] | None = None) -> None:
    """Entry of the console script: a domain error is one clear line and exit code 2, never a traceback.

    `command`: a single function to run as a command line of its own, for the scripts beside the package.
    """
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(get_settings().log_level.upper()),
    )
    try:
        typer.run(command) if command else app()
    except ChanjiaoError as error:
        err.print(f"[bold red]错误[/] {escape(f'[{error.code}] {error}')}", soft_wrap=True)
        raise SystemExit(2) from None


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


# --- the main job -----------------------------------------------------------------------------------------------


@app.command()
def demo(
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help="算完后启动服务")] = True,
    as_json: Json = False,
) -> None:
    """建库、装入示例数据、测算、发布并启动服务。重复运行不改变任何东西。"""
    from app.runs.demo import prepare_demo
    from app.runs.headlines import headlines

    with opened() as session:
        with Steps() as steps:
            done = prepare_demo(session, steps)
        shown = headlines(session)
    if as_json:
        emit({**done, "headlines": shown})
    else:
        _print_headlines(shown)
        out.print(f"测算 {done['run']} 已发布（{'沿用已有结果' if done['unchanged'] else '新测算'}）。")
    if serve_after:
        _serve(get_settings().host, get_settings().port)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认只限本机")] = None,
    port: Annotated[int | None, typer.Option(help="端口")] = None,
) -> None:
    """启动服务：接口在 /v1，文档在 /docs。"""
    with opened():
        pass
    settings = get_settings()
    _serve(host or settings.host, port or settings.port)


def _serve(host: str, port: int) -> None:
    import uvicorn

    out.print(f"服务地址 http://{host}:{port}/docs （Ctrl+C 结束）")
    uvicorn.run("app.main:create_app", factory=True, host=host, port=port, log_level="warning")


@app.command()
def run(
    profile: Annotated[str | None, typer.Option(help="政策参数：名称或 TOML 文件")] = None,
    publish_after: Annotated[bool, typer.Option("--publish", help="成功后立即发布")] = False,
    as_json: Json = False,
) -> None:
    """按已接收的批次测算一次，输出测算编号。"""
    from app.runs.execute import execute
    from app.runs.publish import publish as publish_run

    with opened() as session:
        with Steps() as steps:
            done = execute(session, profile or get_settings().profile, steps)
        if publish_after:
            publish_run(session, done.id)
        if as_json:
            emit(
                {
                    "run": done.id,
                    "digest": done.digest,
                    "seconds": done.seconds,
                    "model": done.model_version,
                    "published": publish_after,
                    "summary": done.summary,
                    "warnings": done.warnings,
                }
            )
        else:
            out.print(done.id)
            for warning in done.warnings:
                err.print(f"[yellow]提醒[/] {escape(warning['text'])}", soft_wrap=True)


@app.command()
def publish(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: Json = False) -> None:
    """发布一次测算：读者从此刻起只看到它。"""
    from app.runs.publish import publish as publish_run

    with opened() as session:
        publication = publish_run(session, run_id)
        _said({"publication": publication.id, "run": publication.run_id}, as_json, f"已发布 {run_id}")


@app.command()
def rollback(as_json: Json = False) -> None:
    """回到上一次发布的结果。"""
    from app.runs.publish import rollback as roll_back

    with opened() as session:
        publication = roll_back(session)
        _said(
            {"publication": publication.id, "run": publication.run_id},
            as_json,
            f"已回到 {publication.run_id}",
        )


def _said(data: dict[str, Any], as_json: bool, text: str) -> None:
    emit(data) if as_json else out.print(text, soft_wrap=True)


# --- ingest -----------------------------------------------------------------------------------------------------


@app.command()
def ingest(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="要装入的文件；写 kinds 列出种类")],
    kind: Annotated[str | None, typer.Option(help="文件种类，见 chanjiao ingest kinds")] = None,
    source: Annotated[str | None, typer.Option(help="来源名称，默认为文件名")] = None,
    mapping: Annotated[Path | None, typer.Option(help="列对应关系 TOML")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
    simulated: Annotated[bool, typer.Option("--simulated", help="整个文件是模拟数据")] = False,
    as_json: Json = False,
) -> None:
    """装入文件：每一行要么成为记录，要么进入隔离区并说明原因。"""
    from app.errors import InvalidInputError
    from app.ingest import KINDS, ingest_file

    if files == ["kinds"]:
        if as_json:
            emit({name: entry.title for name, entry in KINDS.items()})
        else:
            table("文件种类", ["种类", "说明"], [[name, entry.title] for name, entry in KINDS.items()])
        return
    if kind is None:
        raise InvalidInputError("没有给出 --kind", remedy=f"可用的种类：{'、'.join(KINDS)}")
    with opened() as session:
        for name in files:
            with Steps() as steps:
                report = ingest_file(
                    session,
                    Path(name),
                    kind,
                    source=source,
                    mapping=mapping,
                    dry_run=dry_run,
                    simulated=simulated,
                    progress=lambda _rows, name=name: steps(f"装入 {Path(name).name}"),  # type: ignore[misc]
                )
            if as_json:
                emit(report.as_dict())
                continue
            verb = "检查完毕（未保存）" if dry_run else "此前已装入，没有改变" if report.already else "已装入"
            out.print(
                f"{name} {verb}：读 {report.read} 行，接收 {report.accepted}，重复 {report.repeated}，"
                f"隔离 {report.quarantined}，{report.seconds:.1f} 秒，批次 {report.batch or '—'}",
                soft_wrap=True,
            )
            for reason, rows in sorted(report.reasons.items(), key=lambda item: -item[1]):
                out.print(f"  隔离原因 {reason}：{rows} 行")
            for warning in report.warnings:
                err.print(f"[yellow]提醒[/] {escape(warning)}", soft_wrap=True)
            if report.quarantine_sample:
                table(
                    f"{Path(name).name} 隔离的行（每种原因至多 3 行）",
                    ["行", "列", "值", "原因", "如何改正"],
                    [
                        [str(row["row"]), row["column"], str(row["value"])[:60], row["reason"], row["remedy"]]
                        for row in report.quarantine_sample
                    ],
                )


# --- ranking ----------------------------------------------------------------------------------------------------


@app.command()
def rank(
    queries: Annotated[Path, typer.Option(help="JSONL：id, title, text[, level, program_code, region]")],
    candidates: Annotated[Path, typer.Option(help="JSONL：code, name, text")],
    out_file: Annotated[Path, typer.Option("--out", help="输出 TSV：query_id, code, rank, score")],
    top: Annotated[int, typer.Option(min=1, help="每条查询保留的候选数")] = 50,
    task: Annotated[str, typer.Option(help="任务：program-occupation、program-industry …")] = "generic",
    as_json: Json = False,
) -> None:
    """为任意文本批量排序候选项。"""
    from app.runs.ranking import rank_files

    with Steps() as steps:
        done = rank_files(queries, candidates, out_file, top=top, task=task, progress=steps)
    text = f"{done['queries']} 条查询 × {done['candidates']} 个候选，{done['seconds']:.1f} 秒 → {out_file}"
    _said(done, as_json, text)


@app.command()
def evaluate(
    run_file: Annotated[Path, typer.Argument(metavar="RUN.tsv")],
    gold: Annotated[Path, typer.Option(help="TSV/CSV/JSONL：query_id, code[, gain]")],
    as_json: Json = False,
) -> None:
    """用标准答案评价一次排序：MAP、macro-MAP、nDCG@10、R@10、MRR、top-1。"""
    from app.runs.ranking import evaluate_files

    metrics = evaluate_files(run_file, gold)
    if as_json:
        emit(metrics)
    else:
        table(
            "排序质量",
            ["指标", "值"],
            [[k, f"{v:.4f}" if isinstance(v, float) else str(v)] for k, v in metrics.items()],
        )


@app.command()
def backtest(
    plans: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="回测说明 TOML；shanghai-bachelor 为自带")
    ],
    as_json: Json = False,
) -> None:
    """回测：按往年当时已知的资料逐年测算，对照其后的预警、停招、撤销决定。"""
    from app.runs.backtest import SIGNALS, run_backtest

    for name in plans:
        with Steps() as steps:
            report = run_backtest(name, steps)
        if as_json:
            emit(report.as_dict())
            continue
        rows = [
            [
                SIGNALS[signal],
                _figure(test.auc),
                f"{_figure(test.auc_low)}–{_figure(test.auc_high)}",
                f"{test.hit_rate:.2f}（随机 {test.base_rate:.2f}）",
                f"{test.flagged_right}/{test.flagged}" if signal == "engine" else "",
                f"{test.median_lead:.0f}" if test.median_lead is not None else "—",
            ]
            for signal, test in report.signals.items()
        ]
        shown = next(iter(report.signals.values()))
        table(
            f"{report.title}：{shown.programs} 个专业，其中 {shown.positives} 个有决定",
            ["指标", "AUC", "95% 区间", f"前 {shown.k} 名命中", "建议缩减者中命中", "提前（年）"],
            rows,
        )
        for note in report.notes:
            out.print(note, soft_wrap=True)


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


# --- database ---------------------------------------------------------------------------------------------------


@db_app.command("upgrade")
def db_upgrade(as_json: Json = False) -> None:
    """把数据库升级到本程序需要的版本。"""
    engine = database.make_engine(get_settings().resolved_database_url)
    database.upgrade(engine)
    at, _ = database.revisions(engine)
    _said({"revision": at}, as_json, f"数据库版本 {at}")


@db_app.command("check")
def db_check(as_json: Json = False) -> None:
    """检查数据库版本；不符时退出码为 2。"""
    engine = database.make_engine(get_settings().resolved_database_url)
    database.check(engine)
    at, _ = database.revisions(engine)
    _said({"revision": at, "ok": True}, as_json, f"数据库版本 {at}，与程序一致")


def _print_headlines(shown: dict[str, Any]) -> None:
    for part in shown["tables"]:
        table(part["title"], part["columns"], part["rows"])
    for line in shown["notes"]:
        out.print(line, soft_wrap=True)


if __name__ == "__main__":
    main()
