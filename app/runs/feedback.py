"""Feedback: taking verdicts in, and the labelled pairs they come to, which the next training learns from."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.ingest.kinds.labelled_pairs import FROM_FILE, pair_key
from app.matching.documents import Task
from app.matching.labelled import LabelledPair
from app.matching.personal import mask_personal
from app.models import Batch, Feedback, Run, TextProfile
from app.reference import load_reference
from app.runs.documents import Texts, program_document, texts_by_key
from app.runs.order_class_labels import class_outcome_pairs
from app.runs.posting_majors import posting_pairs
from app.runs.snapshot import ACCEPTED, ProfileText

ORIGINS = {
    "recommendation_review": "调整建议的审核",
    "school_correction": "学校更正",
    "posting_majors": "写明专业的岗位",
    "placement_outcome": "订单班的结果",
    FROM_FILE: "文件",
}
ORIGIN_WEIGHT = {"posting_majors": 0.5}
"""Weight of one verdict by origin, 1 where none stands here. Assumption: majors in a posting are as often a wish as a
need, and are read by rule."""
_DERIVED = "postings"
"""Who says what is read from postings: one voice, however often an advertisement is repeated."""
_CLASSES = "order classes"
"""Who says what the outcomes of order classes show."""
_PART = 500
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person says of one pair, with codes already in official form; see models.Feedback for the members."""

    task: Task
    title: str
    text: str
    level: str | None
    program_code: str | None
    target_code: str
    verdict: str
    correct_code: str | None
    gain: float
    reason: str
    origin: str
    run_id: str | None
    note: str
    simulated: bool = False

    @property
    def pair(self) -> str:
        """The key under which verdicts on the same pair are found."""
        return pair_key((self.task, self.title, self.text, self.level, self.program_code), self.target_code)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of verdicts: the row of each, in their order; how many were new; how many numbers were masked."""

    rows: tuple[Feedback, ...]
    stored: int
    masked: int


def unknown_runs(session: Session, run_ids: Iterable[str]) -> set[str]:
    """Those of the ids that name no run."""
    wanted = set(run_ids)
    return wanted - set(session.scalars(select(Run.id).where(Run.id.in_(sorted(wanted)))))


def receive_feedback(session: Session, verdicts: Sequence[Verdict], who: str) -> Received:
    """Store verdicts of `who` in one transaction that this function commits; personal data is masked first.

    A verdict that says what the same person's latest one on the pair says already is a repeat and not stored; a
    different one is added and counts from then on. So sending a request twice changes nothing, and minds can be
    changed back and forth.
    """
    masked = [_masked(verdict) for verdict in verdicts]
    counted = sum(count for _, count in masked)
    for attempt in range(_TRIES):
        try:
            rows, stored = _store(session, [verdict for verdict, _ in masked], who)
            session.commit()
        except IntegrityError:
            # The same verdict arrived twice at once, and the other one was first: now it is a repeat.
            session.rollback()
            if attempt == _TRIES - 1:
                raise
        else:
            return Received(tuple(rows), stored, counted)
    raise AssertionError("unreachable")


def _masked(verdict: Verdict) -> tuple[Verdict, int]:
    (title, a), (text, b) = mask_personal(verdict.title), mask_personal(verdict.text)
    (reason, c), (note, d) = mask_personal(verdict.reason), mask_personal(verdict.note)
    return replace(verdict, title=title, text=text, reason=reason, note=note), a + b + c + d


def _store(session: Session, verdicts: Sequence[Verdict], who: str) -> tuple[list[Feedback], int]:
    latest = _latest(session, who, {verdict.pair for verdict in verdicts})
    rows, stored = [], 0
    for verdict in verdicts:
        before = latest.get(verdict.pair)
        if before is None or not _says(before, verdict):
            line = json.dumps([asdict(verdict), who, before.id if before else ""], sort_keys=True)
            before = Feedback(
                **asdict(verdict),
                who=who,
                pair=verdict.pair,
                fingerprint=hashlib.sha256(line.encode()).hexdigest(),
            )
            session.add(before)
            session.flush()
            latest[verdict.pair] = before
            stored += 1
        rows.append(before)
    return rows, stored


def _latest(session: Session, who: str, pairs: set[str]) -> dict[str, Feedback]:
    """The latest verdict of `who` on each of the pairs."""
    keys = sorted(pairs)
    found: dict[str, Feedback] = {}
    for start in range(0, len(keys), _PART):
        part = select(Feedback).where(Feedback.who == who, Feedback.pair.in_(keys[start : start + _PART]))
        found |= {row.pair: row for row in session.scalars(part.order_by(Feedback.at, Feedback.id))}
    return found


def _says(row: Feedback, verdict: Verdict) -> bool:
    return all(getattr(row, name) == value for name, value in asdict(verdict).items())


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one person says of one source and target."""

    gain: float
    weight: float
    origin: str


_Source = tuple[Task, str, str, str | None, str | None]


def feedback_pairs(session: Session) -> list[LabelledPair]:
    """All labels that feedback and the accepted postings give, in a fixed order; nothing simulated is among them.

    Of one person the latest verdict on a pair counts. A correction is two labels: the target with gain 0, the
    correct code with the gain given. Where people differ, the gain is the mean of theirs by weight (ORIGIN_WEIGHT), and
    the weight is the sum. Of a source that is a program without a text, the text is what the matching reads of it.
    """
    voices: defaultdict[tuple[_Source, str], dict[str, _Voice]] = defaultdict(dict)
    for pair in posting_pairs(session):
        key = ((pair.task, pair.title, pair.text, None, None), pair.target)
        voices[key][_DERIVED] = _Voice(pair.gain, _weight(pair.origin), pair.origin)
    for pair in class_outcome_pairs(session):
        key = ((pair.task, pair.title, pair.text, None, None), pair.target)
        voices[key][_CLASSES] = _Voice(pair.gain, _weight(pair.origin), pair.origin)
    for row in _standing(session):
        source: _Source = (Task(row.task), row.title, row.text, row.level, row.program_code)
        for target, gain in _labels(row):
            said = voices[source, target]
            said.pop(row.who, None)  # so that the last one said stands last
            said[row.who] = _Voice(gain, _weight(row.origin), row.origin)
    texts = _program_texts(session)
    pairs = [_pair(source, target, [*said.values()], texts) for (source, target), said in voices.items()]
    return sorted(
        pairs, key=lambda p: (p.task, p.level or "", p.program_code or "", p.title, p.text, p.target)
    )


def _weight(origin: str) -> float:
    return ORIGIN_WEIGHT.get(origin, 1.0)


def _standing(session: Session) -> list[Feedback]:
    """Each person's latest verdict on each pair, oldest first; rows of files whose batch is accepted only."""
    found = (
        select(Feedback)
        .outerjoin(Batch, Batch.id == Feedback.batch_id)
        .where(Feedback.simulated.is_(False), or_(Feedback.batch_id.is_(None), Batch.state == ACCEPTED))
        .order_by(Feedback.at, Feedback.id)
    )
    latest: dict[tuple[str, str], Feedback] = {}
    for row in session.scalars(found.execution_options(yield_per=2000)):
        latest.pop((row.who, row.pair), None)
        latest[row.who, row.pair] = row
    return [*latest.values()]


def _labels(row: Feedback) -> list[tuple[str, float]]:
    if row.correct_code is not None:
        return [(row.target_code, 0.0), (row.correct_code, row.gain)]
    return [(row.target_code, row.gain)]


def _program_texts(session: Session) -> Texts:
    found: Any = (
        select(TextProfile)
        .join(Batch, Batch.id == TextProfile.batch_id)
        .where(Batch.state == ACCEPTED, TextProfile.subject == "program")
        .order_by(TextProfile.batch_id, TextProfile.id)
    )
    return texts_by_key(
        ProfileText(t.subject, t.level, t.code, t.name, t.text, t.batch_id) for t in session.scalars(found)
    )


def _pair(
    source: _Source,
    target: str,
    said: Sequence[_Voice],
    texts: Mapping[tuple[str, str, str], str],
) -> LabelledPair:
    task, title, text, level, code = source
    weight = sum(voice.weight for voice in said)
    program = load_reference().programs.find(level, code) if level and code else None
    if program is not None and not text:
        document = program_document(program, texts)
        title, text = title or document.title, document.text
    return LabelledPair(
        task=task,
        title=title,
        text=text,
        level=level,
        program_code=code,
        target=target,
        gain=round(sum(voice.gain * voice.weight for voice in said) / weight, 6),
        weight=weight,
        origin=said[-1].origin,
    )
