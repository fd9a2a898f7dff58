"""Publishing moves one pointer; readers see one whole run or none."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError, NothingPublishedError
from app.models import Publication, Run
from app.runs.publish import current_run, publish, rollback


def make_run(session: Session, state: str = "finished") -> str:
    run = Run(
        state=state,
        profile="shanghai",
        profile_digest="p",
        parameters={},
        model_version="m",
        reference_digest="r",
        snapshot_digest="s",
        batch_ids=[],
        summary={},
        warnings=[],
    )
    session.add(run)
    session.commit()
    return run.id


def test_nothing_published_is_said_with_a_remedy(session: Session) -> None:
    with pytest.raises(NothingPublishedError, match="chanjiao run --publish"):
        current_run(session)
    with pytest.raises(NothingPublishedError):
        rollback(session)


def test_publish_moves_the_pointer_and_again_changes_nothing(session: Session) -> None:
    first, second = make_run(session), make_run(session)
    publish(session, first)
    assert current_run(session).id == first
    publish(session, second)
    publish(session, second)
    assert current_run(session).id == second
    assert session.scalar(select(func.count()).select_from(Publication)) == 2


@pytest.mark.parametrize("state", ["running", "failed"])
def test_an_unfinished_run_is_never_published(session: Session, state: str) -> None:
    good, bad = make_run(session), make_run(session, state)
    publish(session, good)
    with pytest.raises(ConflictError, match=state):
        publish(session, bad)
    with pytest.raises(NotFoundError):
        publish(session, "no-such-run")
    assert current_run(session).id == good


def test_each_rollback_goes_one_publication_further_back(session: Session) -> None:
    a, b, c = (make_run(session) for _ in range(3))
    for run_id in (a, b, c):
        publish(session, run_id)
    assert rollback(session).run_id == b
    assert current_run(session).id == b
    assert rollback(session).run_id == a
    with pytest.raises(ConflictError, match="最早"):
        rollback(session)
    publish(session, c)
    assert rollback(session).run_id == a
