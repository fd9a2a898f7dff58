"""Health of the service, and what its problems mean."""

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from app import database
from app.access import Permission, require
from app.api.layer import Layer
from app.api.listing import Model
from app.api.meta import VERSION
from app.api.openapi import RUN_ID, SERVICE, answers
from app.api.problems import PROBLEM_TYPES, type_address
from app.api.reader import Reading
from app.errors import NotFoundError
from app.matching.outside import LAYER
from app.runs.embeddings import state_of
from app.runs.publish import current_publication

router = APIRouter(tags=[SERVICE])


class Alive(Model):
    """The process answers."""

    status: str
    version: str


class Ready(Alive):
    """The database answers and is at the revision this version needs."""

    published: str | None = Field(description="已发布的测算；尚无发布时为空。Run served, if any.")


class LayerItem(Model):
    """A layer that can be added to the engine, as it stands."""

    name: str
    state: str = Field(
        description="off 未配置、unasked 尚未问过、ok 正常、silent 刚出过错，暂不再问。"
        "Off, not asked yet, well, or failed and not asked for a while."
    )
    model: str | None
    share: float | None = Field(description="所占份量 0–1。How much it counts.")
    reason: str | None = Field(description="最近一次出错的原因。Why it failed last.")
    seconds: float | None = Field(description="还有几秒再问。Seconds until it is asked again.")


class Health(Alive):
    """The service with the layers that can be added to it."""

    layers: list[LayerItem]


class ProblemTypeItem(Model):
    """A kind of problem that an answer can name in `type`."""

    type: str
    code: str
    status: int
    title: str
    meaning: str


@router.get(
    "/healthz",
    summary="存活 Alive",
    responses=answers(Alive(status="ok", version="0.1.0"), published=False, refuses=False),
)
def get_alive() -> Alive:
    """进程能应答，不看数据库。

    The process answers; the database is not asked.
    """
    return Alive(status="ok", version=VERSION)


@router.get(
    "/readyz",
    summary="就绪 Ready",
    responses=answers(
        Ready(status="ok", version="0.1.0", published=RUN_ID), published=False, refuses=False, unready=True
    ),
)
def get_ready(request: Request, reader: Reading) -> Ready:
    """数据库可用且版本相符；否则回答 503 与原因。

    The database can be used and is at the revision this version needs; 503 with the reason otherwise.
    """
    database.check(request.app.state.engine)
    with reader.records() as session:
        publication = current_publication(session)
        return Ready(status="ok", version=VERSION, published=publication.run_id if publication else None)


@router.get(
    "/v1/health",
    summary="服务与各层的状态 Health and layers",
    responses=answers(
        Health(
            status="ok",
            version="0.1.0",
            layers=[
                LayerItem(name=LAYER, state="off", model=None, share=None, reason=None, seconds=None),
            ],
        ),
        published=False,
        refuses=False,
    ),
    dependencies=[Depends(require(Permission.READ_PUBLICATION))],
)
def get_health(layer: Layer) -> Health:
    """进程与可选的层的状态。不会为此去问向量服务；缺了它，服务照常。

    The process and its optional layers. The embedding server is not asked; without it the service works on.
    """
    return Health(status="ok", version=VERSION, layers=[LayerItem(name=LAYER, **asdict(state_of(layer)))])


@router.get(
    "/v1/problems/{code}",
    summary="一种问题的说明 What a problem means",
    responses=answers(
        ProblemTypeItem(
            type=type_address("not_found"),
            code="not_found",
            status=404,
            title=PROBLEM_TYPES["not_found"].title,
            meaning=PROBLEM_TYPES["not_found"].meaning,
        ),
        published=False,
        missing=True,
        refuses=False,
    ),
)
def get_problem_type(code: str) -> ProblemTypeItem:
    """问题文档中 `type` 所指的说明：意思与处理办法。

    What the `type` of a problem document leads to: its meaning and what to do.
    """
    kind = PROBLEM_TYPES.get(code)
    if kind is None:
        raise NotFoundError(f"没有问题种类 {code}", remedy=f"已有：{'、'.join(PROBLEM_TYPES)}")
    return ProblemTypeItem(
        type=type_address(code), code=code, status=kind.status, title=kind.title, meaning=kind.meaning
    )
