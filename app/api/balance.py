"""Balance 供需平衡: supply and demand of each program, and the demand nobody trains for."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.access import Permission, require
from app.api.catalogue import ProgramFilters
from app.api.listing import Listing, Model, OfRun, Paging
from app.api.naming import (
    Named,
    ProgramName,
    industries_named,
    industry_name,
    level_name,
    occupation_name,
    program_names,
)
from app.api.openapi import RESULTS, RUN_ID, answers
from app.api.parameters import IndustryCode, LevelCode
from app.api.reader import Reading
from app.models import Balance, UnmetDemand
from app.reference import load_reference

router = APIRouter(tags=[RESULTS], dependencies=[Depends(require(Permission.READ_PUBLICATION))])


class DemandEvidence(Model):
    """A demand record that part of the demand comes from."""

    kind: str = Field(description="forecast 预测、figure 公开数据或 posting 岗位需求")
    source: str
    industries: list[Named]
    occupation_code: str | None
    occupation_name: str | None
    posting_id: str | None
    level: str | None
    level_name: str | None
    heads: float = Field(description="分给该专业的人数 人/年。Heads given to this program.")
    of: float = Field(description="该记录的全部人数 人/年。All heads of the record.")
    fit: float = Field(description="适配度 0–1")
    batch_id: str
    row: int = Field(description="批次中的行号")
    simulated: bool
    staffing: dict[str, float] | None = Field(
        None,
        description="职业由用人结构估计时：share 占该记录的份额，own 其中依据本行业岗位的部分，postings 本行业岗位数。"
        "Where the occupation comes from the staffing pattern.",
    )


class YearItem(Model):
    """Supply and demand of a program in one year."""

    year: int
    demand: float = Field(description="该年需求 人/年。Demand of the year.")
    supply: float = Field(description="该年供给 人/年：该年毕业的一届，没有时为最接近的一届。Graduates.")
    gap: float = Field(description="该年缺口 = 需求 − 供给 人/年。Gap.")
    ratio: float | None = Field(description="该年供需比；没有需求时为空。Supply / demand.")
    known_share: float | None = Field(
        description="供给中确为该年毕业的一届的份额 0–1，其余取自最接近的一届；没有供给时为空。"
        "Share of the supply whose own cohort is known."
    )


class BalanceItem(ProgramName, OfRun):
    """Supply and demand of a program, heads per year."""

    demand_low: float = Field(description="需求低值 人/年")
    demand: float = Field(description="需求 人/年")
    demand_high: float = Field(description="需求高值 人/年")
    supply: float = Field(description="供给 人/年")
    gap: float = Field(description="缺口 = 需求 − 供给 人/年。Gap.")
    gap_p10: float | None = Field(
        description="缺口的 P10 人/年：十次抽样中约一次低于它；早期测算没有时为空。One draw in ten lies below."
    )
    gap_p50: float | None = Field(description="缺口的中位数 P50 人/年。Median of the draws.")
    gap_p90: float | None = Field(description="缺口的 P90 人/年。One draw in ten lies above.")
    growth: float | None = Field(description="需求中的新增 人/年；来源未分开时为空。Growth.")
    replacement: float | None = Field(description="需求中的更替 人/年。Replacement.")
    ratio: float | None = Field(description="供需比 = 供给 / 需求；没有需求时为空。Supply / demand.")
    offerings: int = Field(description="专业点数")
    hhi: float | None = Field(description="布点集中度 HHI 0–1")
    simulated_share: float = Field(ge=0, le=1, description="需求中依据模拟数据的份额 0–1")
    by_year: list[YearItem] = Field(
        description="逐年的供需：规划年与预测中出现的各年，由早到晚；情景与早期测算只有规划年或为空。By year."
    )
    evidence: list[DemandEvidence] = Field(description="份量最大的需求记录。The largest demand records.")


class BalanceFilters(ProgramFilters):
    sort: Literal["-gap", "gap", "-demand", "demand", "-supply", "supply", "-ratio", "ratio"] = Field(
        "-gap", description="排序，“-” 为从大到小；-gap 缺口最大的在前。Minus: largest first."
    )


class UnmetItem(OfRun):
    """Heads of one demand that no program at hand trains for."""

    cell: str = Field(description="需求来源的键。Key of the demand it came from.")
    industry_code: str | None
    industry_name: str | None
    occupation_code: str | None
    occupation_name: str | None
    level: str | None = Field(description="层次代码；不限为空。")
    level_name: str | None
    heads: float = Field(description="需求 人/年")
    unmet: float = Field(description="其中无人培养 人/年。Unmet.")


class UnmetFilters(Paging):
    level: LevelCode | None = None
    industry: IndustryCode | None = Field(None, description="行业，含其下各级。With all below it.")


def balance_item(run: str, row: Balance) -> BalanceItem:
    return BalanceItem(
        run=run,
        simulated=row.simulated_share > 0,
        **program_names(row.level, row.program_code),
        demand_low=row.demand_low,
        demand=row.demand,
        demand_high=row.demand_high,
        supply=row.supply,
        gap=row.gap,
        gap_p10=row.gap_p10,
        gap_p50=row.gap_p50,
        gap_p90=row.gap_p90,
        growth=row.growth,
        replacement=row.replacement,
        ratio=row.ratio,
        offerings=row.offerings,
        hhi=row.hhi,
        simulated_share=row.simulated_share,
        by_year=[YearItem(**each) for each in row.by_year],
        evidence=[_evidence(line) for line in row.evidence],
    )


def _evidence(line: dict[str, Any]) -> DemandEvidence:
    return DemandEvidence(
        kind=line["kind"],
        source=line["source"],
        industries=industries_named(line["industry_codes"]),
        occupation_code=line["occupation_code"],
        occupation_name=occupation_name(line["occupation_code"]),
        posting_id=line["posting_id"],
        level=line["level"],
        level_name=level_name(line["level"]) if line["level"] else None,
        heads=line["heads"],
        of=line["of"],
        fit=line["fit"],
        batch_id=line["batch_id"],
        row=line["row"],
        simulated=line["simulated"],
        staffing=line.get("staffing"),
    )


def _unmet_item(run: str, row: UnmetDemand) -> UnmetItem:
    return UnmetItem(
        run=run,
        simulated=row.simulated,
        cell=row.cell,
        industry_code=row.industry_code,
        industry_name=industry_name(row.industry_code),
        occupation_code=row.occupation_code,
        occupation_name=occupation_name(row.occupation_code),
        level=row.level,
        level_name=level_name(row.level) if row.level else None,
        heads=row.heads,
        unmet=row.unmet,
    )


EXAMPLE = BalanceItem(
    run=RUN_ID,
    simulated=True,
    **program_names("bachelor", "080703"),
    demand_low=420.0,
    demand=560.0,
    demand_high=700.0,
    supply=247.5,
    gap=312.5,
    gap_p10=141.0,
    gap_p50=305.8,
    gap_p90=489.6,
    growth=180.0,
    replacement=240.0,
    ratio=0.442,
    offerings=6,
    hhi=0.21,
    simulated_share=0.6,
    by_year=[
        YearItem(year=2028, demand=560.0, supply=247.5, gap=312.5, ratio=0.442, known_share=0.8),
        YearItem(year=2029, demand=590.0, supply=261.0, gap=329.0, ratio=0.4424, known_share=1.0),
    ],
    evidence=[
        DemandEvidence(
            kind="forecast",
            source="示例预测",
            industries=industries_named(["C39"]),
            occupation_code=None,
            occupation_name=None,
            posting_id=None,
            level="bachelor",
            level_name="普通本科",
            heads=210.0,
            of=900.0,
            fit=0.44,
            batch_id="01939c51-2b1c-7d02-8f0e-0a6f5a3c9e11",
            row=12,
            simulated=True,
        )
    ],
)
UNMET_EXAMPLE = UnmetItem(
    run=RUN_ID,
    simulated=True,
    cell="forecast:C39:bachelor",
    industry_code="C39",
    industry_name=industry_name("C39"),
    occupation_code=None,
    occupation_name=None,
    level="bachelor",
    level_name="普通本科",
    heads=900.0,
    unmet=120.0,
)


@router.get(
    "/balance",
    summary="供需平衡 List balances",
    responses=answers(EXAMPLE, listed=True),
)
def list_balances(reader: Reading, filters: Annotated[BalanceFilters, Query()]) -> Listing[BalanceItem]:
    """每个专业一年的需求、供给、缺口与供需比；按层次、专业类、门类筛选，默认缺口最大的在前。

    Annual demand, supply and gap of each program, largest gap first.
    """
    with reader.published() as published:
        rows = published.balances(
            filters.window,
            level=filters.level,
            programs=filters.keys(),
            order=filters.sort.removeprefix("-"),
            descending=filters.sort.startswith("-"),
        )
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: balance_item(run, row))


@router.get(
    "/balance/unmet",
    summary="无人培养的需求 List unmet demand",
    responses=answers(UNMET_EXAMPLE, listed=True),
)
def list_unmet(reader: Reading, filters: Annotated[UnmetFilters, Query()]) -> Listing[UnmetItem]:
    """现有专业点都不培养的需求，人数多的在前。

    Demand that no program at hand trains for, most heads first.
    """
    industries = load_reference().industries.within(filters.industry) if filters.industry else None
    with reader.published() as published:
        rows = published.unmet(filters.window, level=filters.level, industries=industries)
        run = published.run.id
        return reader.page(run, filters, rows, lambda row: _unmet_item(run, row))
