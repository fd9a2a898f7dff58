"""Order classes of a run: postings under the rules of their modes, with what registers and earlier classes say."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from app.planning.cells import PostingRow
from app.planning.placement_terms import FixedClass, PlacementResult
from app.planning.profile import Profile
from app.planning.profile_values import Share
from app.planning.supply import OfferingSupply
from app.reference import load_reference
from app.runs.fits import FitTables, Listed
from app.runs.placement import CERTIFIED, NOTHING_KNOWN, Brought, PlacementFacts, place_order_classes
from app.runs.placement_facts import placement_facts
from app.runs.placement_rows import placement_summary, price_rows, unplaced_row
from app.runs.profiles import load_profile
from app.runs.snapshot import Snapshot

LEVEL, PROGRAM = "higher_vocational", "510301"
SCHOOLS = ("4131010856", "4131010247")


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("shanghai")


def posting(name: str, heads: int, mode: str = "order_class", **more: object) -> PostingRow:
    row = PostingRow(
        id=name,
        title="网络工程师",
        level=LEVEL,
        heads=heads,
        mode=mode,
        district_code=None,
        industry_code=None,
        occupation_code=None,
        enterprise=name.upper(),
        class_size_min=None,
        batch_id="b",
        row=1,
        simulated=True,
    )
    return replace(row, **more)  # type: ignore[arg-type]


def run(
    profile: Profile,
    postings: list[PostingRow],
    *,
    seats: tuple[float, ...] = (50.0, 50.0),
    fit: float = 0.6,
    facts: PlacementFacts = NOTHING_KNOWN,
) -> PlacementResult:
    offerings = [
        OfferingSupply(school, LEVEL, PROGRAM, "", None, False, 2025, number, number, {}, (), True)
        for school, number in zip(SCHOOLS, seats, strict=False)
    ]
    nothing: Listed = Listed((), {})
    fits = FitTables(
        programs=Listed((), {f"{LEVEL}:{PROGRAM}": 0}),
        industries=nothing,
        occupations=nothing,
        postings=Listed((), {row.id: i for i, row in enumerate(postings)}),
        industry=np.zeros((1, 0)),
        occupation=np.zeros((1, 0)),
        posting=np.full((1, len(postings)), fit),
        links=frozenset(),
        told=np.full(len(postings), -1),
    )
    empty = ((),) * 6
    snapshot = Snapshot(*empty, tuple(postings), (), (), (), (), (), (), True, "digest")
    return place_order_classes(snapshot, offerings, fits, load_reference(), profile, facts)


def at(result: PlacementResult) -> dict[tuple[str, str], int]:
    return {(item.posting_id, item.key[0]): item.seats for item in result.classes}


def test_recruiting_opens_no_class_and_interns_hold_no_seats(profile: Profile) -> None:
    rows = [posting("a", 40), posting("i", 5, "internship"), posting("r", 30, "recruitment")]
    result = run(profile, rows, seats=(50.0,))
    assert at(result) == {("a", SCHOOLS[0]): 40, ("i", SCHOOLS[0]): 5}  # 80 % of 50 seats
    assert (result.heads_asked, result.heads_placed, result.unplaced) == (45, 45, ())


def test_a_posting_that_breaks_its_mode_is_unplaced_and_told_what_to_do(profile: Profile) -> None:
    facts = PlacementFacts(brought={"m": Brought(teachers=1), "n": Brought(teachers=2)})
    rows = [posting("m", 30, "modern_apprenticeship"), posting("n", 30, "modern_apprenticeship")]
    result = run(profile, rows, facts=facts)
    broken, short = result.unplaced
    assert (broken.posting_id, broken.unmet, broken.reason_code) == ("m", 30, "mode_rules")
    assert "请选派企业教师 3 人" in broken.reason
    assert (short.posting_id, short.unmet, short.reason_code) == ("n", 10, "mode_rules")
    assert sum(at(result).values()) == 20 and result.heads_asked == 60


def test_a_level_the_mode_does_not_allow_is_no_level(profile: Profile) -> None:
    rows = [posting("m", 30, "modern_apprenticeship", level="bachelor")]
    (left,) = run(profile, rows).unplaced
    assert left.reason_code == "no_level"
    row = unplaced_row(left)
    assert row["nearest"]["shortfalls"][0]["condition"] == "level"
    assert row["nearest"]["school_code"] in SCHOOLS


def test_partners_certified_enterprises_and_focus_industries_come_first(profile: Profile) -> None:
    rows = [posting("a", 40), posting("b", 40)]
    assert at(run(profile, rows, seats=(50.0,))) == {("a", SCHOOLS[0]): 25, ("b", SCHOOLS[0]): 15}
    first = PlacementFacts(integration={"B": CERTIFIED})
    assert at(run(profile, rows, seats=(50.0,), facts=first)) == {
        ("a", SCHOOLS[0]): 15,
        ("b", SCHOOLS[0]): 25,
    }
    focus = [rows[0], replace(rows[1], industry_code="C397")]
    assert at(run(profile, focus, seats=(50.0,)))["b", SCHOOLS[0]] == 25
    partner = PlacementFacts(partnerships={("A", SCHOOLS[1]): 0.5})
    assert at(run(profile, rows[:1], facts=partner)) == {("a", SCHOOLS[1]): 40}
    by_code = replace(partner, enterprises={"a": "91310000"}, partnerships={("91310000", SCHOOLS[1]): 1.0})
    assert at(run(profile, rows[:1], facts=by_code)) == {("a", SCHOOLS[1]): 40}


def test_what_is_refused_wished_or_signed_is_heeded(profile: Profile) -> None:
    rows = [posting("a", 40)]
    refused = PlacementFacts(refused=frozenset({("a", SCHOOLS[0])}))
    assert at(run(profile, rows, facts=refused)) == {("a", SCHOOLS[1]): 40}
    unwelcome = PlacementFacts(
        unwelcome=frozenset({("A", SCHOOLS[1])}), wished=frozenset({("a", SCHOOLS[1])})
    )
    assert at(run(profile, rows, facts=unwelcome)) == {("a", SCHOOLS[0]): 40}
    welcomed = PlacementFacts(welcomed=frozenset({("A", SCHOOLS[1])}))
    assert at(run(profile, rows, facts=welcomed)) == {("a", SCHOOLS[1]): 40}
    signed = PlacementFacts(fixed=(FixedClass("a", (SCHOOLS[0], LEVEL, PROGRAM), 25),))
    result = run(profile, rows, seats=(50.0,), facts=signed)
    assert at(result) == {("a", SCHOOLS[0]): 15}
    assert placement_summary(result)["heads_fixed"] == 25
    taught = PlacementFacts(school_teachers={SCHOOLS[0]: 1.0, SCHOOLS[1]: 2.0})
    assert at(run(profile, rows, facts=taught)) == {("a", SCHOOLS[1]): 40}


def test_without_offerings_or_postings_there_is_nothing_to_place(profile: Profile) -> None:
    (left,) = run(profile, [posting("a", 40)], seats=()).unplaced
    assert (left.reason_code, left.unmet, left.nearest) == ("no_level", 40, None)
    nothing = run(profile, [])
    assert (nothing.classes, nothing.unplaced, nothing.prices, nothing.gap) == ((), (), (), 0)
    assert placement_summary(nothing)["heads_asked"] == 0


def test_prices_of_a_program_are_the_mean_of_its_offerings_by_seats(profile: Profile) -> None:
    rows = price_rows(run(profile, [posting("a", 150)], seats=(30.0, 60.0)), simulated=True)
    assert [row["school_code"] for row in rows] == [None, SCHOOLS[1], SCHOOLS[0]] or len(rows) == 3
    whole, parts = rows[0], rows[1:]
    assert (whole["seats"], whole["taken"]) == (72, 72)
    mean = sum(part["heads"] * part["seats"] for part in parts) / 72
    assert whole["heads"] == pytest.approx(mean, abs=1e-3) and whole["heads"] > 0.5


@dataclass(frozen=True)
class Standing:
    posting_id: str
    key: tuple[str, str, str]
    heads: int
    held: bool
    mode: str = "order_class"
    enterprise: str = "91310000"
    start_year: int = 2027


@dataclass(frozen=True)
class Said:
    id: str
    credit_code: str | None = "91310000"
    teachers: int | None = None
    partner_schools: tuple[str, ...] = ()
    excluded_schools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tied:
    credit_code: str
    integration: str
    partners: tuple[tuple[str, tuple[str, ...]], ...]
    posting_id: str = "a"
    workplaces: int | None = None


def test_facts_come_from_standing_classes_terms_and_registers(profile: Profile) -> None:
    rows = [posting("a", 40)]
    first, second = ((school, LEVEL, PROGRAM) for school in SCHOOLS)

    def placed(**records: object) -> dict[tuple[str, str], int]:
        facts = placement_facts(profile, **records)  # type: ignore[arg-type]
        return at(run(profile, rows, facts=facts))

    assert placed(classes=[Standing("a", first, 25, held=False)]) == {("a", SCHOOLS[1]): 40}
    assert placed(classes=[Standing("a", second, 25, held=True)]) == {("a", SCHOOLS[0]): 15}
    # seats of another intake are not these: both offerings have 40, and the class of 30 fits beside the one that runs
    elsewhere = [Standing("x", first, 40, held=True), Standing("y", second, 40, held=True, start_year=2025)]
    assert placed(classes=elsewhere, intake=2027) == {("a", SCHOOLS[1]): 40}
    assert placed(terms=[Said("a", partner_schools=(SCHOOLS[1],))]) == {("a", SCHOOLS[1]): 40}
    assert placed(terms=[Said("a", excluded_schools=(SCHOOLS[0],))]) == {("a", SCHOOLS[1]): 40}
    tie = Tied("91310000", "certified", ((SCHOOLS[1], ("lead",)),))
    assert placed(terms=[Said("a")], ties=[tie]) == {("a", SCHOOLS[1]): 40}
    facts = placement_facts(profile, terms=[Said("a", teachers=3)], ties=[tie])
    assert facts.integration == {"91310000": CERTIFIED} and facts.brought["a"].teachers == 3


def test_how_strong_a_partnership_is_stands_in_the_profile(profile: Profile) -> None:
    ties = [Tied("91310000", "", ((SCHOOLS[0], ("base",)), (SCHOOLS[1], ("alliance", "joint_work"))))]

    def strengths(of: Profile) -> dict[tuple[str, str], float]:
        return dict(placement_facts(of, ties=ties).partnerships)  # type: ignore[arg-type]

    assert strengths(profile) == {("91310000", SCHOOLS[0]): 0.7, ("91310000", SCHOOLS[1]): 0.76}
    close = profile.partnerships.model_copy(update={"alliance": Share(value=0.9, source="某市办法")})
    told = profile.model_copy(update={"partnerships": close})
    assert strengths(told) == {("91310000", SCHOOLS[0]): 0.7, ("91310000", SCHOOLS[1]): 0.96}
