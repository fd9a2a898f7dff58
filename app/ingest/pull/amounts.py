"""Lengths of time, sizes and rates as people write them: `6h`, `20MB`, `30/m`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def refused(message: str) -> PydanticCustomError:
    """A fault in our own words, shown as it is."""
    return PydanticCustomError("own", "{said}", {"said": message})


def _span(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip())
        if not found:
            raise refused("要写成时长，如 30s、5m、6h、1d")
        return float(found[1]) * _SPANS[found[2]]
    return value


def _size(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+)\s*(KB|MB|GB)", value.strip().upper())
        if not found:
            raise refused("要写成大小，如 500KB、20MB、2GB")
        return int(found[1]) * _SIZES[found[2]]
    return value


def _per_second(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*/\s*([smh])", value.strip())
        if not found or not float(found[1]):
            raise refused("要写成次数/单位时间，如 2/s、30/m")
        return float(found[1]) / _SPANS[found[2]]
    return value


Seconds = Annotated[float, BeforeValidator(_span), Field(gt=0, le=30 * 86400)]
"""A length of time: a number of seconds, or text such as `90s`, `5m`, `6h`, `1d`."""
Size = Annotated[int, BeforeValidator(_size), Field(ge=1024, le=64 << 30)]
"""Bytes: a number, or text such as `20MB`."""
PerSecond = Annotated[float, BeforeValidator(_per_second), Field(gt=0, le=1000)]
"""A rate: a number in a second, or text such as `2/s`, `30/m`, `100/h`."""
