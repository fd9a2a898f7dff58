"""The labelled tasks of ../shared/eval, built in memory: queries, candidates and right answers.

Nothing of it is written into the project. With `--out FOLDER` the files for `chanjiao rank` and
`chanjiao evaluate` are written there (outside the project), so that the command line can be measured too:

    .venv/bin/python scripts/bench/gold.py --out /tmp/gold
    cd /tmp/gold
    chanjiao rank --queries scope-industry.queries.jsonl --candidates scope-industry.candidates.jsonl \\
        --task scope-industry --top 97 --out run.tsv
    chanjiao evaluate run.tsv --gold scope-industry.gold.jsonl
"""

import argparse
import csv
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.matching.documents import Document, Task

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
Gold = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class LabelledTask:
    """Queries, candidates and gold (query → code → gain) of one task; `classes` keep the halves apart."""

    task: Task
    queries: list[Document]
    candidates: list[Document]
    gold: Gold
    classes: dict[str, str]

    def half(self, number: int) -> "LabelledTask":
        """The queries of every other class; no class has queries in both halves."""
        chosen = [d for d in self.queries if zlib.crc32(f"x{self.classes[d.id]}".encode()) % 2 == number]
        gold = {document.id: self.gold[document.id] for document in chosen}
        return LabelledTask(self.task, chosen, self.candidates, gold, self.classes)


def program_occupation() -> LabelledTask:
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
        for row in rows("eval/program_texts.jsonl")
        if f"{row['level']}:{row['code']}" in gold
    ]
    candidates = [
        Document(row["code"], row["name"], "\n".join((row["definition"], *row["tasks"])))
        for row in rows("eval/occupation_texts.jsonl")
    ]
    classes = {document.id: (document.program_code or "")[:4] for document in queries}
    return _task(Task.PROGRAM_OCCUPATION, queries, candidates, gold, classes)


def program_industry() -> LabelledTask:
    """Bachelor programs by name and class → everyday names of industries; gain: share of graduates."""
    gold: Gold = {}
    queries: dict[str, Document] = {}
    classes = {}
    for row in table("eval/program_industry_share.csv"):
        code = row["program_code"]
        gold.setdefault(code, {})[row["industry"]] = float(row["share_pct"])
        queries[code] = Document(code, row["program_name"], row["class_name"], "bachelor", code)
        classes[code] = row["class_name"]
    names = sorted({name for gains in gold.values() for name in gains})
    candidates = [Document(name, name) for name in names]
    return _task(Task.PROGRAM_INDUSTRY, list(queries.values()), candidates, gold, classes)


def posting_class() -> LabelledTask:
    """Postings without their sentences on 专业 → classes of bachelor programs, described by program names."""
    postings = list(rows("eval/posting_classes.jsonl"))
    queries = [Document(row["id"], row["title"], row["text"], region=row["region"]) for row in postings]
    gold = {row["id"]: dict.fromkeys(row["program_classes"], 1.0) for row in postings}
    names: dict[tuple[str, str], list[str]] = {}
    for row in table("reference/programs.csv"):
        if row["level"] == "bachelor" and row["class_code"]:
            names.setdefault((row["class_code"], row["class_name"]), []).append(row["name"])
    candidates = [Document(code, name, "、".join(programs)) for (code, name), programs in names.items()]
    classes = {row["id"]: min(row["program_classes"]) for row in postings}
    return _task(Task.POSTING_CLASS, queries, candidates, gold, classes)


def scope_industry(*, descendants: bool = True) -> LabelledTask:
    """Business scopes → divisions of GB/T 4754, described by their notes and, if asked, those below them."""
    scopes = list(rows("eval/scope_industry.jsonl"))
    queries = [Document(row["id"], "", row["business_scope"]) for row in scopes]
    gold = {row["id"]: {row["industry_code"]: 1.0} for row in scopes}
    parents = {row["code"]: row["parent_code"] for row in table("reference/industries.csv")}
    texts = list(rows("eval/industry_texts.jsonl"))
    names = {row["code"]: row["name"] for row in texts if row["level"] == "division"}
    notes = {row["code"]: [row["note"]] for row in texts if row["level"] == "division"}
    for row in texts:
        if descendants and row["level"] in {"group", "class"}:
            code = row["code"]
            while code not in names:
                code = parents[code]
            notes[code] += [row["name"], row["note"]]
    candidates = [Document(code, name, "\n".join(notes[code])) for code, name in names.items()]
    classes = {row["id"]: row["industry_code"] for row in scopes}
    return _task(Task.SCOPE_INDUSTRY, queries, candidates, gold, classes)


def title_title() -> LabelledTask:
    """A stand-in for title-title, for which no labels are given: program names → occupation names."""
    gold = official_links()
    queries = [
        Document(f"{row['level']}:{row['code']}", row["name"], program_code=row["code"])
        for row in table("reference/programs.csv")
        if f"{row['level']}:{row['code']}" in gold
    ]
    candidates = [Document(row["code"], row["name"]) for row in table("reference/occupations.csv")]
    classes = {document.id: (document.program_code or "")[:4] for document in queries}
    return _task(Task.TITLE_TITLE, queries, candidates, gold, classes)


LABELLED = {
    Task.PROGRAM_OCCUPATION: program_occupation,
    Task.PROGRAM_INDUSTRY: program_industry,
    Task.POSTING_CLASS: posting_class,
    Task.SCOPE_INDUSTRY: scope_industry,
    Task.TITLE_TITLE: title_title,
}


def catalogue() -> tuple[list[Document], list[Document]]:
    """Every program, and every occupation, division and group of industries, with the texts there are."""
    notes: dict[str, str] = {}
    for row in rows("eval/program_texts.jsonl"):
        notes[f"{row['level']}:{row['code']}"] = "\n".join((row["goal"], row["abilities"], row["courses"]))
    for row in rows("eval/occupation_texts.jsonl"):
        notes[row["code"]] = "\n".join((row["definition"], *row["tasks"]))
    for row in rows("eval/industry_texts.jsonl"):
        notes[row["code"]] = row["note"]
    programs = [
        Document(f"{row['level']}:{row['code']}", row["name"], notes.get(f"{row['level']}:{row['code']}", ""))
        for row in table("reference/programs.csv")
    ]
    targets = [*table("reference/occupations.csv")]
    targets += [row for row in table("reference/industries.csv") if row["level"] in {"division", "group"}]
    return programs, [Document(row["code"], row["name"], notes.get(row["code"], "")) for row in targets]


def official_links() -> Gold:
    """Program (level:code) → occupation code → 1, of the official links."""
    gold: Gold = {}
    for row in table("reference/program_occupation.csv"):
        gold.setdefault(f"{row['level']}:{row['program_code']}", {})[row["occupation_code"]] = 1.0
    return gold


def lexicon() -> list[str]:
    """Names of programs, courses, certificates, occupations and industries: the dictionary of the engine."""
    names: set[str] = set()
    for row in table("reference/programs.csv"):
        names |= {row["name"], row["class_name"]}
        for field in ("foundation_courses", "core_courses", "certificates"):
            names.update(row[field].split("|"))
    names.update(row["name"] for row in table("reference/occupations.csv"))
    names.update(row["name"] for row in table("reference/industries.csv"))
    return sorted(names - {""})


def rows(path: str) -> Iterator[dict[str, Any]]:
    with (SHARED / path).open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def table(path: str) -> Iterator[dict[str, str]]:
    with (SHARED / path).open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def _task(
    task: Task, queries: list[Document], candidates: list[Document], gold: Gold, classes: dict[str, str]
) -> LabelledTask:
    """Only answers that a candidate can give count, and only queries that have one."""
    codes = {document.id for document in candidates}
    answerable = {
        document.id: {code: gain for code, gain in gold[document.id].items() if code in codes}
        for document in queries
    }
    kept = [document for document in queries if answerable[document.id]]
    return LabelledTask(task, kept, candidates, {d.id: answerable[d.id] for d in kept}, classes)


def write(labelled: LabelledTask, folder: Path) -> None:
    queries = [
        {"id": d.id, "title": d.title, "text": d.text, "level": d.level, "program_code": d.program_code}
        for d in labelled.queries
    ]
    candidates = [{"code": d.id, "name": d.title, "text": d.text} for d in labelled.candidates]
    gold = [{"query_id": query, "codes": gains} for query, gains in labelled.gold.items()]
    for name, lines in (("queries", queries), ("candidates", candidates), ("gold", gold)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{labelled.task}.{name}.jsonl").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="write the labelled tasks as files for `chanjiao rank`")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the project")
    folder = parser.parse_args().out.resolve()
    if folder.is_relative_to(ROOT):
        parser.error(f"{folder} 在项目目录内：评测文本不得写入项目，请改用项目之外的目录")
    folder.mkdir(parents=True, exist_ok=True)
    for build in LABELLED.values():
        labelled = build()
        write(labelled, folder)
        print(f"{labelled.task}: {len(labelled.queries)} queries, {len(labelled.candidates)} candidates")


if __name__ == "__main__":
    main()
