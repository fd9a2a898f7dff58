"""Fits kept beside the database, so that a scenario need not compute again what it does not change.

A file per snapshot and model, in `CHANJIAO_DATA_DIR/fits`. It is a copy only: deleting it costs the time to make it
again. Scores are kept as they are, in double precision, so that figures from a kept file are those of the run, bit for
bit; the texts and the engine are not in it, so nothing can be explained from it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import structlog

from app.matching.documents import Document
from app.models import Run
from app.runs.fits import FitTables, Listed

KEPT = 2
"""Files kept: the published run's and the one before it."""
_SIDES = ("programs", "industries", "occupations", "postings")
_SCORES = ("industry", "occupation", "posting")
log = structlog.get_logger("chanjiao.runs")


def fits_key(run: Run) -> str:
    """The name under which the fits of a run are kept: of its snapshot, model and reference, and of the code of fits."""
    parts = (run.snapshot_digest, run.model_version, run.reference_digest, _code_digest())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """SHA-256 of the code that makes fits: a file must not outlive what filled it."""
    digest = hashlib.sha256()
    runs = files("app") / "runs"
    names = ("carried.py", "documents.py", "fits.py", "staffing.py", "thesaurus.py")
    for item in (*_modules(files("app") / "matching"), *(runs / name for name in names)):
        digest.update(item.read_bytes())
    return digest.hexdigest()


def _modules(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _modules(item)
        elif item.name.endswith(".py"):
            yield item


def keep_fits(folder: Path, key: str, fits: FitTables) -> None:
    """Keep the fits under `key` and forget all but the latest few. A folder that cannot be written is only logged."""
    arrays = {name: getattr(fits, name) for name in _SCORES}
    arrays |= {side: np.array([d.id for d in getattr(fits, side).documents], dtype=str) for side in _SIDES}
    arrays["told"] = fits.told
    arrays["links"] = np.array(sorted(fits.links), dtype=np.int64).reshape(-1, 2)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            np.savez(part, **arrays)
        Path(part.name).replace(folder / f"{key}.npz")
        for old in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink()
    except OSError as error:
        log.warning("fits not kept", folder=str(folder), error=str(error))


def kept_fits(folder: Path, key: str) -> FitTables | None:
    """The fits kept under `key`; None where there are none, or where the file is broken."""
    with suppress(OSError, ValueError, KeyError, EOFError), np.load(folder / f"{key}.npz") as arrays:
        programs, industries, occupations, postings = (_listed(arrays[name].tolist()) for name in _SIDES)
        return FitTables(
            programs=programs,
            industries=industries,
            occupations=occupations,
            postings=postings,
            industry=arrays["industry"],
            occupation=arrays["occupation"],
            posting=arrays["posting"],
            links=frozenset((int(i), int(j)) for i, j in arrays["links"]),
            told=arrays["told"],
        )
    return None


def _listed(ids: list[str]) -> Listed:
    return Listed(tuple(Document(id, "") for id in ids), {id: i for i, id in enumerate(ids)})
