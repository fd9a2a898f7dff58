"""What a placement 订单班安排 is told and what it answers: postings, offerings, pairs, rules, classes."""

from dataclasses import dataclass, field

from app.planning.placement_problem import Floats, Ints
from app.planning.placement_reasons import Unplaced
from app.planning.rates import Key


@dataclass(frozen=True, slots=True)
class PlacementPosting:
    """A posting that asks for classes: heads 人, and the sizes a class may have."""

    id: str
    heads: int
    class_size_min: int
    class_size_max: int
    priority: float = 1.0
    """Multiplies the cost of its unmet heads."""
    enterprise: str = ""
    """Whose it is: what tells enterprises apart, e.g. the credit code. Empty: an enterprise of its own."""
    takes_seats: bool = True
    """False for modes whose students hold no seat of the order classes: interns, employees who train."""
    teachers_per_class: float = 0.0
    """Teachers of the school that one class needs, after those whom the enterprise brings."""


@dataclass(frozen=True, slots=True)
class PlacementOffering:
    key: Key
    seats: int
    """Seats 人 that order classes may take in all."""
    teachers: float | None = None
    """Teachers of the offering free for order classes; None: not known, and no limit of its own."""
    places: int | None = None
    """Students 人 for modes that take no seats; None: as many as seats."""


@dataclass(frozen=True, slots=True)
class PlacementRules:
    """Weights are costs per head; what they are in a jurisdiction is for its profile to say."""

    fit_floor: float = 0.1
    unmet_weight: float = 10.0
    """Cost of a head that stays unmet."""
    fit_weight: float = 5.0
    """Cost per head of a fit of 0; a fit of 1 costs nothing."""
    distance_weight: float = 0.2
    """Cost per head and 10 km."""
    partnership_weight: float = 1.0
    """What an existing partnership of full strength saves per head."""
    preference_weight: float = 1.0
    """What a full preference of the enterprise or of the school saves per head; of both, twice as much."""
    class_weight: float = 0.0
    """Cost of each class that opens: above 0, fewer and larger classes are preferred."""
    enterprise_share: float | None = 1.0
    """Most of an offering's seats, 0-1, that one enterprise may hold while another that could use them lacks a class;
    room for a class of the other is left in any case. None: whoever costs least may hold them all."""
    gap: float = 0.005
    """Proven relative distance from the best at which the search stops."""
    node_limit: int = 20_000
    """Nodes after which a whole search stops with the gap it has: unlike seconds, the same on every machine."""
    time_limit: float | None = None
    """Seconds after which the search stops with the gap it has. None, because a result that depends on the speed
    of a machine cannot be repeated."""
    search_pairs: int = 10_000
    """Eligible pairs up to which they are searched whole where patterns leave a wider gap."""
    blocking_shown: int = 100
    """Blocking pairs listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The p pairs of postings and offerings that may be looked at, as parallel arrays (p,), in any order.

    For a large city: n × m tables of 5,000 postings and 20,000 offerings would not fit in memory.
    """

    posting: Ints
    offering: Ints
    fit: Floats
    """0-1."""
    level_fit: Floats
    """How far the level answers what is asked, 0-1; 0 makes the pair ineligible."""
    distance_km: Floats
    """NaN where unknown."""
    partnership: Floats
    """Strength of an existing partnership, 0-1: earlier classes, a common alliance."""
    enterprise_wish: Floats | None = None
    """How much the enterprise asks for this school or offering, 0-1; NaN: it excludes it. None: it says nothing."""
    school_wish: Floats | None = None
    """The same of the school for the enterprise."""


@dataclass(frozen=True, slots=True)
class FixedClass:
    """A class that stays as it is: signed or running; or proposed to others, while one posting is placed anew."""

    posting_id: str
    key: Key
    heads: int
    """Seats 人 it holds."""
    classes: int = 1
    enterprise: str = ""
    """Needed where its posting is not among those that are placed."""
    takes_seats: bool = True
    teachers: float = 0.0
    """Teachers of the school it needs in all."""
    of_intake: bool = True
    """False for one of another intake: its heads and teachers count, but the seats it holds are not these."""


@dataclass(frozen=True, slots=True)
class PlacedClass:
    """Heads of one posting at one offering."""

    posting_id: str
    key: Key
    seats: int
    fit: float
    distance_km: float | None
    classes: int = 1
    """Classes these heads make up, each within the posting's class sizes."""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatPrice:
    """What one more seat of an offering would bring, from the linear relaxation."""

    key: Key
    cost: float
    """By how much the objective would fall."""
    heads: float
    """Heads 人 more that could be placed, 0-1."""
    seats: int
    taken: int
    """Seats there are, and those that classes hold."""


@dataclass(frozen=True, slots=True)
class BlockingPair:
    """A posting and an offering that would both rather have each other than what they got."""

    posting_id: str
    key: Key
    heads: int
    """Heads 人 they could agree on, at least a class."""
    gain: float
    """What both together would gain per head: the enterprise over its worst such heads, the school likewise."""


@dataclass(frozen=True, slots=True)
class PlacementResult:
    classes: tuple[PlacedClass, ...]
    """In order of postings, then offerings; without those that were fixed."""
    unplaced: tuple[Unplaced, ...]
    objective: float
    lp_bound: float
    """Cost of the linear relaxation: no placement can cost less."""
    gap: float
    """(objective − best bound proved) / objective."""
    seconds: float
    """Wall time; not part of a run's digest."""
    status: str = "optimal"
    """optimal (within the gap of the rules), node_limit, time_limit, or restricted: too large to be searched whole."""
    heads_asked: int = 0
    heads_placed: int = 0
    """Of these, fixed classes count as asked and placed."""
    heads_fixed: int = 0
    bound: float = 0.0
    """The best bound proved; at least `lp_bound`."""
    prices: tuple[SeatPrice, ...] = ()
    """Offerings where one more seat would bring something, dearest first."""
    blocking: tuple[BlockingPair, ...] = ()
    """The first of them, largest gain first."""
    blocking_count: int = 0
    """How many there are in all."""
    shared: tuple[Key, ...] = field(default=())
    """Offerings where an enterprise was held to its share for the sake of another."""
