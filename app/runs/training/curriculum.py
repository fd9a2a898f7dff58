"""What the space of meanings is learned from: texts that belong together, of every kind there is."""

import json
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.documents import Document, Task
from app.matching.learning.towers import Pairs
from app.reference import Reference
from app.runs.thesaurus import Thesaurus
from app.runs.training.corpus import Corpus
from app.runs.training.labelled import SENTENCES, LabelledTask, beginning, rows

Indices = NDArray[np.int64]
_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_PERKS = re.compile(r"[\-_/—|].{0,8}(双休|五险|高薪|包吃|急招).*")
_WORDS_TOGETHER = 6
"""So many words of a list stand together as a text."""
_SHARE_STEP = 8.0
"""So many per cent of the graduates of a program count as one more pair."""


@dataclass(slots=True)
class Source:
    """Pairs of one kind. `query` (n,) is the labelled query a pair was made from, -1 where from none."""

    name: str
    weight: float
    left: Indices
    right: Indices
    same: Indices | None = None
    task: Task | None = None
    query: Indices | None = None

    def without(self, held: Mapping[Task, NDArray[np.bool_]]) -> Pairs | None:
        """The pairs that were made from none of the queries that are `held` back; None if there is none."""
        kept = np.ones(len(self.left), dtype=bool)
        if self.task is not None and self.task in held and self.query is not None:
            kept = ~((self.query >= 0) & held[self.task][self.query])
        if not kept.any():
            return None
        same = None if self.same is None else self.same[kept]
        return Pairs(self.name, self.left[kept], self.right[kept], self.weight, same)


@dataclass(slots=True)
class Curriculum:
    """The corpus and the sources of pairs of a training folder; `named`: postings that name majors, with their classes."""

    corpus: Corpus = field(default_factory=Corpus)
    sources: list[Source] = field(default_factory=list)
    named: list[tuple[Document, dict[str, float]]] = field(default_factory=list)

    def pairs(self, held: Mapping[Task, NDArray[np.bool_]]) -> list[Pairs]:
        return [pairs for source in self.sources if (pairs := source.without(held))]

    def add(
        self,
        name: str,
        weight: float,
        left: Indices,
        right: Indices,
        *,
        same: Sequence[Any] | None = None,
        task: Task | None = None,
        query: Sequence[int] | None = None,
    ) -> None:
        numbers: dict[Any, int] = {}
        groups = None if same is None else np.array([numbers.setdefault(s, len(numbers)) for s in same])
        owners = None if query is None else np.asarray(query, dtype=np.int64)
        if len(left):
            self.sources.append(Source(name, weight, left, right, groups, task, owners))


def curriculum(
    folder: Path, reference: Reference, thesaurus: Thesaurus, tasks: Mapping[Task, LabelledTask]
) -> Curriculum:
    """Everything in the folder, the reference tables and the thesaurus that says what belongs together."""
    lessons = Curriculum()
    _catalogues(lessons, folder, reference)
    _words_of_the_trade(lessons, reference, thesaurus, tasks)
    _postings(lessons, folder, tasks[Task.POSTING_CLASS], thesaurus)
    _labels(lessons, folder, reference, thesaurus, tasks)
    return lessons


def plain_title(title: str) -> str:
    """The title of a posting without brackets and perks."""
    return _PERKS.sub("", _BRACKETS.sub(" ", title)).strip() or title


def _catalogues(lessons: Curriculum, folder: Path, reference: Reference) -> None:
    titles, texts, add = lessons.corpus.titles, lessons.corpus.texts, lessons.add
    programs = list(rows(folder / "program_texts.jsonl"))
    names, goals = titles(p["name"] for p in programs), texts(p["goal"] for p in programs)
    abilities, courses = texts(p["abilities"] for p in programs), texts(p["courses"] for p in programs)
    for name, part in (("goal", goals), ("abilities", abilities), ("courses", courses)):
        add(f"program {name}", 0.35, names, part)
    add("goal courses", 0.3, goals, courses, same=names.tolist())
    add("goal abilities", 0.2, goals, abilities, same=names.tolist())
    certified = [i for i, p in enumerate(programs) if len(p["certificates"]) > 3]
    certificates = texts(programs[i]["certificates"] for i in certified)
    add("certificates goal", 0.2, certificates, goals[certified], same=names[certified].tolist())

    occupations = list(rows(folder / "occupation_texts.jsonl"))
    jobs = titles(o["name"] for o in occupations)
    add("occupation", 0.7, jobs, texts("\n".join([o["definition"], *o["tasks"]]) for o in occupations))
    duties = [(i, duty) for i, o in enumerate(occupations) for duty in o["tasks"] if len(duty) > 5]
    add("occupation task", 0.5, texts(duty for _, duty in duties), jobs[[i for i, _ in duties]])

    industries = list(rows(folder / "industry_texts.jsonl"))
    notes = {i["code"]: i["note"] for i in industries}
    noted = [i for i in industries if len(i["note"]) > 8]
    add("industry", 0.7, titles(i["name"] for i in noted), texts(i["note"] for i in noted))
    below = [i for i in reference.industries if i.parent_code]
    above = [reference.industries.get(i.parent_code).name for i in below]
    add("industry above", 0.2, titles(i.name for i in below), titles(above))
    deep = [(i, name) for i, name in zip(below, above, strict=True) if notes.get(i.code)]
    add("industry note above", 0.4, texts(notes[i.code] for i, _ in deep), titles(name for _, name in deep))
    products = [
        t
        for t in reference.policy_tags
        if (t.key_products or t.category_path) and reference.industries.find(t.industry_code)
    ]
    add(
        "policy tag",
        0.4,
        titles((t.key_products or t.category_path)[:300] for t in products),
        titles(reference.industries.get(t.industry_code).name for t in products),
    )
    _program_names(lessons, reference)


def _program_names(lessons: Curriculum, reference: Reference) -> None:
    titles, add = lessons.corpus.titles, lessons.add
    classed = [p for p in reference.programs if p.class_name]
    add("class", 0.5, titles(p.name for p in classed), titles(p.class_name for p in classed))
    continued = [(p.name, n) for p in reference.programs for n in p.continues_to]
    add("continuation", 0.3, titles(a for a, _ in continued), titles(b for _, b in continued))
    taught = [
        (course, p.name)
        for p in reference.programs
        for course in (*p.core_courses, *p.foundation_courses)
        if 2 <= len(course) < 20
    ]
    add("course", 0.3, titles(a for a, _ in taught), titles(b for _, b in taught))


def _words_of_the_trade(
    lessons: Curriculum, reference: Reference, thesaurus: Thesaurus, tasks: Mapping[Task, LabelledTask]
) -> None:
    titles, add = lessons.corpus.titles, lessons.add
    first = {d.title: i for i, d in reversed(list(enumerate(tasks[Task.TITLE_TITLE].queries)))}
    for name, weight, groups in (("titles", 1.2, thesaurus.titles), ("concepts", 0.4, thesaurus.concepts)):
        pairs = [(a, b, g) for g, group in enumerate(groups) for a in group for b in group if a != b]
        add(
            name,
            weight,
            titles(a for a, _, _ in pairs),
            titles(b for _, b, _ in pairs),
            same=[g for *_, g in pairs],
            task=Task.TITLE_TITLE if groups is thesaurus.titles else None,
            query=[first[group[0]] if (group := groups[g]) else -1 for *_, g in pairs]
            if groups is thesaurus.titles
            else None,
        )
    names = thesaurus.class_texts
    asked = [
        (title, names[code])
        for same, classes in zip(thesaurus.titles, thesaurus.title_classes, strict=True)
        for code, weight in classes.items()
        if weight >= 4
        for title in same
    ]
    add("title class", 0.5, titles(t for t, _ in asked), titles(n for _, n in asked))
    for name, books, texts in (
        ("class words", thesaurus.class_words, names),
        ("division words", thesaurus.division_words, division_texts(reference)),
    ):
        pieces = [
            (" ".join(words[at : at + _WORDS_TOGETHER]), texts[code])
            for code, words in ((c, listed.split(" ")) for c, listed in books.items())
            for at in range(0, len(words), _WORDS_TOGETHER)
        ]
        add(name, 0.4, titles(a for a, _ in pieces), titles(b for _, b in pieces))
    spoken = [
        (p, c) for phrases, classes in thesaurus.duties for c, w in classes.items() if w >= 4 for p in phrases
    ]
    add("duty", 0.5, titles(p for p, _ in spoken), titles(names[c] for _, c in spoken))


def _postings(lessons: Curriculum, folder: Path, labelled: LabelledTask, thesaurus: Thesaurus) -> None:
    corpus, add = lessons.corpus, lessons.add
    number = {document.id: i for i, document in enumerate(labelled.queries)}
    begins = {beginning(document.text): i for i, document in enumerate(labelled.queries)}
    postings = list(_unlabelled(folder))
    owners = [number.get(p["id"], begins.get(beginning(p["text"]), -1)) for p in postings]
    names = corpus.titles(plain_title(p["title"]) for p in postings)
    bodies = corpus.texts((p["text"] for p in postings), posted=True)
    add("posting", 2.0, names, bodies, task=labelled.task, query=owners)
    random = np.random.default_rng(5)
    said: list[tuple[int, str]] = []
    for i in random.permutation(len(postings))[:16_000]:
        found = [s for s in SENTENCES.split(postings[i]["text"]) if _tells(s)]
        said += [(int(i), str(s)) for s in random.permutation(found)[:2]] if found else []
    at = [i for i, _ in said]
    sentences = corpus.texts((s for _, s in said), posted=True)
    add("posting sentence", 0.5, sentences, names[at], task=labelled.task, query=[owners[i] for i in at])
    _named_majors(lessons, postings, owners, thesaurus)


def _tells(sentence: str) -> bool:
    return 12 <= len(sentence) <= 80 and "专业" not in sentence and "学历" not in sentence


def _named_majors(
    lessons: Curriculum,
    postings: list[dict[str, Any]],
    owners: list[int],
    thesaurus: Thesaurus,
) -> None:
    """Postings beyond the labelled ones that name majors, without the sentences that do."""
    corpus = lessons.corpus
    met: set[str] = set()
    for posting, owner in zip(postings, owners, strict=True):
        if owner >= 0:
            continue
        classes, rest = thesaurus.majors.asked(posting["text"])
        if classes and len(rest) > 40 and (start := beginning(rest)) not in met:
            met.add(start)
            document = Document(f"named:{posting['id']}", plain_title(posting["title"]), rest)
            lessons.named.append((document, dict.fromkeys(sorted(classes), 1.0)))
    names = thesaurus.class_texts
    found = [(document, code) for document, classes in lessons.named for code in classes]
    classes_ = corpus.titles(names[code] for _, code in found)
    lessons.add("major text", 0.7, corpus.texts((d.text for d, _ in found), posted=True), classes_)
    lessons.add("major title", 0.4, corpus.titles(d.title for d, _ in found), classes_)


def _labels(
    lessons: Curriculum,
    folder: Path,
    reference: Reference,
    thesaurus: Thesaurus,
    tasks: Mapping[Task, LabelledTask],
) -> None:
    corpus, add = lessons.corpus, lessons.add
    linked = tasks[Task.PROGRAM_OCCUPATION]
    jobs = {d.id: d for d in linked.candidates}
    edges = [(i, code) for i, d in enumerate(linked.queries) for code in linked.gold[d.id]]
    parts = {f"{p['level']}:{p['code']}": p for p in rows(folder / "program_texts.jsonl")}
    query = [i for i, _ in edges]
    texts = corpus.texts(jobs[code].text for _, code in edges)
    for name, weight in (("goal", 0.5), ("abilities", 0.5), ("courses", 0.4)):
        own = corpus.texts(parts[linked.queries[i].id][name] for i, _ in edges)
        add(f"{name} occupation", weight, own, texts, task=linked.task, query=query)
    names = corpus.titles(jobs[code].title for _, code in edges)
    goals = corpus.texts(parts[linked.queries[i].id]["goal"] for i, _ in edges)
    add("goal job", 0.4, goals, names, task=linked.task, query=query)
    programs = corpus.titles(linked.queries[i].title for i, _ in edges)
    add("program job", 0.5, programs, names, task=linked.task, query=query)

    posted = tasks[Task.POSTING_CLASS]
    classes = thesaurus.class_texts
    edges = [(i, code) for i, d in enumerate(posted.queries) for code in posted.gold[d.id]]
    query = [i for i, _ in edges]
    names = corpus.titles(classes[code] for _, code in edges)
    bodies = corpus.texts((posted.queries[i].text for i, _ in edges), posted=True)
    add("posting class", 1.5, bodies, names, task=posted.task, query=query)
    titles = corpus.titles(plain_title(posted.queries[i].title) for i, _ in edges)
    add("posting title class", 0.7, titles, names, task=posted.task, query=query)
    said = [
        (i, s, code)
        for i, d in enumerate(posted.queries)
        for s in SENTENCES.split(d.text)
        if 10 <= len(s) <= 60
        for code in posted.gold[d.id]
    ]
    said = [said[i] for i in np.random.default_rng(6).permutation(len(said))[:15_000]]
    sentences = corpus.texts((s for _, s, _ in said), posted=True)
    names = corpus.titles(classes[code] for *_, code in said)
    add("sentence class", 0.8, sentences, names, task=posted.task, query=[i for i, *_ in said])

    scoped = tasks[Task.SCOPE_INDUSTRY]
    divisions = division_texts(reference)
    edges = [(i, code) for i, d in enumerate(scoped.queries) for code in scoped.gold[d.id]]
    add(
        "scope division",
        1.5,
        corpus.texts(scoped.queries[i].text for i, _ in edges),
        corpus.titles(divisions[code] for _, code in edges),
        task=scoped.task,
        query=[i for i, _ in edges],
    )
    shared = tasks[Task.PROGRAM_INDUSTRY]
    worked = [
        (i, name)
        for i, d in enumerate(shared.queries)
        for name, share in shared.gold[d.id].items()
        for _ in range(int(np.ceil(share / _SHARE_STEP)))
    ]
    add(
        "program industry",
        0.5,
        corpus.titles(shared.queries[i].title for i, _ in worked),
        corpus.titles(name for _, name in worked),
        task=shared.task,
        query=[i for i, _ in worked],
    )


def division_texts(reference: Reference) -> dict[str, str]:
    """Division → its name and those of what is below it."""
    industries = reference.industries
    return {
        d.code: " ".join([d.name, *(below.name for below in industries.descendants(d.code))])
        for d in industries.at_level("division")
    }


def _unlabelled(folder: Path) -> Iterator[dict[str, Any]]:
    """The postings without labels, packed or not; none where there is no such file."""
    packed, plain = folder / "postings_unlabelled.jsonl.xz", folder / "postings_unlabelled.jsonl"
    if packed.is_file():
        with lzma.open(packed, "rt", encoding="utf-8") as stream:
            yield from (posting for posting in map(json.loads, stream) if posting["text"])
    elif plain.is_file():
        yield from (posting for posting in rows(plain) if posting["text"])


def held_back(
    tasks: Iterable[LabelledTask], folds: Mapping[Task, Indices], fold: int
) -> dict[Task, NDArray[np.bool_]]:
    """Per task which queries are in `fold`, (queries,); none for a fold that does not exist."""
    return {labelled.task: folds[labelled.task] == fold for labelled in tasks}
