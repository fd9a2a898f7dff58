"""Fit 适配度: how well a program answers an industry, an occupation or a posting, and why."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from app.api.listing import Listing, OfRun, Paging
from app.api.naming import ProgramName, industry_name, occupation_name, program_names
from app.api.parameters import LevelCode
from app.api.reader import Reader
from app.models import Fit
from app.runs.published import ProgramKey, Published
from app.runs.published_counts import OfferingCount, offering_counts

TargetKind = Literal["industry", "occupation", "posting"]


class FitItem(ProgramName, OfRun):
    """Fit of a program with a target."""

    target_kind: TargetKind
    target_code: str
    target_name: str
    score: float = Field(ge=0, le=1, description="适配度 0–1")
    rank: int = Field(description="在该专业同类目标中的名次。Rank among targets of the kind.")
    explanation: dict[str, Any] = Field(description="匹配的词、官方对应与各层得分。Terms, links, layers.")


class ProgramFitFilters(Paging):
    level: LevelCode | None = None
    offered: bool = Field(False, description="只列有学校开设的专业。Only programs that a school offers.")


class ProgramFitItem(FitItem):
    """A program that fits a target, with what schools offer of it."""

    offerings: int = Field(description="专业点数")
    seats: float = Field(description="计划人数 人/年")


def fit_items(published: Published, rows: Sequence[Fit]) -> list[FitItem]:
    return [FitItem(**members) for members in _members(published, rows)]


def fitting_programs(
    reader: Reader, filters: ProgramFitFilters, kind: TargetKind, codes: Collection[str]
) -> Listing[ProgramFitItem]:
    """The page of programs that fit any of the targets."""
    with reader.published() as published:
        counts = offering_counts(published)
        rows = published.fits_of_target(
            filters.window,
            kind,
            codes,
            level=filters.level,
            programs=counts.keys() if filters.offered else None,
        )
        items = _program_fit_items(published, rows.items, counts)
        return reader.listing(published.run.id, filters, rows.total, items)


def _program_fit_items(
    published: Published, rows: Sequence[Fit], counts: Mapping[ProgramKey, OfferingCount]
) -> list[ProgramFitItem]:
    return [ProgramFitItem(**_with_count(members, counts)) for members in _members(published, rows)]


def _with_count(members: dict[str, Any], counts: Mapping[ProgramKey, OfferingCount]) -> dict[str, Any]:
    count = counts.get((members["level"], members["program_code"]))
    return {**members, "offerings": count.offerings if count else 0, "seats": count.seats if count else 0.0}


def _members(published: Published, rows: Sequence[Fit]) -> list[dict[str, Any]]:
    postings = published.postings(row.target_code for row in rows if row.target_kind == "posting")
    found = []
    for row in rows:
        posting = postings.get(row.target_code)
        name = {
            "industry": industry_name(row.target_code),
            "occupation": occupation_name(row.target_code),
            "posting": posting.title if posting else "",
        }[row.target_kind]
        found.append(
            {
                "run": published.run.id,
                "simulated": posting is not None and posting.simulated,
                **program_names(row.level, row.program_code),
                "target_kind": row.target_kind,
                "target_code": row.target_code,
                "target_name": name or "",
                "score": row.score,
                "rank": row.rank,
                "explanation": row.explanation,
            }
        )
    return found
