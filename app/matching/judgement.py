"""Scores together with the layers they are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.blend import LAYERS, Blend


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """`scores` (queries, candidates) in [0, 1]; `layers` of that shape, joined by `blend` where there is one."""

    scores: NDArray[np.float64]
    layers: tuple[NDArray[np.float64], ...]
    blend: Blend | None

    def log_odds(self, query: int, candidate: int) -> dict[str, float]:
        """What each layer adds to the log-odds of a pair, `base` included; empty without a blend."""
        if self.blend is None:
            return {}
        parts = self.blend.parts(list(self.layers), query, candidate)
        return dict(zip(LAYERS, parts, strict=True)) | {"base": self.blend.bias}
