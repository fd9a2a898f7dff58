"""The embedding layer against a real server that misbehaves, on both databases."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.errors import EmbeddingUnavailableError, SettingsError
from app.matching.documents import Document
from app.models import Embedding
from app.runs.embedding_cache import EmbeddingCache, text_hash
from app.runs.embeddings import EmbeddingLayer, check, configured, sent_texts, state_of, with_or_without
from app.settings import Settings, get_settings
from tests.embedding_server import (
    DIMENSIONS,
    EmbeddingServer,
    answer,
    as_base64,
    changed,
    cut_off,
    refuses,
    reversed_order,
    slow,
    trickle,
    vector_of,
)

MakeLayer = Callable[..., EmbeddingLayer]
TEXTS = [f"专业{number}：数控车床与加工" for number in range(10)]


def expected(texts: list[str]) -> np.ndarray:
    rows = np.array([vector_of(text) for text in texts])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_texts_become_unit_vectors_in_their_order(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    server.then(answer, reversed_order, as_base64)
    vectors = make_layer().vectors([*TEXTS, "", TEXTS[0]])
    assert vectors.dtype == np.float32 and vectors.shape == (12, DIMENSIONS)
    np.testing.assert_allclose(vectors[:10], expected(TEXTS), atol=1e-6)
    assert not vectors[10].any()
    np.testing.assert_array_equal(vectors[11], vectors[0])
    assert [len(request["input"]) for request in server.requests] == [4, 4, 2]
    assert server.requests[0]["model"] == "hashing"
    assert set(server.keys) == {"Bearer sk-secret-4711"} and set(server.paths) == {"/v1/embeddings"}


def test_a_text_is_asked_once_and_then_known_bit_for_bit(
    make_layer: MakeLayer, server: EmbeddingServer, session: Session
) -> None:
    first = make_layer().vectors(TEXTS)
    asked = len(server.requests)
    again = make_layer().vectors(TEXTS[::-1])
    assert len(server.requests) == asked
    assert again[::-1].tobytes() == first.tobytes()
    rows = session.scalars(select(Embedding)).all()
    assert {row.text_hash for row in rows} == {text_hash(text) for text in TEXTS}
    assert {(row.model, len(row.vector)) for row in rows} == {("hashing", 4 * DIMENSIONS)}
    make_layer(embedding_model="other").vectors(TEXTS[:1])
    assert len(server.requests) == asked + 1


def test_what_is_cached_needs_no_server(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    layer = make_layer()
    known = layer.vectors(TEXTS)
    server.always(refuses(500))
    np.testing.assert_array_equal(layer.vectors(TEXTS), known)


def test_private_texts_leave_no_trace(make_layer: MakeLayer, session: Session) -> None:
    make_layer().vectors(["秘密", "公开"], private=["秘密"])
    assert set(session.scalars(select(Embedding.text_hash))) == {text_hash("公开")}


def test_many_writers_of_the_same_texts_agree(
    make_layer: MakeLayer, engine: Engine, session: Session
) -> None:
    caches = [EmbeddingCache(engine, "hashing") for _ in range(6)]
    rows = dict(zip(TEXTS, expected(TEXTS), strict=True))
    gate = threading.Barrier(len(caches))

    def write(cache: EmbeddingCache, turn: int) -> None:
        gate.wait()
        cache.keep(dict(list(rows.items())[:: 1 if turn % 2 else -1]))

    with capture_logs() as logs:
        threads = [threading.Thread(target=write, args=(c, i)) for i, c in enumerate(caches)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert logs == []
    assert caches[0].count() == len(TEXTS)
    found = caches[0].find(TEXTS)
    assert all(found[text].tobytes() == row.tobytes() for text, row in rows.items())
    assert caches[0].clear() == len(TEXTS) and caches[0].count() == 0


def test_a_damaged_row_is_not_believed(
    make_layer: MakeLayer, server: EmbeddingServer, session: Session
) -> None:
    known = make_layer().vectors(TEXTS[:3])
    for row, damage in zip(
        session.scalars(select(Embedding)).all(),
        (b"abc", np.full(DIMENSIONS, np.nan, "<f4").tobytes(), np.ones(DIMENSIONS, "<f4").tobytes()),
        strict=True,
    ):
        session.execute(update(Embedding).where(Embedding.text_hash == row.text_hash).values(vector=damage))
    session.commit()
    asked = len(server.requests)
    np.testing.assert_array_equal(make_layer().vectors(TEXTS[:3]), known)
    assert len(server.requests) == asked + 1


@pytest.mark.parametrize(
    "passing", [refuses(429), refuses(500), refuses(503, retry_after="0"), cut_off, slow(0.6)]
)
def test_what_passes_is_tried_again(make_layer: MakeLayer, server: EmbeddingServer, passing: Any) -> None:
    server.then(passing, passing)
    vectors = make_layer(embedding_timeout=0.4).vectors(TEXTS[:2])
    np.testing.assert_allclose(vectors, expected(TEXTS[:2]), atol=1e-6)
    assert len(server.requests) == 3


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_waited_for(make_layer: MakeLayer, server: EmbeddingServer, as_date: bool) -> None:
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=2)) if as_date else "1"
    server.then(refuses(429, retry_after=asked))
    started = time.monotonic()
    make_layer().vectors(TEXTS[:2])
    assert 0.9 <= time.monotonic() - started < 2.9


def test_a_server_that_asks_for_too_much_patience_is_left_alone(
    make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    server.then(refuses(429, retry_after="500"))
    layer = make_layer()
    started = time.monotonic()
    with pytest.raises(EmbeddingUnavailableError, match="429"):
        layer.vectors(TEXTS[:2])
    assert time.monotonic() - started < 0.5
    assert 480 < (layer.state().seconds or 0) <= 500


WRONG: list[tuple[str, Any, str]] = [
    ("truncated", changed(lambda items: b'{"data": [{"index": 0, "embed'), "不是完整的 JSON"),
    ("empty", changed(lambda items: b""), "不是完整的 JSON"),
    ("not utf-8", changed(lambda items: b"\xff\xfe\x00"), "不是完整的 JSON"),
    ("nested", changed(lambda items: b"[" * 100_000), "不是完整的 JSON"),
    ("list", changed(lambda items: b"[]"), "没有 data 列表"),
    ("too few", changed(lambda items: items.pop()), "送去 4 段文字，只回答 3 个向量"),
    ("too many", changed(lambda items: items.append(dict(items[0]))), "却回答 5 个向量"),
    ("twice", changed(lambda items: items[1].update(index=0)), "index 0 出现两次"),
    ("no index", changed(lambda items: items[1].pop("index")), "index 应为 0 至 3"),
    ("index beyond", changed(lambda items: items[1].update(index=4)), "index 应为 0 至 3，现为 4"),
    ("true index", changed(lambda items: items[1].update(index=True)), "index 应为"),
    ("item", changed(lambda items: items.__setitem__(2, None)), "index 应为"),
    ("nan", changed(lambda items: items[2]["embedding"].__setitem__(0, float("nan"))), "第 2 个向量含有 NaN"),
    ("infinite", changed(lambda items: items[2]["embedding"].__setitem__(0, 1e308)), "第 2 个向量含有 NaN"),
    ("huge", changed(lambda items: items[2]["embedding"].__setitem__(0, 10**400)), "第 2 个向量含有过大的数"),
    ("zero", changed(lambda items: items[3].update(embedding=[0.0] * DIMENSIONS)), "第 3 个向量"),
    ("dimension", changed(lambda items: items[3]["embedding"].append(1.0)), "维数不同：64、65"),
    ("no numbers", changed(lambda items: items[3].update(embedding=[])), "第 3 个向量有 0 维"),
    ("words", changed(lambda items: items[3].update(embedding=["1"] * DIMENSIONS)), "不是数的列表"),
    ("no vector", changed(lambda items: items[3].pop("embedding")), "不是数的列表"),
    ("base64", changed(lambda items: items[3].update(embedding="!!")), "不是 float32 的 base64"),
    ("odd base64", changed(lambda items: items[3].update(embedding="AAA=")), "不是 float32 的 base64"),
]  # fmt: skip


@pytest.mark.parametrize(("behaviour", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_answer_is_no_answer(
    make_layer: MakeLayer, server: EmbeddingServer, session: Session, behaviour: Any, reason: str
) -> None:
    server.then(answer, behaviour)
    with pytest.raises(EmbeddingUnavailableError, match=reason) as caught:
        make_layer().vectors(TEXTS[:8])
    assert caught.value.remedy
    assert len(server.requests) == 2
    # The batch that was right is kept for the next attempt, nothing of the wrong one.
    assert set(session.scalars(select(Embedding.text_hash))) == {text_hash(text) for text in TEXTS[:4]}


def test_a_refused_key_is_said_and_not_shown(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    server.then(refuses(401, "Incorrect API key provided: sk-secret-4711"))
    layer = make_layer()
    with capture_logs() as logs, pytest.raises(EmbeddingUnavailableError, match="拒绝了密钥") as caught:
        layer.vectors(TEXTS)
    assert "CHANJIAO_EMBEDDING_KEY" in str(caught.value) and len(server.requests) == 1
    server.then(refuses(400, "model sk-secret-4711 \x1b[31m\nnot found " + "长" * 500))
    with capture_logs() as more, pytest.raises(EmbeddingUnavailableError, match="model \\*\\*\\* ") as said:
        make_layer().vectors(TEXTS)
    assert len(str(said.value)) < 400 and "\x1b" not in str(said.value)
    settings = Settings(_env_file=None, embedding_key="sk-secret-4711")  # type: ignore[call-arg, arg-type]
    for shown in (caught.value, said.value, logs, more, layer.state(), vars(layer.client), settings):
        assert "sk-secret-4711" not in repr(shown)


@pytest.mark.parametrize("status", [301, 400, 404, 413, 422])
def test_what_will_not_pass_is_not_tried_again(
    make_layer: MakeLayer, server: EmbeddingServer, status: int
) -> None:
    server.always(refuses(status, "no"))
    with pytest.raises(EmbeddingUnavailableError, match=str(status)):
        make_layer().vectors(TEXTS)
    assert len(server.requests) == 1


@pytest.mark.parametrize("late", [slow(5.0), trickle(5.0)])
def test_a_late_server_costs_no_more_than_its_time(
    make_layer: MakeLayer, server: EmbeddingServer, late: Any
) -> None:
    server.always(late)
    layer = make_layer(embedding_timeout=0.5)
    started = time.monotonic()
    with pytest.raises(EmbeddingUnavailableError, match="没有按时回答"):
        layer.vectors(TEXTS, within=0.5)
    assert time.monotonic() - started < 1.2
    with pytest.raises(EmbeddingUnavailableError, match="没有按时回答"):
        make_layer(embedding_timeout=0.5).vectors(TEXTS)
    assert time.monotonic() - started < 4.0


def test_a_dead_server_is_asked_again_only_after_a_while(
    make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    layer = make_layer()
    assert layer.state().state == "unasked"
    layer._silent_for = 0.5
    server.always(refuses(500))
    with capture_logs() as logs, pytest.raises(EmbeddingUnavailableError, match="回答 500（试了 5 次）"):
        layer.vectors(TEXTS)
    assert [entry["event"] for entry in logs] == ["embedding server failed"]
    asked = len(server.requests)
    started = time.monotonic()
    for _ in range(20):
        with pytest.raises(EmbeddingUnavailableError, match="秒后再试"):
            layer.vectors(TEXTS)
    assert time.monotonic() - started < 0.4 and len(server.requests) == asked
    assert layer.state().state == "silent" and "500" in (layer.state().reason or "")
    server.always(None)
    time.sleep(0.5)
    assert layer.vectors(TEXTS).shape == (10, DIMENSIONS)
    assert layer.state().state == "ok" and layer.state().reason is None


def test_after_the_silence_one_tries_and_the_others_go_without(
    make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    layer = make_layer()
    layer._silent_for = 0.3
    server.then(refuses(400))
    with pytest.raises(EmbeddingUnavailableError):
        layer.vectors(TEXTS[:1])
    time.sleep(0.35)
    layer._silent_for = 5.0
    server.always(slow(0.3))
    outcomes: list[str] = []

    def ask() -> None:
        try:
            layer.vectors(TEXTS[:1])
            outcomes.append("answered")
        except EmbeddingUnavailableError:
            outcomes.append("refused")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["answered", *["refused"] * 7]
    assert len(server.requests) == 2


def test_time_that_is_up_is_no_fault_of_a_server_that_answers(
    make_layer: MakeLayer, server: EmbeddingServer, session: Session
) -> None:
    server.always(slow(0.2))
    layer = make_layer(embedding_batch=1)
    with pytest.raises(EmbeddingUnavailableError, match="限时内没有取全"):
        layer.vectors(TEXTS, within=0.7)
    assert layer.state().state == "ok"
    kept = len(session.scalars(select(Embedding)).all())
    assert 2 <= kept <= 3
    session.rollback()
    server.always(None)
    np.testing.assert_allclose(layer.vectors(TEXTS, within=5.0), expected(TEXTS), atol=1e-6)
    assert len(session.scalars(select(Embedding)).all()) == len(TEXTS)


def test_nobody_listening_is_said_quickly(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    server.stop()
    started = time.monotonic()
    with pytest.raises(EmbeddingUnavailableError, match="连不上向量服务") as caught:
        make_layer().vectors(TEXTS)
    assert time.monotonic() - started < 2 and "CHANJIAO_EMBEDDING_URL" in caught.value.remedy
    server.__init__()  # type: ignore[misc]  # the fixture stops it once more


def test_another_model_under_the_same_name_is_noticed(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    make_layer().vectors(TEXTS[:4])
    server.dimensions = 32
    with pytest.raises(EmbeddingUnavailableError, match="前后不同：32、64") as caught:
        make_layer().vectors(TEXTS[:8])
    assert "chanjiao embeddings clear" in caught.value.remedy
    layer = make_layer()
    layer.vectors(TEXTS[:4])
    layer.cache.clear()
    with pytest.raises(EmbeddingUnavailableError, match="前后不同"):
        layer.vectors(TEXTS[:4])
    layer.cache.clear()
    assert make_layer().vectors(TEXTS[:4]).shape == (4, 32)


def test_a_broken_cache_costs_time_only(
    make_layer: MakeLayer, server: EmbeddingServer, tmp_path: Any
) -> None:
    from app.database import make_engine

    layer = make_layer()
    layer.cache = EmbeddingCache(make_engine(f"sqlite:///{tmp_path / 'empty.db'}"), "hashing")
    with capture_logs() as logs:
        np.testing.assert_allclose(layer.vectors(TEXTS), expected(TEXTS), atol=1e-6)
    assert {entry["event"] for entry in logs} == {
        "embedding cache cannot be read",
        "embedding cache cannot be written",
    }


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"embedding_url": "127.0.0.1:8080"}, "不是 http"),
        ({"embedding_url": "http://[::1"}, "不是 http"),
        ({"embedding_url": "ftp://host/v1"}, "不是 http"),
        ({"embedding_model": ""}, "CHANJIAO_EMBEDDING_MODEL"),
        ({"embedding_key": "钥匙"}, "CHANJIAO_EMBEDDING_KEY"),
        ({"embedding_key": "a\nb"}, "CHANJIAO_EMBEDDING_KEY|中断"),
    ],
)
def test_a_wrong_setting_is_said_when_the_layer_is_asked(
    make_layer: MakeLayer, server: EmbeddingServer, settings: dict[str, str], reason: str
) -> None:
    layer = make_layer(**settings)
    with pytest.raises(EmbeddingUnavailableError, match=reason):
        layer.vectors(TEXTS)
    assert server.requests == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("http://user:pass@host:9000?token=1", "http://host:9000/v1/embeddings"),
        ("https://host/v1/", "https://host/v1/embeddings"),
        ("https://host/api/paas/v4/embeddings", "https://host/api/paas/v4/embeddings"),
    ],
)
def test_the_address_is_completed_and_shown_without_secrets(
    make_layer: MakeLayer, given: str, shown: str
) -> None:
    assert make_layer(embedding_url=given).client.address == shown


def test_off_means_off(engine: Engine) -> None:
    assert configured(Settings(_env_file=None), engine) is None  # type: ignore[call-arg]
    silenced = Settings(_env_file=None, embedding_url="http://host", embedding_share=0)  # type: ignore[call-arg]
    assert configured(silenced, engine) is None
    assert state_of(None).state == "off"
    assert with_or_without(None, lambda layer: layer is None) == (True, None)


def test_an_answer_is_with_the_layer_as_a_whole_or_without_it(
    make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    server.then(answer, refuses(400))
    layer = make_layer()
    done = []

    def work(heard: EmbeddingLayer | None) -> str:
        if heard is None:
            return "without"
        for text in TEXTS[:2]:
            heard.vectors([text])
            done.append(text)
        return "with"

    result, failure = with_or_without(layer, work)
    assert result == "without" and done == TEXTS[:1] and "400" in str(failure)


def test_what_is_sent_is_masked_and_short() -> None:
    long = Document("1", "招聘", "请拨打13812345678或写信给a@b.cn" + "细" * 1000)
    masked, plain, nothing = sent_texts([long, Document("2", "數控", "ＣＮＣ"), Document("3", "", " ")])
    assert masked.startswith("招聘。请拨打[手机号]或写信给[邮箱]细") and len(masked) == 480
    assert plain == "数控。cnc" and nothing == ""


def test_check_asks_past_the_cache(make_layer: MakeLayer, server: EmbeddingServer) -> None:
    layer = make_layer()
    layer.vectors(TEXTS)
    asked = len(server.requests)
    found = check(layer)
    assert len(server.requests) == asked + 1
    assert (found["dimensions"], found["cached"], found["model"]) == (DIMENSIONS, 10, "hashing")
    assert found["milliseconds"] > 0 and "sk-" not in str(found)


def test_a_setting_that_is_not_allowed_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANJIAO_EMBEDDING_SHARE", "2")
    get_settings.cache_clear()
    try:
        with pytest.raises(SettingsError, match="CHANJIAO_EMBEDDING_SHARE"):
            get_settings()
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
