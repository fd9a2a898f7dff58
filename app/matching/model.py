"""A trained model: the heads of the tasks whose answers are known beforehand, as arrays, which cannot run code."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.matching.blend import Blend
from app.matching.documents import Task
from app.matching.encoding import Kind
from app.matching.heads import Head
from app.matching.vocabulary import Vocabulary

FORMAT = 1
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Heads by task, and a version that names their content."""

    heads: Mapping[Task, Head]
    version: str


def model_arrays(heads: Mapping[Task, Head]) -> dict[str, NDArray[Any]]:
    """The heads as named arrays, for `numpy.savez_compressed`."""
    arrays: dict[str, NDArray[Any]] = {"format": np.array(FORMAT)}
    for task, head in heads.items():
        part: dict[str, NDArray[Any]] = {f"keys/{kind.value}": head.vocabulary.keys[kind] for kind in Kind}
        part |= {f"rarity/{kind.value}": head.vocabulary.rarity[kind] for kind in Kind}
        part |= {
            "answers": np.array(head.answers),
            "names": np.array(head.names),
            "weights": head.weights,
            "scales": head.scales,
            "offset": head.offset,
            "blend": np.append(head.blend.weights.ravel(), head.blend.bias),
        }
        arrays |= {f"{task.value}/{name}": value for name, value in part.items()}
    return arrays


def model_from_arrays(arrays: Arrays) -> Model:
    """The model of `model_arrays`. Raises InvalidInputError where it is of another format or incomplete."""
    named = {name: np.asarray(arrays[name]) for name in sorted(arrays)}
    if int(named.get("format", np.array(0))) != FORMAT:
        raise InvalidInputError("模型文件的格式与程序不符", remedy="请用 scripts/train_model.py 重新训练")
    try:
        heads = {task: _head(named, task.value) for task in Task if f"{task.value}/answers" in named}
    except KeyError as error:
        raise InvalidInputError(f"模型文件不完整：缺少 {error}", remedy="请重新安装或重新训练") from error
    digest = blake2b(digest_size=6)
    for name, value in named.items():
        digest.update(name.encode() + np.ascontiguousarray(value).tobytes())
    return Model(heads, digest.hexdigest())


def _head(named: Arrays, task: str) -> Head:
    def part(name: str) -> NDArray[Any]:
        return named[f"{task}/{name}"]

    blend = part("blend").astype(np.float64)
    return Head(
        Vocabulary(
            {kind: part(f"keys/{kind.value}").astype(np.uint64) for kind in Kind},
            {kind: part(f"rarity/{kind.value}").astype(np.float32) for kind in Kind},
        ),
        tuple(map(str, part("answers"))),
        tuple(map(str, part("names"))),
        part("weights").astype(np.int8),
        part("scales").astype(np.float64),
        part("offset").astype(np.float64),
        Blend(blend[:-1].reshape(-1, 3), float(blend[-1])),
    )
