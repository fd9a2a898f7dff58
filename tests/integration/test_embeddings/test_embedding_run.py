"""A run with the layer, on both databases: recorded, explained, repeatable; without its server it is the plain run."""

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ingest import accept_rows
from app.models import Fit, Run
from app.runs.embeddings import EmbeddingLayer
from app.runs.engine import model_version
from app.runs.execute import execute
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


def fits(session: Session, run: Run) -> dict[tuple[str, str, str, str], Fit]:
    rows = session.scalars(select(Fit).where(Fit.run_id == run.id))
    return {(row.level, row.program_code, row.target_kind, row.target_code): row for row in rows}


def test_a_run_with_the_layer(
    session: Session, make_layer: Callable[..., EmbeddingLayer], server: EmbeddingServer
) -> None:
    stored(session)
    plain = execute(session, "shanghai", quiet)
    assert plain.model_version == model_version() and "embedding" not in json.dumps(plain.warnings)

    server.always(refuses(404, "no model"))
    down = execute(session, "shanghai", quiet, make_layer())
    assert down.digest == plain.digest and down.model_version == plain.model_version
    [warning] = [each for each in down.warnings if each["code"] == "embedding_unavailable"]
    assert "向量层未参与本次测算" in warning["text"] and "404" in warning["text"]
    assert "CHANJIAO_EMBEDDING_MODEL" in warning["text"]

    server.always(None)
    layer = make_layer(embedding_batch=512, embedding_model="m" * 200, embedding_timeout=60.0)
    heard = execute(session, "shanghai", quiet, layer)
    assert heard.model_version == f"{plain.model_version}+embedding:{'m' * 200}@0.5" == model_version(layer)
    assert heard.warnings == plain.warnings
    assert heard.digest != plain.digest
    explained = 0
    for key, row in fits(session, heard).items():
        if "layers" in row.explanation:
            layers = row.explanation["layers"]
            assert -1 <= layers["embedding"] <= 1, key
            assert abs(sum(layers.values()) - row.score) < 0.002, (key, layers, row.score)
            explained += layers["embedding"] != 0
    assert explained > 20
    # From the cache alone the same run comes again, bit for bit, here and on the other database.
    server.always(refuses(500))
    again = execute(session, "shanghai", quiet, make_layer(embedding_model="m" * 200))
    assert again.digest == heard.digest and again.model_version == heard.model_version
    DIGESTS.add(heard.digest)
    assert len(DIGESTS) == 1
