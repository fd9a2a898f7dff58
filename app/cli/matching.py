"""The matcher: `chanjiao rank|train|evaluate`, `chanjiao model …` and `chanjiao embeddings …`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.cli.terminal import Json, Steps, emit, err, opened, opened_layer, out, said, table
from app.errors import InvalidInputError

if TYPE_CHECKING:
    from app.runs.embeddings import EmbeddingLayer

matching_app = typer.Typer()
model_app = typer.Typer(help="匹配模型 Matching models: list, activate.", no_args_is_help=True)
embeddings_app = typer.Typer(help="可选的向量层 The optional embedding layer.", no_args_is_help=True)
matching_app.add_typer(model_app, name="model")
matching_app.add_typer(embeddings_app, name="embeddings")


@matching_app.command()
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


@matching_app.command()
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


@matching_app.command()
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
    with opened_layer() as layer:
        if layer is None:
            raise InvalidInputError(
                "向量层没有启用",
                remedy="请设置 CHANJIAO_EMBEDDING_URL 与 CHANJIAO_EMBEDDING_MODEL，CHANJIAO_EMBEDDING_SHARE 大于 0",
            )
        yield layer
