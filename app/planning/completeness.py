"""Completeness 资料是否齐全: what a run cannot say because nothing was brought for it, each with the records it concerns."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.planning.cells import DemandCell
from app.planning.supply import OfferingSupply
from app.planning.warning import Warning
from app.reference.levels import Level

_NAMED = 5
"""Records named in the text; all of them are in `records`."""
_LABELS = {level.value: level.label for level in Level}


def completeness(offerings: Sequence[OfferingSupply], cells: Sequence[DemandCell]) -> tuple[Warning, ...]:
    """Warnings on what is missing altogether. A run over such inputs is valid, but says less than it seems to."""
    return (*_supply(offerings), *_demand(cells), *_levels(offerings, cells))


def _supply(offerings: Sequence[OfferingSupply]) -> Iterator[Warning]:
    enrolling = [offering for offering in offerings if offering.seats > 0]
    if not enrolling:
        yield Warning("no_supply", "没有任何招生计划数：需求全部记为未满足，不提出调整建议")
    elif len(schools := sorted({offering.school_code for offering in offerings})) == 1:
        yield Warning(
            "one_school",
            f"只有一所院校（{schools[0]}）有专业：设点数、集中度等指标只说明这一所",
            (schools[0],),
        )
    without = [offering for offering in offerings if offering.seats <= 0]
    if without:
        names = [f"{offering.school_code} {offering.program_code}" for offering in without]
        yield Warning(
            "program_without_enrolment",
            f"{len(without)} 个专业点没有招生计划数，规模未知，不作调整：{_some(names)}",
            tuple(names),
        )


def _demand(cells: Sequence[DemandCell]) -> Iterator[Warning]:
    if not any(cell.central > 0 for cell in cells):
        batches = tuple(sorted({cell.batch_id for cell in cells}))
        yield Warning("no_demand", "没有任何可用的需求记录：没有数据不等于没有需求，各专业暂予保持", batches)


def _levels(offerings: Sequence[OfferingSupply], cells: Sequence[DemandCell]) -> Iterator[Warning]:
    """A level is answered by the same or the next higher rank, as `level_compatibility` counts it."""
    ranks = {Level(offering.level).rank for offering in offerings if offering.seats > 0}
    asked: dict[str, list[DemandCell]] = defaultdict(list)
    for cell in cells:
        if cell.level is not None and cell.central > 0:
            asked[cell.level].append(cell)
    for level, found in sorted(asked.items()):
        if ranks and not ranks & {Level(level).rank, Level(level).rank + 1}:
            names = [f"批次 {cell.batch_id} 第 {cell.row} 行" for cell in found]
            heads = sum(cell.central for cell in found)
            yield Warning(
                "level_not_taught",
                f"{_LABELS[level]}没有任何院校培养，{len(found)} 条需求（共 {heads:.0f} 人/年）全部未满足：{_some(names)}",
                tuple(dict.fromkeys(cell.batch_id for cell in found)),
            )


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + (" 等" if len(names) > _NAMED else "")
