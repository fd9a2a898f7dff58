"""A trained model as arrays, which cannot run code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from app.errors import InvalidInputError
from app.matching.documents import Task
from app.matching.encoding import Kind
from app.matching.frequencies import Frequencies
from app.matching.known import Known
from app.matching.neighbours import Neighbours
from app.matching.ranker import Ranker, Trees
from app.matching.sheet import Lessons
from app.matching.space import Singles, Space, unit
from app.matching.vocabulary import Vocabulary

FORMAT = 2
Arrays = Mapping[str, NDArray[Any]]
_STEPS = 127
_LARGE = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A space, and by task what was learned, the ranker, that for candidates without texts (`bare`), and how common
    terms are in what is asked about.

    `version` names the content.
    """

    space: Space
    lessons: Mapping[Task, Lessons]
    rankers: Mapping[Task, Ranker]
    bare: Mapping[Task, Ranker]
    backgrounds: Mapping[Task, Frequencies]
    version: str = field(default="")


def model_arrays(model: Model) -> dict[str, NDArray[Any]]:
    """The model as named arrays, for `numpy.savez_compressed`."""
    terms = model.space.vocabulary
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "space/vectors": model.space.vectors,
        "space/scales": model.space.scales,
        "space/rarity": np.concatenate([terms.rarity[kind] for kind in Kind]).astype(np.float32),
    }
    arrays |= {f"space/keys/{kind.value}": terms.keys[kind] for kind in Kind}
    for task, background in model.backgrounds.items():
        counts = np.concatenate([background.counts(kind, terms.keys[kind]) for kind in Kind])
        arrays[f"{task.value}/background"] = counts.astype(np.uint16)
        arrays[f"{task.value}/asked"] = np.array(background.documents)
    for task, lessons in model.lessons.items():
        for name, part in (
            ("known", _known_arrays(lessons.known)),
            ("neighbours", _neighbour_arrays(lessons.neighbours)),
        ):
            arrays |= {f"{task.value}/{name}/{key}": value for key, value in part.items()}
        if lessons.titles and "titles/points" not in arrays:
            arrays |= {f"titles/{key}": value for key, value in _neighbour_arrays(lessons.titles).items()}
        arrays[f"{task.value}/titled"] = np.array(lessons.titles is not None)
    for name, rankers in (("ranker", model.rankers), ("bare", model.bare)):
        for task, ranker in rankers.items():
            arrays |= {f"{task.value}/{name}/{key}": value for key, value in _ranker_arrays(ranker).items()}
    return arrays


def model_from_arrays(arrays: Arrays) -> Model:
    """The model of `model_arrays`. Raises InvalidInputError where it is of another format or incomplete."""
    named = {name: np.asarray(arrays[name]) for name in sorted(arrays)}
    if int(named.get("format", np.array(0))) != FORMAT:
        raise InvalidInputError("模型文件的格式与程序不符", remedy="请用 chanjiao train 重新训练")
    try:
        return _model(named)
    except KeyError as error:
        raise InvalidInputError(
            f"模型文件不完整：缺少 {error}", remedy="请重新安装或用 chanjiao train 重新训练"
        ) from error


def _model(named: Arrays) -> Model:
    sizes = [len(named[f"space/keys/{kind.value}"]) for kind in Kind]
    ends = np.cumsum(sizes)[:-1]
    keys = {kind: named[f"space/keys/{kind.value}"].astype(np.uint64) for kind in Kind}
    rarity = dict(zip(Kind, np.split(named["space/rarity"].astype(np.float32), ends), strict=True))
    space = Space(
        Vocabulary(keys, rarity), named["space/vectors"].astype(np.int8, copy=False), named["space/scales"]
    )
    titles = _neighbours(_under(named, "titles/"))
    lessons, rankers, bare, backgrounds = {}, {}, {}, {}
    for task in Task:
        part = _under(named, f"{task.value}/")
        if "titled" in part:
            lessons[task] = Lessons(
                _known(_under(part, "known/")),
                _neighbours(_under(part, "neighbours/")),
                titles if bool(part["titled"]) else None,
            )
        if "background" in part:
            counts = np.split(part["background"].astype(np.float64), ends)
            terms = {kind: (keys[kind], own) for kind, own in zip(Kind, counts, strict=True)}
            backgrounds[task] = Frequencies(float(part["asked"]), terms)
        if "ranker/trees/feature" in part:
            rankers[task] = _ranker(_under(part, "ranker/"))
        if "bare/trees/feature" in part:
            bare[task] = _ranker(_under(part, "bare/"))
    digest = blake2b(digest_size=6)
    for name, value in named.items():
        digest.update(name.encode())
        # Without a copy of the large ones.
        digest.update(value.data if value.nbytes > _LARGE and value.flags.c_contiguous else value.tobytes())
    return Model(space, lessons, rankers, bare, backgrounds, digest.hexdigest())


def _under(named: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}


def _known_arrays(known: Known | None) -> dict[str, NDArray[Any]]:
    if known is None:
        return {}
    return {
        "answers": np.array(known.answers),
        "names": np.array(known.names),
        "terms": known.terms,
        "weights": known.weights,
        "scales": known.scales,
        "slopes": known.slopes.astype(np.float16),
        "centres": known.centres.astype(np.float16),
        "offset": known.offset,
    }


def _known(part: Arrays) -> Known | None:
    if not part:
        return None
    return Known(
        tuple(map(str, part["answers"])),
        tuple(map(str, part["names"])),
        part["terms"].astype(np.int32),
        part["weights"].astype(np.int8),
        part["scales"].astype(np.float64),
        part["slopes"].astype(np.float32),
        part["centres"].astype(np.float32),
        part["offset"].astype(np.float64),
    )


def _neighbour_arrays(neighbours: Neighbours | None) -> dict[str, NDArray[Any]]:
    if neighbours is None:
        return {}
    links = neighbours.links
    scale = np.maximum(np.abs(neighbours.points).max(axis=1, keepdims=True), 1e-12)
    return {
        "points": np.rint(neighbours.points / scale * _STEPS).astype(np.int8),
        "families": neighbours.families,
        "gains": links.data.astype(np.float16),
        "columns": links.indices.astype(np.int16),
        "starts": links.indptr.astype(np.int32),
        "codes": np.array(neighbours.codes),
        "labels": np.array(neighbours.labels),
    }


def _neighbours(part: Arrays) -> Neighbours | None:
    if not part:
        return None
    points: Singles = unit(part["points"].astype(np.float32))
    codes = tuple(map(str, part["codes"]))
    links = csr_array(
        (part["gains"].astype(np.float64), part["columns"].astype(np.int32), part["starts"]),
        shape=(len(points), len(codes)),
    )
    return Neighbours(points, part["families"].astype(str), links, codes, tuple(map(str, part["labels"])))


def _ranker_arrays(ranker: Ranker) -> dict[str, NDArray[Any]]:
    trees = ranker.trees
    return {
        "features": np.array(ranker.features),
        "platt": np.array([ranker.slope, ranker.bias]),
        "kept": np.array(ranker.kept),
        "trees/feature": trees.feature,
        "trees/threshold": trees.threshold,
        "trees/left": trees.left,
        "trees/right": trees.right,
        "trees/value": trees.value,
        "trees/depth": np.array(trees.depth),
    }


def _ranker(part: Arrays) -> Ranker:
    slope, bias = (float(value) for value in part["platt"])
    trees = Trees(
        part["trees/feature"],
        part["trees/threshold"],
        part["trees/left"],
        part["trees/right"],
        part["trees/value"],
        int(part["trees/depth"]),
    )
    return Ranker(tuple(map(str, part["features"])), trees, slope, bias, int(part["kept"]))
