"""Match: any text against programs and their classes, offerings, occupations and industries, and why."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.access import Permission, require
from app.api.layer import Layer, unavailable
from app.api.listing import Model, OfRun
from app.api.naming import program_names
from app.api.openapi import DEMAND, RUN_ID, answers
from app.api.parameters import PLAIN, LevelCode
from app.api.posting_forms import RankedOffering, ranked_offerings
from app.api.reader import Reading
from app.api.validation import refused
from app.matching.personal import mask_personal
from app.models import now
from app.reference.levels import Level
from app.runs.embeddings import EmbeddingLayer, with_or_without
from app.runs.matcher import Hit, Matcher, OfferingHit
from app.runs.order_class_seats import next_intake
from app.runs.posting_ranking import Ranked, with_free_seats
from app.runs.published import Published

router = APIRouter(tags=[DEMAND], dependencies=[Depends(require(Permission.MATCH))])
MatchKind = Literal["program", "program_class", "occupation", "industry", "offering"]
KINDS: tuple[MatchKind, ...] = ("program", "occupation", "industry")
"""What a text is matched with where nothing else is asked for."""


class MatchRequest(BaseModel):
    """A text, and what to match it with."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"title": "集成电路测试工程师", "text": "负责芯片测试方案与测试程序开发", "top": 5}]
        },
    )

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), PLAIN] = Field(
        "", description="标题，如岗位名称；比正文更重要。Weighs more than the text."
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), PLAIN] = Field(
        "", description="正文"
    )
    kinds: list[MatchKind] = Field(
        list(KINDS),
        min_length=1,
        max_length=5,
        description="与什么匹配：专业、本科专业类、职业、行业、专业点。What to match it with.",
    )
    level: LevelCode | None = Field(
        None,
        description="只匹配这一层次的专业；对专业点是要求的最低学历。"
        "Programs of this level only; of offerings the lowest level asked for.",
    )
    top: int = Field(10, ge=1, le=100, description="每类给出几个。Hits of each kind.")

    @model_validator(mode="after")
    def has_words(self) -> Self:
        if not self.title and not self.text:
            raise refused("missing_text", "title 与 text 不能都为空", "至少给出一项")
        return self


class MatchItem(OfRun):
    """A hit."""

    rank: int
    code: str
    name: str
    level: str | None = Field(description="专业的层次；职业、行业为空。Level of a program.")
    level_name: str | None
    score: float = Field(ge=0, le=1, description="匹配度 0–1")
    explanation: dict[str, Any] = Field(description="匹配的词与各层得分。Matched terms and layers.")


class MatchAnswer(Model):
    """The best hits of each kind asked for, best first."""

    run: str
    programs: list[MatchItem]
    program_classes: list[MatchItem] = Field(description="本科专业类。Classes of bachelor programs.")
    occupations: list[MatchItem]
    industries: list[MatchItem]
    offerings: list[RankedOffering] = Field(description="专业点。Offerings: programs at schools.")
    layers_unavailable: list[str] = Field(
        description="配置了而这次没有参与的层，如 embedding。Configured layers that took no part in this answer."
    )


def _items(run: str, hits: Sequence[Hit]) -> list[MatchItem]:
    return [
        MatchItem(
            run=run,
            simulated=False,
            rank=rank,
            code=hit.code,
            name=hit.name,
            level=hit.level or None,
            level_name=Level(hit.level).label if hit.level else None,
            score=hit.score,
            explanation=dict(hit.explanation),
        )
        for rank, hit in enumerate(hits, start=1)
    ]


_PROGRAM = program_names("bachelor", "080710T")
EXAMPLE = MatchAnswer(
    run=RUN_ID,
    programs=[
        MatchItem(
            run=RUN_ID,
            simulated=False,
            rank=1,
            code=_PROGRAM["program_code"],
            name=_PROGRAM["program_name"],
            level=_PROGRAM["level"],
            level_name=_PROGRAM["level_name"],
            score=0.52,
            explanation={
                "terms": [["集成电路", 0.31], ["测试", 0.09]],
                "layers": {"lexical": 0.52},
                "links": [],
            },
        )
    ],
    program_classes=[],
    occupations=[],
    industries=[],
    offerings=[],
    layers_unavailable=[],
)


@router.post(
    "/match",
    summary="任意文字匹配 Match any text",
    responses=answers(EXAMPLE, published=False, unpublished=True),
)
def match_text(reader: Reading, asked: MatchRequest, layer: Layer) -> MatchAnswer:
    """任意文字（岗位、经营范围、课程……）与专业、专业类、职业、行业、专业点的匹配度，附匹配的词。
    不保存任何内容；手机号、身份证号、邮箱等不参与匹配。

    Any text against programs and their classes, occupations, industries and offerings, with the matched terms. Nothing is
    stored.
    """
    title, text = mask_personal(asked.title)[0], mask_personal(asked.text)[0]
    with reader.unstored() as session:
        run = Published.current(session).run.id
        matcher = Matcher.of(session)
    # The session is closed by now: no connection is held while an embedding server is waited for.
    found: Mapping[str, Sequence[Hit]]
    offered: Sequence[OfferingHit]
    kinds = [kind for kind in asked.kinds if kind != "offering"]

    def matched(heard: EmbeddingLayer | None) -> tuple[Mapping[str, Sequence[Hit]], Sequence[OfferingHit]]:
        hits = matcher.match_text(title, text, kinds=kinds, level=asked.level, top=asked.top, layer=heard)
        if len(kinds) == len(asked.kinds):
            return hits, []
        return hits, matcher.rank_offerings(title, text, level=asked.level, top=asked.top, layer=heard)

    (found, offered), failure = with_or_without(layer, matched)
    ranked: list[Ranked] = []
    if offered:
        with reader.unstored() as session:
            ranked = with_free_seats(Published.current(session), offered, next_intake(now().date()))
    return MatchAnswer(
        run=run,
        programs=_items(run, found.get("program", ())),
        program_classes=_items(run, found.get("program_class", ())),
        occupations=_items(run, found.get("occupation", ())),
        industries=_items(run, found.get("industry", ())),
        offerings=ranked_offerings(run, ranked),
        layers_unavailable=unavailable(failure),
    )
