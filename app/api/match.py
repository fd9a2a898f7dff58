"""Match: any text against programs, occupations and industries, with the words that matched."""

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
from app.api.reader import Reading
from app.api.validation import refused
from app.matching.personal import mask_personal
from app.reference.levels import Level
from app.runs.embeddings import with_or_without
from app.runs.matcher import Hit, Matcher
from app.runs.published import Published

router = APIRouter(tags=[DEMAND], dependencies=[Depends(require(Permission.MATCH))])
MatchKind = Literal["program", "occupation", "industry"]
KINDS: tuple[MatchKind, ...] = ("program", "occupation", "industry")


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
    kinds: list[MatchKind] = Field(list(KINDS), min_length=1, max_length=3, description="与什么匹配")
    level: LevelCode | None = Field(None, description="只匹配这一层次的专业。Programs of this level only.")
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
    occupations: list[MatchItem]
    industries: list[MatchItem]
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
    occupations=[],
    industries=[],
    layers_unavailable=[],
)


@router.post(
    "/match",
    summary="任意文字匹配 Match any text",
    responses=answers(EXAMPLE, published=False, unpublished=True),
)
def match_text(reader: Reading, asked: MatchRequest, layer: Layer) -> MatchAnswer:
    """任意文字（岗位、经营范围、课程……）与专业、职业、行业的匹配度，附匹配的词。不保存任何内容；手机号、身份证号、邮箱等不参与匹配。

    Any text against programs, occupations and industries, with the matched terms. Nothing is stored.
    """
    title, text = mask_personal(asked.title)[0], mask_personal(asked.text)[0]
    with reader.unstored() as session:
        run = Published.current(session).run.id
        matcher = Matcher.of(session)
    # The session is closed by now: no connection is held while an embedding server is waited for.
    found: Mapping[str, Sequence[Hit]]
    found, failure = with_or_without(
        layer,
        lambda heard: matcher.match_text(
            title, text, kinds=asked.kinds, level=asked.level, top=asked.top, layer=heard
        ),
    )
    return MatchAnswer(
        run=run,
        programs=_items(run, found.get("program", ())),
        occupations=_items(run, found.get("occupation", ())),
        industries=_items(run, found.get("industry", ())),
        layers_unavailable=unavailable(failure),
    )
