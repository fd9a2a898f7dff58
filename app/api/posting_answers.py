"""How a posting is answered: stored, ranked for and presented, the same for one and for many."""

import structlog
from sqlalchemy.orm import Session

from app.access import Principal
from app.api.layer import unavailable
from app.api.posting_forms import (
    NEXT_STEP,
    READ_NAMES,
    PostingAnswer,
    PostingItem,
    posting_members,
    ranked_offerings,
    unserved_item,
)
from app.api.posting_request import PostingRequest
from app.errors import NothingPublishedError
from app.models import Posting
from app.runs.embeddings import EmbeddingLayer
from app.runs.posting_ranking import Ranking, rank_for
from app.runs.posting_reception import Reception, keep_answer, receive
from app.runs.published import Published

log = structlog.get_logger("chanjiao.api")


def post(
    session: Session,
    asked: PostingRequest,
    layer: EmbeddingLayer | None,
    principal: Principal,
    key: str | None,
    top: int,
) -> tuple[PostingAnswer, bool]:
    """Store the posting and answer it; and whether it was not there before. Raises what `receive` does."""
    received = receive(
        session,
        asked.as_row(),
        asked.model_dump_json(),
        simulated=asked.simulated,
        principal=principal.id,
        key=key,
    )
    log.info(
        "posting received", posting=received.posting.id, repeated=received.repeated, principal=principal.id
    )
    if received.answer is not None:
        return PostingAnswer.model_validate(received.answer), False
    answer = answered(session, received, layer, top)
    if key:
        keep_answer(session, principal.id, key, answer.model_dump(mode="json"))
    return answer, not received.repeated


def answered(session: Session, received: Reception, layer: EmbeddingLayer | None, top: int) -> PostingAnswer:
    """What a stored posting is answered: the offerings of the published run, warnings and doubts."""
    posting, warnings = received.posting, [*received.warnings]
    run, ranking = None, Ranking(())
    try:
        published = Published.current(session)
    except NothingPublishedError:
        warnings.append("还没有发布测算结果，暂时不能给出适配的专业点")
    else:
        run = published.run.id
        ranking = rank_for(published, posting, layer, top)
    if received.duplicates:
        warnings.append(
            f"可能与较早的需求重复：{'、'.join(received.duplicates)}；若是同一份，请撤回其中之一，"
            "重发时请带相同的 Idempotency-Key"
        )
    return PostingAnswer(
        posting_id=posting.id,
        repeated=received.repeated,
        likely_duplicates=list(received.duplicates),
        run=run,
        warnings=[*warnings, *_doubts(posting)],
        next_step=NEXT_STEP.format(id=posting.id),
        posting=PostingItem(**posting_members(posting)),
        offerings=ranked_offerings(run or "", ranking.offerings),
        unserved=unserved_item(run or "", ranking.unserved),
        layers_unavailable=unavailable(ranking.failure),
    )


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
