"""A model trained on a small made-up folder: whole, repeatable, kept apart until it is activated."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import InvalidInputError, NotFoundError, UnreadableFileError
from app.matching.documents import Document, Task
from app.matching.labelled import LabelledPair
from app.matching.learning.towers import Settings
from app.matching.model import model_arrays, model_from_arrays
from app.reference import load_reference
from app.runs import model_store
from app.runs.engine import lexical_engine
from app.runs.thesaurus import load_thesaurus
from app.runs.training import train as training
from app.runs.training.labelled import posting_class, program_occupation, with_pairs
from app.runs.training.train import Trained, train
from app.settings import get_settings

SMALL = Settings(dimensions=16, steps=60, batch=32)
WORDS = {
    "0809": "编写程序代码测试软件",
    "0802": "设计机械零件装配图纸",
    "1202": "核算账目编制财务报表",
    "1011": "护理病人执行医嘱",
}
SCOPES = {"C35": "专用设备制造", "I65": "软件开发", "F51": "日用品批发", "Q84": "医院诊疗服务"}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data, reference = tmp_path_factory.mktemp("labelled"), load_reference()
    linked = sorted({(level, code) for level, code, _ in reference.crosswalk.edges})[::12]
    programs = [p for key in linked if (p := reference.programs.find(*key))]
    write(
        data / "program_texts.jsonl",
        [
            {
                "level": p.level.value,
                "code": p.code,
                "name": p.name,
                "goal": f"能够从事{p.name}工作",
                "abilities": f"{p.class_name}的能力",
                "courses": "、".join(p.core_courses),
                "certificates": "、".join(p.certificates),
                "career": "",
            }
            for p in programs
        ],
    )
    write(
        data / "occupation_texts.jsonl",
        [
            {
                "code": o.code,
                "name": o.name,
                "definition": f"从事{o.name}的人员",
                "tasks": [f"{o.minor_name}有关的工作"],
            }
            for o in list(reference.occupations)[::8]
        ],
    )
    write(
        data / "industry_texts.jsonl",
        [{"code": i.code, "name": i.name, "note": f"指{i.name}有关的活动"} for i in reference.industries],
    )
    bachelor = [p for p in reference.programs if p.level.value == "bachelor" and p.class_code][::18]
    shares = ["program_code,program_name,class_name,industry,share_pct"]
    for number, program in enumerate(bachelor):
        for place, name in enumerate(("互联网", "机械重工", "医药", "教育培训")):
            shares.append(
                f"{program.code},{program.name},{program.class_name},{name},{(number + place) % 4 * 9 + 3}"
            )
    (data / "program_industry_share.csv").write_text("\n".join(shares), encoding="utf-8")
    codes = [code for code in WORDS for _ in range(12)]
    postings = [
        {
            "id": f"p{i}",
            "title": f"{WORDS[code][:4]}岗位",
            "text": f"第{i}组负责{WORDS[code]}。每天{WORDS[code][2:]}第{i}项工作。",
            "region": None,
            "education": "本科",
            "program_classes": [code],
        }
        for i, code in enumerate(codes)
    ]
    write(data / "posting_classes.jsonl", postings)
    write(data / "postings_unlabelled.jsonl", [{**p, "id": f"u{p['id']}"} for p in postings[::3]])
    write(
        data / "scope_industry.jsonl",
        [
            {"id": f"s{i}", "business_scope": f"{SCOPES[code]}，第{i}号许可经营", "industry_code": code}
            for i, code in enumerate(c for c in SCOPES for _ in range(12))
        ],
    )
    return data


@pytest.fixture(scope="module")
def trained(folder: Path) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        whole = load_thesaurus()
        few = replace(whole, titles=whole.titles[:60], title_classes=whole.title_classes[:60])
        patch.setattr(training, "load_thesaurus", lambda: few)
        first, second = (train(folder, lambda what, share: None, settings=SMALL) for _ in range(2))
    again = model_from_arrays(model_arrays(second.model)).version
    assert model_from_arrays(model_arrays(first.model)).version == again, (
        "the same folder gives the same model"
    )
    return first


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CHANJIAO_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


def test_every_task_is_learned_and_measured(trained: Trained) -> None:
    assert set(trained.model.rankers) == set(Task) - {Task.GENERIC}
    for task in trained.model.rankers:
        report = trained.report["tasks"][task.value]
        assert 0.0 <= report["interval"][0] <= report["interval"][1] <= 1.0
        assert 0.0 <= report["calibration_error"] <= 1.0
    assert trained.report["tasks"]["posting-class"]["map"] > 0.8
    assert trained.report["tasks"]["scope-industry"]["mrr"] > 0.8


def test_a_model_survives_being_packed(trained: Trained, own_folder: Path) -> None:
    version = model_store.save_model(trained.model, trained.report)
    loaded = model_store.load_model(version)
    assert loaded.model.version == version and loaded.report["tasks"] == trained.report["tasks"]
    knowledge = load_thesaurus().knowledge
    fresh, stored = (lexical_engine().with_model(m, knowledge) for m in (trained.model, loaded.model))
    query = fresh.encode([Document("q", "财务岗位", "负责核算账目编制财务报表")])
    candidates = fresh.encode(
        [Document("1202", "工商管理类", "会计学"), Document("0802", "机械类", "机械工程")]
    )
    for task in Task:
        assert stored.scores(query, candidates, task) == pytest.approx(
            fresh.scores(query, candidates, task), abs=0.02
        )
    with np.load(own_folder / "models" / f"{version}.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays)
        # What was read is not in it.
        text = " ".join(str(arrays[name].tolist()) for name in arrays if arrays[name].dtype.kind == "U")
        assert "负责核算" not in text and "许可经营" not in text


def test_a_model_is_used_only_once_it_is_activated(trained: Trained, own_folder: Path) -> None:
    packaged = model_store.load_packaged().model.version
    version = model_store.save_model(trained.model, trained.report)
    assert model_store.stored_versions() == [version]
    assert model_store.load_active().model.version == packaged
    model_store.activate(version)
    assert model_store.active_version() == version
    assert model_store.load_active().model.version == version
    stored = own_folder / "models" / f"{version}.npz"
    whole = stored.read_bytes()
    for torn in (b"torn", b"", whole[:-100], whole[: len(whole) // 2], whole[:500] + b"x" + whole[501:]):
        stored.write_bytes(torn)
        with pytest.raises(InvalidInputError, match=r"损坏|不完整"):
            model_store.load_model(version)
        assert model_store.load_active().model.version == packaged, "a torn model does not stop the service"
    model_store.activate(None)
    assert model_store.active_version() is None
    for unknown in ("nowhere", "../../etc"):
        with pytest.raises(NotFoundError):
            model_store.activate(unknown)


def test_a_report_says_what_changes(trained: Trained) -> None:
    rows = model_store.changes(model_store.load_packaged().report, trained.report)
    assert {row["task"] for row in rows} == {task.value for task in Task} - {"generic"}
    assert all(row["before"] is not None and 0 <= row["after"] <= 1 for row in rows)
    assert model_store.changes({}, trained.report)[0]["before"] is None


def test_models_of_another_format_or_torn_ones_are_refused(trained: Trained) -> None:
    arrays = model_arrays(trained.model)
    with pytest.raises(InvalidInputError, match="格式"):
        model_from_arrays({**arrays, "format": np.array(1)})
    with pytest.raises(InvalidInputError, match="不完整"):
        model_from_arrays({name: value for name, value in arrays.items() if name != "space/scales"})


def test_verdicts_from_use_change_the_answers(folder: Path) -> None:
    linked = program_occupation(folder)
    query = linked.queries[0]
    [right, *_] = linked.gold[query.id]
    other = next(d.id for d in linked.candidates if d.id not in linked.gold[query.id])

    def pair(target: str, gain: float, program: str | None = query.program_code) -> LabelledPair:
        level = query.level if program else None
        return LabelledPair(linked.task, "新专业", "新文字", level, program, target, gain, 1.0, "file")

    changed, used = with_pairs(linked, [pair(other, 1.0), pair(right, 0.0), pair("no such code", 1.0)], str)
    assert used == 2
    assert other in changed.gold[query.id] and right not in changed.gold[query.id]
    assert linked.gold[query.id][right] == 1.0, "the labels given stay as they are"
    added, _ = with_pairs(linked, [pair(other, 0.5, None)], str)
    [new] = [d for d in added.queries if d.id.startswith("use:")]
    assert added.gold[new.id] == {other: 0.5} and new.title == "新专业"
    posted = posting_class(folder)
    assert with_pairs(posted, [], str)[0].gold == posted.gold


def test_a_folder_without_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        train(tmp_path, lambda what, share: None, settings=SMALL)
    assert "program_texts.jsonl" in str(caught.value.where)
