"""What the matching reads of each thing: reference facts, enriched by the texts users brought."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.matching.documents import Document
from app.reference import Reference
from app.reference.industries import Industry
from app.reference.occupations import Occupation
from app.reference.programs import Program
from app.runs.snapshot import PostingText, ProfileText, Snapshot

Texts = Mapping[tuple[str, str, str], str]
"""(subject, level or '', code) → text."""

FIT_INDUSTRY_LEVELS = ("division", "group")


def texts_by_key(texts: Iterable[ProfileText]) -> Texts:
    """The texts by what they describe; a later batch replaces an earlier one."""
    return {(text.subject, text.level, text.code): text.text for text in texts}


def program_document(program: Program, texts: Texts) -> Document:
    parts = (
        program.class_name,
        *program.core_courses,
        *program.foundation_courses,
        *program.certificates,
        texts.get(("program", program.level.value, program.code), ""),
    )
    return Document(
        id=f"{program.level.value}:{program.code}",
        title=program.name,
        text="，".join(part for part in parts if part),
        level=program.level.value,
        program_code=program.code,
    )


def class_documents(reference: Reference) -> list[Document]:
    """The classes of bachelor programs, described by the names of their programs."""
    programs = reference.programs
    return [
        Document(code, name, "、".join(program.name for program in programs.of_class("bachelor", code)))
        for code, name in programs.classes("bachelor").items()
        if code
    ]


def industry_document(industry: Industry, reference: Reference, texts: Texts) -> Document:
    """An industry with what it contains: the names below it and the products the policy tags name."""
    below = [item.name for item in reference.industries.descendants(industry.code)]
    codes = reference.industries.within(industry.code)
    products = [
        tag.key_products
        for code in sorted(codes)
        for tag in reference.policy_tags.of_industry(code)
        if tag.key_products
    ]
    note = texts.get(("industry", "", industry.code), "")
    return Document(id=industry.code, title=industry.name, text="，".join([*below, *products, note]))


def occupation_document(occupation: Occupation, texts: Texts) -> Document:
    note = texts.get(("occupation", "", occupation.code), "")
    return Document(id=occupation.code, title=occupation.name, text="，".join([occupation.minor_name, note]))


def posting_document(posting: PostingText) -> Document:
    return Document(
        id=posting.id,
        title=posting.title,
        text=posting.description,
        level=posting.level,
        region=posting.region,
    )


def program_documents(reference: Reference, texts: Texts) -> list[Document]:
    return [program_document(program, texts) for program in reference.programs]


def occupation_documents(reference: Reference, texts: Texts) -> list[Document]:
    return [occupation_document(occupation, texts) for occupation in reference.occupations]


def industry_documents(reference: Reference, texts: Texts) -> list[Document]:
    """Divisions and groups: the two levels of GB/T 4754 at which fits are computed."""
    return [
        industry_document(industry, reference, texts)
        for level in FIT_INDUSTRY_LEVELS
        for industry in reference.industries.at_level(level)
    ]


@dataclass(frozen=True, slots=True)
class RunDocuments:
    """Everything a run matches, each kind in a fixed order."""

    programs: list[Document]
    industries: list[Document]
    occupations: list[Document]
    postings: list[Document]


def run_documents(snapshot: Snapshot, reference: Reference) -> RunDocuments:
    texts = texts_by_key(snapshot.texts)
    return RunDocuments(
        programs=program_documents(reference, texts),
        industries=industry_documents(reference, texts),
        occupations=occupation_documents(reference, texts),
        postings=[posting_document(text) for text in snapshot.posting_texts],
    )


def lexicon(reference: Reference) -> list[str]:
    """Names of the reference tables, for the dictionary of the word segmenter."""
    names: list[str] = []
    for program in reference.programs:
        names += [program.name, program.class_name, *program.core_courses, *program.foundation_courses]
        names += program.certificates
    names += [occupation.name for occupation in reference.occupations]
    names += [industry.name for industry in reference.industries]
    return sorted({name for name in names if name})
