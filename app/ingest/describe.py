"""The page on data formats, written from the schema itself so that it cannot fall behind.

python -m app.ingest.describe > docs/data-formats.md
python -m app.ingest.describe docs/examples     the example files
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.ingest.column_proposal import DOUBTFUL_NEEDED, DOUBTFUL_OPTIONAL, SURE
from app.ingest.kinds import KINDS
from app.ingest.kinds.enrolment_plan import MOST_SEATS
from app.ingest.kinds.postings import MODES
from app.ingest.reading import DELIMITERS, HEADER_SEARCH
from app.ingest.resolve import ACCEPT, SCORES, How
from app.ingest.schema import Column, Kind
from app.ingest.value_types import ValueType

MOST_LISTED = 20
"""Values of a list that a note names."""
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
    "unknown_enterprise": (
        "已装入的企业名单中没有这个名称，而这里必须有信用代码",
        "填写统一社会信用代码，或先装入有这家企业的 enterprise-register",
    ),
    "needs_review": (
        "没有代码或全名与之相同，只有相近的，不能替人决定",
        "按列出的可能（附分数）改填代码或全名后重新提交；是另一家企业则填它的信用代码；都不是则留在隔离区",
    ),
    "counts_disagree": ("部分大于总数，或人数与填写的率不符", "核对人数与率，或只填人数"),
    "example_row": ("模板中的示例行", "删去这一行；它不影响其他行"),
    "unknown_district": ("上海没有这个区", "填写区名（浦东新区、浦东）或六位代码"),
    "unknown_industry": ("没有这个名称的行业", "填写 GB/T 4754-2017 的名称或代码，如 C397"),
    "ambiguous_industry": ("这个名称对应多个行业", "填写其中一个代码，或分行填写"),
    "unknown_occupation": ("没有这个名称的职业", "填写职业分类大典的名称或代码，如 2-02-10-01"),
    "unknown_mode": ("不认识的培养方式", f"可用：{'、'.join(names[0] for names in MODES.values())}"),
    "invalid_code": (
        "代码不合格式，或不在官方分类中",
        "按提示核对每一位；行业用 GB/T 4754-2017，职业用职业分类大典",
    ),
    "code_name_mismatch": ("代码与名称说的不是同一个学校、企业、专业或区", "核对代码与名称"),
    "unknown_task": ("不认识的标注任务", "用表中列出的任务代码"),
    "source_mismatch": ("这种标注的来源是文字，却填写了专业", "去掉专业层次与专业代码，改填标题或正文"),
    "not_a_program": ("合计、小计、批次名或预科，不是专业", "删去这一行，或填写专业名称"),
    "not_a_number": ("不是数字，或不是整数", "填写数字；人数可写 30、30人、1,200"),
    "too_small": ("小于允许的最小值，例如负数", "核对数字"),
    "too_large": (f"大于允许的最大值（计划数 {MOST_SEATS:,} 人）", "核对数字与单位"),
    "out_of_range": ("不在允许的范围内，例如 120%", "核对数字与单位"),
    "range_disordered": ("低、中、高没有依次不减，或下限大于上限", "核对这几个数与单位"),
    "parts_disagree": ("新增与更替之和不是需求人数，或是负数", "核对三个数，或只填新增与更替"),
    "bad_heads": ("看不懂人数，或不在 1–100,000 之间", "填写 40、约200人、30-50人、若干"),
    "part_exceeds_whole": ("部分大于总数", "核对两个数"),
    "unknown_choice": ("不认识的取值：这一列只能填几个固定的词", "用提示中列出的词"),
    "dates_disordered": ("后一个日期早于前一个", "核对两个日期"),
    "bad_link": ("不是网页地址", "填写以 http:// 或 https:// 开头的地址"),
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
    "total_row": ("已知的列里写着合计、总计、小计", "删去汇总行；各行已经记了一次"),
    "note_row": ("表格下方的说明，不是一条记录", "删去这一行"),
    "other_table": ("第二个表头下的行，列与第一张表不同", "把两张表分成两个文件或两个工作表"),
    "ambiguous_rate": (
        "百分数的列里有不大于 1 的数，或小数的列里有略大于 1 的数，是 0.8% 还是 80% 不能确定",
        "写明百分号",
    ),
    "header_again": ("表头又出现了一次", "删去这一行"),
    "merged_heads": ("一格人数合并了几行，是它们的合计", "取消合并，逐行填写"),
    "formula_without_result": ("一格是公式，文件里没有它的结果", "用表格软件打开文件，保存一次，再提交"),
    "too_deep": ("JSONL 的一行嵌套太深", "只保留需要的字段，每条记录写成一层"),
    "not_heads": ("公开数据的数字不是以人计", "删去这一行；比率、金额与家数不是需求"),
    "nested_cell": ("JSON 的一项里是对象或对象的列表，不是一个值", "把要用的值单独写在这一项里"),
    "key_twice": ("JSON 的一个对象里同一个键出现两次，值不同", "删去不对的一个"),
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
- `chanjiao ingest template KIND [--out F.xlsx]` writes a workbook to fill in: required columns marked, lists to choose
  from, an example row and a sheet of notes. It is loaded as it is; a row with a mark in 示例标记 is set aside.
  [examples](examples/) has a small file of every kind.
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
| XLSX, XLSM, XLS, ODS | content, whatever the ending | all sheets that fit the kind are read; others with rows are named in a warning |
| HTML, XML Spreadsheet 2003 | content, also where the ending is `.xls` | each table or sheet as one of a workbook; no entity is expanded |
| ZIP | content | its members of the formats below and above, each with its name; no archive within an archive |
| JSONL | first character `{{` | one object a line; `.jsonl.xz` is read as it is |
| JSON | first character `[`, or the ending `.json` | a list of objects, or of rows below headers; an object around one; one object |

A header that stands again in the middle of a table is a row of the quarantine (`header_again`); with the columns in another
order the rows after it are read in that order, with other columns they go to the quarantine (`other_table`). Tables side by
side under the same headers are read one after the other. Columns of numbers that have one name and different values
(计划数（本市）, 计划数（外地）) are never chosen between: the file waits for a mapping.

Hidden rows are read; a hidden sheet only where no other fits. A header of several rows is joined (the longest of
「group part」, 「part」 and 「group」 that the kind knows), cells merged downwards count for each of their rows, but a number of
heads merged over several rows is their sum and goes to the quarantine. Numbers under a header such as 人数（万人） have
that unit; so have those of a table with 单位：万人 in a note above it, its title or the name of its sheet: heads a unit of
heads, money one of money, no column whose header says another, never years, codes or rates. The report says which columns.

A file that would take too much memory or time is refused with its place: a field of more than 5 million characters, a
worksheet of more than 16,384 columns or 20 million cells, JSON nested deeper than 100 levels, an archive of more than
1,000 members, 2 GB unpacked or 200 times its packed size, XML with declarations, zero bytes in mass, two encodings in
one file.

Encodings: UTF-8 with and without BOM, UTF-16 with and without BOM, GB18030 (with it GBK and GB2312). The encoding is
found by decoding the whole file; a file that is UTF-8 for a good part and then breaks is refused as damaged.

The header is looked for in the first {search} rows: titles and notes may stand above it. Headers are compared after NFKC
(full width = half width), without letter case, blanks, units in brackets and marks: 「计划数（人）」 is 「计划数」. A code that a
spreadsheet made a number (`10255.0`) is read as the code. A school goes by its ten digits, its five digits (院校代码), its
name or a common short name; an industry by its code with or without the section letter.

## Kinds
"""

_TAIL = """## What rows mean by a name

Schools, programs, industries, occupations, districts and enterprises may be written as code, official name, or both. Beyond that each
answer has a score from 0 to 1. At {accept} or more the answer is used, counted in the report (`guessed`) and noted beside
the row with what was written and how it was found (table `row_note`); below, the row goes to the quarantine as
`needs_review`, with what may be meant and the scores.

| found by | score | what it is |
| --- | --- | --- |
{ways}

Likeness is the mean of matching characters in order (Ratcliff–Obershelp) and of shared pairs of characters (Dice). Two
schools or enterprises of nearly one name are two of them: their likeness alone, or an enterprise's trade name under
another legal form, never decides. A broad category (计算机类) is none of its programs. Short and former names that an
accepted batch of `schools` brings stand for the school in later files; a name that two schools claim stands for neither.

Enterprises are looked up in the register that accepted batches of `enterprise-register` brought, under their latest and
earlier names. An enterprise that it does not know is no fault where it may be new (`postings`, `alliances`,
`training-bases`, partners of joint work): the name stays as written. One that it knows gets its credit code. A name that is
only like one of the register's, with the same trade name, goes to review unless the row gives a credit code, in its column
or in brackets behind the name; a credit code of one and the name of another are a fault (`code_name_mismatch`).

## Mapping other headers

A header that no list of names has is compared with the columns still free: by likeness of name, and by how many of its
cells read as what the column holds, which counts the more the rarer such cells are. From {sure:.2f}, clear of all others, the
pair is used. From {needed:.1f} (columns the file cannot do without) or {optional:.1f} (others) it is in doubt: the terminal asks; elsewhere
the file is refused with the pairs, their scores and the mapping to save. Nothing in doubt is used unasked.

`--mapping M.toml` says which is which, and gives constants for what the file does not say:

```toml
ignore = ["备注说明栏"]  # headers that are none of our columns, though they look like one

[columns]               # our column = "header in the file"
school_name = "校"
program_name = "招的专业"
plan = "规模（人）"

[constants]             # the same for every row; a column of the file goes before it
year = 2025
province = "北京"
```

`--save-mapping` keeps the mapping given, or the answers at the terminal, in `mappings/SOURCE.toml` of the data folder
(SOURCE: `--source`, else the name of the file). Later files of the same source and kind use it by themselves and say so;
`--mapping` goes before it.
"""

_UNSURE = {
    How.SIMILAR: "相近程度；次佳相近的、学校与企业，低于采用的分数",
    How.CATEGORY: "不采用",
    How.SEVERAL: "不采用",
    How.CONFLICT: "不采用",
}


def formats_markdown() -> str:
    """The whole page in Markdown: formats, kinds with their columns, quarantine reasons, mapping."""
    delimiters = " ".join({"\t": "TAB", "|": "`\\|`"}.get(mark, f"`{mark}`") for mark in DELIMITERS)
    parts = [_HEAD.format(delimiters=delimiters, search=HEADER_SEARCH)]
    parts += [_table(("kind", "中文", "what it is"), (_summary(kind) for kind in KINDS.values())), ""]
    parts += [_kind(kind) for kind in KINDS.values()]
    parts += ["## Reasons for the quarantine", "", "A faulty row never stops the file.", ""]
    reasons = ((f"`{code}`", meaning, remedy) for code, (meaning, remedy) in sorted(REASONS.items()))
    parts += [_table(("code", "reason 原因", "remedy 处理"), reasons), "", _tail()]
    return "\n".join(parts).rstrip() + "\n"


def example_cells(kind: Kind) -> dict[str, str]:
    """The example row of a kind, cell by header, as it would stand in a file."""
    cells = (part.split("=", 1) for part in re.split(r"，(?=[^，=（]+=)", kind.example))
    return dict(cells)


def _tail() -> str:
    scores = {how: f"{score:g}" for how, score in SCORES.items()} | _UNSURE
    ways = "\n".join(f"| `{how.value}` | {score} | {how.label} |" for how, score in scores.items())
    return _TAIL.format(
        accept=ACCEPT, ways=ways, sure=SURE, needed=DOUBTFUL_NEEDED, optional=DOUBTFUL_OPTIONAL
    )


def column_note(kind: Kind, column: Column) -> str:
    """All that is to be said of a column, in one text."""
    titles = {other.name: other.title for other in kind.columns}
    groups = [[n for n in group if n != column.name] for group in kind.one_of if column.name in group]
    parts = ["必填"] if column.required or [] in groups else []
    parts += [f"与{'、'.join(titles[n] for n in others)}至少填一列" for others in groups if others]
    parts.append(f"填{column.type.value}")
    if column.note:
        parts.append(column.note)
    if values := column.choices:
        parts.append(f"可选：{_some(values)}")
    return "。".join(parts) + f"。列名也可写作：{'、'.join((column.name, *column.synonyms))}"


def example_csv(kind: Kind) -> str:
    """The example file of a kind: its header and one row."""
    example = example_cells(kind)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((example.keys(), example.values()))
    return text.getvalue()


def _some(values: Sequence[str]) -> str:
    return "、".join(values[:MOST_LISTED]) + ("……" if len(values) > MOST_LISTED else "")


def _summary(kind: Kind) -> tuple[str, ...]:
    return (f"[`{kind.name}`](#{kind.name})", kind.title, kind.description)


def _kind(kind: Kind) -> str:
    titles = {column.name: column.title for column in kind.columns}
    lines = [f"### {kind.name}", "", f"{kind.title}：{kind.description}", ""]
    rows = (
        (
            f"`{column.name}`",
            column.title,
            "、".join(column.synonyms),
            _required(column, kind),
            column.type.value,
            _remark(column, kind),
        )
        for column in kind.columns
    )
    lines += [_table(("column", "标题", "also 又名", "required", "holds", "note"), rows), ""]
    for group in kind.one_of:
        lines += [f"At least one of 至少一列：{'、'.join(titles[name] for name in group)}.", ""]
    example = example_cells(kind)
    lines += [
        f"Example ([file](examples/{kind.name}.csv)):",
        "",
        _table(tuple(example), [tuple(example.values())]),
    ]
    lines += [""]
    return "\n".join(lines)


def _remark(column: Column, kind: Kind) -> str:
    values = column.choices
    usual = column.type in (ValueType.BOOLEAN, ValueType.LEVEL, ValueType.DISTRICT, ValueType.SCHOOL_NAME)
    listed = f"可选：{_some(values)}" if values and not usual else ""
    return "；".join(filter(None, (column.note, listed)))


def _required(column: Column, kind: Kind) -> str:
    if column.required:
        return "yes"
    return "one of" if any(column.name in group for group in kind.one_of) else ""


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    import sys

    if len(sys.argv) > 1:
        for described in KINDS.values():
            (Path(sys.argv[1]) / f"{described.name}.csv").write_text(example_csv(described), "utf-8")
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(formats_markdown())
