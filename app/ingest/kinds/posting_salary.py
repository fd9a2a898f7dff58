"""The salary of a posting's columns 月薪: numbers, and the words in which tables write them (8-12K, 20万/年, 面议)."""

import re

from app.ingest.fault import RowFault
from app.ingest.schema import Cells, Column, Note
from app.ingest.values import decimal
from app.matching.posting.clauses import lines_of
from app.matching.posting.salary import LEAST_A_MONTH, MOST_A_MONTH, UNITS, read_salary

Span = tuple[float | None, float | None]
"""Lower and upper end in 元 per month; None where that end is open or not said."""

SALARY_COLUMNS = (
    Column(
        "salary_min",
        "最低月薪",
        ("薪资下限", "最低薪资", "最低工资", "月薪下限"),
        note="元/月；也可写 8k、1万，面议则留空",
    ),
    Column(
        "salary_max",
        "最高月薪",
        ("薪资上限", "最高薪资", "最高工资", "月薪上限"),
        note="元/月；也可写 12k、1.5万，面议则留空",
    ),
    Column(
        "salary",
        "薪资",
        (
            "月薪",
            "薪酬",
            "薪水",
            "工资",
            "工资待遇",
            "薪资待遇",
            "薪酬待遇",
            "薪资范围",
            "薪酬范围",
            "月薪范围",
            "工资范围",
        ),
        note="整个范围写在一格：8-12K、1万-1.5万/月、20万/年、200元/天；折成元/月，面议则留空",
    ),
)

_NOTHING: Span = (None, None)
_PLAIN = re.compile(r"[+-]?\s*\d[\d,，.\s]*元?")
_NUMBER = r"(\d[\d,]*(?:\.\d+)?)\s*(k|千|w|万)?"
_ENDS = re.compile(rf"(?<![\d.]){_NUMBER}\s*元?\s*[-~—–至到]+\s*[¥￥]?{_NUMBER}", re.IGNORECASE)
_AT_MOST = re.compile(r"以下|以内|不超过|最多|至多|≤|<")
_FOREIGN = re.compile(r"USD|HKD|EUR|JPY|美元|港[币元]|欧元|日元|英镑|[$€£]", re.IGNORECASE)
_LEAST_PAID = 100
"""元: below it is an hour of the day or a month (2024-12), and no end of a range."""


def salary_of(cells: Cells) -> Span:
    """The ends of what the columns offer, a column for one end before the one for both.

    Words without a figure (面议, 不限) offer nothing; a figure that cannot be read stays out, with a note beside the row.
    Raises RowFault where the lower end is above the upper.
    """
    least, most, both = (_offered(cells, name) for name in ("salary_min", "salary_max", "salary"))
    low = _first(least[0], most[0] if most[0] != most[1] else None, both[0])
    high = _first(most[1], least[1] if least[0] != least[1] else None, both[1])
    if low is not None and high is not None and low > high:
        raise RowFault(
            "range_disordered",
            f"最低月薪 {low:g} 元高于最高月薪 {high:g} 元",
            "请核对两个数与各自的单位",
            cells.title("salary_min" if cells.text("salary_min") else "salary"),
            cells.text("salary_min") or cells.text("salary"),
        )
    return low, high


def _first(*ends: float | None) -> float | None:
    return next((end for end in ends if end is not None), None)


def _offered(cells: Cells, name: str) -> Span:
    span = _NOTHING
    if name != "salary" and _PLAIN.fullmatch(cells.text(name)):
        number: float = cells.read(name, decimal)
        if LEAST_A_MONTH <= number <= MOST_A_MONTH:
            return number, number
    elif not _FOREIGN.search(cells.text(name)):
        span = cells.read(name, _in_words, _NOTHING)
    if span == _NOTHING and re.search(r"\d", cells.text(name)):
        cells.note(Note(cells.title(name), cells.text(name), "", "没有读出，未采用", 0.0, "nothing"))
    return span


def _in_words(text: str) -> Span:
    if found := _ENDS.search(text):
        first, unit, second, last_unit = (part or "" for part in found.groups())
        unit, last_unit = unit or last_unit, last_unit or unit
        ends = [
            float(number.replace(",", "")) * UNITS[scale.lower()]
            for number, scale in ((first, unit), (second, last_unit))
        ]
        if ends[0] > ends[1] >= _LEAST_PAID:
            raise RowFault("range_disordered", f"薪资“{text}”的下限大于上限", "请核对两端的数与单位")
    # A number below nothing is no salary, whatever unit stands behind it.
    if re.match(r"[-−]\s*\d", text):
        raise RowFault("out_of_range", f"薪资“{text}”是负数", "请核对数字")
    salary = read_salary(lines_of(f"薪资{text}", ""))
    if salary is None:
        return _NOTHING
    return (None if _AT_MOST.search(text) and salary.low == salary.high else salary.low), salary.high
