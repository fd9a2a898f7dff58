"""Simulated outcomes of offerings: seeded rates around plausible means of level and program class.

Orders of magnitude follow what is published nation-wide for graduates: nine in ten with a destination, seven
in ten in the field they studied. No figure is that of the school it stands at. A few offerings are given two
poor years on purpose, so that the rules on weak offerings have something to find.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from demo_data.catalogue import Program

YEARS = (2024, 2025)
POOR_CLASSES = (
    *(
        "工商管理类",
        "公共管理类",
        "外国语言文学类",
        "经济与贸易类",
        "新闻传播学类",
        "旅游管理类",
        "电子商务类",
    ),
    *("财务会计类", "经济贸易类", "物流类", "旅游类"),
)
POOR_OFFERINGS = 26
PROTECTED_CLASSES = ("护理学类", "护理类", "健康管理与促进类", "公共服务类", "医学技术类")
POOR_PROTECTED_OFFERINGS = 3
UNKNOWN_SHARE = 0.04
"""Share of matched rates left unknown, as surveys do not reach everyone."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Means, each 0-1."""

    registration: float
    completion: float
    destination: float
    matched: float
    retention: float


LEVEL_MEANS = {
    "higher_vocational": Rates(0.935, 0.955, 0.950, 0.66, 0.76),
    "vocational_bachelor": Rates(0.965, 0.965, 0.950, 0.74, 0.74),
    "bachelor": Rates(0.985, 0.970, 0.930, 0.72, 0.70),
}
CLASS_SHIFTS: dict[str, tuple[float, float]] = {
    "计算机类": (0.015, 0.08),
    "电子信息类": (0.02, 0.08),
    "电气类": (0.03, 0.1),
    "自动化类": (0.02, 0.06),
    "集成电路类": (0.025, 0.08),
    "护理学类": (0.04, 0.2),
    "临床医学类": (0.01, 0.22),
    "中医学类": (0.0, 0.18),
    "医学技术类": (0.03, 0.17),
    "药学类": (0.02, 0.1),
    "交通运输类": (0.02, 0.1),
    "海洋工程类": (0.02, 0.06),
    "航空运输类": (0.02, 0.08),
    "教育学类": (0.0, 0.1),
    "法学类": (-0.04, -0.02),
    "工商管理类": (-0.03, -0.12),
    "公共管理类": (-0.04, -0.16),
    "外国语言文学类": (-0.03, -0.14),
    "经济学类": (-0.02, -0.1),
    "金融学类": (-0.02, -0.06),
    "经济与贸易类": (-0.03, -0.13),
    "新闻传播学类": (-0.03, -0.1),
    "旅游管理类": (-0.04, -0.2),
    "哲学类": (-0.03, -0.2),
    "历史学类": (-0.02, -0.15),
    "生物科学类": (-0.01, -0.12),
    "财务会计类": (-0.02, -0.05),
    "经济贸易类": (-0.03, -0.1),
    "电子商务类": (-0.02, -0.08),
}
"""Program class → shift of the destination and of the matched rate."""


def outcomes(offerings: Iterable[tuple[str, Program]]) -> Iterator[dict[str, str | int | float]]:
    """Two years of rates for each (school code, program), in the order given."""
    listed = list(offerings)
    poor = lowest_by_digest(listed, POOR_CLASSES, POOR_OFFERINGS)
    poor |= lowest_by_digest(listed, PROTECTED_CLASSES, POOR_PROTECTED_OFFERINGS)
    for school, program in listed:
        identity = offering_id(school, program)
        chance = random.Random(identity)  # noqa: S311 (a seed, not a secret)
        character = {name: normal(chance) for name in ("destination", "matched", "retention")}
        mean = LEVEL_MEANS[program.level]
        destination_shift, matched_shift = CLASS_SHIFTS.get(program.class_name, (0.0, 0.0))
        if identity in poor:
            destination_shift, matched_shift = -0.27, -0.34
        for year in YEARS:
            destination = mean.destination + destination_shift + 0.018 * character["destination"]
            matched = mean.matched + matched_shift + 0.06 * character["matched"]
            retention = mean.retention + 0.07 * character["retention"]
            known = chance.random() >= UNKNOWN_SHARE
            yield {
                "school_code": school,
                "level": program.level,
                "program_code": program.code,
                "year": year,
                "registration_rate": rate(mean.registration + 0.012 * normal(chance)),
                "completion_rate": rate(mean.completion + 0.012 * normal(chance)),
                "destination_rate": rate(destination + 0.01 * normal(chance)),
                "matched_rate": rate(matched + 0.025 * normal(chance)) if known else "",
                "retention_rate": rate(retention + 0.02 * normal(chance)),
                "simulated": 1,
            }


def offering_id(school: str, program: Program) -> str:
    return f"{school}/{program.level}/{program.code}"


def lowest_by_digest(offerings: list[tuple[str, Program]], classes: tuple[str, ...], number: int) -> set[str]:
    """A fixed choice that owes nothing to opinions of a school: the smallest SHA-256 digests."""
    eligible = [
        offering_id(school, program) for school, program in offerings if program.class_name in classes
    ]
    return set(sorted(eligible, key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:number])


def normal(chance: random.Random) -> float:
    """A nearly normal deviate from `random()` alone, whose sequence Python keeps from version to version."""
    return sum(chance.random() for _ in range(12)) - 6


def rate(value: float) -> float:
    """Within 0.05-0.999, three digits."""
    return round(min(max(value, 0.05), 0.999), 3)
