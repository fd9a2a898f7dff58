"""Watching a folder."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import only, stored
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest.pull import Puller, Source
from app.ingest.pull.folder import FolderWatch
from app.ingest.pull.source import Folder, read_source
from app.models import Pull

HEADER = "item,indicator,value,year\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "incoming"
    made.mkdir()
    return made


@pytest.fixture
def watched(folder: Path) -> Source:
    section = {"connector": "directory", "kind": "demand-figures", "path": str(folder), "stable": 0.03}
    return read_source("incoming", section)


def put(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    time.sleep(0.06)
    return path


def pulls(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Pull)) or 0


def test_each_file_is_taken_once_whatever_it_is_called(
    puller: Puller, watched: Source, folder: Path, session: Session
) -> None:
    assert only(puller.pull(watched)).state == "unchanged"
    put(folder, "a.csv", "航空,缺口,1,2025")
    put(folder, "b.csv", "船舶,缺口,2,2025", "汽车,缺口,3,2025")
    first = puller.pull(watched)
    assert [(o.item, o.accepted) for o in first] == [("a.csv", 1), ("b.csv", 2)]
    assert pulls(session) == 2
    (folder / "a.csv").rename(folder / "renamed.csv")
    (folder / "copy.csv").write_bytes((folder / "b.csv").read_bytes())
    time.sleep(0.06)
    assert only(puller.pull(watched)).state == "unchanged"
    assert pulls(session) == 2  # a look that finds nothing new is no pull
    put(folder, "b.csv", "船舶,缺口,2,2025", "汽车,缺口,4,2025")
    again = only(puller.pull(watched))
    assert (again.item, again.accepted, again.repeated, stored(session)) == ("b.csv", 1, 1, 4)
    assert len(list(folder.iterdir())) == 3  # nothing of the folder is touched


def test_a_file_under_way_is_left_until_it_rests(puller: Puller, folder: Path, watched: Source) -> None:
    patient = watched.model_copy(update={"stable": 3600.0})
    put(folder, "a.csv", "航空,缺口,1,2025")
    for name in (".hidden.csv", "~$a.csv", "b.csv.part"):
        put(folder, name, "船舶,缺口,2,2025")
    (folder / "empty.csv").touch()
    os.utime(folder / "a.csv", (1, 1))  # a copy that keeps the time of its original is new all the same
    assert only(puller.pull(patient)).state == "unchanged"
    time.sleep(0.06)
    assert only(puller.pull(watched)).item == "a.csv"


def test_a_file_that_changes_while_it_is_taken_is_not_taken(
    watched: Source, folder: Path, tmp_path: Path
) -> None:
    path = put(folder, "a.csv", "航空,缺口,1,2025")
    assert isinstance(watched, Folder)
    watch = FolderWatch(watched, tmp_path / "seen.json")
    found = next(watch.resting())
    put(folder, "a.csv", "航空,缺口,1,2025", "船舶,缺口,2,2025")
    with pytest.raises(Exception, match="有变化"):
        watch.fetch(found, tmp_path)
    path.unlink()
    with pytest.raises(Exception, match="无法读取"):
        watch.fetch(found, tmp_path)


def test_a_refused_file_is_reported_once_and_the_others_go_on(
    puller: Puller, watched: Source, folder: Path, session: Session
) -> None:
    put(folder, "a.csv", "航空,缺口,x,2025")
    put(folder, "b.csv", "船舶,缺口,2,2025")
    bad, good = puller.pull(watched)
    assert (bad.state, bad.error_code, good.accepted) == ("failed", "invalid_input", 1)
    assert only(puller.pull(watched)).state == "unchanged"
    assert [outcome.item for outcome in puller.pull(watched, again=True)] == ["a.csv", "b.csv"]
    other = watched.model_copy(update={"simulated": True})
    assert [outcome.item for outcome in puller.pull(other)] == ["a.csv", "b.csv"]


def test_links_out_of_the_folder_are_not_followed(
    puller: Puller, watched: Source, folder: Path, tmp_path: Path
) -> None:
    outside = put(tmp_path, "secret.csv", "航空,缺口,1,2025")
    (folder / "link.csv").symlink_to(outside)
    assert only(puller.pull(watched)).state == "unchanged"


def test_a_folder_that_is_gone_is_a_failure(puller: Puller, watched: Source, folder: Path) -> None:
    folder.rmdir()
    assert only(puller.pull(watched)).error_code == "unreadable_folder"


def test_a_disk_without_room_fails_the_pull(
    engine: Engine, watched: Source, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "a.csv", "航空,缺口,1,2025")
    (tmp_path / "file").touch()
    assert only(Puller(session_factory(engine), tmp_path / "file").pull(watched)).failed

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    puller = Puller(session_factory(engine), tmp_path / "pulls")
    with monkeypatch.context() as patched:
        patched.setattr("shutil.copyfile", full)
        outcome = only(puller.pull(watched))
        assert outcome.failed and "No space left" in outcome.error
    assert only(puller.pull(watched)).accepted == 1  # it was no fault of the file
