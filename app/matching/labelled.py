"""What the matching learns from: a source, a target, and how far the one fits the other."""

from dataclasses import dataclass

from app.matching.documents import Task


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One label. `title` and `text` describe the source; `level` and `program_code` name it where it is a program.

    `target`: an occupation, industry or program class code, as `task` has it. `gain` (0-1): how far it is right; 0
    is a wrong answer that somebody named. `weight` (> 0): how much the label counts beside one carefully made
    label, which is 1; verdicts of several people add up. `origin`: where the latest verdict came from.
    """

    task: Task
    title: str
    text: str
    level: str | None
    program_code: str | None
    target: str
    gain: float
    weight: float
    origin: str
