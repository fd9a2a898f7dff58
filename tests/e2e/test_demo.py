"""The demonstration as a user runs it: one command, then again, then the commands that follow."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHANJIAO = Path(sys.executable).with_name("chanjiao")


class Home:
    """An empty home with the data folder of one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CHANJIAO_")},
            "HOME": str(folder),
            "CHANJIAO_DATA_DIR": str(folder / "data"),
            "COLUMNS": "160",
        }

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(CHANJIAO), *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run(*words, "--json").stdout)
        return answer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def first(home: Home) -> dict[str, Any]:
    return home.json("demo", "--no-serve")


def test_the_demo_loads_runs_and_publishes(first: dict[str, Any]) -> None:
    assert not first["unchanged"]
    assert all(b["read"] == b["accepted"] + b["repeated"] + b["quarantined"] for b in first["batches"])
    assert sum(b["accepted"] for b in first["batches"]) > 9000
    recommendations, gaps, placements = first["headlines"]["tables"]
    assert recommendations["rows"] and gaps["rows"] and placements["rows"]
    summary = first["headlines"]["summary"]
    assert summary["order_classes"]["heads_placed"] <= summary["order_classes"]["heads_asked"]


def test_a_second_demo_changes_nothing(home: Home, first: dict[str, Any]) -> None:
    again = home.json("demo", "--no-serve")
    assert again["unchanged"]
    assert again["run"] == first["run"]
    assert all(batch["already"] for batch in again["batches"])


def test_a_second_run_of_the_same_snapshot_is_the_same_bit_for_bit(home: Home, first: dict[str, Any]) -> None:
    again = home.json("run")
    assert again["run"] != first["run"]
    assert again["digest"] == first["digest"]


def test_the_tables_say_what_is_simulated(home: Home, first: dict[str, Any]) -> None:
    shown = home.run("demo", "--no-serve").stdout
    assert "调整建议" in shown and "缺口" in shown and "订单班安排" in shown
    assert "含模拟" in shown and "69 所院校中有" in shown


def test_the_registers_are_shown_against_the_numbers_of_the_pilot(home: Home, first: dict[str, Any]) -> None:
    targets = {
        each["id"]: each for each in home.json("registers", "progress", "--on", "2026-11-25")["targets"]
    }
    assert (targets["enterprises"]["value"], targets["enterprises"]["reached"]) == (200, 9)
    assert targets["enterprises"]["simulated"] == 9
    certified = home.json("registers", "enterprises", "--on", "2026-11-25", "--status", "certified")
    assert len(certified["enterprises"]) == 6
    assert home.json("registers", "tag-bulletins")["tagged"] == 0  # the demo has done so
    assert "2026-12-31" in home.run("registers", "progress", "--on", "soon", code=2).stderr


def test_publish_and_roll_back(home: Home, first: dict[str, Any]) -> None:
    other = home.json("run", "--publish")
    assert home.json("rollback")["run"] == first["run"]
    assert home.json("publish", other["run"])["run"] == other["run"]
    assert "没有测算" in home.run("publish", "nothing", code=2).stderr


def test_bad_input_is_one_clear_line_and_exit_code_2(
    home: Home, first: dict[str, Any], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", "utf-8")
    fault = home.run("ingest", str(wrong), "--kind", "enrolment-plan", code=2).stderr
    assert "wrong.csv" in fault and "计划数" in fault and "Traceback" not in fault
    assert "可用的种类" in home.run("ingest", str(wrong), "--kind", "nonsense", code=2).stderr
    assert "找不到文件" in home.run("ingest", "absent.csv", "--kind", "postings", code=2).stderr


def test_rank_and_evaluate(home: Home, tmp_path: Path) -> None:
    queries, candidates, out, gold = (
        tmp_path / name for name in ("q.jsonl", "c.jsonl", "run.tsv", "gold.tsv")
    )
    queries.write_text('{"id": "1", "title": "数控车工", "text": "操作数控车床加工零件"}\n', "utf-8")
    candidates.write_text(
        '{"code": "a", "name": "数控技术", "text": "数控加工"}\n{"code": "b", "name": "会计", "text": "财务"}\n',
        "utf-8",
    )
    gold.write_text("query_id\tcode\n1\ta\n", "utf-8")
    words = ("rank", "--queries", str(queries), "--candidates", str(candidates), "--top", "2")
    done = home.json(*words, "--out", str(out), "--task", "generic")
    assert (done["queries"], done["candidates"]) == (1, 2)
    assert out.read_text("utf-8").splitlines()[0] == "query_id\tcode\trank\tscore"
    assert home.json("evaluate", str(out), "--gold", str(gold))["map"] == 1.0
    fault = home.run(*words, "--out", str(out), "--task", "nonsense", code=2).stderr
    assert "program-occupation" in fault


def test_the_rescoring_script_finds_nothing_to_change(home: Home, first: dict[str, Any]) -> None:
    script = Path(__file__).parents[2] / "scripts" / "rescore.py"
    done = subprocess.run(
        [sys.executable, str(script), "--json"],
        env=home.environment,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    summary = json.loads(done.stdout)
    assert summary["same_results"] and summary["changed"] == 0
