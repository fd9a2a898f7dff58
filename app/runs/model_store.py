"""Models of an installation: the packaged one, those trained here, and which of them is in use."""

import json
import os
import tempfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
import structlog

from app.errors import InvalidInputError, NotFoundError
from app.matching.documents import Task
from app.matching.model import Model, model_arrays, model_from_arrays
from app.settings import get_settings

log = structlog.get_logger()
_POINTER = "active"
LEADING = {Task.PROGRAM_INDUSTRY: "ndcg_at_10", Task.SCOPE_INDUSTRY: "mrr"}
"""The measure of a task that decides, `map` where none stands here."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model with the report of its training."""

    model: Model
    report: dict[str, Any]


def load_active() -> StoredModel:
    """The model in use: the one activated here, else the packaged one.

    A model that cannot be read does not stop the service: the packaged one steps in, and the log says so.
    """
    version = active_version()
    if version is not None:
        try:
            return load_model(version)
        except (OSError, ValueError, InvalidInputError, NotFoundError) as error:
            log.warning("model_unreadable", version=version, error=str(error))
    return load_packaged()


@lru_cache(maxsize=1)
def load_packaged() -> StoredModel:
    folder = files("app.data") / "model"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    with (folder / "model.npz").open("rb") as stream:
        return StoredModel(_read(stream), report)


def load_model(version: str) -> StoredModel:
    """A model trained here, by its version. Raises NotFoundError, InvalidInputError."""
    path = _folder() / f"{version}.npz"
    if not version.isalnum() or not path.is_file():
        raise NotFoundError(
            f"没有模型 {version}",
            remedy="用 chanjiao model list 查看可用的模型",
            where={"目录": str(_folder())},
        )
    report = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with path.open("rb") as stream:
        return StoredModel(_read(stream), report)


def save_model(model: Model, report: dict[str, Any], folder: Path | None = None) -> str:
    """Keep a trained model with its report; it is not in use yet. Returns its version."""
    packed = BytesIO()
    np.savez_compressed(packed, **model_arrays(model), allow_pickle=False)
    packed.seek(0)
    version = _read(packed).version
    place = folder or _folder()
    place.mkdir(parents=True, exist_ok=True)
    _write(place / f"{version}.json", json.dumps(report, ensure_ascii=False, indent=1).encode())
    _write(place / f"{version}.npz", packed.getvalue())
    return version


def stored_versions() -> list[str]:
    """Versions of the models trained here, oldest first."""
    return [path.stem for path in sorted(_folder().glob("*.npz"), key=lambda p: (p.stat().st_mtime, p.name))]


def active_version() -> str | None:
    """The version activated here; None while the packaged model is in use."""
    pointer = _folder() / _POINTER
    return (pointer.read_text(encoding="utf-8").strip() or None) if pointer.is_file() else None


def activate(version: str | None) -> None:
    """Use a model trained here from the next start on, or with None the packaged one. Raises NotFoundError."""
    if version is None:
        (_folder() / _POINTER).unlink(missing_ok=True)
        return
    load_model(version)
    _write(_folder() / _POINTER, version.encode())


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Per task the leading measure of two reports, on queries that nothing was learned from."""
    rows = []
    for task in Task:
        old, new = before.get("tasks", {}).get(task.value), after.get("tasks", {}).get(task.value)
        if new is not None:
            measure = LEADING.get(task, "map")
            rows.append(
                {
                    "task": task.value,
                    "measure": measure,
                    "before": old and old[measure],
                    "after": new[measure],
                    "interval": new["interval"],
                    "calibration_error": new["calibration_error"],
                }
            )
    return rows


def _read(packed: IO[bytes]) -> Model:
    try:
        with np.load(packed, allow_pickle=False) as archive:
            arrays = dict(archive)
    except (BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise InvalidInputError(
            f"模型文件已损坏：{error}", remedy="请重新安装或用 chanjiao train 重新训练"
        ) from error
    return model_from_arrays(arrays)


def _folder() -> Path:
    return get_settings().data_dir / "models"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
