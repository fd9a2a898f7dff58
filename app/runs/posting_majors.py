"""Postings that name majors 写明专业的岗位: what they ask for, as labels for a text that no longer says so."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.documents import Task
from app.matching.labelled import LabelledPair
from app.matching.posting import majors_in
from app.models import Batch, Posting
from app.reference import Level, load_reference
from app.runs.snapshot import ACCEPTED

POSTING_MAJORS = "posting_majors"
_SENTENCES = re.compile(r"(?<=[。！？；!?;\n])")


def posting_pairs(session: Session) -> list[LabelledPair]:
    """Labels from all accepted postings that name majors of the catalogue, simulated ones left out.

    Each is the posting without its sentences on majors, and the code of a program class it asked for, with gain 1
    and the weight of one label; in order of batch and row.
    """
    rows = session.scalars(
        select(Posting)
        .join(Batch, Batch.id == Posting.batch_id)
        .where(Batch.state == ACCEPTED, Posting.simulated.is_(False))
        .order_by(Posting.batch_id, Posting.row, Posting.id)
        .execution_options(yield_per=2000)
    )
    return [pair for row in rows for pair in labels_of_posting(row.title, row.description, row.level)]


def labels_of_posting(title: str, description: str, level: str | None = None) -> list[LabelledPair]:
    """The labels of one posting; none where it names no major that the catalogue knows."""
    classes = asked_classes(title, description, level)
    if not classes:
        return []
    title, text = without_majors(title), without_majors(description)
    if not title and not text:
        return []
    return [
        LabelledPair(Task.POSTING_CLASS, title, text, None, None, code, 1.0, 1.0, POSTING_MAJORS)
        for code in classes
    ]


def asked_classes(title: str, description: str, level: str | None = None) -> tuple[str, ...]:
    """Codes of the program classes a posting asks for by the names of majors, in its order.

    Bachelor classes, and those of `level` where that is a vocational one. A name is that of a program or a class, or
    begins the names of programs that are all of one class (`通信`); what says less (`电子`, `理工科`) is left out: a
    wrong label costs more than a missing one.
    """
    vocational = level is not None and level not in (Level.BACHELOR, Level.POSTGRADUATE)
    levels = (*([level] if vocational and level else []), Level.BACHELOR.value)
    majors = majors_in(f"{title}\n{description}")
    return tuple(dict.fromkeys(code for name in majors for at in levels for code in _classes(name, at)))


def _classes(name: str, level: str) -> list[str]:
    programs = load_reference().programs
    exact = [program.class_code for program in programs.named(name, level)]
    exact += [code for _, code in programs.class_named(f"{name.removesuffix('类')}类", level)]
    if exact:
        return exact
    begun = {program.class_code for program in programs.of_level(level) if program.name.startswith(name)}
    return [*begun] if len(begun) == 1 else []


def without_majors(text: str) -> str:
    """The text without every sentence that speaks of 专业 or in which a major is read."""
    return "".join(
        sentence for sentence in _SENTENCES.split(text) if "专业" not in sentence and not majors_in(sentence)
    ).strip()
