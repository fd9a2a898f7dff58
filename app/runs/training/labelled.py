"""The labelled tasks: queries, candidates and right answers, read from a folder of texts and pairs.

The folder holds program_texts.jsonl, occupation_texts.jsonl, industry_texts.jsonl, program_industry_share.csv,
posting_classes.jsonl and scope_industry.jsonl (see docs/model-card.md); official links and names come from the
reference tables.
"""

import csv
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.errors import UnreadableFileError
from app.matching.documents import Document, Task
from app.matching.labelled import LabelledPair
from app.reference import load_reference
from app.reference.codes import vocational_family
from app.runs.documents import class_documents, occupation_document, program_document

Gold = dict[str, dict[str, float]]
SENTENCES = re.compile(r"[。；;\n!?！？]+")
_COMMON = re.compile("[（(].*|技术|应用|工程|管理|与|学$|现代|智能|智慧")


@dataclass(frozen=True, slots=True)
class LabelledTask:
    """Queries, candidates and gold (query → code → gain) of one task.

    `groups` (query → name) says which queries must stay together when the data is split.
    """

    task: Task
    queries: list[Document]
    candidates: list[Document]
    gold: Gold
    groups: Mapping[str, str]


def program_occupation(folder: Path) -> LabelledTask:
    """Program texts without `career`, which names occupations outright → officially linked occupations."""
    gold = official_links()
    queries = [
        Document(
            f"{row['level']}:{row['code']}",
            row["name"],
            "\n".join((row["goal"], row["abilities"], row["courses"], row["certificates"])),
            level=row["level"],
            program_code=row["code"],
        )
        for row in rows(folder / "program_texts.jsonl")
        if f"{row['level']}:{row['code']}" in gold
    ]
    candidates = [
        Document(row["code"], row["name"], "\n".join((row["definition"], *row["tasks"])))
        for row in rows(folder / "occupation_texts.jsonl")
    ]
    return _task(Task.PROGRAM_OCCUPATION, queries, candidates, gold, families(queries))


def program_industry(folder: Path) -> LabelledTask:
    """Bachelor programs by name and class → everyday names of industries; gain: share of graduates in per cent."""
    gold: Gold = {}
    queries: dict[str, Document] = {}
    groups = {}
    for row in table(folder / "program_industry_share.csv"):
        code = row["program_code"]
        gold.setdefault(code, {})[row["industry"]] = float(row["share_pct"])
        queries[code] = Document(code, row["program_name"], row["class_name"], "bachelor", code)
        groups[code] = row["class_name"]
    names = sorted({name for gains in gold.values() for name in gains})
    candidates = [Document(name, name) for name in names]
    return _task(Task.PROGRAM_INDUSTRY, list(queries.values()), candidates, gold, groups)


def posting_class(folder: Path) -> LabelledTask:
    """Postings without their sentences on 专业 → classes of bachelor programs, described by program names."""
    postings = list(rows(folder / "posting_classes.jsonl"))
    queries = [Document(row["id"], row["title"], row["text"], region=row["region"]) for row in postings]
    gold = {row["id"]: dict.fromkeys(row["program_classes"], 1.0) for row in postings}
    groups = {row["id"]: beginning(row["text"]) for row in postings}
    return _task(Task.POSTING_CLASS, queries, class_documents(load_reference()), gold, groups)


def scope_industry(folder: Path) -> LabelledTask:
    """Business scopes → divisions of GB/T 4754, described by their notes and by what is below them."""
    scopes = list(rows(folder / "scope_industry.jsonl"))
    queries = [Document(row["id"], "", row["business_scope"]) for row in scopes]
    gold = {row["id"]: {row["industry_code"]: 1.0} for row in scopes}
    groups = {row["id"]: beginning(row["business_scope"]) for row in scopes}
    return _task(Task.SCOPE_INDUSTRY, queries, division_documents(folder), gold, groups)


def division_documents(folder: Path) -> list[Document]:
    """The divisions of GB/T 4754 with their notes and the names and notes of what is below them."""
    industries = load_reference().industries
    notes = {row["code"]: row["note"] for row in rows(folder / "industry_texts.jsonl")}
    return [
        Document(
            division.code,
            division.name,
            "\n".join(
                [notes.get(division.code, "")]
                + [
                    text
                    for below in industries.descendants(division.code)
                    for text in (below.name, notes.get(below.code, ""))
                ]
            ),
        )
        for division in industries.at_level("division")
    ]


def with_pairs(
    labelled: LabelledTask, pairs: Sequence[LabelledPair], everyday: Callable[[str], str]
) -> tuple[LabelledTask, int]:
    """A task with what was learned from use, and how many pairs could be used.

    A pair on a program that is labelled already changes its answers; any other is a query of its own, in a group of its
    own. `everyday`: industry code → the name by which programs are labelled. A pair whose target is no candidate is left out.
    """
    codes = {d.id for d in labelled.candidates}
    gold = {query: dict(answers) for query, answers in labelled.gold.items()}
    queries = {d.id: d for d in labelled.queries}
    by_program = {(d.level, d.program_code): d.id for d in labelled.queries if d.program_code}
    groups = dict(labelled.groups)
    used = 0
    for pair in pairs:
        target = everyday(pair.target) if labelled.task is Task.PROGRAM_INDUSTRY else pair.target
        if target not in codes:
            continue
        used += 1
        known = by_program.get((pair.level, pair.program_code)) if pair.program_code else None
        key = (
            known
            or f"use:{zlib.crc32(f'{pair.level}{pair.program_code}{pair.title}{pair.text}'.encode()):08x}"
        )
        if key not in queries:
            queries[key] = Document(key, pair.title, pair.text, pair.level, pair.program_code)
            groups[key] = key
        answers = gold.setdefault(key, {})
        if pair.gain > 0:
            scale = max(answers.values(), default=1.0)
            answers[target] = max(answers.get(target, 0.0), pair.gain * scale)
        else:
            answers.pop(target, None)
    kept = [d for d in queries.values() if gold.get(d.id)]
    return LabelledTask(
        labelled.task, kept, labelled.candidates, {d.id: gold[d.id] for d in kept}, groups
    ), used


LABELLED: dict[Task, Callable[[Path], LabelledTask]] = {
    Task.PROGRAM_OCCUPATION: program_occupation,
    Task.PROGRAM_INDUSTRY: program_industry,
    Task.POSTING_CLASS: posting_class,
    Task.SCOPE_INDUSTRY: scope_industry,
}


def bare_program_occupation(full: LabelledTask) -> LabelledTask:
    """The same links where no texts were loaded: what the reference tables alone say of programs and occupations."""
    reference = load_reference()
    named = [
        (document, reference.programs.find(document.level or "", document.program_code or ""))
        for document in full.queries
    ]
    queries = [replace(program_document(p, {}), id=d.id) if p else replace(d, text="") for d, p in named]
    candidates = [
        occupation_document(found, {}) if (found := reference.occupations.find(d.id)) else replace(d, text="")
        for d in full.candidates
    ]
    return replace(full, queries=queries, candidates=candidates)


def duty_class(posted: LabelledTask) -> LabelledTask:
    """One-line duties: single sentences of the postings, without their titles → the classes the posting asked for."""
    queries: list[Document] = []
    gold: Gold = {}
    groups: dict[str, str] = {}
    for document in posted.queries:
        sentences = [s.strip() for s in SENTENCES.split(document.text) if 10 <= len(s.strip()) <= 70]
        # The same sentences on every machine: by their digest, not by chance.
        for number, sentence in enumerate(sorted(sentences, key=lambda s: zlib.crc32(s.encode()))[:2]):
            query = Document(f"{document.id}:{number}", "", sentence)
            queries.append(query)
            gold[query.id], groups[query.id] = posted.gold[document.id], posted.groups[document.id]
    return LabelledTask(Task.DUTY_CLASS, queries, posted.candidates, gold, groups)


def title_title(titles: Sequence[Sequence[str]]) -> LabelledTask:
    """Titles of the thesaurus: the first two of each group → the other names of the same job."""
    parent = list(range(len(titles)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    owner: dict[str, int] = {}
    for number, same in enumerate(titles):
        for title in same:
            parent[root(number)] = root(owner.setdefault(title, number))
    meant: dict[str, set[str]] = {}
    for same in titles:
        for title in same:
            meant.setdefault(title, set()).update(same)
    gold = {
        title: dict.fromkeys(sorted(meant[title] - {title}), 1.0) for same in titles for title in same[:2]
    }
    gold = {title: others for title, others in gold.items() if others}
    return LabelledTask(
        Task.TITLE_TITLE,
        [Document(title, title) for title in gold],
        [Document(title, title) for title in meant],
        gold,
        {title: str(root(owner[title])) for title in meant},
    )


def official_links() -> Gold:
    """Program (level:code) → occupation code → 1, of the official links."""
    gold: Gold = {}
    for level, program, occupation in load_reference().crosswalk.edges:
        gold.setdefault(f"{level}:{program}", {})[occupation] = 1.0
    return gold


def families(programs: list[Document]) -> dict[str, str]:
    """Program id → family: its class, across the vocational levels, joined with classes that share a program name.

    What is learned from one family must not answer for a sister of another level or of nearly the same name.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    keys = {}
    stems: dict[str, str] = {}
    for program in programs:
        code = program.program_code or program.id
        keys[program.id] = key = code[:4] if program.level == "bachelor" else f"v{vocational_family(code)}"
        stem = _COMMON.sub("", program.title) or program.title
        parent[root(key)] = root(stems.setdefault(stem, key))
    return {program: root(key) for program, key in keys.items()}


def beginning(text: str) -> str:
    """What near repeats of one text share: its first 50 letters, without punctuation and spaces."""
    return "".join(c for c in text if c.isalnum())[:50]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a file of JSON lines. Raises UnreadableFileError."""
    with _opened(path) as stream:
        yield from map(json.loads, stream)


def table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file with a header. Raises UnreadableFileError."""
    with _opened(path) as stream:
        yield from csv.DictReader(stream)


def _opened(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnreadableFileError(
            f"无法读取训练数据：{error.strerror}",
            remedy="请用 --data 指定含有标注文本的文件夹（所需文件见 docs/model-card.md）",
            where={"文件": str(path)},
        ) from error


def _task(
    task: Task, queries: list[Document], candidates: list[Document], gold: Gold, groups: Mapping[str, str]
) -> LabelledTask:
    """Only answers that a candidate can give count, and only queries that have one."""
    codes = {document.id for document in candidates}
    answerable = {
        document.id: {code: gain for code, gain in gold[document.id].items() if code in codes}
        for document in queries
    }
    kept = [document for document in queries if answerable[document.id]]
    return LabelledTask(task, kept, candidates, {d.id: answerable[d.id] for d in kept}, groups)
