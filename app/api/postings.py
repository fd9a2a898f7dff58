"""Postings 岗位需求: an enterprise posts its demand and gets ranked offerings in the same reply."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from app.access import Permission, Principal, require
from app.api.layer import Layer
from app.api.openapi import DEMAND, answers
from app.api.placements import placement_items
from app.api.posting_answers import post
from app.api.posting_forms import DETAIL_EXAMPLE, EXAMPLE, PostingAnswer, PostingDetail, posting_members
from app.api.posting_request import PostingRequest
from app.api.reader import Reading
from app.api.unplaced import unplaced_items
from app.errors import NotFoundError, NothingPublishedError
from app.models import Posting
from app.runs.pages import Window
from app.runs.published import Published

router = APIRouter(tags=[DEMAND])
RANKED = 20
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,200}$",
        description="客户端自选的键，重发时不变。Chosen by the client, the same when it sends again.",
    ),
]
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
    responses=answers(EXAMPLE, published=False, conflicts=True, status=201) | _REPEATED,
)
def create_posting(
    reader: Reading,
    response: Response,
    asked: PostingRequest,
    principal: Annotated[Principal, Depends(require(Permission.POST_DEMAND))],
    layer: Layer,
    idempotency_key: IdempotencyKey = None,
) -> PostingAnswer:
    """企业提交岗位或订单班需求，当场得到适配的专业点，各附适配度、空余名额、距离与理由；无人能承接时说明为什么、最近的是哪个。
    没有填写的学历、人数、区、经验与月薪从文字中读出，并在 `read_from_text` 注明；手机号、身份证号、邮箱等在保存前遮去。

    带 `Idempotency-Key` 时，同一键同一内容得到同一回答，同一键另一内容回答 409。不带键时，同样内容再次提交不会重复计数：
    回答 200、原来的编号与 `repeated: true`；只是细节不同的照常保存，并在 `likely_duplicates` 列出较早的编号。

    An enterprise posts demand and gets ranked offerings at once. Members left out are read from the text, and named
    in `read_from_text`. With an `Idempotency-Key`, the same key and content give the same answer, other content 409.
    Without one, the same posting again is counted once: the answer is 200 with the earlier id and `repeated: true`.
    """
    with reader.unstored() as session:
        answer, fresh = post(session, asked, layer, principal, idempotency_key, RANKED)
    response.headers["Location"] = f"/v1/postings/{answer.posting_id}"
    if not fresh:
        response.status_code = 200
    return answer


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
