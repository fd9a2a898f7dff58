"""Provinces 生源省份 as tables name them."""

import re
from functools import lru_cache

from app.matching.normalise import simplified

_BY_CODE = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门",
}  # fmt: skip
"""GB/T 2260: the first two digits, and the usual short names."""
_NAMES = frozenset(_BY_CODE.values())
_TAIL = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")


@lru_cache(maxsize=4_096)
def province(text: str) -> str:
    """The usual short name of a province, by its name or its code of GB/T 2260; any other text (不分省, 港澳台) as it is, in
    simplified characters.
    """
    plain = simplified(text)
    if found := re.fullmatch(r"(\d\d)(?:0000)?", plain):
        return _BY_CODE.get(found[1], plain)
    name = "内蒙古" if plain == "内蒙" else _TAIL.sub("", plain)
    return name if name in _NAMES else plain
