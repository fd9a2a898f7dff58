"""Labelled pairs 标注: a source, a target code and how far the one fits the other; kept as feedback."""

import hashlib
import json
from typing import Any

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.value_types import ValueType
from app.ingest.values import decimal
from app.matching.documents import Task
from app.matching.personal import mask_personal
from app.models import Feedback
from app.reference import Level, load_reference
from app.reference.codes import normalised
from app.reference.levels import parse_level

LABEL_TASKS = {
    Task.PROGRAM_OCCUPATION: "专业—职业",
    Task.PROGRAM_INDUSTRY: "专业—行业",
    Task.POSTING_CLASS: "岗位—专业类",
    Task.SCOPE_INDUSTRY: "经营范围—行业",
    Task.TITLE_TITLE: "名称—职业",
}
"""Tasks that labels are taken for, with their names."""
PROGRAM_TASKS = (Task.PROGRAM_OCCUPATION, Task.PROGRAM_INDUSTRY)
"""Tasks whose source may be a program of the catalogue."""
FROM_FILE = "file"
_BY_NAME = {name: task for task, name in LABEL_TASKS.items()} | {task.value: task for task in LABEL_TASKS}


def target_code(task: Task, text: str) -> str:
    """The official code of a target given by code or by exact name: of an occupation, an industry or a program class.

    Raises InvalidCodeError where there is none, or where a name has several and none is a
    bachelor class.
    """
    reference = load_reference()
    if task is Task.POSTING_CLASS:
        return _class_code(text)
    if task in (Task.PROGRAM_OCCUPATION, Task.TITLE_TITLE):
        named = [occupation.code for occupation in reference.occupations.named(text)]
        return _only(named, text) if named else reference.occupations.get(text).code
    # A group and its only class often share a name; the higher one stands for both.
    entries = reference.industries.named(text)
    return min((e.code for e in entries), key=len) if entries else reference.industries.get(text).code


def _class_code(text: str) -> str:
    programs = load_reference().programs
    wanted = normalised(text)
    if any(wanted in programs.classes(level) for level in Level):
        return wanted
    # The same name stands at several levels, and postings are mostly asked about bachelor classes.
    if named := programs.class_named(text, Level.BACHELOR) or programs.class_named(text):
        return _only([code for _, code in named], text)
    raise InvalidCodeError(
        f"专业目录中没有专业类“{text}”",
        remedy="请用专业类代码，如 0809（普通本科 计算机类）、5102（高职专科）；专业目录见 GET /v1/programs",
    )


def _only(codes: list[str], name: str) -> str:
    if len(codes) > 1:
        raise InvalidCodeError(f"“{name}”对应多个代码：{'、'.join(codes)}", remedy="请填写其中一个代码")
    return codes[0]


def pair_key(source: tuple[Task, str, str, str | None, str | None], target: str) -> str:
    """SHA-256 of (task, title, text, level, program code) and target, as they are stored."""
    line = json.dumps([*source, target], ensure_ascii=False)
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()


def build(cells: Cells) -> Record:
    cells.need("task")
    task: Task = cells.read("task", _task)
    title, masked_title = mask_personal(cells.text("title"))
    text, masked_text = mask_personal(cells.text("text"))
    note, masked_note = mask_personal(cells.text("note"))
    level, program_code = _program(cells, task)
    if not title and not text and program_code is None:
        raise RowFault("missing_value", "没有写明来源", "请填写标题或正文，或填写专业层次与专业代码", "标题")
    for required in ("target_code", "gain"):
        cells.need(required)
    target: str = cells.read("target_code", lambda given: target_code(task, given))
    gain: float = cells.read("gain", lambda given: decimal(given, most=1.0))
    source = {"task": task, "title": title, "text": text, "level": level, "program_code": program_code}
    return {
        **source,
        "task": task.value,
        "target_code": target,
        "verdict": "accepted" if gain > 0 else "rejected",
        "gain": gain,
        "origin": FROM_FILE,
        "who": cells.text("who") or FROM_FILE,
        "note": note,
        "pair": pair_key((task, title, text, level, program_code), target),
        "_masked": masked_title + masked_text + masked_note,
    }


def _task(text: str) -> Task:
    if text not in _BY_NAME:
        raise RowFault(
            "unknown_task", f"不认识的任务“{text}”", f"可用：{'、'.join(task.value for task in LABEL_TASKS)}"
        )
    return _BY_NAME[text]


def _program(cells: Cells, task: Task) -> tuple[str | None, str | None]:
    """Level and code of the program that is the source, or neither."""
    level: Any = cells.read("program_level", parse_level)
    if not level and not cells.text("program_code"):
        return None, None
    if task not in PROGRAM_TASKS:
        raise RowFault(
            "source_mismatch",
            f"“{LABEL_TASKS[task]}”的来源是文字，不是专业",
            "请去掉专业层次与专业代码，改填标题或正文",
            "专业代码",
            cells.text("program_code"),
        )
    if not level:
        cells.need("program_level")
    cells.need("program_code")
    code: str = cells.read("program_code", lambda given: load_reference().programs.get(level, given).code)
    return level.value, code


LABELLED_PAIRS = Kind(
    name="labelled-pairs",
    title="标注",
    description="来源（文字或专业）与目标代码是否相配，供下次训练使用。手机号、座机号、身份证号、邮箱、QQ 号与微信号在保存前遮去。",
    model=Feedback,
    columns=(
        Column(
            "task",
            "任务",
            ("标注任务",),
            required=True,
            note="、".join(f"{task.value}（{name}）" for task, name in LABEL_TASKS.items()),
            allowed=tuple(task.value for task in LABEL_TASKS),
        ),
        Column("title", "标题", ("来源标题",)),
        Column("text", "正文", ("来源正文", "文本")),
        Column("program_level", "专业层次", ("来源专业层次",), note="来源是目录中的专业时填写，限前两种任务"),
        Column("program_code", "专业代码", ("来源专业代码",), note="与专业层次一起填写"),
        Column(
            "target_code",
            "目标代码",
            ("目标", "答案"),
            required=True,
            note="职业、行业或专业类的代码，或其全名",
        ),
        Column(
            "gain",
            "相配程度",
            ("增益", "得分"),
            required=True,
            note="0–1；0 表示不相配",
            holds=ValueType.RATE,
        ),
        Column("who", "审核人", ("标注人",), note="同一人的新结论代替旧结论；不同的人取平均"),
        Column("note", "备注", ("说明",)),
        SIMULATED,
    ),
    build=build,
    one_of=(("title", "text", "program_code"),),
    example="任务=posting-class，标题=集成电路测试工程师，正文=负责测试方案，目标代码=0807，相配程度=1",
)
