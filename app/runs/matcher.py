"""Matching against the published run: any text, or one posting, answered at once."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import EmbeddingUnavailableError
from app.matching.documents import Document, Task
from app.matching.encoding import Encoded
from app.matching.engine import Engine, top_places
from app.matching.outside import LAYER, Joined, Vectors, cosines, join
from app.models import Batch, Offering, TextProfile
from app.reference import Reference, load_reference
from app.runs.carried import PROGRAMS, SCOPES, Carried
from app.runs.documents import (
    Texts,
    class_documents,
    industry_documents,
    occupation_documents,
    program_documents,
    texts_by_key,
)
from app.runs.embeddings import EmbeddingLayer, sent_texts
from app.runs.engine import load_engine
from app.runs.fits import (
    EXPLAINED_TERMS,
    LINK_SOURCE,
    LINK_STRENGTH,
    Side,
    explained,
    level_compatibility,
    side,
)
from app.runs.publish import current_run
from app.runs.snapshot import ProfileText
from app.runs.thesaurus import load_thesaurus

_CARRIED = {"program": PROGRAMS, "offering": PROGRAMS, "industry": SCOPES}
"""Kinds of targets that are reached through known answers."""
_DIRECT = {"occupation": Task.TITLE_TITLE, "program_class": Task.POSTING_CLASS}
"""Kinds of targets that are matched by themselves."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A program, class of bachelor programs, occupation or industry that a text matches; `level` is empty but for programs."""

    code: str
    level: str
    name: str
    score: float
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfferingHit:
    """An offering that could train for a posting; `fit` in [0, 1] has the level's compatibility in it."""

    school_code: str
    level: str
    program_code: str
    fit: float
    seats: float
    district_code: str | None
    distance_km: float | None
    reasons: tuple[str, ...]
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an outside layer says of one query: cosines (1, candidates) by kind, and how much they count."""

    cosines: Mapping[str, NDArray[np.float64]]
    share: float


def _joined(scores: NDArray[np.float64], heard: Heard | None, kind: str) -> Joined:
    if heard is None:
        return Joined(scores, np.zeros(scores.shape))
    return join(scores, heard.cosines[kind], heard.share)


class Matcher:
    """The engine with the candidates of one published run, encoded once. Threads may share it."""

    _latest: "Matcher | None" = None
    _lock = threading.Lock()

    def __init__(
        self, run_id: str, engine: Engine, reference: Reference, texts: Texts, offerings: Sequence[Offering]
    ) -> None:
        self.run_id = run_id
        self._engine = engine
        self._carried = Carried(engine, reference, load_thesaurus())
        self._reference = reference
        self._offerings = tuple(offerings)
        self._sides: dict[str, Side] = {
            "program": side(engine, program_documents(reference, texts)),
            "occupation": side(engine, occupation_documents(reference, texts)),
            "industry": side(engine, industry_documents(reference, texts)),
            "program_class": side(engine, class_documents(reference)),
        }
        programs = self._sides["program"]
        keys = dict.fromkeys(f"{o.level}:{o.program_code}" for o in self._offerings)
        self._offered = {key: i for i, key in enumerate(keys)}
        self._offered_side = side(engine, [programs.documents[programs.index[key]] for key in keys])
        self._warm()
        self._vectors: dict[tuple[str, str], Vectors] = {}
        """Of the candidates, by version of the embedding layer and kind."""
        self._preparing = threading.Lock()

    def _warm(self) -> None:
        """Weigh the candidates now, so that the first question does not wait for it."""
        query = self._engine.encode([Document("warm", "软件工程师", "软件工程师")])
        for kind, targets in (*self._sides.items(), ("offering", self._offered_side)):
            self._scores(kind, query, targets)

    def _scores(self, kind: str, query: Encoded, targets: Side) -> NDArray[np.float64]:
        """Fits (1, targets) of one text."""
        if kind in _CARRIED:
            return self._carried.scores(query, targets.encoded, _CARRIED[kind])
        return self._engine.scores(query, targets.encoded, _DIRECT[kind])

    @classmethod
    def of(cls, session: Session) -> "Matcher":
        """The matcher of the run that is published now; made once per run. Raises NothingPublishedError."""
        run = current_run(session)
        with cls._lock:
            if cls._latest is None or cls._latest.run_id != run.id:
                offerings = session.scalars(select(Offering).where(Offering.run_id == run.id)).all()
                texts = session.scalars(
                    select(TextProfile)
                    .join(Batch, Batch.id == TextProfile.batch_id)
                    .where(Batch.id.in_(run.batch_ids))
                    .order_by(TextProfile.batch_id, TextProfile.id)
                )
                rows = [ProfileText(t.subject, t.level, t.code, t.name, t.text, t.batch_id) for t in texts]
                session.expunge_all()
                cls._latest = cls(run.id, load_engine(), load_reference(), texts_by_key(rows), offerings)
            return cls._latest

    def match_text(
        self,
        title: str,
        text: str,
        *,
        kinds: Sequence[str],
        level: str | None = None,
        top: int = 10,
        layer: EmbeddingLayer | None = None,
    ) -> dict[str, list[Hit]]:
        """The `top` best of each kind (`program`, `program_class`, `occupation`, `industry`) for any text, best first.

        What does not match at all is left out, so an answer may be empty. With an embedding `layer`, which stores
        nothing of the text: raises EmbeddingUnavailableError where its server fails.
        """
        document = Document("query", title, text)
        heard = self._heard(layer, document, {kind: self._sides[kind] for kind in kinds}, private=True)
        query = self._engine.encode([document])
        return {
            kind: self._hits(kind, query, level if kind == "program" else None, top, heard) for kind in kinds
        }

    def _heard(
        self, layer: EmbeddingLayer | None, query: Document, sides: Mapping[str, Side], *, private: bool
    ) -> Heard | None:
        """What the layer says of the query and each kind of candidates, these asked once.

        While one thread waits for the vectors of the candidates others do not: they are refused.
        """
        if layer is None:
            return None
        layer.refuse_while_silent()
        lacking = [kind for kind in sides if (layer.version, kind) not in self._vectors]
        if lacking and not self._preparing.acquire(blocking=False):
            raise EmbeddingUnavailableError("候选项的向量正在准备", remedy="请稍后再试")
        try:
            said = sent_texts([query])
            parts = [said, *(sent_texts(sides[kind].documents) for kind in lacking)]
            found = layer.vectors(
                [text for part in parts for text in part],
                within=layer.client.timeout,
                private=said if private else (),
            )
            starts = np.cumsum([len(part) for part in parts])
            for kind, rows in zip(lacking, np.split(found, starts)[1:-1], strict=True):
                self._vectors[layer.version, kind] = rows
        finally:
            if lacking:
                self._preparing.release()
        return Heard(
            {kind: cosines(found[:1], self._vectors[layer.version, kind]) for kind in sides}, layer.share
        )

    def _hits(self, kind: str, query: Encoded, level: str | None, top: int, heard: Heard | None) -> list[Hit]:
        targets = self._sides[kind]
        joined = _joined(self._scores(kind, query, targets), heard, kind)
        scores = joined.scores[0]
        if level is not None:
            scores = np.where([d.level == level for d in targets.documents], scores, 0.0)
        best = [int(place) for place in top_places(scores, top) if scores[place] > 0]
        outside = joined.added[0, best] if heard else None
        hits = []
        for place, why in zip(best, self._why(kind, query, targets, best, outside), strict=True):
            document = targets.documents[place]
            hits.append(
                Hit(
                    code=document.program_code or document.id,
                    level=document.level or "",
                    name=document.title,
                    score=round(float(scores[place]), 6),
                    explanation=why,
                )
            )
        return hits

    def _why(
        self,
        kind: str,
        query: Encoded,
        targets: Side,
        places: Sequence[int],
        outside: NDArray[np.float64] | None = None,
    ) -> list[dict[str, Any]]:
        """Why the query fits the targets at `places`; `outside` (places,): what the outside layer added."""
        task = _DIRECT.get(kind, Task.GENERIC)
        terms = self._engine.explain_each(query, targets.encoded, [places], task, EXPLAINED_TERMS)[0]
        if kind in _CARRIED:
            learned = self._carried.reasons(query, targets.encoded, [places], _CARRIED[kind])[0]
        else:
            [why] = self._engine.reasons(query, targets.encoded, [places], task)
            learned = [("", one) for one in why]
        found = [
            explained(matched, answer, why) for matched, (answer, why) in zip(terms, learned, strict=True)
        ]
        for explanation, added in zip(found, outside if outside is not None else (), strict=False):
            explanation["layers"][LAYER] = round(float(added), 4)
        return found

    def rank_offerings(
        self,
        title: str,
        text: str,
        *,
        level: str | None = None,
        district_code: str | None = None,
        industry_code: str | None = None,
        occupation_code: str | None = None,
        top: int = 20,
        layer: EmbeddingLayer | None = None,
    ) -> list[OfferingHit]:
        """Offerings by fit with a posting, level compatibility included; of equal fit the nearer goes first.

        An occupation counts by its official links to programs, an industry as further words of the posting. With an
        embedding `layer`: raises EmbeddingUnavailableError where its server fails.
        """
        industry = self._reference.industries.find(industry_code or "")
        described = f"{text}\n{industry.name}" if industry else text
        if not self._offered:
            return []
        document = Document("posting", title, described)
        heard = self._heard(layer, document, {"offering": self._offered_side}, private=False)
        query = self._engine.encode([document])
        joined = _joined(self._scores("offering", query, self._offered_side), heard, "offering")
        scores = joined.scores[0]
        linked = self._linked(occupation_code)
        scores = np.where(linked, 1 - (1 - scores) * (1 - LINK_STRENGTH), scores)
        programs = np.array([self._offered[f"{o.level}:{o.program_code}"] for o in self._offerings])
        levels = np.array([level_compatibility(level, o.level) for o in self._offerings])
        fits = scores[programs] * levels
        distances = [self._distance(district_code, offering.district_code) for offering in self._offerings]
        far = max((d for d in distances if d is not None), default=0.0)
        order = sorted(
            (i for i in range(len(fits)) if fits[i] > 0),
            key=lambda i: (
                -fits[i],
                far if distances[i] is None else distances[i],
                self._offerings[i].school_code,
            ),
        )
        best = order[:top]
        places = sorted({int(programs[i]) for i in best})
        outside = joined.added[0, places] if heard else None
        why = dict(
            zip(places, self._why("offering", query, self._offered_side, places, outside), strict=True)
        )
        return [
            self._offering_hit(
                i,
                float(fits[i]),
                float(levels[i]),
                distances[i],
                bool(linked[programs[i]]),
                dict(why[int(programs[i])]),
            )
            for i in best
        ]

    def _linked(self, occupation_code: str | None) -> NDArray[np.bool_]:
        linked = np.zeros(len(self._offered), dtype=bool)
        for level, code in self._reference.crosswalk.programs_of(occupation_code) if occupation_code else ():
            if (place := self._offered.get(f"{level}:{code}")) is not None:
                linked[place] = True
        return linked

    def _distance(self, a: str | None, b: str | None) -> float | None:
        return round(self._reference.districts.distance_km(a, b), 1) if a and b else None

    def _offering_hit(
        self,
        i: int,
        fit: float,
        level: float,
        distance: float | None,
        linked: bool,
        explanation: dict[str, Any],
    ) -> OfferingHit:
        offering = self._offerings[i]
        reasons = []
        if explanation["terms"]:
            reasons.append("共同的词：" + "、".join(term for term, _ in explanation["terms"][:4]))
        if "answer" in explanation:
            reasons.append(f"岗位要求的专业类：{explanation['answer']}")
        if linked:
            reasons.append("官方专业—职业对应指引（2023）列有该职业")
            explanation["links"] = [LINK_SOURCE]
        if level < 1:
            reasons.append("层次高于要求，适配度按一半计")
        reasons.append(f"招生计划 {offering.seats:.0f} 人" if offering.seats else "招生计划数未知")
        if distance is not None:
            reasons.append("同在一区" if distance == 0 else f"两区中心相距 {distance:.0f} 公里")
        return OfferingHit(
            school_code=offering.school_code,
            level=offering.level,
            program_code=offering.program_code,
            fit=round(fit, 6),
            seats=offering.seats,
            district_code=offering.district_code,
            distance_km=distance,
            reasons=tuple(reasons),
            explanation=explanation,
        )
