"""A run over nothing is a valid run, and a wrong profile is refused before anything is written."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NothingPublishedError, ProfileError
from app.models import Run
from app.runs.execute import execute
from app.runs.matcher import Matcher


def quiet(_step: str, _done: float) -> None:
    """No progress in tests."""


def test_no_data_at_all_gives_a_valid_empty_run(session: Session) -> None:
    with pytest.raises(NothingPublishedError):
        Matcher.of(session)
    run = execute(session, "shanghai", quiet)
    assert run.state == "finished"
    assert run.summary["offerings"] == 0
    assert run.summary["demand"] == 0


def test_an_unknown_profile_says_which_there_are(session: Session) -> None:
    with pytest.raises(ProfileError, match="shanghai"):
        execute(session, "atlantis", quiet)
    assert session.scalar(select(func.count()).select_from(Run)) == 0
