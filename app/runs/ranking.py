"""Ranking and evaluating files: the batch contract of `chanjiao rank` and `chanjiao evaluate`."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.errors import UnreadableFileError


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 file, with or without BOM. Raises UnreadableFileError naming the file and the line."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield from stream
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


def rank_files(
    queries: Path,
    candidates: Path,
    out: Path,
    *,
    top: int,
    task: str,
    use_links: bool,
    progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """Rank the candidates for every query and write `query_id, code, rank, score`, best first.

    The output appears whole or not at all: it is written beside its place and moved there at the end.
    """
