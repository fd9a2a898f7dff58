"""What an embedding server answers, checked: as many unit vectors as texts were sent, or the reason why not."""

import base64
import binascii
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import EmbeddingUnavailableError

Vectors = NDArray[np.float32]
LONGEST_VECTOR = 65_536
_SHORTEST = 1e-12


def read_answer(body: bytes, texts: int) -> Vectors:
    """Unit vectors (texts, dimensions) in the order in which the texts were sent.

    The order is restored by `index`; a vector is a list of numbers or base64 of little-endian float32. Raises
    EmbeddingUnavailableError where anything is missing, double, not a number, zero or of another length: an
    answer counts as a whole or not at all.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise _unusable(f"回答不是完整的 JSON（{len(body)} 字节）") from None
    items = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise _unusable("回答里没有 data 列表")
    if len(items) != texts:
        raise _unusable(f"送去 {texts} 段文字，只回答 {len(items)} 个向量" if len(items) < texts else
                        f"送去 {texts} 段文字，却回答 {len(items)} 个向量")  # fmt: skip
    rows: list[NDArray[np.float64] | None] = [None] * texts
    for item in items:
        place = item.get("index") if isinstance(item, dict) else None
        if type(place) is not int or not 0 <= place < texts:
            raise _unusable(f"向量的 index 应为 0 至 {texts - 1}，现为 {str(place)[:20]}")
        if rows[place] is not None:
            raise _unusable(f"index {place} 出现两次")
        rows[place] = _vector(item.get("embedding"), place)
    filled = [row for row in rows if row is not None]
    lengths = sorted({len(row) for row in filled})
    if len(lengths) > 1:
        raise _unusable(f"同一回答里的向量维数不同：{'、'.join(map(str, lengths))}")
    matrix = np.array(filled)
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(norms[:, 0]) | (norms[:, 0] < _SHORTEST))
    if len(bad):
        raise _unusable(f"第 {bad[0]} 个向量含有 NaN、无穷大或全为零")
    unit: Vectors = (matrix / norms).astype("<f4")
    return unit


def _vector(value: Any, place: int) -> NDArray[np.float64]:
    if isinstance(value, str):
        try:
            packed = base64.b64decode(value, validate=True)
            vector = np.frombuffer(packed, dtype="<f4").astype(np.float64)
        except (binascii.Error, ValueError):
            raise _unusable(f"第 {place} 个向量不是 float32 的 base64") from None
    elif isinstance(value, list) and all(type(number) in (int, float) for number in value):
        try:
            vector = np.asarray(value, dtype=np.float64)
        except OverflowError:
            raise _unusable(f"第 {place} 个向量含有过大的数") from None
    else:
        raise _unusable(f"第 {place} 个向量不是数的列表")
    if not 0 < len(vector) <= LONGEST_VECTOR:
        raise _unusable(f"第 {place} 个向量有 {len(vector)} 维，应为 1 至 {LONGEST_VECTOR}")
    return vector


def _unusable(reason: str) -> EmbeddingUnavailableError:
    return EmbeddingUnavailableError(
        f"向量服务的回答不能用：{reason}",
        remedy="请核对 CHANJIAO_EMBEDDING_URL 与 _MODEL 指向 OpenAI 兼容的向量服务",
    )
