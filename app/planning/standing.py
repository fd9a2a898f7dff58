"""Standing decisions 已有决定: what accepted, rejected and deferred recommendations mean for the next run."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.balance import ProgramBalance, ProgramKey
from app.planning.decision import Decision
from app.planning.evidence import Evidence, threshold
from app.planning.profile import Profile
from app.planning.profile_values import Number
from app.planning.rates import Key
from app.planning.supply import OfferingSupply, new_offering, resized

ACTIONS = {
    "open": "增设",
    "expand": "扩招",
    "upgrade": "改造升级",
    "shrink": "缩减",
    "suspend": "停招",
    "close": "撤销",
}
ENDS = ("suspend", "close")


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision of a reviewer that is in force, on the recommendation of one action for one offering."""

    school_code: str
    level: str
    program_code: str
    action: str
    state: str
    """accepted, rejected or deferred."""
    seats: float
    """Seats the recommendation proposed, 人/年."""
    demand: float
    supply: float
    """Of the program in the run that was reviewed, 人/年."""
    year: int | None
    """Of an acceptance: the plan year from which the change holds."""
    until: str | None
    """Of a deferral: the day from which it may be proposed again (ISO 8601)."""
    on: str
    """The day of the decision (ISO 8601)."""
    who: str
    reason: str

    @property
    def key(self) -> Key:
        return (self.school_code, self.level, self.program_code)


@dataclass(frozen=True, slots=True)
class Planned:
    """An accepted change that the supply of a run counts already."""

    decision: DecisionRow
    seats_before: float
    seats: float


class Standing:
    """The decisions in force, asked by the rules whether an action may be proposed."""

    def __init__(
        self,
        decisions: Sequence[DecisionRow] = (),
        planned: Sequence[Planned] = (),
        change: Number | None = None,
        school_names: Mapping[str, str] | None = None,
    ) -> None:
        """`decisions`: those still to be heeded; `planned`: those of them that are in the supply; `change`: the profile's
        `review.figure_change`.
        """
        self._change = change
        self._names = school_names or {}
        self._by_key: dict[Key, list[DecisionRow]] = defaultdict(list)
        for decision in decisions:
            self._by_key[decision.key].append(decision)
        self._planned: dict[ProgramKey, list[Planned]] = defaultdict(list)
        for change_ in planned:
            self._planned[change_.decision.key[1:]].append(change_)

    def evidence(self, program: ProgramKey) -> list[Evidence]:
        """The accepted changes of the program that its supply counts, one line each."""
        return [
            Evidence(
                "planned",
                each.seats - each.seats_before,
                "人/年",
                f"已接受的调整：{self._names.get(each.decision.school_code, each.decision.school_code)}"
                f"自 {each.decision.year} 年起{ACTIONS[each.decision.action]}，"
                f"招生由 {each.seats_before:.0f} 人变为 {each.seats:.0f} 人"
                f"（{each.decision.who}，{each.decision.on}），供给已按此计",
            )
            for each in self._planned.get(program, ())
        ]

    def heeded(self, key: Key, decision: Decision, balance: ProgramBalance | None) -> Decision:
        """The rules' decision on an offering, or keeping it where a reviewer has decided on this before."""
        held = self.withheld(key, decision.action, balance)
        return held.withholding(decision) if held is not None else decision

    def withheld(self, key: Key, action: str, balance: ProgramBalance | None) -> "Held | None":
        """Why `action` is not proposed for the offering, or None.

        An accepted change holds back every other until the plans show it. A rejected action comes again once the
        program's demand or supply has changed by more than the profile says; a deferred one when its day has come.
        """
        if action == "keep":
            return None
        for decision in self._by_key.get(key, ()):
            if decision.state == "accepted":
                return Held(decision, f"已接受{ACTIONS[decision.action]}，自 {decision.year} 年起落实")
            if decision.action != action:
                continue
            if decision.state == "deferred":
                return Held(decision, f"{ACTIONS[action]}已暂缓到 {decision.until}")
            if balance is None or self._change is None:
                return Held(decision, f"{ACTIONS[action]}已被否决")
            moved = max(_moved(decision.demand, balance.demand), _moved(decision.supply, balance.supply))
            if moved <= self._change.value:
                line = threshold(
                    "review.rejected",
                    self._change,
                    f"该专业的需求和供给自否决以来变化 {moved:.0%}，不超过 {self._change.value:.0%} 时不再提出",
                )
                return Held(decision, f"{ACTIONS[action]}已被否决，此后数字变化不大", line)
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """An action that is not proposed because of a decision."""

    decision: DecisionRow
    words: str
    line: Evidence | None = None

    def withholding(self, decision: Decision) -> Decision:
        """Keeping the offering, with the reviewer's decision as the reason and the rules that fired kept."""
        mine = self.decision
        return replace(
            decision,
            action="keep",
            reason=f"{self._said()}，不重复建议",
            rules=(f"review.{mine.state}", *decision.rules),
            thresholds=(*decision.thresholds, *((self.line,) if self.line else ())),
        )

    def evidence(self) -> Evidence:
        """The decision as a line of evidence."""
        return Evidence(f"review.{self.decision.state}", None, "", self._said())

    def _said(self) -> str:
        mine = self.decision
        return f"{self.words}（{mine.who}，{mine.on}：{mine.reason}）"


def _moved(then: float, now: float) -> float:
    """Relative change, 0 at least; of nothing, the whole of what has come since."""
    return abs(now - then) / max(abs(then), 1.0)


def carried_out(
    offerings: Sequence[OfferingSupply], decisions: Sequence[DecisionRow], profile: Profile
) -> tuple[tuple[OfferingSupply, ...], tuple[DecisionRow, ...], tuple[Planned, ...]]:
    """Offerings as the accepted decisions will have them, the decisions still to be heeded, and those carried out.

    A decision is spent once the plan of its offering is of its year or later: then the data speak. One of a year
    after the planned one is heeded, but changes nothing yet. A suspended or closed offering leaves the supply; one
    that was only registered, or not there at all, is opened with the seats proposed.
    """
    by_key = {offering.key: offering for offering in offerings}
    heeded, planned = [], []
    for decision in decisions:
        offering = by_key.get(decision.key)
        if decision.state != "accepted" or decision.year is None:
            heeded.append(decision)
            continue
        if offering is not None and offering.year is not None and offering.year >= decision.year:
            continue
        heeded.append(decision)
        if decision.year > profile.demand.year.value or decision.action == "upgrade":
            continue
        before = offering.seats if offering is not None else 0.0
        if decision.action in ENDS:
            if offering is None:
                continue
            del by_key[decision.key]
            planned.append(Planned(decision, before, 0.0))
        elif offering is not None:
            seats = max(before, decision.seats) if decision.action == "open" else decision.seats
            by_key[decision.key] = resized(offering, seats, profile)
            planned.append(Planned(decision, before, seats))
        elif decision.action == "open":
            here = next((o for o in offerings if o.school_code == decision.school_code), None)
            by_key[decision.key] = new_offering(
                decision.key,
                decision.seats,
                profile,
                campus=here.campus if here else "",
                district_code=here.district_code if here else None,
            )
            planned.append(Planned(decision, 0.0, decision.seats))
    return tuple(by_key[key] for key in sorted(by_key)), tuple(heeded), tuple(planned)
