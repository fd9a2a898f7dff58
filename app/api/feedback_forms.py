"""What is said about matches and what is answered: the request and the replies about feedback 反馈."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.types import Discriminator, Tag

from app.api.listing import Model
from app.api.naming import industry_name, level_name, occupation_name, program_name
from app.api.openapi import RUN_ID
from app.api.parameters import PLAIN, Identifier, LevelCode
from app.api.validation import INVALID_CODE, in_body, refused
from app.errors import InvalidCodeError
from app.ingest.kinds.labelled_pairs import LABEL_TASKS, PROGRAM_TASKS, target_code
from app.matching.documents import Task
from app.models import Feedback
from app.reference import load_reference
from app.runs.feedback import ORIGINS, Verdict

MOST = 1000
LabelTask = Literal[
    "program-occupation", "program-industry", "posting-class", "scope-industry", "title-title"
]
VerdictName = Literal["accepted", "rejected", "corrected"]
Origin = Literal["recommendation_review", "school_correction", "posting_majors", "placement_outcome"]
VERDICTS = {"accepted": "相配", "rejected": "不相配", "corrected": "改为另一个"}
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), PLAIN]


class FeedbackRequest(BaseModel):
    """One verdict on a source (a text, or a program of the catalogue) and a target."""

    model_config = ConfigDict(extra="forbid")

    task: LabelTask = Field(
        description="哪一种配对："
        + "、".join(f"{task.value} {name}" for task, name in LABEL_TASKS.items())
        + "。Kind of pair."
    )
    level: LevelCode | None = None
    program_code: Code | None = Field(
        None, validate_default=True, description="来源是专业时的代码，与 level 一起给出。限前两种配对。"
    )
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), PLAIN] = Field(
        "", description="来源的标题，如岗位名称。"
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), PLAIN] = Field(
        "", validate_default=True, description="来源的正文"
    )
    target_code: Code = Field(description="目标：职业、行业或专业类的代码，或其全名。")
    verdict: VerdictName = Field(
        description="accepted 相配、rejected 不相配、corrected 目标不对，应为 correct_code。"
    )
    correct_code: Code | None = Field(
        None, validate_default=True, description="corrected 时正确的代码或全名。"
    )
    gain: float | None = Field(
        None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="相配的程度 0–1，不填按 1；rejected 总是 0。How far it is right.",
    )
    reason: Remark = Field("", description="理由")
    origin: Origin = Field(
        "recommendation_review",
        description="从何而来：" + "、".join(f"{code} {ORIGINS[code]}" for code in ORIGINS if code != "file"),
    )
    run_id: Identifier | None = Field(None, description="所评的结果来自哪次测算。The run it is about.")
    note: Remark = Field("", description="备注")
    simulated: bool = Field(False, description="是否为演示用；演示用的不参加训练。Whether it is made up.")

    @field_validator("program_code")
    @classmethod
    def of_the_catalogue(cls, value: str | None, info: ValidationInfo) -> str | None:
        task, level = info.data.get("task"), info.data.get("level")
        if "level" not in info.data or task is None or (value is None and level is None):
            return value
        if task not in PROGRAM_TASKS:
            raise refused(
                "source_mismatch",
                f"{LABEL_TASKS[Task(task)]}（{task}）的来源是文字，不是专业",
                "请去掉 level 与 program_code，改用 title 与 text",
            )
        if value is None or level is None:
            raise refused("half_reference", "level 与 program_code 要一起给出", "请补上另一个，或都去掉")
        return _checked(lambda: load_reference().programs.get(level, value).code)

    @field_validator("text")
    @classmethod
    def has_source(cls, value: str, info: ValidationInfo) -> str:
        known = {"title", "program_code", "level"} <= set(info.data)
        if known and not value and not info.data["title"] and info.data["program_code"] is None:
            raise refused("missing_source", "没有写明来源", "请给出 title 或 text，或 level 与 program_code")
        return value

    @field_validator("target_code")
    @classmethod
    def of_the_task(cls, value: str, info: ValidationInfo) -> str:
        task = info.data.get("task")
        return value if task is None else _checked(lambda: target_code(Task(task), value))

    @field_validator("correct_code")
    @classmethod
    def of_a_correction(cls, value: str | None, info: ValidationInfo) -> str | None:
        task, verdict, target = (info.data.get(name) for name in ("task", "verdict", "target_code"))
        if task is None or verdict is None:
            return value
        if verdict != "corrected":
            if value is not None:
                raise refused(
                    "needless_code", f"{verdict} 不用给出 correct_code", "请去掉，或把 verdict 改为 corrected"
                )
            return None
        if value is None:
            raise refused(
                "missing_code", "corrected 要给出正确的代码", "请填写 correct_code，或改用 rejected"
            )
        code = _checked(lambda: target_code(Task(task), value))
        if code == target:
            raise refused("same_code", f"正确的代码与目标相同（{code}）", "相配请用 accepted")
        return code

    @field_validator("gain")
    @classmethod
    def of_the_verdict(cls, value: float | None, info: ValidationInfo) -> float | None:
        verdict = info.data.get("verdict")
        if verdict == "rejected" and value:
            raise refused("gain_of_rejected", "rejected 的 gain 只能是 0", "部分相配请用 accepted 加 gain")
        if verdict in ("accepted", "corrected") and value == 0:
            raise refused("gain_of_accepted", f"{verdict} 的 gain 要大于 0", "完全不相配请用 rejected")
        return value

    def as_verdict(self) -> Verdict:
        gain = 1.0 if self.gain is None else self.gain
        return Verdict(
            task=Task(self.task),
            title=self.title,
            text=self.text,
            level=self.level,
            program_code=self.program_code,
            target_code=self.target_code,
            verdict=self.verdict,
            correct_code=self.correct_code,
            gain=0.0 if self.verdict == "rejected" else gain,
            reason=self.reason,
            origin=self.origin,
            run_id=self.run_id,
            note=self.note,
            simulated=self.simulated,
        )


def _checked(parse: Any) -> str:
    try:
        return str(parse())
    except InvalidCodeError as error:
        raise refused(INVALID_CODE, error.message, error.remedy) from error


_ONE = Annotated[FeedbackRequest, Tag(in_body("one"))]
_LIST = Annotated[
    Annotated[list[FeedbackRequest], Field(min_length=1, max_length=MOST)], Tag(in_body("list"))
]


def _form(body: object) -> str:
    return in_body("list" if isinstance(body, list) else "one")


class FeedbackBody(RootModel[Annotated[_ONE | _LIST, Discriminator(_form)]]):
    """One verdict, or a list of up to 1,000."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task": "posting-class",
                    "title": "集成电路测试工程师",
                    "text": "负责芯片测试方案与测试程序开发",
                    "target_code": "0809",
                    "verdict": "corrected",
                    "correct_code": "0807",
                    "reason": "要懂测试机台与模拟电路",
                    "origin": "school_correction",
                },
                [
                    {
                        "task": "program-industry",
                        "level": "本科",
                        "program_code": "080710T",
                        "target_code": "C397",
                        "verdict": "accepted",
                        "gain": 0.8,
                    }
                ],
            ]
        }
    )

    @property
    def requests(self) -> list[FeedbackRequest]:
        return self.root if isinstance(self.root, list) else [self.root]


class FeedbackItem(Model):
    """A verdict as it is stored."""

    id: str
    at: datetime
    who: str = Field(description="谁给出的。Id of the principal.")
    task: str
    task_name: str
    title: str
    text: str
    level: str | None
    level_name: str | None
    program_code: str | None
    program_name: str | None
    target_code: str
    target_name: str | None
    verdict: str
    verdict_name: str
    correct_code: str | None
    correct_name: str | None
    gain: float = Field(ge=0, le=1, description="目标（更正时为正确的代码）相配的程度 0–1")
    reason: str
    origin: str
    origin_name: str
    run_id: str | None
    note: str
    simulated: bool
    batch_id: str | None = Field(description="来自文件时所在的批次。Batch of a row from a file.")


class FeedbackAnswer(Model):
    """What became of the verdicts."""

    stored: int = Field(description="新保存的条数")
    repeated: int = Field(description="与本人最近一次说法相同、没有再存的条数")
    warnings: list[str]
    feedback: list[FeedbackItem] = Field(description="各条，按提交的顺序。In the order they came.")


def feedback_items(rows: Iterable[Feedback]) -> list[FeedbackItem]:
    return [FeedbackItem(**_members(row)) for row in rows]


def _members(row: Feedback) -> dict[str, Any]:
    task = Task(row.task)
    return {
        **{name: getattr(row, name) for name in FeedbackItem.model_fields if not name.endswith("_name")},
        "task_name": LABEL_TASKS[task],
        "level_name": level_name(row.level) if row.level else None,
        "program_name": program_name(row.level, row.program_code) if row.level and row.program_code else None,
        "target_name": _target_name(task, row.target_code),
        "verdict_name": VERDICTS[row.verdict],
        "correct_name": _target_name(task, row.correct_code) if row.correct_code else None,
        "origin_name": ORIGINS[row.origin],
    }


def _target_name(task: Task, code: str) -> str | None:
    if task in (Task.PROGRAM_OCCUPATION, Task.TITLE_TITLE):
        return occupation_name(code)
    return _class_names().get(code) if task is Task.POSTING_CLASS else industry_name(code)


@lru_cache(maxsize=1)
def _class_names() -> dict[str, str]:
    return {program.class_code: program.class_name for program in load_reference().programs}


ITEM_EXAMPLE = FeedbackItem(
    id="01939c55-6d1e-7b0a-93f1-5f0c3f7d2a41",
    at=datetime.fromisoformat("2026-11-25T01:20:00+00:00"),
    who="local",
    task="posting-class",
    task_name=LABEL_TASKS[Task.POSTING_CLASS],
    title="集成电路测试工程师",
    text="负责芯片测试方案与测试程序开发",
    level=None,
    level_name=None,
    program_code=None,
    program_name=None,
    target_code="0809",
    target_name="计算机类",
    verdict="corrected",
    verdict_name=VERDICTS["corrected"],
    correct_code="0807",
    correct_name="电子信息类",
    gain=1.0,
    reason="要懂测试机台与模拟电路",
    origin="school_correction",
    origin_name=ORIGINS["school_correction"],
    run_id=RUN_ID,
    note="",
    simulated=False,
    batch_id=None,
)
EXAMPLE = FeedbackAnswer(stored=1, repeated=0, warnings=[], feedback=[ITEM_EXAMPLE])
