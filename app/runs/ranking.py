"""Ranking and evaluating files: the batch contract of `chanjiao rank` and `chanjiao evaluate`."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, TypeVar

from app.errors import ChanjiaoError, InvalidInputError, UnreadableFileError
from app.matching.documents import Document, Task
from app.matching.engine import Engine, Match
from app.matching.evaluation import evaluate
from app.matching.outside import LAYER, cosines, rejoin
from app.matching.rank_file import (
    format_header,
    format_rows,
    parse_candidates,
    parse_gold,
    parse_queries,
    parse_run,
)
from app.runs.embeddings import EmbeddingLayer, sent_texts, with_or_without
from app.runs.engine import load_engine, model_version

_QUERIES_HELD, _MATCHES_HELD = 64, 200_000
"""Queries whose whole rankings are held at a time while an embedding layer is asked, and how many places at most."""


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 file, with or without BOM. Raises UnreadableFileError naming the file and the line."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield from stream
    except FileNotFoundError as error:
        raise UnreadableFileError("找不到文件", remedy="请检查路径", where={"文件": str(path)}) from error
    except OSError as error:
        raise UnreadableFileError(
            f"无法读取文件：{error.strerror}", remedy="请检查路径与权限", where={"文件": str(path)}
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "文件不是 UTF-8 编码",
            remedy="请另存为 UTF-8 再试",
            where={"文件": str(path), "字节": error.start},
        ) from error


T = TypeVar("T")


def _naming(path: Path, parse: Callable[[], T]) -> T:
    """Let a fault in the lines of a file name the file too."""
    try:
        return parse()
    except ChanjiaoError as error:
        error.where = {"文件": str(path), **error.where}
        raise


def _naming_each(path: Path, documents: Iterator[Document]) -> Iterator[Document]:
    while True:
        try:
            yield _naming(path, lambda: next(documents))
        except StopIteration:
            return


def _task(name: str) -> Task:
    try:
        return Task(name)
    except ValueError:
        raise InvalidInputError(f"没有任务 {name}", remedy=f"可用的任务：{'、'.join(Task)}") from None


def rank_files(
    queries: Path,
    candidates: Path,
    out: Path,
    *,
    top: int,
    task: str,
    progress: Callable[[str, float], None],
    layer: EmbeddingLayer | None = None,
) -> dict[str, Any]:
    """Rank the candidates for every query and write `query_id, code, rank, score`, best first.

    The output appears whole or not at all: it is written beside its place and moved there at the end. With an
    embedding `layer` whose server fails on the way, all queries are ranked anew without it. Returns `queries`,
    `candidates`, `seconds`, `model`, `task`, `layers`, `layers_unavailable` and `warnings`.
    """
    started = time.monotonic()
    wanted = _task(task)
    progress("准备匹配引擎", 0.0)
    engine = load_engine()
    listed = _naming(candidates, lambda: parse_candidates(read_lines(candidates)))
    total = sum(bool(line.strip()) for line in read_lines(queries))

    def write(stream: TextIO, heard: EmbeddingLayer | None) -> int:
        stream.seek(0)
        stream.truncate()
        stream.write(format_header() + "\n")
        documents = _naming_each(queries, parse_queries(read_lines(queries)))
        if heard is None:
            ranked = engine.rank(documents, listed, top, wanted)
        else:
            progress("取得向量", 0.0)
            ranked = _rank_with(engine, heard, documents, listed, top, wanted)
        done = 0
        for query, matches in ranked:
            stream.writelines(f"{row}\n" for row in format_rows(query, matches))
            done += 1
            if done % 64 == 0 or done == total:
                progress("排序", done / total)
        return done

    try:
        handle, beside = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as error:
        raise UnreadableFileError(
            f"无法写入：{error.strerror}", remedy="请检查输出目录是否存在、可写", where={"文件": str(out)}
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            done, failure = with_or_without(layer, lambda heard: write(stream, heard))
        Path(beside).replace(out)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return {
        "queries": done,
        "candidates": len(listed),
        "seconds": round(time.monotonic() - started, 2),
        "model": model_version(None if failure else layer),
        "task": wanted.value,
        "layers": [LAYER] if layer and not failure else [],
        "layers_unavailable": [LAYER] if failure else [],
        "warnings": [f"向量层未参与本次排序：{failure}"] if failure else [],
    }


def _rank_with(
    engine: Engine,
    layer: EmbeddingLayer,
    queries: Iterable[Document],
    candidates: list[Document],
    top: int,
    task: Task,
) -> Iterator[tuple[Document, list[Match]]]:
    """`Engine.rank` with the layer's say: the whole ranking of each query, joined with its cosines, cut to `top`.

    Raises EmbeddingUnavailableError, at any query.
    """
    codes = [candidate.id for candidate in candidates]
    targets = layer.vectors(sent_texts(candidates))
    ranked = engine.rank(queries, candidates, max(len(candidates), top), task)
    held = max(1, min(_QUERIES_HELD, _MATCHES_HELD // len(candidates)))
    while block := list(islice(ranked, held)):
        sources = layer.vectors(sent_texts([query for query, _ in block]))
        for (query, matches), row in zip(block, cosines(sources, targets), strict=True):
            yield query, rejoin(matches, codes, row, layer.share, top)


def evaluate_files(run: Path, gold: Path) -> dict[str, float | int]:
    """Metrics of a ranking against right answers; see `app.matching.evaluation`."""
    answers = _naming(gold, lambda: parse_gold(read_lines(gold)))
    return evaluate(_naming(run, lambda: parse_run(read_lines(run))), answers).as_dict()
