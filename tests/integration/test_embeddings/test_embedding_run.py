"""A run with the layer, on both databases: recorded, explained, repeatable; without its server it is the plain run."""

import json
import math
from collections.abc import Callable

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest import accept_rows
from app.models import Fit, Offering, Run
from app.runs.embeddings import EmbeddingLayer, configured
from app.runs.engine import model_version
from app.runs.execute import execute
from app.settings import Settings
from tests.conftest import emptied
from tests.embedding_server import EmbeddingServer, refuses

DIGESTS: set[str | None] = set()
SCHOOL = "4131010856"


def quiet(_step: str, _done: float) -> None:
    """No progress in tests."""


def stored(session: Session) -> None:
    plans = [
        {"school_code": SCHOOL, "year": 2025, "province": "上海", "level": "bachelor", "program_name": name, "plan": plan}
        for name, plan in (("通信工程", 60), ("护理学", 40), ("机械设计制造及其自动化", 80))
    ]  # fmt: skip
    postings = [
        {"enterprise": "示例企业", "title": "通信工程师", "description": "负责基站维护", "heads": 30, "level": "bachelor"},
        {"enterprise": "示例医院", "title": "护士", "description": "", "heads": 20, "level": "bachelor"},
    ]  # fmt: skip
    assert accept_rows(session, "enrolment-plan", plans, source="测试").accepted == 3
    assert accept_rows(session, "postings", postings, source="测试").accepted == 2


def offered_fits(session: Session, run: Run) -> list[Fit]:
    """The stored fits of the three programs that are offered."""
    codes = select(Offering.program_code).where(Offering.run_id == run.id)
    statement = select(Fit).where(
        Fit.run_id == run.id, Fit.level == "bachelor", Fit.program_code.in_(codes), Fit.rank <= 5
    )
    return list(session.scalars(statement))


def test_a_run_with_the_layer_is_recorded_explained_and_the_same_on_both_databases(
    session: Session, make_layer: Callable[..., EmbeddingLayer]
) -> None:
    stored(session)
    layer = make_layer(embedding_batch=512, embedding_model="m" * 200, embedding_timeout=60.0)
    run = execute(session, "shanghai", quiet, layer)
    assert run.model_version == f"{model_version()}+embedding:{'m' * 200}@0.5" == model_version(layer)
    assert "embedding_unavailable" not in {each["code"] for each in run.warnings}
    explained = added_up = 0
    for row in offered_fits(session, run):
        if "layers" in row.explanation:
            layers = row.explanation["layers"]
            assert -1 <= layers["embedding"] <= 1
            odds = row.explanation.get("log_odds")
            if row.target_kind == "occupation" and odds and "links" not in row.explanation:
                # Without a link the score is the engine's probability and what the embedding adds, both rounded.
                own = 1 / (1 + math.exp(-sum(odds.values())))
                assert abs(own + layers["embedding"] - row.score) < 0.01, (row.target_code, odds, row.score)
                added_up += 1
            explained += layers["embedding"] != 0
    assert explained >= 20 and added_up
    DIGESTS.add(run.digest)
    assert len(DIGESTS) == 1


def test_without_its_server_it_is_the_plain_run_and_says_so(
    sqlite_engine: Engine, server: EmbeddingServer
) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        embedding_url=server.url,
        embedding_model="hashing",
        embedding_batch=512,
        embedding_timeout=60,
    )
    layer = configured(settings, sqlite_engine)
    with session_factory(sqlite_engine)() as session:
        stored(session)
        plain = execute(session, "shanghai", quiet)
        assert plain.model_version == model_version() and "embedding" not in json.dumps(plain.warnings)

        server.always(refuses(404, "no model"))
        down = execute(session, "shanghai", quiet, layer)
        assert down.digest == plain.digest and down.model_version == plain.model_version
        [warning] = [each for each in down.warnings if each["code"] == "embedding_unavailable"]
        assert "向量层未参与本次测算" in warning["text"] and "404" in warning["text"]
        assert "CHANJIAO_EMBEDDING_MODEL" in warning["text"]
        assert plain.digest not in DIGESTS
    emptied(sqlite_engine)
