"""A decision: which action an offering calls for, and why."""

from dataclasses import dataclass, replace

from app.planning.evidence import Evidence

LABELS = {
    "open": "增设",
    "expand": "扩招",
    "keep": "保持",
    "upgrade": "改造升级",
    "shrink": "缩减",
    "suspend": "停招",
    "close": "撤销",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """An action with its reason in words, the rules that fired and the thresholds they compared with."""

    action: str
    reason: str
    rules: tuple[str, ...]
    thresholds: tuple[Evidence, ...] = ()
    of_itself: bool = False
    """It rests on enrolment or outcomes of the offering, not on a surplus: no surplus limits it."""

    def also(self, rule: str, reason: str = "", line: Evidence | None = None) -> "Decision":
        return replace(
            self,
            reason=self.reason + reason,
            rules=(*self.rules, rule),
            thresholds=(*self.thresholds, line) if line else self.thresholds,
        )
