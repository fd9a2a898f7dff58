"""`chanjiao rank` and `chanjiao embeddings` with the layer: whole with it, or whole without it and said."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.runs.embeddings import EmbeddingLayer
from app.runs.ranking import rank_files
from tests.embedding_server import EmbeddingServer, answer, refuses

MakeLayer = Callable[..., EmbeddingLayer]
CANDIDATES = [
    ("080901", "计算机科学与技术", "程序设计、操作系统"),
    ("080703", "通信工程", "基站、天线"),
    ("101101", "护理学", "临床护理"),
    ("080901", "软件工程", "软件测试、编程"),
    ("000000", "", ""),
]
QUERIES = [
    ("q1", "软件测试员", "编写测试用例"),
    ("q2", "护士", "病房护理"),
    ("q3", "", ""),
    ("q4", "鼒鼒", ""),
]


def quiet(_step: str, _done: float) -> None:
    """No progress in tests."""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    queries, candidates = tmp_path / "q.jsonl", tmp_path / "c.jsonl"
    queries.write_text(
        "\n".join(
            json.dumps({"id": f"{i}-{turn}", "title": title, "text": text})
            for turn in range(40)
            for i, title, text in QUERIES
        ),
        encoding="utf-8",
    )
    candidates.write_text(
        "\n".join(json.dumps({"code": c, "name": n, "text": t}) for c, n, t in CANDIDATES), encoding="utf-8"
    )
    return queries, candidates


def rank(files: tuple[Path, Path], out: Path, layer: EmbeddingLayer | None, **more: Any) -> dict[str, Any]:
    values = {"top": 3, "task": "generic", "progress": quiet} | more
    return rank_files(*files, out, layer=layer, **values)


def test_the_layer_joins_in(
    files: tuple[Path, Path], tmp_path: Path, make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    plain, heard, again = (tmp_path / name for name in ("plain.tsv", "heard.tsv", "again.tsv"))
    without = rank(files, plain, None)
    assert without["layers"] == without["layers_unavailable"] == without["warnings"] == []
    done = rank(files, heard, make_layer())
    assert (done["queries"], done["layers"], done["layers_unavailable"]) == (160, ["embedding"], [])
    assert done["model"] == without["model"] + "+embedding:hashing@0.5"
    assert heard.read_text() != plain.read_text()
    lines = [line.split("\t") for line in heard.read_text().splitlines()[1:]]
    best = {query: code for query, code, place, _ in lines if place == "1"}
    assert best["q1-0"] == "080901" and best["q2-0"] == "101101" and len(best) == 160
    assert len(lines) == 160 * 3 and all(0 <= float(score) <= 1 for *_, score in lines)
    for query in ("q1-0", "q2-39"):
        scores = [float(score) for name, _, _, score in lines if name == query]
        assert scores == sorted(scores, reverse=True)
    # Of an empty query nothing is known: its ranking stays.
    assert [line for line in heard.read_text().splitlines() if line.startswith("q3-0\t")] == [
        line for line in plain.read_text().splitlines() if line.startswith("q3-0\t")
    ]
    asked = len(server.requests)
    rank(files, again, make_layer())
    assert again.read_bytes() == heard.read_bytes() and len(server.requests) == asked


def test_a_server_that_fails_on_the_way_leaves_a_ranking_without_it(
    files: tuple[Path, Path], tmp_path: Path, make_layer: MakeLayer, server: EmbeddingServer
) -> None:
    plain, left = tmp_path / "plain.tsv", tmp_path / "left.tsv"
    lines = [json.dumps({"id": f"n{n}", "title": f"{n} 号护士"}) for n in range(200)]
    files[0].write_text("\n".join(lines), encoding="utf-8")
    without = rank(files, plain, None)
    server.then(answer, answer, answer, refuses(404))
    done = rank(files, left, make_layer(embedding_batch=64))
    assert len(server.requests) == 4  # candidates, two blocks of queries, and the failure
    assert left.read_bytes() == plain.read_bytes()
    assert (done["layers"], done["layers_unavailable"]) == ([], ["embedding"])
    assert done["model"] == without["model"]
    assert "向量层未参与" in done["warnings"][0] and "404" in done["warnings"][0]
    assert sorted(path.name for path in tmp_path.glob("*.tsv*")) == ["left.tsv", "plain.tsv"]


@pytest.fixture
def command(engine: Engine, server: EmbeddingServer) -> Callable[..., tuple[int, str, str]]:
    """The command line in a process of its own, on the test's database and server, with further settings."""

    def run(*words: str, **settings: str) -> tuple[int, str, str]:
        given = {
            "DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "EMBEDDING_URL": server.url,
            "EMBEDDING_MODEL": "hashing",
            "EMBEDDING_KEY": "sk-secret-4711",
        } | settings
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *words],
            cwd=Path(__file__).parents[3],
            env=os.environ | {f"CHANJIAO_{name}": value for name, value in given.items()},
            capture_output=True,
            encoding="utf-8",
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_command_line_checks_clears_and_ranks(
    files: tuple[Path, Path], tmp_path: Path, server: EmbeddingServer, command: Callable[..., Any]
) -> None:
    words = ("rank", "--queries", str(files[0]), "--candidates", str(files[1]), "--out", str(tmp_path / "o.tsv"), "--json")  # fmt: skip
    code, output, _ = command(*words)
    assert code == 0 and json.loads(output)["layers"] == ["embedding"]
    code, output, _ = command("embeddings", "check", "--json")
    found = json.loads(output)
    # Three queries and four candidates have a text.
    assert code == 0 and (found["dimensions"], found["cached"]) == (64, 7)
    code, output, _ = command("embeddings", "check")
    assert code == 0 and "64 维" in output and "sk-" not in output
    assert json.loads(command("embeddings", "clear", "--json")[1]) == {"cleared": 7}

    server.always(refuses(401))
    code, _, error = command("embeddings", "check")
    assert code == 2 and "CHANJIAO_EMBEDDING_KEY" in error and "sk-" not in error
    code, output, error = command(*words)
    assert code == 0 and json.loads(output)["layers_unavailable"] == ["embedding"]
    assert "向量层未参与本次排序" in error
    code, _, error = command("embeddings", "check", EMBEDDING_SHARE="2")
    assert code == 2 and "CHANJIAO_EMBEDDING_SHARE" in error and "Traceback" not in error
    code, _, error = command("embeddings", "check", EMBEDDING_URL="")
    assert code == 2 and "没有启用" in error and "CHANJIAO_EMBEDDING_URL" in error
    code, output, _ = command(*words, EMBEDDING_URL="", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert code == 0 and json.loads(output)["layers"] == []
