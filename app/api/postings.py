"""Postings 岗位需求: an enterprise posts its demand and gets ranked offerings in the same reply."""

from typing import Annotated, Any
from uuid import UUID, uuid5

import structlog
from fastapi import APIRouter, Depends, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import Permission, Principal, require
from app.api.layer import Layer, unavailable
from app.api.openapi import DEMAND, answers
from app.api.placements import placement_items, unplaced_items
from app.api.posting_forms import (
    DETAIL_EXAMPLE,
    EXAMPLE,
    NEXT_STEP,
    READ_NAMES,
    PostingAnswer,
    PostingDetail,
    PostingItem,
    PostingRequest,
    RankedOffering,
    posting_members,
    ranked_offerings,
)
from app.api.reader import Reading
from app.errors import EmbeddingUnavailableError, NotFoundError, NothingPublishedError
from app.ingest import accept_rows
from app.ingest.batch_records import STANDING
from app.models import Batch, Posting
from app.runs.embeddings import EmbeddingLayer, with_or_without
from app.runs.matcher import Matcher
from app.runs.published import Published, Window

router = APIRouter(tags=[DEMAND])
RANKED = 20
_NAMESPACE = UUID("6f1d1a52-3c0b-5d8e-9a44-0c6e4b7f2d10")
"""Ids of postings that come through the API are made of their content, so that a repeat finds the first."""
log = structlog.get_logger("chanjiao.api")
_REPEATED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "此前已收到同样的需求 The same posting was received before",
        "model": PostingAnswer,
    }
}


@router.post(
    "/postings",
    status_code=201,
    summary="提交岗位需求 Post a talent demand",
    responses=answers(EXAMPLE, published=False, status=201) | _REPEATED,
)
def create_posting(
    reader: Reading,
    response: Response,
    asked: PostingRequest,
    principal: Annotated[Principal, Depends(require(Permission.POST_DEMAND))],
    layer: Layer,
) -> PostingAnswer:
    """企业提交岗位或订单班需求，当场得到适配的专业点。
    没有填写的学历、人数、区、经验与月薪从文字中读出，并在 `read_from_text` 注明；手机号、身份证号、邮箱等在保存前遮去。

    同样内容再次提交不会重复计数：回答 200、原来的编号与 `repeated: true`。

    An enterprise posts demand and gets ranked offerings at once. Members left out are read from the text, and named
    in `read_from_text`. The same posting again is counted once: the answer is 200 with the earlier id and
    `repeated: true`.
    """
    with reader.unstored() as session:
        posting, warnings, repeated = _received(session, asked)
        log.info("posting received", posting=posting.id, repeated=repeated, principal=principal.id)
        run: str | None = None
        offerings: list[RankedOffering] = []
        failure: EmbeddingUnavailableError | None = None
        try:
            published = Published.current(session)
        except NothingPublishedError:
            warnings = [*warnings, "还没有发布测算结果，暂时不能给出适配的专业点"]
        else:
            run = published.run.id
            offerings, failure = _ranked(published, posting, layer)
    response.headers["Location"] = f"/v1/postings/{posting.id}"
    if repeated:
        response.status_code = 200
    return PostingAnswer(
        posting_id=posting.id,
        repeated=repeated,
        run=run,
        warnings=[*warnings, *_doubts(posting)],
        next_step=NEXT_STEP.format(id=posting.id),
        posting=PostingItem(**posting_members(posting)),
        offerings=offerings,
        layers_unavailable=unavailable(failure),
    )


@router.get(
    "/postings/{posting_id}",
    summary="一份岗位需求 One posting",
    responses=answers(DETAIL_EXAMPLE, published=False, missing=True, refuses=False),
    dependencies=[Depends(require(Permission.READ_RECORDS))],
)
def get_posting(reader: Reading, posting_id: str) -> PostingDetail:
    """一份岗位需求，及已发布的测算为它安排的订单班，或未能安排的原因。

    A posting with the order classes the published run placed for it, or why it could not.
    """
    with reader.records() as session:
        posting = session.get(Posting, posting_id) if posting_id.isprintable() else None
        if posting is None:
            raise NotFoundError(f"没有岗位需求 {posting_id}", remedy="编号在提交时的回复中：posting_id")
        try:
            published = Published.current(session)
        except NothingPublishedError:
            return PostingDetail(**posting_members(posting), run=None, placements=[], unplaced=[])
        everything = Window(500)
        placed = published.placements(everything, posting=posting.id).items
        left = published.unplaced(everything, posting=posting.id).items
        return PostingDetail(
            **posting_members(posting),
            run=published.run.id,
            placements=placement_items(published, placed),
            unplaced=unplaced_items(published, left),
        )


def _received(session: Session, asked: PostingRequest) -> tuple[Posting, list[str], bool]:
    """The stored posting, warnings about it, and whether it was there before.

    Raises InvalidInputError where the row was refused; nothing is stored then.
    """
    row = asked.model_dump(exclude_none=True, exclude={"simulated"})
    posting_id = str(uuid5(_NAMESPACE, asked.model_dump_json()))
    earlier = session.get(Posting, posting_id)
    if earlier is not None and session.get_one(Batch, earlier.batch_id).state in STANDING:
        return earlier, [], True
    try:
        report = accept_rows(
            session, "postings", [{"id": posting_id, **row}], source="api", simulated=asked.simulated
        )
    except IntegrityError:
        # The same posting arrived twice at once, and the other one was first.
        session.rollback()
        return session.get_one(Posting, posting_id), [], True
    return session.get_one(Posting, posting_id), report.warnings, report.already


def _ranked(
    published: Published, posting: Posting, layer: EmbeddingLayer | None
) -> tuple[list[RankedOffering], EmbeddingUnavailableError | None]:
    matcher = Matcher.of(published.session)
    # Gives the connection back: none is held while an embedding server is waited for.
    published.session.commit()
    hits, failure = with_or_without(
        layer,
        lambda heard: matcher.rank_offerings(
            posting.title,
            posting.description,
            level=posting.level,
            district_code=posting.district_code,
            industry_code=posting.industry_code,
            occupation_code=posting.occupation_code,
            top=RANKED,
            layer=heard,
        ),
    )
    programs = {(hit.level, hit.program_code) for hit in hits}
    made_up = {
        (row.school_code, row.level, row.program_code)
        for row in published.offerings(Window(10_000), programs=programs, simulated=True).items
    }
    return ranked_offerings(published.run.id, hits, made_up), failure


def _doubts(posting: Posting) -> list[str]:
    doubts = []
    if not posting.heads_stated:
        doubts.append("没有写明人数，按 1 人计；要开订单班请填写 heads")
    if posting.level is None and "level" not in posting.read_from_text:
        doubts.append("没有写明学历，按不限计")
    if posting.read_from_text:
        names = "、".join(dict.fromkeys(READ_NAMES[name] for name in posting.read_from_text))
        doubts.append(f"没有填写、从文字中读出的项：{names}；请核对，不对的请填写后重新提交")
    return doubts
