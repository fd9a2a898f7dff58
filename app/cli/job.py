"""The main job: `chanjiao demo|serve|run|publish|rollback`."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from app.cli.scenarios import run_named
from app.cli.terminal import Json, Steps, emit, err, opened, opened_layer, out, said, table
from app.errors import InvalidInputError
from app.settings import get_settings

job_app = typer.Typer()


@job_app.command()
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


@job_app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认只限本机")] = None,
    port: Annotated[int | None, typer.Option(help="端口")] = None,
) -> None:
    """启动服务：控制台在 /console，接口在 /v1，文档在 /docs。"""
    with opened():
        pass
    settings = get_settings()
    _serve(host or settings.host, port or settings.port)


def _serve(host: str, port: int) -> None:
    import uvicorn

    out.print(
        f"控制台 http://{host}:{port}/console/ ，接口文档 http://{host}:{port}/docs （Ctrl+C 结束）",
        soft_wrap=True,
    )
    uvicorn.run("app.main:create_app", factory=True, host=host, port=port, log_level="warning")


@job_app.command()
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


@job_app.command()
def publish(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: Json = False) -> None:
    """发布一次测算：读者从此刻起只看到它。"""
    from app.runs.publish import publish as publish_run

    with opened() as session:
        publication = publish_run(session, run_id)
        said({"publication": publication.id, "run": publication.run_id}, as_json, f"已发布 {run_id}")


@job_app.command()
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


def _print_headlines(shown: dict[str, Any]) -> None:
    for part in shown["tables"]:
        table(part["title"], part["columns"], part["rows"])
    for line in shown["notes"]:
        out.print(line, soft_wrap=True)
