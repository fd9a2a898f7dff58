"""Requests for training services 培训服务: an enterprise asks, the school answers, step by step."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.matching.personal import mask_personal
from app.models import TrainingRequest, TrainingRequestEvent, TrainingService, now
from app.runs.registers import standing_entry

STATES = {
    "requested": "已提出",
    "accepted": "已接受",
    "declined": "已谢绝",
    "done": "已完成",
    "withdrawn": "已撤回",
}
MOVES: dict[str, tuple[str, ...]] = {
    "requested": ("accepted", "declined", "withdrawn"),
    "accepted": ("done", "declined", "withdrawn"),
    "declined": (),
    "done": (),
    "withdrawn": (),
}
OF_THE_SCHOOL = ("accepted", "declined", "done")
"""Steps of the school; `withdrawn` is the enterprise's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an enterprise asks for; the credit code is checked."""

    enterprise: str
    credit_code: str
    heads: int
    start: date | None
    note: str
    who: str
    simulated: bool = False


def service_of(session: Session, key: str) -> TrainingService:
    """The service in force under this key. Raises NotFoundError."""
    return standing_entry(session, TrainingService, key, what="培训服务", path="/v1/training-services")


def request_training(
    session: Session, key: str, asked: Asked, principal: str, today: date
) -> tuple[TrainingRequest, bool]:
    """Store a request, committed here; False where the same one is open already, which is then returned.

    Raises NotFoundError for an unknown service, ConflictError for one that is no longer offered, InvalidInputError
    for more heads than it takes or a start that is past or after its end.
    """
    service = service_of(session, key)
    _check(service, asked, today)
    earlier = _same(session, service, asked)
    if earlier is not None and MOVES[earlier.state]:
        return earlier, False
    request = TrainingRequest(
        service_key=service.key,
        school_code=service.school_code,
        title=service.title,
        enterprise=mask_personal(asked.enterprise)[0],
        credit_code=asked.credit_code,
        heads=asked.heads,
        start=asked.start,
        note=mask_personal(asked.note)[0],
        state="requested",
        version=1,
        fingerprint=_fingerprint(service, asked, earlier),
        simulated=asked.simulated or service.simulated,
    )
    try:
        session.add(request)
        session.flush()
        session.add(_event(request, asked.who, principal, ""))
        session.commit()
    except IntegrityError:
        # The same request arrived twice at once, and the other one was first.
        session.rollback()
        return session.scalars(
            select(TrainingRequest).where(
                TrainingRequest.fingerprint == _fingerprint(service, asked, earlier)
            )
        ).one(), False
    return request, True


def request_of(session: Session, request_id: str) -> TrainingRequest:
    """Raises NotFoundError."""
    request = session.get(TrainingRequest, request_id)
    if request is None:
        raise NotFoundError(
            f"没有培训申请 {request_id}", remedy="用 GET /v1/training-requests 查看已有的申请"
        )
    return request


def events_of(session: Session, request: TrainingRequest) -> list[TrainingRequestEvent]:
    """All steps of a request, oldest first."""
    found = select(TrainingRequestEvent).where(TrainingRequestEvent.request_id == request.id)
    return [*session.scalars(found.order_by(TrainingRequestEvent.version))]


def move_request(
    session: Session, request_id: str, to: str, version: int, who: str, reason: str, principal: str
) -> TrainingRequest:
    """Move a request, committed here.

    Raises NotFoundError; ConflictError for a step that is not possible, or where somebody else has moved it since
    the version named; InvalidInputError where it lacks who, or a refusal why.
    """
    request = request_of(session, request_id)
    if version != request.version:
        raise _overtaken(request)
    if to not in MOVES[request.state]:
        possible = "、".join(f"{STATES[each]}（{each}）" for each in MOVES[request.state])
        raise ConflictError(
            f"状态“{STATES[request.state]}”（{request.state}）不能变为“{STATES[to]}”（{to}）",
            remedy=f"现在可以变为：{possible}" if possible else "这份申请已经了结，请重新提出",
        )
    if not who.strip():
        raise InvalidInputError(f"{STATES[to]}要写明由谁办理", remedy="请填写 who", where={"参数": "who"})
    if to == "declined" and not reason.strip():
        raise InvalidInputError("谢绝要写明理由", remedy="请填写 reason", where={"参数": "reason"})
    at = now()
    moved = session.execute(
        update(TrainingRequest)
        .where(TrainingRequest.id == request.id, TrainingRequest.version == version)
        .values(state=to, version=version + 1, at=at)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()
        raise _overtaken(request_of(session, request_id))
    session.refresh(request)
    session.add(_event(request, who, principal, reason))
    session.commit()
    return request


def _check(service: TrainingService, asked: Asked, today: date) -> None:
    if service.until is not None and service.until < today:
        raise ConflictError(
            f"“{service.title}”已于 {service.until} 停止受理", remedy="请另选一项培训服务，或与学校联系"
        )
    if asked.heads > service.capacity:
        raise InvalidInputError(
            f"人数 {asked.heads} 超过每期 {service.capacity} 人",
            remedy="请减少人数，或分几期申请",
            where={"参数": "heads"},
        )
    if asked.start is not None and asked.start < today:
        raise InvalidInputError(
            f"开始日期 {asked.start} 已过", remedy="请填写今天或以后的日期", where={"参数": "start"}
        )
    if asked.start is not None and service.until is not None and asked.start > service.until:
        raise InvalidInputError(
            f"开始日期 {asked.start} 晚于截止日期 {service.until}",
            remedy="请提早，或另选一项培训服务",
            where={"参数": "start"},
        )


def _same(session: Session, service: TrainingService, asked: Asked) -> TrainingRequest | None:
    """The latest request that asked for the same."""
    found = select(TrainingRequest).where(
        TrainingRequest.service_key == service.key,
        TrainingRequest.credit_code == asked.credit_code,
        TrainingRequest.heads == asked.heads,
        TrainingRequest.start.is_(None) if asked.start is None else TrainingRequest.start == asked.start,
        TrainingRequest.note == mask_personal(asked.note)[0],
    )
    return session.scalars(found.order_by(TrainingRequest.id.desc())).first()


def _fingerprint(service: TrainingService, asked: Asked, earlier: TrainingRequest | None) -> str:
    """Of what was asked, and of the closed request for the same that it follows."""
    said = [service.key, asked.credit_code, asked.heads, str(asked.start), mask_personal(asked.note)[0]]
    line = json.dumps([*said, earlier.id if earlier else ""], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def _event(request: TrainingRequest, who: str, principal: str, reason: str) -> TrainingRequestEvent:
    return TrainingRequestEvent(
        request_id=request.id,
        version=request.version,
        at=request.at,
        state=request.state,
        who=mask_personal(who.strip())[0],
        principal=principal,
        reason=mask_personal(reason.strip())[0],
    )


def _overtaken(request: TrainingRequest) -> ConflictError:
    return ConflictError(
        f"这份申请已被别人改动：现在的状态是“{STATES[request.state]}”（{request.state}），版本 {request.version}",
        remedy="请重新读取后再办理，并在 version 中写明读到的版本",
    )
