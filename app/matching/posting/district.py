"""District of the place of work 工作地点."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from app.matching.normalise import normalise
from app.matching.posting.clauses import Line
from app.matching.posting.lexicon import Lexicon
from app.reference import load_reference

_ADDRESS = re.compile(
    r"(?:工作|上班|办公|公司|项目|入职|就业|门店|实习|驻场)(?:地点|地址|场地|位置|所在地|区域|城市|地)|地址|地点|"
    r"坐标|常住地|驻场|base|location|总部|搬迁|工作地"
)
_ELSEWHERE = re.compile(
    r"面试|居住|户籍|户口|班车|公交|路线|籍贯|限\S{0,4}人|面谈|候选人|创立|成立|注册|周边|附近居民"
)
_STREET = re.compile(
    r"^(?:东|西|南|北|中)?(?:[一二三四五]?路|大道|支路|街(?!道)|发展银行|银行|集团|股份|寺路|医院|机场(?!镇)|站台|"
    r"火车站|办公|软件有限|线)"
)
_NEAR: Final = 60
"""Characters before a place in which 工作地点 or 面试 speaks of it."""
_NAMED: Final = 1
_TITLED: Final = 4
_ADDRESSED: Final = 3


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    districts = load_reference().districts
    names = {normalise(name): code for name, code in districts.places.items()}
    for district in districts:
        short = district.name.removesuffix("新区").removesuffix("区")
        names |= {normalise(district.name): district.code, normalise(short): district.code}
    return Lexicon(names)


def read_district(lines: Sequence[Line]) -> str | None:
    """Code of the Shanghai district to work in; None where none or several are named.

    A place in the title or after 工作地点 goes before one named elsewhere; roads, interview addresses and bus lines
    do not count. Well-known areas (张江, 临港) lead to their district.
    """
    weights: dict[str, int] = {}
    for before, line in zip((None, *lines), lines, strict=False):
        for code, weight in _mentions(line, before):
            weights[code] = max(weights.get(code, 0), weight)
    top = max(weights.values(), default=0)
    best = [code for code, weight in weights.items() if weight == top]
    return best[0] if len(best) == 1 and top > _NAMED - 1 else None


def _mentions(line: Line, before: Line | None) -> Iterator[tuple[str, int]]:
    text = line.text
    heading = before is not None and len(before.text) <= 12 and _ADDRESS.search(before.text) is not None
    for start, end, code in _lexicon().find(text):
        if _STREET.match(text[end : end + 6]) or (
            not line.title and _ELSEWHERE.search(text[max(0, start - _NEAR) : start])
        ):
            continue
        named = text[start:end].endswith("区")
        if line.title:
            yield code, _TITLED
        elif (
            heading
            or _ADDRESS.search(text[max(0, start - _NEAR) : start])
            or re.search(r"上海市?[-· ]?$", text[max(0, start - 5) : start])
        ):
            yield code, _ADDRESSED
        elif named:
            yield code, _NAMED
