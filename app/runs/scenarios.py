"""Scenarios 情景: stored, run against the published snapshot with its fits, and never published."""

import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidInputError, NotFoundError, UnreadableFileError
from app.models import Run, Scenario, ScenarioRun, new_id
from app.planning import scenario as definitions
from app.planning.profile import Profile
from app.reference import load_reference
from app.runs.compute import RunResult, compute, snapshot_fits
from app.runs.execute import carry_out
from app.runs.fits import FitTables
from app.runs.kept_fits import fits_key, keep_fits, kept_fits
from app.runs.profiles import load_profile
from app.runs.publish import current_publication, current_run
from app.runs.snapshot import Snapshot, seed_of, take_snapshot
from app.settings import get_settings

Progress = Callable[[str, float], None]


def read_definition(path: Path) -> dict[str, Any]:
    """The definition in a TOML file. Raises UnreadableFileError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"读不了情景文件 {path}", remedy="请给出一个 UTF-8 的 TOML 文件") from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFileError(f"情景文件 {path} 不是有效的 TOML：{error}") from error


def packaged_scenarios() -> list[dict[str, Any]]:
    """Definitions of the examples that come with the program, by name."""
    folder = files("app.data") / "scenarios"
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda i: i.name)
    return [tomllib.loads(item.read_text("utf-8")) for item in found]


def add_scenario(session: Session, definition: Mapping[str, Any], who: str) -> tuple[Scenario, bool]:
    """Store a scenario, in one transaction that this function commits; True where it is new.

    The same definition again is the scenario that is there. Raises InvalidInputError for a definition that is not
    valid, ConflictError where another definition has the name: what results belong to never changes.
    """
    checked = definitions.parse_scenario(definition, load_reference())
    if (known := _named(session, checked)) is not None:
        return known, False
    publication = current_publication(session)
    row = Scenario(
        name=checked.name,
        title=checked.title,
        definition=checked.definition,
        digest=checked.digest,
        who=who,
        base_run_id=publication.run_id if publication else None,
    )
    session.add(row)
    try:
        session.commit()
    except IntegrityError:
        # The same name arrived twice at once, and the other one was first.
        session.rollback()
        if (known := _named(session, checked)) is None:
            raise
        return known, False
    return row, True


def _named(session: Session, checked: definitions.Scenario) -> Scenario | None:
    known = session.scalars(select(Scenario).where(Scenario.name == checked.name)).first()
    if known is not None and known.digest != checked.digest:
        raise ConflictError(
            f"已有名为 {checked.name} 的情景，内容不同",
            remedy="请换一个 name，或先删除原来的（连同它的结果）",
        )
    return known


def find_scenario(session: Session, name_or_id: str) -> Scenario:
    """The scenario of this name or id. Raises NotFoundError."""
    found = session.scalars(
        select(Scenario).where(or_(Scenario.id == name_or_id, Scenario.name == name_or_id))
    ).first()
    if found is None:
        raise NotFoundError(
            f"没有情景 {name_or_id}", remedy="用 GET /v1/scenarios 或 chanjiao scenario list 查看已有的"
        )
    return found


def delete_scenario(session: Session, scenario: Scenario) -> int:
    """Delete a scenario with its runs, committed here; how many runs went with it."""
    runs = list(session.scalars(select(ScenarioRun.run_id).where(ScenarioRun.scenario_id == scenario.id)))
    if runs:
        session.execute(delete(Run).where(Run.id.in_(runs)))
    session.execute(delete(Scenario).where(Scenario.id == scenario.id))
    session.commit()
    return len(runs)


def result_of(session: Session, scenario: Scenario, base_run_id: str | None = None) -> Run | None:
    """The latest finished run of the scenario, of one base where it is named."""
    found = (
        select(Run)
        .join(ScenarioRun, ScenarioRun.run_id == Run.id)
        .where(ScenarioRun.scenario_id == scenario.id, Run.state == "finished")
        .order_by(Run.started_at.desc(), Run.id.desc())
    )
    if base_run_id is not None:
        found = found.where(ScenarioRun.base_run_id == base_run_id)
    return session.scalars(found.limit(1)).first()


def run_scenario(session: Session, scenario: Scenario, progress: Progress) -> tuple[Run, bool]:
    """Answer the scenario on the published run's snapshot, profile and fits; True where it was computed now.

    The answer there is for the same published run is given again: it would be the same. Raises
    NothingPublishedError, ConflictError where the published run cannot be repeated as it was, InvalidInputError or
    ProfileError where the scenario does not go with its data.
    """
    started = time.monotonic()
    published = current_run(session)
    if (known := result_of(session, scenario, published.id)) is not None:
        return known, False
    reference = load_reference()
    checked = definitions.parse_scenario(scenario.definition, reference)
    base = Base.of(session, published, progress)
    run = Run(
        id=new_id(),
        state="running",
        kind="scenario",
        profile=published.profile,
        profile_digest=published.profile_digest,
        parameters={
            **published.parameters,
            "scenario": scenario.name,
            "scenario_digest": scenario.digest,
            "base_run": published.id,
        },
        model_version=published.model_version,
        reference_digest=published.reference_digest,
        snapshot_digest=published.snapshot_digest,
        batch_ids=published.batch_ids,
        summary={},
        warnings=[],
        simulated=published.simulated,
    )

    def work() -> RunResult:
        try:
            return compute(base.snapshot, reference, base.fits, base.profile, progress, checked, base.seed)
        except InvalidInputError as error:
            error.where = {"情景": scenario.name, **error.where}
            raise

    session.add(run)
    session.flush()
    session.add(ScenarioRun(run_id=run.id, scenario_id=scenario.id, base_run_id=published.id))
    return carry_out(session, run, work, started, progress), True


@dataclass(frozen=True, slots=True)
class Base:
    """What all scenarios of one published run share, read once per process. Threads may share it: nothing changes it."""

    run_id: str
    snapshot: Snapshot
    fits: FitTables
    profile: Profile
    seed: int

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _latest: ClassVar["Base | None"] = None

    @classmethod
    def of(cls, session: Session, run: Run, progress: Progress) -> "Base":
        """The base of a published run. Raises ConflictError where its profile, reference, model or data are gone."""
        with cls._lock:
            if cls._latest is None or cls._latest.run_id != run.id:
                profile, snapshot = _profile(run), take_snapshot(session, run)
                fits = _fits(run, snapshot, progress)
                seed = run.summary.get("uncertainty", {}).get("seed")
                cls._latest = cls(
                    run.id, snapshot, fits, profile, seed_of(snapshot) if seed is None else int(seed)
                )
            return cls._latest


def _profile(run: Run) -> Profile:
    profile = load_profile(str(run.parameters["profile"]))
    if profile.digest != run.profile_digest:
        raise _outdated("政策参数")
    return profile


def _fits(run: Run, snapshot: Snapshot, progress: Progress) -> FitTables:
    reference = load_reference()
    if reference.digest != run.reference_digest:
        raise _outdated("分类目录")
    folder, key = get_settings().fits_folder, fits_key(run)
    if (kept := kept_fits(folder, key)) is not None:
        return kept
    from app.runs.engine import load_engine  # takes seconds, and is not needed where the fits are kept

    progress("准备匹配引擎", 0.0)
    engine = load_engine()
    if engine.version != run.model_version:
        raise _outdated("匹配模型")
    progress("计算适配度", 0.0)
    made = snapshot_fits(snapshot, reference, engine)
    keep_fits(folder, key, made)
    return made.tables()


def _outdated(what: str) -> ConflictError:
    return ConflictError(
        f"已发布的测算用的{what}与现在的不同，情景无从比较",
        remedy="请重新测算并发布：chanjiao run --publish",
    )
