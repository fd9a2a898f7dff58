"""Reading the published run: filters and pages. Every row returned belongs to that one run."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from app.models import (
    Apprenticeship,
    Balance,
    Base,
    BlockingPair,
    Fit,
    Indicator,
    Offering,
    OpeningCandidate,
    Pathway,
    Placement,
    Portfolio,
    Posting,
    Recommendation,
    Run,
    SeatPrice,
    UnmetDemand,
    UnplacedPosting,
)
from app.runs.pages import Rows, Window, equal, page
from app.runs.publish import current_run

Row = TypeVar("Row", bound=Base)
ProgramKey = tuple[str, str]
"""(level, program code)."""

BALANCE_ORDERS = ("gap", "demand", "supply", "ratio")
_LARGEST_ID = 2**31 - 1


class Published:
    """The results of the published run, read through one session."""

    def __init__(self, session: Session, run: Run) -> None:
        self.session = session
        self.run = run

    @classmethod
    def current(cls, session: Session) -> "Published":
        """The run served now. Raises NothingPublishedError where there is none."""
        return cls(session, current_run(session))

    def offerings(
        self,
        window: Window,
        *,
        school: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
        district: str | None = None,
        simulated: bool | None = None,
    ) -> Rows[Offering]:
        """Offerings by school, level and program."""
        found = self._of(Offering).where(
            *equal(
                (Offering.school_code, school),
                (Offering.level, level),
                (Offering.district_code, district),
                (Offering.simulated, simulated),
            ),
            *_programs(Offering.level, Offering.program_code, programs),
        )
        order = (Offering.school_code, Offering.level, Offering.program_code, Offering.campus, Offering.id)
        return self._page(found.order_by(*order), window)

    def balances(
        self,
        window: Window,
        *,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
        order: str = "gap",
        descending: bool = True,
    ) -> Rows[Balance]:
        """Balances in the order of one of BALANCE_ORDERS; programs without a ratio always come last."""
        if order not in BALANCE_ORDERS:
            raise ValueError(f"unknown order {order}")
        column = getattr(Balance, order)
        found = self._of(Balance).where(
            *equal((Balance.level, level)), *_programs(Balance.level, Balance.program_code, programs)
        )
        key = (column.desc() if descending else column.asc()).nulls_last()
        return self._page(found.order_by(key, Balance.level, Balance.program_code, Balance.id), window)

    def balance(self, level: str, program_code: str) -> Balance | None:
        return self.session.scalars(
            self._of(Balance).where(Balance.level == level, Balance.program_code == program_code)
        ).first()

    def unmet(
        self, window: Window, *, level: str | None = None, industries: Collection[str] | None = None
    ) -> Rows[UnmetDemand]:
        """Demand that nobody trains for, most heads first."""
        found = self._of(UnmetDemand).where(*equal((UnmetDemand.level, level)))
        if industries is not None:
            found = found.where(UnmetDemand.industry_code.in_(industries))
        return self._page(found.order_by(UnmetDemand.unmet.desc(), UnmetDemand.cell, UnmetDemand.id), window)

    def recommendations(
        self,
        window: Window,
        *,
        actions: Collection[str] | None = None,
        school: str | None = None,
        district: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
        industry: str | None = None,
        simulated: bool | None = None,
    ) -> Rows[Recommendation]:
        """Recommendations, highest priority first.

        `industry` begins a division or group code: `C` is all of manufacturing, `C39` one division
        with its groups.
        """
        found = self._of(Recommendation).where(
            *equal(
                (Recommendation.school_code, school),
                (Recommendation.district_code, district),
                (Recommendation.level, level),
                (Recommendation.simulated, simulated),
            ),
            *_programs(Recommendation.level, Recommendation.program_code, programs),
        )
        if actions:
            found = found.where(Recommendation.action.in_(actions))
        if industry is not None:
            # The list is stored as JSON text, ["C39", "I65"], on both databases: a quote begins each code.
            found = found.where(
                cast(Recommendation.industry_codes, Text).contains(f'"{industry}', autoescape=True)
            )
        return self._page(found.order_by(Recommendation.priority.desc(), Recommendation.id), window)

    def recommendation(self, recommendation_id: int) -> Recommendation | None:
        if not 0 < recommendation_id <= _LARGEST_ID:
            return None
        return self.session.scalars(
            self._of(Recommendation).where(Recommendation.id == recommendation_id)
        ).first()

    def portfolio(self) -> Portfolio | None:
        """The portfolio; None in a run from before there were any."""
        return self.session.scalars(self._of(Portfolio)).first()

    def fits_of_program(
        self, window: Window, level: str, program_code: str, *, kind: str | None = None
    ) -> Rows[Fit]:
        """What a program fits best: by kind of target, then by rank."""
        found = self._of(Fit).where(
            Fit.level == level, Fit.program_code == program_code, *equal((Fit.target_kind, kind))
        )
        return self._page(found.order_by(Fit.target_kind, Fit.rank, Fit.target_code), window)

    def fits_of_target(
        self,
        window: Window,
        kind: str,
        codes: Collection[str],
        *,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
    ) -> Rows[Fit]:
        """Programs that fit any of the targets, each once with its best target, best fit first."""
        place = func.row_number().over(
            partition_by=(Fit.level, Fit.program_code), order_by=(Fit.score.desc(), Fit.target_code)
        )
        ranked = (
            select(Fit, place.label("place"))
            .where(Fit.run_id == self.run.id, Fit.target_kind == kind, Fit.target_code.in_(codes))
            .where(*equal((Fit.level, level)), *_programs(Fit.level, Fit.program_code, programs))
            .subquery()
        )
        best = aliased(Fit, ranked)
        found = select(best).where(ranked.c.place == 1)
        return self._page(found.order_by(best.score.desc(), best.level, best.program_code), window)

    def placements(
        self,
        window: Window,
        *,
        posting: str | None = None,
        school: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
    ) -> Rows[Placement]:
        """Order classes, in the order in which the run placed them."""
        found = self._of(Placement).where(
            *equal(
                (Placement.posting_id, posting), (Placement.school_code, school), (Placement.level, level)
            ),
            *_programs(Placement.level, Placement.program_code, programs),
        )
        return self._page(found.order_by(Placement.id), window)

    def unplaced(
        self, window: Window, *, posting: str | None = None, reason: str | None = None
    ) -> Rows[UnplacedPosting]:
        """Postings whose heads could not all be placed, most unmet heads first."""
        found = self._of(UnplacedPosting).where(
            *equal((UnplacedPosting.posting_id, posting), (UnplacedPosting.reason_code, reason))
        )
        return self._page(found.order_by(UnplacedPosting.unmet.desc(), UnplacedPosting.id), window)

    def seat_prices(
        self,
        window: Window,
        *,
        by: str = "program",
        school: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
    ) -> Rows[SeatPrice]:
        """What one more seat would bring, of programs or of offerings, the most first."""
        whole = SeatPrice.school_code.is_(None)
        found = self._of(SeatPrice).where(
            whole if by == "program" else ~whole,
            *equal((SeatPrice.school_code, school), (SeatPrice.level, level)),
            *_programs(SeatPrice.level, SeatPrice.program_code, programs),
        )
        order = (SeatPrice.heads.desc(), SeatPrice.cost.desc(), SeatPrice.id)
        return self._page(found.order_by(*order), window)

    def blocking_pairs(
        self, window: Window, *, posting: str | None = None, school: str | None = None
    ) -> Rows[BlockingPair]:
        """Blocking pairs that the run listed, the largest gain first."""
        found = self._of(BlockingPair).where(
            *equal((BlockingPair.posting_id, posting), (BlockingPair.school_code, school))
        )
        return self._page(found.order_by(BlockingPair.gain.desc(), BlockingPair.id), window)

    def pathways(
        self,
        window: Window,
        *,
        kind: str | None = None,
        school: str | None = None,
        program: str | None = None,
    ) -> Rows[Pathway]:
        """Pairs for pathways, best first; `school` and `program` stand on either side."""
        found = self._of(Pathway).where(*equal((Pathway.kind, kind)))
        if school is not None:
            found = found.where(or_(Pathway.from_school_code == school, Pathway.to_school_code == school))
        if program is not None:
            found = found.where(or_(Pathway.from_program_code == program, Pathway.to_program_code == program))
        return self._page(found.order_by(Pathway.score.desc(), Pathway.id), window)

    def indicators(self, window: Window, grouping: str, *, level: str | None = None) -> Rows[Indicator]:
        """Groups of one grouping, by level and code."""
        found = self._of(Indicator).where(Indicator.grouping == grouping, *equal((Indicator.level, level)))
        return self._page(found.order_by(Indicator.id), window)

    def openings(
        self,
        window: Window,
        *,
        school: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
        chosen: bool | None = None,
    ) -> Rows[OpeningCandidate]:
        """Programs that schools could open, the readiest first."""
        table = OpeningCandidate
        found = self._of(table).where(
            *equal((table.school_code, school), (table.level, level), (table.chosen, chosen)),
            *_programs(table.level, table.program_code, programs),
        )
        return self._page(found.order_by(table.score.desc(), table.id), window)

    def apprenticeships(
        self,
        window: Window,
        *,
        posting: str | None = None,
        school: str | None = None,
        level: str | None = None,
        programs: Collection[ProgramKey] | None = None,
        asked: bool | None = None,
    ) -> Rows[Apprenticeship]:
        """Candidates for apprenticeships, in the order in which the run ranked them."""
        table = Apprenticeship
        found = self._of(table).where(
            *equal(
                (table.posting_id, posting),
                (table.school_code, school),
                (table.level, level),
                (table.asked, asked),
            ),
            *_programs(table.level, table.program_code, programs),
        )
        return self._page(found.order_by(table.id), window)

    def postings(self, ids: Iterable[str]) -> dict[str, Posting]:
        """The postings with these ids. Postings are never changed, so they are those the run has read."""
        found = self.session.scalars(select(Posting).where(Posting.id.in_(sorted(set(ids)))))
        return {posting.id: posting for posting in found}

    def _of(self, table: type[Row]) -> Select[Row]:
        run_id: ColumnElement[str] = table.run_id  # type: ignore[attr-defined]
        return select(table).where(run_id == self.run.id)

    def _page(self, found: Select[Row], window: Window) -> Rows[Row]:
        return page(self.session, found, window)


def _programs(level: Any, code: Any, keys: Collection[ProgramKey] | None) -> list[ColumnElement[bool]]:
    """The condition that (level, code) is one of the keys; None sets no condition, no keys fit no row."""
    if keys is None:
        return []
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for key_level, key_code in keys:
        codes[key_level].add(key_code)
    if not codes:
        return [false()]
    return [or_(*(and_(level == each, code.in_(sorted(codes[each]))) for each in sorted(codes)))]
