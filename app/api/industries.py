"""Industries 行业: GB/T 4754-2017, and the programs that fit each."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import contains_words
from app.api.fits import ProgramFitFilters, ProgramFitItem, fitting_programs
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import INDUSTRY_LEVELS, Named, program_names
from app.api.openapi import CATALOGUE, RUN_ID, answers
from app.api.parameters import IndustryCode, Words, industry_at
from app.api.reader import Reading
from app.reference import load_reference
from app.reference.industries import Industry

router = APIRouter(tags=[CATALOGUE], dependencies=[Depends(require(Permission.READ_PUBLICATION))])
FITTED = ("division", "group")
"""Levels of the classification at which a run computes fits."""


class IndustryItem(OfRun):
    """An entry of GB/T 4754-2017."""

    code: str
    name: str
    level: str
    level_name: str = Field(description="门类、大类、中类或小类")
    parent_code: str | None
    parent_name: str | None


class PolicyTagItem(Model):
    """A statistical classification that the industry belongs to."""

    tag: str
    partial: bool = Field(description="只有一部分属于。Only part of it belongs.")
    category_path: str


class IndustryDetail(IndustryItem):
    """An industry within the classification."""

    ancestors: list[Named] = Field(description="上级，由近到远。Nearest first.")
    children: list[Named]
    policy_tags: list[PolicyTagItem]
    focus_areas: list[Named] = Field(description="以它为主导产业的试点区域。")


class IndustryFilters(Paging):
    level: Literal["section", "division", "group", "class"] | None = Field(None, description="分类层级")
    parent: IndustryCode | None = Field(None, description="只列其直接下级。Children of this one.")
    q: Words | None = None


def _members(run: str, industry: Industry) -> dict[str, Any]:
    parent = load_reference().industries.find(industry.parent_code)
    return {
        "run": run,
        "simulated": False,
        "code": industry.code,
        "name": industry.name,
        "level": industry.level,
        "level_name": INDUSTRY_LEVELS[industry.level],
        "parent_code": parent.code if parent else None,
        "parent_name": parent.name if parent else None,
    }


def fitted_codes(industry: Industry) -> list[str]:
    """The codes whose fits speak for an industry: its own, a section's divisions, a class's group."""
    if industry.level in FITTED:
        return [industry.code]
    if industry.level == "section":
        return [each.code for each in load_reference().industries.children(industry.code)]
    return [industry.parent_code]


EXAMPLE = IndustryItem(**_members(RUN_ID, load_reference().industries.get("C39")))
DETAIL_EXAMPLE = IndustryDetail(
    **EXAMPLE.model_dump(),
    ancestors=[Named(code="C", name="制造业")],
    children=[Named(code="C391", name="计算机制造")],
    policy_tags=[],
    focus_areas=[],
)
PROGRAM_EXAMPLE = ProgramFitItem(
    run=RUN_ID,
    simulated=False,
    **program_names("bachelor", "080703"),
    target_kind="industry",
    target_code="C39",
    target_name=EXAMPLE.name,
    score=0.44,
    rank=1,
    explanation={"terms": [["通信", 0.21], ["电子", 0.12]], "layers": {"lexical": 0.44}, "links": []},
    offerings=6,
    seats=310.0,
)


@router.get(
    "/industries",
    summary="行业分类 List industries",
    responses=answers(EXAMPLE, listed=True),
)
def list_industries(reader: Reading, filters: Annotated[IndustryFilters, Query()]) -> Listing[IndustryItem]:
    """国民经济行业分类（GB/T 4754-2017），按层级、上级与名称筛选。

    The industries of GB/T 4754-2017 in official order.
    """
    industries = load_reference().industries
    chosen = [
        each
        for each in (industries.children(filters.parent) if filters.parent else industries)
        if filters.level in (None, each.level) and contains_words(filters.q, each.code, each.name)
    ]
    with reader.published() as published:
        run = published.run.id
    return reader.cut(run, filters, chosen, lambda each: IndustryItem(**_members(run, each)))


@router.get(
    "/industries/{code}",
    summary="一个行业 One industry",
    responses=answers(DETAIL_EXAMPLE, missing=True, refuses=False),
)
def get_industry(reader: Reading, code: str) -> IndustryDetail:
    """行业的上级、下级、政策标签，以及以它为主导产业的试点区域。代码可省略门类字母。

    An industry with what is above and below it, its policy tags and the pilot's areas it leads.
    """
    industry = industry_at(code)
    reference = load_reference()
    above = reference.industries.ancestors(industry.code)
    line = {industry.code, *(each.code for each in above)}
    with reader.published() as published:
        run = published.run.id
    return IndustryDetail(
        **_members(run, industry),
        ancestors=[Named(code=each.code, name=each.name) for each in above],
        children=[
            Named(code=each.code, name=each.name) for each in reference.industries.children(industry.code)
        ],
        policy_tags=[
            PolicyTagItem(tag=tag.tag, partial=tag.partial, category_path=tag.category_path)
            for tag in reference.policy_tags.of_industry(industry.code)
        ],
        focus_areas=[
            Named(code=area.id, name=area.name)
            for area in reference.focus_areas
            if line & set(area.industry_codes)
        ],
    )


@router.get(
    "/industries/{code}/programs",
    summary="适配一个行业的专业 Programs that fit an industry",
    responses=answers(PROGRAM_EXAMPLE, listed=True, missing=True),
)
def list_industry_programs(
    reader: Reading, code: str, filters: Annotated[ProgramFitFilters, Query()]
) -> Listing[ProgramFitItem]:
    """与行业最适配的专业，适配度高的在前。适配度按大类与中类测算：门类取其各大类中最高者，小类取其中类，
    以 `target_code` 说明所取。

    Programs that fit the industry, best first. Fits are computed for divisions and groups: a section takes
    the best of its divisions, a class its group; `target_code` says which.
    """
    industry = industry_at(code)
    return fitting_programs(reader, filters, "industry", fitted_codes(industry))
