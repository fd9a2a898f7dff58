"""The thesaurus: words of the trade compiled by the project, as packaged in app/data/thesaurus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from app.matching.documents import Task
from app.matching.knowledge import Knowledge
from app.matching.majors import Majors
from app.matching.normalise import normalise
from app.reference import Reference, load_reference
from app.reference.codes import vocational_family


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """`titles`: names of one job; `concepts`: interchangeable parts of job titles; `duties`: phrases and the classes
    (code → weight 1–10) of bachelor programs they ask for; `majors`: what postings call the majors they want;
    `class_texts`: class → its name and those of its programs; `title_classes`: per group of titles the classes asked for;
    `families`: class of vocational programs → nearest classes of bachelor programs, 0–1; `class_words`,
    `division_words`: words of texts that ask for a class and of scopes of a division; `knowledge`: what of this the
    engine is told, and where graduates go to work.
    """

    titles: tuple[tuple[str, ...], ...]
    concepts: tuple[tuple[str, ...], ...]
    duties: tuple[tuple[tuple[str, ...], Mapping[str, float]], ...]
    majors: Majors
    class_texts: Mapping[str, str]
    title_classes: tuple[Mapping[str, float], ...]
    class_words: Mapping[str, str]
    division_words: Mapping[str, str]
    families: Mapping[str, Mapping[str, float]]
    knowledge: Knowledge


@lru_cache(maxsize=1)
def load_thesaurus() -> Thesaurus:
    reference = load_reference()
    programs = reference.programs
    duties = tuple(_phrases(line, ",") for line in _table("duties.tsv"))
    class_words = dict(_pair(line) for line in _lines("class_words.tsv"))
    division_words = dict(_pair(line) for line in _lines("division_words.tsv"))
    books = {
        Task.POSTING_CLASS: class_words,
        Task.DUTY_CLASS: class_words,
        Task.SCOPE_INDUSTRY: division_words,
    }
    classes = {code: name for code, name in programs.classes("bachelor").items() if code}
    named = [(p.name, p.class_code) for code in classes for p in programs.of_class("bachelor", code)]
    return Thesaurus(
        titles=tuple(tuple(line.split("|")) for line in _lines("titles.txt")),
        concepts=tuple(tuple(line.split("|")) for line in _lines("concepts.txt")),
        duties=duties,
        majors=Majors(classes, named, reference.everyday_majors),
        class_texts={
            code: " ".join([name, *(p.name for p in programs.of_class("bachelor", code))])
            for code, name in classes.items()
        },
        title_classes=tuple(_weights(classes, ",") for _, classes in map(_pair, _lines("title_classes.tsv"))),
        class_words=class_words,
        division_words=division_words,
        families={code: _weights(classes, ",") for code, classes in map(_pair, _table("families.tsv"))},
        knowledge=Knowledge(
            duties,
            {code: _weights(shares, ",") for code, shares in map(_pair, _table("destinations.tsv"))},
            tuple(_phrases(line, ",") for line in _table("name_destinations.tsv")),
            _class_names(reference),
            _everyday_industries(reference),
            books,
        ),
    )


def _class_names(reference: Reference) -> dict[str, str]:
    """Normalised names of programs and classes → class; the bachelor's where several levels use a name."""
    found: dict[str, str] = {}
    for level in ("bachelor", "vocational_bachelor", "higher_vocational", "secondary_vocational"):
        for code, name in reference.programs.classes(level).items():
            if code:
                family = code if level == "bachelor" else vocational_family(code)
                found.setdefault(normalise(name).strip(), family)
                for program in reference.programs.of_class(level, code):
                    found.setdefault(normalise(program.name).strip(), family)
    return found


def _everyday_industries(reference: Reference) -> dict[str, dict[str, float]]:
    """Industry code → everyday names it belongs to, with the share of the name that falls to it: a name is divided
    equally over its codes, what is below a code has as much as the code itself, and what is above the sum of its parts.
    """
    found: dict[str, dict[str, float]] = {}
    for name, listed in map(_pair, _table("everyday_industries.tsv")):
        codes = listed.split(" ")
        for code in codes:
            for below in (reference.industries.get(code), *reference.industries.descendants(code)):
                found.setdefault(below.code, {})[name] = 1.0 / len(codes)
            above = reference.industries.get(code).parent_code
            while above:
                parts = found.setdefault(above, {})
                parts[name] = parts.get(name, 0.0) + 1.0 / len(codes)
                above = reference.industries.get(above).parent_code
    return found


def _lines(name: str) -> Iterator[str]:
    text = (files("app.data") / "thesaurus" / name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _table(name: str) -> Iterator[str]:
    lines = _lines(name)
    next(lines)
    return lines


def _pair(line: str) -> tuple[str, str]:
    code, names = line.split("\t")
    return code, names


def _phrases(line: str, separator: str) -> tuple[tuple[str, ...], dict[str, float]]:
    phrases, weights = _pair(line)
    return tuple(phrases.split("|")), _weights(weights, separator)


def _weights(listed: str, separator: str) -> dict[str, float]:
    """`name weight` pairs, separated."""
    return {
        name: float(weight)
        for name, weight in (entry.rsplit(" ", 1) for entry in listed.split(separator) if entry)
    }
