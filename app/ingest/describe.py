"""The page on data formats, written from the schema itself so that it cannot fall behind.

python -m app.ingest.describe > docs/data-formats.md
"""

import re
from collections.abc import Iterable, Sequence

from app.ingest.kinds import KINDS
from app.ingest.kinds.enrolment_plan import MOST_SEATS
from app.ingest.kinds.postings import MODES
from app.ingest.reading import DELIMITERS, HEADER_SEARCH
from app.ingest.schema import Column, Kind

REASONS: dict[str, tuple[str, str]] = {
    "missing_value": ("必填的一格是空的（-、—、/、无、暂无 也算空）", "补全后重新提交"),
    "plan_missing": ("招生计划没有计划数", "补填计划数；不知道时可留在隔离区"),
    "unknown_school": (
        "上海高校名单（教育部 2025-06-20）中没有这个代码或校名",
        "核对代码；外省市与军队院校不在范围内",
    ),
    "unknown_program": (
        "该层次的专业目录中没有这个专业",
        "核对专业名称、代码与层次；新设专业请先更新专业目录",
    ),
    "unknown_district": ("上海没有这个区", "填写区名（浦东新区、浦东）或六位代码"),
    "unknown_industry": ("没有这个名称的行业", "填写 GB/T 4754-2017 的名称或代码，如 C397"),
    "ambiguous_industry": ("这个名称对应多个行业", "填写其中一个代码，或分行填写"),
    "unknown_occupation": ("没有这个名称的职业", "填写职业分类大典的名称或代码，如 2-02-10-01"),
    "unknown_mode": ("不认识的培养方式", f"可用：{'、'.join(names[0] for names in MODES.values())}"),
    "invalid_code": (
        "代码不合格式，或不在官方分类中",
        "按提示核对每一位；行业用 GB/T 4754-2017，职业用职业分类大典",
    ),
    "code_name_mismatch": ("代码与名称说的不是同一个学校、专业或区", "核对代码与名称"),
    "unknown_task": ("不认识的标注任务", "用表中列出的任务代码"),
    "source_mismatch": ("这种标注的来源是文字，却填写了专业", "去掉专业层次与专业代码，改填标题或正文"),
    "not_a_program": ("合计、小计、批次名或预科，不是专业", "删去这一行，或填写专业名称"),
    "not_a_number": ("不是数字，或不是整数", "填写数字；人数可写 30、30人、1,200"),
    "too_small": ("小于允许的最小值，例如负数", "核对数字"),
    "too_large": (f"大于允许的最大值（计划数 {MOST_SEATS:,} 人）", "核对数字与单位"),
    "out_of_range": ("不在允许的范围内，例如 120%", "核对数字与单位"),
    "range_disordered": ("低、中、高没有依次不减", "核对三个数"),
    "parts_disagree": ("新增与更替之和不是需求人数，或是负数", "核对三个数，或只填新增与更替"),
    "bad_heads": ("看不懂人数，或不在 1–100,000 之间", "填写 40、约200人、30-50人、若干"),
    "class_size": ("最小班额或承诺录用大于人数", "核对两个数"),
    "past_term": ("要求开班的学期已经过去", "填写以后的学期，如 2028年秋季"),
    "wishes_disagree": ("同一所院校既是合作院校又被排除", "只留一处"),
    "future_day": ("统计日期还没有到", "填写已统计的日期"),
    "more_than_before": ("人数没有依次不增：到班、毕业、录用、一年后在职", "核对两个数"),
    "bad_year": ("不是年份或季度", "填写四位年份，如 2025；公开数据可写 2025Q2"),
    "bad_date": ("不是有效日期", "按 2025-09-01 的形式填写"),
    "too_long": ("内容比该列能存的长", "缩短；看是否填错了列"),
    "id_taken": ("编号已用于另一条内容", "换一个编号，或先撤回旧的一条"),
    "surplus_cells": ("一行的格数多于表头", "检查多余的分隔符，给含分隔符的内容加引号"),
    "broken_row": ("JSONL 的一行不是完整的 JSON 对象", "检查括号与引号"),
}
"""What each reason code of the quarantine means, and what mends it."""

_HEAD = """# Data formats

<!-- Written by `python -m app.ingest.describe > docs/data-formats.md`; do not edit by hand. -->

`chanjiao ingest FILE… --kind K` loads one or more files of one kind; `chanjiao ingest kinds` lists the kinds. Each file
becomes a batch 批次 in one transaction: all of it is stored, or nothing. Every row read ends as a record, as a repeat of a
record that is there already, or in the quarantine 隔离区 with a reason: `read = accepted + repeated + quarantined`.

- Loading the same file again changes nothing. A row that repeats another exactly is stored once, also across files,
  formats and encodings: rows are compared by content under the project's own column names. A column that only numbers
  the rows (序号) does not count.
- `--dry-run` counts and shows faults without storing. `--simulated` marks the whole file as simulated; a column 模拟
  decides row by row.
- `--source NAME` stands for the source of the rows that name none.
- A file of another kind, without a required column, without rows, of a broken encoding, or of which no row is acceptable
  is refused whole, with exit code 2 and one message that names file, row, column and remedy.
- Mobile and landline numbers, identity card numbers, e-mail addresses, QQ and 微信 numbers are masked before a posting,
  a text or a label is stored, and in every row that goes to the quarantine; the report counts them (`masked`). Of an
  accepted row, columns that the kind does not know are not stored.

## Formats and encodings

| format | recognised by | notes |
| --- | --- | --- |
| CSV, TSV, text | content | delimiter found among {delimiters}: the one under which most headers are known; quoted line breaks allowed |
| XLSX, XLSM, XLS, ODS | content or ending | the first sheet with a known header is read; other sheets with rows are named in a warning |
| JSONL | first character `{{` | one object a line; `.jsonl.xz` is read as it is |
| JSON | first character `[`, or the ending `.json` | a list of objects, an object around one such list, or one object |

Encodings: UTF-8 with and without BOM, UTF-16 with and without BOM, GB18030 (with it GBK and GB2312). The encoding is
found by decoding the whole file; a file that is UTF-8 for a good part and then breaks is refused as damaged.

The header is looked for in the first {search} rows: titles and notes may stand above it. Headers are compared after NFKC
(full width = half width), without letter case, blanks, units in brackets and marks: 「计划数（人）」 is 「计划数」. A code that a
spreadsheet made a number (`10255.0`) is read as the code. A school goes by its ten digits, its five digits (院校代码), its
name or a common short name; an industry by its code with or without the section letter.

## Kinds
"""

_TAIL = """## Mapping other headers

Where a file names its columns otherwise, `--mapping M.toml` says which is which, and gives constants for what the file
does not say:

```toml
[columns]               # our column = "header in the file"
school_name = "校"
program_name = "招的专业"
plan = "规模（人）"

[constants]             # the same for every row; a column of the file goes before it
year = 2025
province = "北京"
```
"""


def formats_markdown() -> str:
    """The whole page in Markdown: formats, kinds with their columns, quarantine reasons, mapping."""
    delimiters = " ".join({"\t": "TAB", "|": "`\\|`"}.get(mark, f"`{mark}`") for mark in DELIMITERS)
    parts = [_HEAD.format(delimiters=delimiters, search=HEADER_SEARCH)]
    parts += [_table(("kind", "中文", "what it is"), (_summary(kind) for kind in KINDS.values())), ""]
    parts += [_kind(kind) for kind in KINDS.values()]
    parts += ["## Reasons for the quarantine", "", "A faulty row never stops the file.", ""]
    reasons = ((f"`{code}`", meaning, remedy) for code, (meaning, remedy) in sorted(REASONS.items()))
    parts += [_table(("code", "reason 原因", "remedy 处理"), reasons), "", _TAIL]
    return "\n".join(parts).rstrip() + "\n"


def example_cells(kind: Kind) -> dict[str, str]:
    """The example row of a kind, cell by header, as it would stand in a file."""
    cells = (part.split("=", 1) for part in re.split(r"，(?=[^，=（]+=)", kind.example))
    return dict(cells)


def _summary(kind: Kind) -> tuple[str, ...]:
    return (f"[`{kind.name}`](#{kind.name})", kind.title, kind.description)


def _kind(kind: Kind) -> str:
    titles = {column.name: column.title for column in kind.columns}
    lines = [f"### {kind.name}", "", f"{kind.title}：{kind.description}", ""]
    rows = (
        (f"`{column.name}`", column.title, "、".join(column.synonyms), _required(column, kind), column.note)
        for column in kind.columns
    )
    lines += [_table(("column", "标题", "also 又名", "required", "note"), rows), ""]
    for group in kind.one_of:
        lines += [f"At least one of 至少一列：{'、'.join(titles[name] for name in group)}.", ""]
    example = example_cells(kind)
    lines += ["Example:", "", _table(tuple(example), [tuple(example.values())]), ""]
    return "\n".join(lines)


def _required(column: Column, kind: Kind) -> str:
    if column.required:
        return "yes"
    return "one of" if any(column.name in group for group in kind.one_of) else ""


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    import sys

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(formats_markdown())
