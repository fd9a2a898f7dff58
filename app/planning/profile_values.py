"""Values of a profile, each with the source it comes from."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Number(Part):
    """A number with its source: a document and its passage, or `assumption`."""

    value: float = Field(strict=True, allow_inf_nan=False)
    source: str = Field(min_length=2)


class Share(Number):
    value: float = Field(strict=True, ge=0, le=1)


class Positive(Number):
    value: float = Field(strict=True, gt=0, allow_inf_nan=False)


class Count(Number):
    value: float = Field(strict=True, ge=0, allow_inf_nan=False)


class PositiveShare(Number):
    value: float = Field(strict=True, gt=0, le=1)


class Words(Part):
    """A list of words or codes with its source."""

    value: tuple[str, ...]
    source: str = Field(min_length=2)


Levels = Literal[
    "secondary_vocational", "higher_vocational", "vocational_bachelor", "bachelor", "postgraduate"
]
