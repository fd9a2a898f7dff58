"""Builds the packaged demonstration data set, byte for byte the same each time.

    python scripts/build_demo_data.py [--shared ../shared] [--out app/data/demo]

Facts are carried from the folder of shared inputs; what is simulated comes from `scripts/demo_data`. See
docs/demo-data.md for what each file holds.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo_data.campuses import campuses
from demo_data.catalogue import Catalogue, Program, load_catalogue, read_csv
from demo_data.forecasts import forecasts
from demo_data.outcomes import outcomes
from demo_data.plans import PlanFile, offerings, plan_2025, plan_multi_year
from demo_data.postings import postings
from demo_data.registers import registers

ROOT = Path(__file__).resolve().parents[1]
FACTS = "公开发布的事实与数字，不含原文说明文字；引用请注明来源"
OWN = "本项目自拟的模拟数据，随项目许可使用；不得当作真实数据引用"
REGISTERS = (
    *("产教融合型企业信息储备库", "产教融合型企业的投入", "实训基地", "双师型教师", "培训服务"),
    *("职教集团与联盟", "创新平台", "产教融合项目", "行业动态"),
)
"""What each register holds, in the order of demo_data.registers."""
HEADER = "# 演示数据清单，由 scripts/build_demo_data.py 生成，请勿手改。按顺序导入。\n"


@dataclass(frozen=True, slots=True)
class DemoFile:
    name: str
    kind: str
    source: str
    simulated: bool
    """Of the file as a whole; a column `simulated` in its rows decides row by row."""
    licence: str
    note: str
    rows: list[dict[str, Any]]


def build(shared: Path) -> tuple[list[DemoFile], dict[str, Counter[str]]]:
    """All files in the order of loading, and per plan file what was left out and why."""
    catalogue = load_catalogue(shared)
    recent, several_years = plan_2025(shared, catalogue), plan_multi_year(shared, catalogue)
    register = [
        {**row, "年份": "2025"} for row in read_csv(inputs(shared, "program_register_2025_shanghai_53"))
    ]
    files = [
        DemoFile(
            "campuses.csv",
            "campuses",
            "招生计划写明的校区；其余校区与所在区为模拟数据",
            True,
            OWN,
            "69 所高校的校区与所在区；招生计划写明者 simulated=0，其余 simulated=1",
            list(campuses(shared, catalogue, recent.rows + several_years.rows)),
        ),
        DemoFile(
            "enrolment-plan-2025.csv",
            "enrolment-plan",
            "2025 年各省（区、市）公布的招生计划（20 所上海高校）",
            False,
            FACTS,
            "仅含部分学校与省份；完全重复行只取一行，去掉备注后相同的行计划数相加",
            plan_rows(recent),
        ),
        DemoFile(
            "enrolment-plan-multi-year.csv",
            "enrolment-plan",
            "2024—2026 年部分省（区）公布的招生计划（上海高校，含高职专科）",
            False,
            FACTS,
            "仅贵州、吉林、西藏、内蒙古四地；2026 年仅吉林、西藏",
            plan_rows(several_years),
        ),
        DemoFile(
            "program-register-2025.csv",
            "program-register",
            "2025 年高等职业教育专科专业设置备案（上海，53 财经商贸大类）",
            False,
            FACTS,
            "只有财经商贸大类，没有招生数",
            register,
        ),
        DemoFile(
            "demand-figures.csv",
            "demand-figures",
            "公开发布的人才需求数字（逐行注明出处）",
            False,
            FACTS,
            "全国口径；数值保留原文写法",
            list(read_csv(inputs(shared, "published_demand_figures"))),
        ),
        DemoFile(
            "district-clusters.csv",
            "district-clusters",
            "上海市首批“市区协同”产业集群（逐行注明出处）",
            False,
            FACTS,
            "7 个区 11 个集群，2024-09",
            list(read_csv(inputs(shared, "district_lead_clusters_2024"))),
        ),
        DemoFile(
            "outcomes.csv",
            "outcomes",
            "模拟数据：报到、毕业、去向落实、对口与留沪比例",
            True,
            OWN,
            "按层次与专业类的合理均值加固定随机数生成，不反映任何学校的真实情况",
            list(outcomes(taught(recent, several_years, register, catalogue))),
        ),
        DemoFile(
            "forecasts.csv",
            "forecasts",
            "模拟数据：上海 2027—2030 年分行业、职业与层次的人才需求",
            True,
            OWN,
            "量级与所附（不完整的）招生计划相当，非官方预测",
            list(forecasts()),
        ),
        DemoFile(
            "postings.jsonl",
            "postings",
            "模拟数据：自拟的企业岗位与订单班需求",
            True,
            OWN,
            "企业名称、信用代码与文字均为虚构",
            list(postings(shared)),
        ),
    ]
    files += [
        DemoFile(
            f"{kind}.csv",
            kind,
            f"模拟数据：{title}",
            True,
            OWN,
            "企业为示例岗位中的虚构企业；学校是真实校名，内容为虚构，不反映任何学校的真实情况",
            rows,
        )
        for (kind, rows), title in zip(registers(files[-1].rows).items(), REGISTERS, strict=True)
    ]
    return files, {
        "enrolment-plan-2025": recent.left_out,
        "enrolment-plan-multi-year": several_years.left_out,
    }


def inputs(shared: Path, name: str) -> Path:
    return shared / "inputs" / f"{name}.csv"


def plan_rows(plans: PlanFile) -> list[dict[str, Any]]:
    return [
        {
            "school_code": row.school_code,
            "year": row.year,
            "province": row.province,
            "subject": row.subject,
            "admission_batch": row.admission_batch,
            "level": row.level,
            "program_code": row.program_code,
            "program_name": str(row.name),
            "plan": row.plan,
            "schooling_years": row.schooling_years,
        }
        for row in plans.rows
    ]


def taught(
    recent: PlanFile, several_years: PlanFile, register: Iterable[Mapping[str, str]], catalogue: Catalogue
) -> list[tuple[str, Program]]:
    """Every (school, program) that a plan names or the register holds, by school and program."""
    found = {
        key: program for key, (program, _) in offerings(recent.rows + several_years.rows, catalogue).items()
    }
    codes = {name: code for code, name in catalogue.schools.items()}
    for row in register:
        program = catalogue.programs["higher_vocational", row["专业代码"]]
        found[codes[row["学校名称"]], program.level, program.code] = program
    return [(school, found[school, level, code]) for school, level, code in sorted(found)]


def write(files: Iterable[DemoFile], out: Path) -> None:
    """Writes every file and the manifest into `out`, UTF-8, newline-ended lines."""
    out.mkdir(parents=True, exist_ok=True)
    entries = [HEADER]
    for file in files:
        with (out / file.name).open("w", encoding="utf-8", newline="") as target:
            if file.name.endswith(".jsonl"):
                target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in file.rows)
            else:
                writer = csv.DictWriter(target, list(file.rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(file.rows)
        entries.append(manifest_entry(file))
    (out / "manifest.toml").write_text("\n".join(entries), encoding="utf-8", newline="\n")


def manifest_entry(file: DemoFile) -> str:
    fields = {key: getattr(file, key) for key in ("name", "kind", "source", "simulated", "licence", "note")}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join(["[[file]]", *lines, f"rows = {len(file.rows)}", ""])


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the packaged demonstration data set.")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--out", type=Path, default=ROOT / "app" / "data" / "demo")
    arguments = parser.parse_args()
    files, left_out = build(arguments.shared)
    write(files, arguments.out)
    for file in files:
        print(
            f"{file.name:32} {len(file.rows):6,} rows {(arguments.out / file.name).stat().st_size:9,} bytes"
        )
    for name, reasons in left_out.items():
        print(f"{name}: not carried: " + "; ".join(f"{count} {reason}" for reason, count in reasons.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
