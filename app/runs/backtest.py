"""Back-test 回测 over files of past years: each year computed as a run over what was known then, against later decisions."""

import csv
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app import database
from app.errors import InvalidInputError, UnreadableFileError
from app.ingest import ingest_file
from app.models import Balance, Fit, Recommendation
from app.planning.backtest import BackTest, Decided, Said, back_test
from app.planning.balance import ProgramKey
from app.planning.profile import Profile
from app.planning.rules import CUTS
from app.reference import Reference, load_reference
from app.runs.compute import RunResult, compute, snapshot_fits
from app.runs.engine import load_engine
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot, take_snapshot

Progress = Callable[[str, float], None]
SIGNALS = {
    "engine": "测算的富余把握",
    "gap": "富余人数",
    "duplication": "专业点数",
    "focus": "偏离重点领域",
}
"""How each signal is called. engine: −P50 of the gap in widths of its interval, the middle where evidence is lacking; gap:
supply − demand; duplication: offerings of the program; focus: 1 − share of its fit in favoured and protected groups."""
_WIDTH = 2.5631
"""P10 to P90 of a normal, in standard deviations."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    path: str
    kind: str
    known_from: int | None = None
    """Year from which the whole file was known; None: rows go by their own year, rows without one are always known."""
    simulated: bool = False


class Plan(BaseModel):
    """What a back-test reads: a TOML file, its paths relative to it."""

    model_config = ConfigDict(extra="forbid")
    title: str
    profile: str = "shanghai"
    years: list[int] = Field(min_length=1)
    """Years in which the engine is asked."""
    horizon: int = Field(default=3, ge=0, le=30)
    """Years from asking to the year that is planned for."""
    mode: Literal["foresee", "ever"] = "foresee"
    """`ever`: a decision counts whenever it was taken; for decisions older than the data."""
    within: int = Field(default=3, ge=1, le=50)
    """Years after asking in which a decision must follow."""
    k: int = Field(default=10, ge=1)
    decisions: str
    file: list[_File] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Report:
    """The measures of each signal, and what they rest on."""

    title: str
    mode: str
    years: tuple[int, ...]
    simulated: bool
    signals: Mapping[str, BackTest]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "signals": {
                name: {**asdict(test), "median_lead": test.median_lead} for name, test in self.signals.items()
            },
        }


def run_backtest(name: str, progress: Progress) -> Report:
    """Carry out the back-test `name`: a packaged one such as `shanghai-bachelor`, or the path of a TOML file.

    Nothing is written to the configured database. Raises InvalidInputError or UnreadableFileError where the file, a
    year or a decision is wrong.
    """
    reference, engine = load_reference(), load_engine()
    with _manifest(name) as path:
        plan = _read(path)
        decided = _decisions(path.parent / plan.decisions, reference)
        whole, known = _loaded(plan, path.parent, progress)
    profile = load_profile(plan.profile)
    levels = {decision.program[0] for decision in decided}
    said: dict[str, list[Said]] = {signal: [] for signal in SIGNALS}
    for year in plan.years:
        seen = as_known(whole, year, known)
        if not seen.plans:
            raise InvalidInputError(
                f"{year} 年以前没有任何招生计划", remedy="请改 years，或装入更早的招生计划"
            )
        progress(f"测算 {year} 年", 0.0)
        planned = _for_year(profile, year + plan.horizon)
        result = compute(
            seen, reference, snapshot_fits(seen, reference, engine), planned, lambda _step, _done: None
        )
        for signal, one in risks(result, year, levels, reference, profile).items():
            said[signal].append(one)
    within = plan.within if plan.mode == "foresee" else None
    tests = {signal: back_test(found, decided, within=within, k=plan.k) for signal, found in said.items()}
    return Report(
        plan.title, plan.mode, tuple(plan.years), whole.simulated, tests, _notes(plan, tests["engine"], whole)
    )


@contextmanager
def _manifest(name: str) -> Iterator[Path]:
    folder = files("app.data") / "backtest"
    with as_file(folder) as packaged:
        inside = packaged / f"{name}.toml"
        yield inside if inside.is_file() else Path(name)


def _read(path: Path) -> Plan:
    try:
        return Plan.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableFileError(
            f"读不了回测说明：{error}",
            remedy="请给出 TOML 文件的路径，格式见 docs/method/backtest.md",
            where={"文件": str(path)},
        ) from error
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(map(str, f['loc']))}：{f['msg']}" for f in error.errors())
        raise InvalidInputError(
            f"回测说明不合要求：{faults}", remedy="格式见 docs/method/backtest.md", where={"文件": str(path)}
        ) from error


def _decisions(path: Path, reference: Reference) -> tuple[Decided, ...]:
    """Rows with level, program_code or program_name, year and decision; `until` where it spans years."""
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"读不了决定清单：{error}", where={"文件": str(path)}) from error
    decided = []
    for number, row in enumerate(rows, 2):
        where: dict[str, str | int] = {"文件": path.name, "行": number}
        level, code, name = (row.get(key) or "" for key in ("level", "program_code", "program_name"))
        if not code:
            named = reference.programs.named(name, level)
            if len(named) != 1:
                raise InvalidInputError(
                    f"专业目录（{level}）中没有唯一的“{name}”", remedy="请写专业代码", where=where
                )
            code = named[0].code
        try:
            year = int(row.get("year") or "")
            until = int(row.get("until") or year)
        except ValueError as error:
            raise InvalidInputError("年份不是整数", remedy="例如 2014", where=where) from error
        decided.append(Decided((level, code), year, until, row.get("decision") or ""))
    if not decided:
        raise InvalidInputError("决定清单是空的", where={"文件": path.name})
    return tuple(decided)


def _loaded(plan: Plan, folder: Path, progress: Progress) -> tuple[Snapshot, dict[str, int]]:
    """All files through the ordinary ingest into a database of their own, and the year from which each batch was known."""
    known: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place:
        engine = database.make_engine(f"sqlite:///{place}/backtest.db")
        try:
            database.upgrade(engine)
            with database.session_factory(engine)() as session:
                for item in plan.file:
                    progress(f"装入 {Path(item.path).name}", 0.0)
                    report = _ingested(session, folder / item.path, item)
                    if report is not None and item.known_from is not None:
                        known[report] = item.known_from
                return take_snapshot(session), known
        finally:
            engine.dispose()


def _ingested(session: Session, path: Path, item: _File) -> str | None:
    return ingest_file(session, path, item.kind, simulated=item.simulated).batch


def as_known(whole: Snapshot, year: int, known_from: Mapping[str, int]) -> Snapshot:
    """The part of a snapshot that was known in `year`: files from their `known_from`, rows of no later year than it.

    A forecast is of a later year by nature: it goes by its file alone, as postings and registers do.
    """

    def known(rows: tuple[Any, ...], dated: bool) -> tuple[Any, ...]:
        return tuple(
            row
            for row in rows
            if known_from.get(row.batch_id, year) <= year and not (dated and row.year > year)
        )

    postings = known(whole.postings, False)
    ids = {row.id for row in postings}
    return replace(
        whole,
        decisions=(),
        decision_ids=(),
        plans=known(whole.plans, True),
        outcomes=known(whole.outcomes, True),
        figures=known(whole.figures, True),
        registers=known(whole.registers, False),
        forecasts=known(whole.forecasts, False),
        postings=postings,
        posting_texts=tuple(text for text in whole.posting_texts if text.id in ids),
    )


def _for_year(profile: Profile, year: int) -> Profile:
    demand = profile.demand.model_copy(
        update={"year": profile.demand.year.model_copy(update={"value": float(year)})}
    )
    return profile.model_copy(update={"demand": demand})


def risks(
    result: RunResult, year: int, levels: set[str], reference: Reference, profile: Profile
) -> dict[str, Said]:
    """The risk of each program of `levels` by each signal; the engine's flags are its cuts."""
    rows = [row for row in result.rows[Balance] if row["level"] in levels]
    programs = tuple((row["level"], row["program_code"]) for row in rows)
    advised: dict[ProgramKey, list[Mapping[str, Any]]] = defaultdict(list)
    for action in result.rows[Recommendation]:
        advised[action["level"], action["program_code"]].append(action)
    flagged = frozenset(key for key, found in advised.items() if any(a["action"] in CUTS for a in found))
    without = {
        key
        for key, found in advised.items()
        if all(any(rule.startswith("evidence.") for rule in a["rules"]) for a in found)
    }
    sure = [
        0.0
        if key in without or row["gap_p50"] is None
        else -row["gap_p50"] * _WIDTH / max(row["gap_p90"] - row["gap_p10"], 1.0)
        for key, row in zip(programs, rows, strict=True)
    ]
    focus = _focus(result, reference, profile)
    values = {
        "engine": sure,
        "gap": [-row["gap"] for row in rows],
        "duplication": [float(row["offerings"]) for row in rows],
        "focus": [1.0 - focus.get(key, 0.0) for key in programs],
    }
    return {
        signal: Said(year, programs, np.array(value, float), flagged if signal == "engine" else frozenset())
        for signal, value in values.items()
    }


def _focus(result: RunResult, reference: Reference, profile: Profile) -> dict[ProgramKey, float]:
    """Share 0-1 of a program's fit with industries that lies in the favoured and protected groups of the profile."""
    wanted = tuple(
        code
        for group in reference.industry_groups
        if group.id in (*profile.favoured_groups, *profile.protected_groups)
        for code in group.industry_codes
    )
    inside: dict[ProgramKey, float] = defaultdict(float)
    total: dict[ProgramKey, float] = defaultdict(float)
    for row in result.rows[Fit]:
        if row["target_kind"] == "industry":
            key = (row["level"], row["program_code"])
            total[key] += row["score"]
            inside[key] += row["score"] * row["target_code"].startswith(wanted)
    return {key: inside[key] / total[key] for key in total if total[key] > 0}


def _notes(plan: Plan, test: BackTest, whole: Snapshot) -> tuple[str, ...]:
    notes = []
    if plan.mode == "ever":
        notes.append("决定不晚于数据：结果只说明指标是否刻画这类专业，不说明能否预见，也没有提前量。")
    if test.positives < 30:
        notes.append(
            f"只有 {test.positives} 个被决定的专业可对照：区间很宽，单个专业就能改变结果，不足以证明或否定方法。"
        )
    if whole.simulated:
        notes.append("用到了模拟数据，凡依赖需求或比率的指标只供演示。")
    return tuple(notes)
