"""Repeats 重复岗位: one opening posted twice is counted once."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.planning.cells import PostingRow
from app.planning.warning import Warning

SHINGLE = 5
"""Characters of the pieces by which texts are compared."""


def without_repeats(
    postings: Sequence[PostingRow],
    texts: Mapping[str, str],
    *,
    similarity: float,
    heads_tolerance: float,
) -> tuple[list[PostingRow], dict[str, str], list[Warning]]:
    """Postings less those that repeat another, the id of the kept posting by that of each repeat, and a warning.

    Two postings are one where enterprise, title (without brackets, marks and case), level and mode are the same, the
    districts do not differ, heads differ by no more than `heads_tolerance` of the larger (or one head), and the
    texts have a Jaccard similarity of pieces of five characters of `similarity` 0-1 at least (Broder 1997, On the
    resemblance and containment of documents). The one with most heads is kept, of equals the earlier.
    """
    blocks: dict[tuple[object, ...], list[PostingRow]] = defaultdict(list)
    for row in postings:
        blocks[_plain(row.enterprise), _title(row.title), row.level, row.mode].append(row)
    repeats: dict[str, str] = {}
    for block in blocks.values():
        if len(block) < 2:
            continue
        kept: list[tuple[PostingRow, frozenset[str]]] = []
        for row in sorted(block, key=lambda row: -row.heads):
            pieces = _pieces(texts.get(row.id, ""))
            same = next(
                (
                    other
                    for other, theirs in kept
                    if None in (row.district_code, other.district_code)
                    or row.district_code == other.district_code
                    if abs(row.heads - other.heads) <= max(heads_tolerance * other.heads, 1)
                    if resemblance(pieces, theirs) >= similarity
                ),
                None,
            )
            if same is None:
                kept.append((row, pieces))
            else:
                repeats[row.id] = same.id
    rows = [row for row in postings if row.id not in repeats]
    if not repeats:
        return rows, repeats, []
    heads = sum(row.heads for row in postings if row.id in repeats)
    text = f"{len(repeats)} 条岗位（共 {heads} 人）与同一企业的另一条岗位名称、内容和人数相同或极近，需求中只计一次"
    return rows, repeats, [Warning("repeated_posting", text, tuple(sorted(repeats)))]


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """|A ∩ B| / |A ∪ B| of two sets of pieces, 0-1; 0 where both are empty: without a text nothing tells them apart."""
    both = len(one | other)
    return len(one & other) / both if both else 0.0


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def _title(text: str) -> str:
    without = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]", "", unicodedata.normalize("NFKC", text))
    return _plain(without) or _plain(text)


def _pieces(text: str) -> frozenset[str]:
    plain = _plain(text)
    if len(plain) <= SHINGLE:
        return frozenset((plain,)) if plain else frozenset()
    return frozenset(plain[i : i + SHINGLE] for i in range(len(plain) - SHINGLE + 1))
