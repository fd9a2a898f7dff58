"""Publishing: one pointer, moved in one transaction. Readers only ever see the run it names, whole."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError, NothingPublishedError
from app.models import Publication, Run


def current_publication(session: Session) -> Publication | None:
    return session.scalars(select(Publication).order_by(Publication.id.desc()).limit(1)).first()


def current_run(session: Session) -> Run:
    """The run that is served now. Raises NothingPublishedError where none has been published yet."""
    latest = select(func.max(Publication.id)).scalar_subquery()
    run = session.scalars(
        select(Run).join(Publication, Publication.run_id == Run.id).where(Publication.id == latest)
    ).first()
    if run is None:
        raise NothingPublishedError(
            "还没有发布任何测算结果", remedy="请先运行 chanjiao run --publish，或 chanjiao demo"
        )
    return run


def publish(session: Session, run_id: str, *, note: str = "") -> Publication:
    """Make `run_id` the run that is served. Publishing the current run again changes nothing.

    Raises NotFoundError for an unknown run, ConflictError for one that is not finished, or that answers a scenario.
    """
    run = session.get(Run, run_id)
    if run is None:
        raise NotFoundError(f"没有测算 {run_id}", remedy="用 GET /v1/runs 查看已有的测算")
    if run.state != "finished":
        raise ConflictError(f"测算 {run_id} 的状态是 {run.state}，只有 finished 的测算可以发布")
    if run.kind == "scenario":
        raise ConflictError(
            f"测算 {run_id} 回答的是情景（假设），不能作为正式结果发布",
            remedy="请发布按数据测算的结果：chanjiao run --publish",
        )
    current = current_publication(session)
    if current is not None and current.run_id == run_id:
        return current
    publication = Publication(run_id=run_id, note=note)
    session.add(publication)
    session.commit()
    return publication


def rollback(session: Session) -> Publication:
    """Serve again the run that was served before the current one, by a further move of the pointer.

    The history is a stack: publishing pushes, rolling back pops; a second roll-back goes one further.
    Raises NothingPublishedError, or ConflictError where there is nothing to go back to.
    """
    stack: list[Publication] = []
    for publication in session.scalars(select(Publication).order_by(Publication.id)):
        if publication.restores_id is None:
            stack.append(publication)
        else:
            stack.pop()
    if not stack:
        raise NothingPublishedError("还没有发布任何测算结果，无法回退")
    if len(stack) == 1:
        raise ConflictError("这是最早的发布，没有更早的可以回退")
    current, previous = stack[-1], stack[-2]
    restored = Publication(
        run_id=previous.run_id,
        restores_id=previous.id,
        note=f"回退：从 {current.run_id} 回到 {previous.run_id}",
    )
    session.add(restored)
    session.commit()
    return restored
