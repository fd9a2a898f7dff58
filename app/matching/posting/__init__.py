"""What a posting states: education, heads, experience, salary, certificates, majors, district."""

from dataclasses import dataclass

from app.matching.personal import mask_personal
from app.matching.posting.certificates import read_certificates
from app.matching.posting.clauses import lines_of
from app.matching.posting.district import read_district
from app.matching.posting.education import Education, read_education
from app.matching.posting.experience import read_experience
from app.matching.posting.heads import read_heads
from app.matching.posting.majors import read_majors
from app.matching.posting.salary import Period, Salary, read_salary

__all__ = ["Education", "Period", "PostingFacts", "Salary", "majors_in", "mask_personal", "understand"]

LONGEST = 100_000
"""Characters of a description that are read."""


@dataclass(frozen=True, slots=True)
class PostingFacts:
    """Facts read from the text of a posting; None and empty where it does not say.

    `education`: the lowest that will do; 不限 is stated, None is not. `heads_low` and `heads_high`: people 人 asked for,
    the upper None where only a lower bound is given; both None with `heads_stated` for 若干. `experience_years`: least
    years asked, 0 where none is (经验不限, 应届); `experience_most`: upper end of a closed range. `salary`: 元 per month.
    `district_code`: of Shanghai's districts, where the work is.
    """

    education: Education | None
    heads_low: int | None
    heads_high: int | None
    heads_stated: bool
    experience_years: float | None
    experience_most: float | None
    salary: Salary | None
    certificates: tuple[str, ...]
    majors: tuple[str, ...]
    district_code: str | None


def understand(title: str, description: str) -> PostingFacts:
    """Read the facts a posting states. What it does not say stays None or empty; nothing is guessed.

    Any text is read to something, in time linear in its length (the first 100,000 characters count).
    """
    lines = lines_of(title, description[:LONGEST])
    heads = read_heads(lines)
    experience = read_experience(lines)
    return PostingFacts(
        education=read_education(lines),
        heads_low=heads.low if heads else None,
        heads_high=heads.high if heads else None,
        heads_stated=heads is not None,
        experience_years=experience.least if experience else None,
        experience_most=experience.most if experience else None,
        salary=read_salary(lines),
        certificates=read_certificates(lines),
        majors=read_majors(lines),
        district_code=read_district(lines),
    )


def majors_in(text: str) -> tuple[str, ...]:
    """Only the majors that a text names."""
    return read_majors(lines_of("", text[:LONGEST]))
