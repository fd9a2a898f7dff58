"""The `chanjiao` command. Each command parses its words, calls one function below and presents the answer."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from rich.markup import escape

from app import database
from app.cli_reviews import review_app
from app.cli_scenarios import run_named, scenario_app
from app.cli_terminal import Json, Steps, emit, err, opened, opened_layer, out, said, table
from app.errors import ChanjiaoError, InvalidInputError
from app.settings import get_settings

if TYPE_CHECKING:
    from app.runs.embeddings import EmbeddingLayer

app = typer.Typer(
    name="chanjiao",
    help="产教 Chanjiao：把学校教什么与产业要什么对起来，并说明为什么。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db_app = typer.Typer(help="数据库迁移 Database migrations.", no_args_is_help=True)
app.add_typer(db_app, name="db")
model_app = typer.Typer(help="匹配模型 Matching models: list, activate.", no_args_is_help=True)
app.add_typer(model_app, name="model")
embeddings_app = typer.Typer(help="可选的向量层 The optional embedding layer.", no_args_is_help=True)
app.add_typer(embeddings_app, name="embeddings")
profiles_app = typer.Typer(help="政策参数 Profiles: list, show, check.", no_args_is_help=True)
app.add_typer(profiles_app, name="profiles")

app.add_typer(scenario_app, name="scenario")
app.add_typer(review_app, name="review")


def main(command: Callable[..., None] | None = None) -> None:
    """Entry of the console script: a domain error is one clear line and exit code 2, never a traceback.

    `command`: a single function to run as a command line of its own, for the scripts beside the package.
    """
    try:
        structlog.configure(
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(get_settings().log_level.upper()),
        )
        typer.run(command) if command else app()
    except ChanjiaoError as error:
        err.print(f"[bold red]错误[/] {escape(f'[{error.code}] {error}')}", soft_wrap=True)
        raise SystemExit(2) from None


# --- the main job -----------------------------------------------------------------------------------------------


@app.command()
def demo(
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help="算完后启动服务")] = True,
    as_json: Json = False,
) -> None:
    """建库、装入示例数据、测算、发布并启动服务。重复运行不改变任何东西。"""
    from app.runs.demo import prepare_demo
    from app.runs.headlines import headlines

    with opened() as session, opened_layer() as layer:
        with Steps() as steps:
            done = prepare_demo(session, steps, layer)
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
    scenario: Annotated[str | None, typer.Option(help="情景的名称：在已发布的测算上运行，不会发布")] = None,
    as_json: Json = False,
) -> None:
    """按已接收的批次测算一次，输出测算编号。"""
    if scenario is not None:
        if publish_after or profile:
            raise InvalidInputError(
                "情景沿用已发布测算的政策参数，也不会发布",
                remedy="请去掉 --profile 与 --publish；要改政策参数，写在情景的 profile 中",
            )
        run_named(scenario, as_json)
        return
    from app.runs.execute import execute
    from app.runs.publish import publish as publish_run

    with opened() as session, opened_layer() as layer:
        with Steps() as steps:
            done = execute(session, profile or get_settings().profile, steps, layer)
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
        said({"publication": publication.id, "run": publication.run_id}, as_json, f"已发布 {run_id}")


@app.command()
def rollback(as_json: Json = False) -> None:
    """回到上一次发布的结果。"""
    from app.runs.publish import rollback as roll_back

    with opened() as session:
        publication = roll_back(session)
        said(
            {"publication": publication.id, "run": publication.run_id},
            as_json,
            f"已回到 {publication.run_id}",
        )


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

    with opened_layer() as layer, Steps() as steps:
        done = rank_files(queries, candidates, out_file, top=top, task=task, progress=steps, layer=layer)
    for warning in done["warnings"]:
        err.print(f"[yellow]提醒[/] {escape(warning)}", soft_wrap=True)
    text = f"{done['queries']} 条查询 × {done['candidates']} 个候选，{done['seconds']:.1f} 秒 → {out_file}"
    said(done, as_json, text)


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="含标注文本的文件夹（所需文件见 docs/model-card.md）")] = Path(
        "../shared/eval"
    ),
    out_dir: Annotated[Path | None, typer.Option("--out", help="存放位置，缺省为 var/models")] = None,
    as_json: Json = False,
) -> None:
    """用标注数据与使用中的反馈重新训练匹配模型；训练后须用 model activate 启用。"""
    from app.runs.training.retrain import retrain

    with opened() as session, Steps() as steps:
        done = retrain(session, data, out_dir, steps)
    if as_json:
        said(done, as_json, "")
        return
    rows = [
        [
            row["task"],
            row["measure"],
            "–" if row["before"] is None else f"{row['before']:.3f}",
            f"{row['after']:.3f}",
            f"{row['interval'][0]:.3f}–{row['interval'][1]:.3f}",
            f"{row['calibration_error']:.4f}",
        ]
        for row in done["changes"]
    ]
    table("改变", ["任务", "指标", "现用模型", "新模型", "95% 区间", "校准误差"], rows)
    out.print(
        f"反馈 {done['pairs_from_use']} 条已用，{done['pairs_left_out']} 条不适用；"
        f"目录专业中首位行业改变 {done['first_industry_changed']:.1%}、首位职业改变 {done['first_occupation_changed']:.1%}"
    )
    out.print(f"模型 {done['version']} 已存，尚未启用。启用：chanjiao model activate {done['version']}")


@model_app.command("list")
def list_models(as_json: Json = False) -> None:
    """列出随包的模型与本地训练的模型，标明现用的一个。"""
    from app.runs.model_store import active_version, load_packaged, stored_versions

    active, packaged = active_version(), load_packaged().model.version
    versions = [{"version": packaged, "packaged": True, "active": active is None}]
    versions += [{"version": v, "packaged": False, "active": v == active} for v in stored_versions()]
    lines = [
        f"{'*' if v['active'] else ' '} {v['version']}{'（随包）' if v['packaged'] else ''}" for v in versions
    ]
    said({"models": versions}, as_json, "\n".join(lines))


@model_app.command("activate")
def activate_model(
    version: Annotated[str, typer.Argument(help="版本；packaged 为随包的模型")], as_json: Json = False
) -> None:
    """启用一个模型；此后的测算与服务（重新启动后）用它。"""
    from app.runs.model_store import activate

    activate(None if version == "packaged" else version)
    said({"active": version}, as_json, f"已启用 {version}。请重新启动服务，并重新测算")


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
    said({"revision": at}, as_json, f"数据库版本 {at}")


@db_app.command("check")
def db_check(as_json: Json = False) -> None:
    """检查数据库版本；不符时退出码为 2。"""
    engine = database.make_engine(get_settings().resolved_database_url)
    database.check(engine)
    at, _ = database.revisions(engine)
    said({"revision": at, "ok": True}, as_json, f"数据库版本 {at}，与程序一致")


# --- embeddings -------------------------------------------------------------------------------------------------


@embeddings_app.command("check")
def embeddings_check(as_json: Json = False) -> None:
    """问一次向量服务：地址、模型、维数、用时、已缓存的文字；不通时说明原因，退出码为 2。"""
    from app.runs.embeddings import check

    with _configured_layer() as layer:
        found = check(layer)
    text = (
        f"{found['address']} 的 {found['model']}：{found['dimensions']} 维，{found['milliseconds']:.0f} 毫秒，"
        f"已缓存 {found['cached']} 段文字，份量 {found['share']:g}"
    )
    said(found, as_json, text)


@embeddings_app.command("clear")
def embeddings_clear(as_json: Json = False) -> None:
    """清空所配置模型的缓存；服务换了模型而名称未变时需要。"""
    with _configured_layer() as layer:
        forgotten = layer.cache.clear()
    said({"cleared": forgotten}, as_json, f"已清空 {forgotten} 段文字的向量")


@contextmanager
def _configured_layer() -> Iterator["EmbeddingLayer"]:
    from app.errors import InvalidInputError

    with opened_layer() as layer:
        if layer is None:
            raise InvalidInputError(
                "向量层没有启用",
                remedy="请设置 CHANJIAO_EMBEDDING_URL 与 CHANJIAO_EMBEDDING_MODEL，CHANJIAO_EMBEDDING_SHARE 大于 0",
            )
        yield layer


# --- profiles ---------------------------------------------------------------------------------------------------


@profiles_app.command("list")
def profiles_list(as_json: Json = False) -> None:
    """列出随程序提供的政策参数。"""
    from app.runs.profile_listing import listed_profiles

    found = listed_profiles()
    if as_json:
        emit({"profiles": found})
        return
    table(
        "政策参数",
        ["名称", "说明", "版本", "地区", "参数", "其中假设", "摘要"],
        [
            [
                *(str(each[key]) for key in ("name", "title", "version", "region", "numbers", "assumptions")),
                each["digest"][:12],
            ]
            for each in found
        ],
    )


@profiles_app.command("show")
def profiles_show(
    name: Annotated[str, typer.Argument(help="名称或 TOML 文件")], as_json: Json = False
) -> None:
    """列出一套政策参数的每个数和来源。"""
    from app.runs.profile_listing import described, profile_numbers
    from app.runs.profiles import load_profile

    profile = load_profile(name)
    numbers = profile_numbers(profile)
    if as_json:
        emit({**described(profile), "values": numbers})
        return
    table(
        f"{profile.title}（{profile.name} {profile.version}）",
        ["参数", "值", "来源"],
        [[each["key"], _shown(each["value"]), each["source"]] for each in numbers],
    )


@profiles_app.command("check")
def profiles_check(
    file: Annotated[str, typer.Argument(help="TOML 文件，或名称")], as_json: Json = False
) -> None:
    """检查政策参数文件；不合要求时逐项说明，退出码为 2。"""
    from app.runs.profile_listing import described
    from app.runs.profiles import load_profile

    found = described(load_profile(file))
    text = (
        f"{file} 合格：{found['title']} 版本 {found['version']}，参数 {found['numbers']} 个，"
        f"其中假设 {found['assumptions']} 个，摘要 {found['digest'][:12]}"
    )
    said({"ok": True, **found}, as_json, text)


def _shown(value: Any) -> str:
    return (
        "、".join(map(str, value))
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _print_headlines(shown: dict[str, Any]) -> None:
    for part in shown["tables"]:
        table(part["title"], part["columns"], part["rows"])
    for line in shown["notes"]:
        out.print(line, soft_wrap=True)


if __name__ == "__main__":
    main()
