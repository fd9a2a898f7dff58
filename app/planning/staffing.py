"""Staffing 用人结构: which occupations an industry employs, learned from postings and shrunk towards what is above it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.planning.cells import DemandCell, Staffing

_LENGTHS = (0, 1, 3, 4, 5)
"""Lengths of a GB/T 4754 code: the whole, section, division, group, class."""
_Node = tuple[str, str | None]
"""(industry code, level or None for all levels)."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One posting that asks for an occupation in an industry."""

    industry_code: str | None
    """None: the occupation counts for the whole only."""
    occupation_code: str
    level: str | None
    weight: float
    """Heads, less where the occupation was matched and not named."""
    simulated: bool


class StaffingPattern:
    """Shares of occupations by industry and level: p(o | industry, level) with its parents behind it.

    With n(o) the weight of the sightings of occupation o at a node and n their sum, from the whole downwards

        p(o | whole) = n(o) / (n + κ),        p(o | node) = (n(o) + κ · p(o | parent)) / (n + κ),

    the posterior mean under a hierarchical Dirichlet process (Teh, Jordan, Beal & Blei 2006, JASA 101) whose base is
    the occupations that no posting has shown yet: a node with few sightings is that of its parent, one with many
    speaks for itself; λ = n / (n + κ) is how far. What is missing from Σ p = 1 belongs to occupations not seen.
    The parent of an industry at a level is the industry, of an industry the one above it, of a section the whole.

    Weights are scaled by Σw / Σw² (the effective sample size of Kish 1965, Survey Sampling), so that κ counts
    postings however many heads each asks for.
    """

    def __init__(self, sightings: Iterable[Sighting], strength: float) -> None:
        """`strength` is κ > 0, in postings."""
        seen = [each for each in sightings if each.weight > 0]
        self.strength = strength
        self.postings = len(seen)
        squares = sum(each.weight**2 for each in seen)
        scale = sum(each.weight for each in seen) / squares if squares > 0 else 0.0
        self._counts: dict[_Node, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._seen: dict[_Node, int] = defaultdict(int)
        self._simulated: dict[_Node, bool] = defaultdict(bool)
        for each in seen:
            for node in _nodes(each.industry_code or "", each.level):
                self._counts[node][each.occupation_code] += each.weight * scale
                self._seen[node] += 1
                self._simulated[node] |= each.simulated

    def shares(self, industry_code: str, level: str | None) -> dict[str, Staffing]:
        """Occupations with their share 0-1 of an industry's heads at a level, largest first; they add up to 1 at most."""
        if not self.postings:
            return {}
        shares: dict[str, float] = defaultdict(float)
        own: dict[str, float] = defaultdict(float)
        for node in _nodes(industry_code, level):
            counts = self._counts.get(node, {})
            kept = self.strength / (sum(counts.values()) + self.strength)
            of_industry = node[0] == industry_code
            for code in shares:
                shares[code] *= kept
                own[code] *= kept
            for code, count in counts.items():
                part = count * kept / self.strength
                shares[code] += part
                own[code] += part if of_industry else 0.0
        node = (industry_code, None)
        return {
            code: Staffing(share, own[code] / share, self._seen.get(node, 0), self._simulated["", None])
            for code, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        }


def _nodes(industry_code: str, level: str | None) -> list[_Node]:
    """The nodes a sighting counts at, and an estimate is built through: the whole first."""
    nodes: list[_Node] = [
        (industry_code[:length], None) for length in _LENGTHS if length <= len(industry_code)
    ]
    return [*nodes, (industry_code, level)] if level is not None else nodes


def spread_over_occupations(
    cells: Sequence[DemandCell], pattern: StaffingPattern, most: int, least: float
) -> list[DemandCell]:
    """Cells that name industries and no occupation, divided over the occupations of their pattern.

    Of each at most `most` occupations are told apart, each with a share of `least` or more; the rest of its heads
    stays with the industry, so that heads are conserved. Several industries count equally.
    """
    divided: list[DemandCell] = []
    for cell in cells:
        if cell.kind == "posting" or cell.occupation_code or not cell.industry_codes or cell.central <= 0:
            divided.append(cell)
            continue
        found: dict[str, list[Staffing]] = defaultdict(list)
        for code in cell.industry_codes:
            for occupation, part in pattern.shares(code, cell.level).items():
                found[occupation].append(part)
        shares = [(code, _mean(parts, len(cell.industry_codes))) for code, parts in found.items()]
        shares = sorted(
            ((code, part) for code, part in shares if part.share >= least),
            key=lambda item: (-item[1].share, item[0]),
        )[:most]
        rest = 1.0 - sum(part.share for _, part in shares)
        parts = [
            replace(
                _scaled(cell, part.share),
                key=f"{cell.key}>{code}",
                record=cell.key,
                occupation_code=code,
                staffing=part,
                simulated=cell.simulated or part.simulated,
            )
            for code, part in shares
        ]
        divided += [*parts, replace(_scaled(cell, rest), record=cell.key)] if parts else [cell]
    return divided


def _mean(parts: Sequence[Staffing], industries: int) -> Staffing:
    share = sum(part.share for part in parts) / industries
    own = sum(part.share * part.own for part in parts) / (share * industries)
    return Staffing(share, own, max(p.postings for p in parts), any(p.simulated for p in parts))


def _scaled(cell: DemandCell, share: float) -> DemandCell:
    return replace(cell, low=cell.low * share, central=cell.central * share, high=cell.high * share)
