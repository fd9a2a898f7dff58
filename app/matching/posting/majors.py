"""Majors named 专业."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from app.matching.normalise import normalise
from app.matching.posting.clauses import COMPANY, Line
from app.matching.posting.lexicon import Lexicon
from app.reference import load_reference

_NOT_A_MAJOR = (
    r"(?!知识|技能|能力|素[养质]|服务|化|性|培训|术语|英语|[四八]级|领域|水平|团队|人[士才]|指导|精神|度|机构|级|基[本础功]|态度|"
    r"技术|意见|经验|优势|分包|顾问|问题|用语|的(?!本科|大专|专科|硕士|博士|学历|学生|毕业|优先|应届|学士|研究生|"
    r"在校)|且|间|代码|内容|手法|业务|总监|优秀|合理|支撑|店|经理|主管|分析|咨询|、性别|、年龄|、户籍|课|课程|"
    r"岗位|资格|资质|证|从业|认证|操作|职|工具|软件|数据|测试|深度|功底|理论|文[献档]|成绩|"
    r"规范|标准|工程师|产品|书|名词|细分|方案|支持|工作|技|管理人|、高效|、专注|线)"
)
_WORD = re.compile(rf"专业{_NOT_A_MAJOR}")
_TAIL = re.compile(
    r"(?:等等|等|之类|类|及其?|以及|或者|或|和|与|的|相关联?|相近|相似|类似|有关|其[他它]|对口|紧密|领域|学科|"
    r"方向|产品|行业|背景|\s|,|\()+$"
)
_DEGREE = re.compile(
    r"(?:的|全日制|统招|大学|国家|正规|一类|公办|或以上|及以上|以上|含|\*|\s){0,4}(?:本科|大专|专科|中专|学士|"
    r"硕士|博士|研究生|学历|学位|毕业|应届(?!生?求职|生?招聘))"
)
_STATED = re.compile(
    r"(?:专业(?:要求|背景|方向|范围|限制|类别)?|主修(?:科目|专业)?)(?:\s?(?:[:：为]|在|是)|"
    r"[须应需要为限以下之一]{2,8}[:：])\s?(?P<list>[^:：]{2,90})"
)
_BROAD = re.compile(r"(?P<name>理工科|工科|理科|文科|商科)(?:类)?(?:背景|优先|出身|优先考虑|或)")
_ENGLISH = re.compile(
    r"(?:\bmajor(?:ed|ing|s)?\s?(?:in|of|:)\s?|\bdegrees?(?:\s\S{1,10}){0,3}?\sin\s|bachelor['’]?s?\s(?:of|"
    r"in)\s(?!\S+ degree)(?!science degree))"
    r"(?P<list>[a-z,/&\s\-、]{3,140})"
)
_ENGLISH_FIELD = re.compile(
    r"^(?:a |the |any )?(?:related |relevant )?(?:field|fields|discipline|area|subject)s? (?:such as|like|including) "
)
_ENGLISH_END = re.compile(
    r"\b(?:(?:or|and)\s(?:a\s|any\s|other\s)*(?:related|equivalent|similar|relevant|other|above)|related|relevant|"
    r"is|are|preferred|with|from|plus|required|fields?|"
    r"etc|discipline|major|degree|at least|experience|who|background|above|in|is|for|to|you|we)\b.*"
)
_HEADING = re.compile(r"[:：;。]")
_GLOSS = re.compile(r"\([a-z &/]{2,40}\)")
"""软件工程(software engineering)."""
_ARTICLE = re.compile(r"^(?:an?|the|any)\b\s?|\s?at minimum$")
_ENGLISH_NOT = re.compile(
    r"\b(?:work|working|abilit\w+|languages?|engineer|architectures?|applications?|english|programming|"
    r"established|education)\b|^technical$"
)
_CODE = re.compile(r"\([a-z]?\d{4,8}[a-z]{0,2}\)")
"""汉语言文学(b050101)."""
_COMMA = re.compile(r"[,，;。()\[\]:：]+")
_SPLIT = re.compile(r"[、/\\|·\s]+|和(?!谐)|或者?|以及|及(?!其)|等(?!离子)|\.")
_ENGLISH_SPLIT = re.compile(r"[,/、]|\band\b|\bor\b|&")
_LEADING: Final = re.compile(
    r"^.*(?:学历|以上|毕业于?|院校|要求|优先|条件|背景|教育|本科生?|大专|专科|中专|硕士|博士|研究生|学士|学位|"
    r"全日制|统招|应届生?|届|具有|具备|拥有|需要?|必须|招聘|相关|"
    r"不限|所学|有|是|为|于|[*>\d])"
)
_TRAILING = re.compile(r"(?:之?类|的|相关|相近|方向|领域|学科|背景|产品|行业|专业)+$")
_NOT_MAJORS: Final = re.compile(
    r"不限|知识|技能|能力|^各|本专|本人|学历|以上|毕业|提供|扎实|我|你|的|所学|^非|对口|要求|其他|其它|公司|岗位|"
    r"户籍|性别|在读|前端|后端|javascript|低代码|熟悉|精通|掌握|负责|优秀|良好|年龄|经验|"
    r"不断|夯实|独立|使用|相关|参建|协助|完成|做|进行|资深|行业|^(?:对|用|能|等|本|该|以|更|最|很|多|一|专|从事|"
    r"优先|产品|技术|类|两|国内|国外|重点|及|在|按|与|将|给|请|让)|"
    r"^(?:相近|基础|间接|招商|考虑|可靠|类似|同等|双|个人|团队|管理和|服务|更加|高效|敬业|细致|认真|诚信|职业|"
    r"学校|严谨|稳定|热情|创新|经济实力|客户|培养|跨)$|[!?~\"'“”%]"
)
_HALVES: Final = frozenset({"工程", "技术", "科学", "管理", "应用"})
"""What follows 与 in one name: 计算机科学与工程 is not 计算机科学 and 工程."""
_LONGEST_NAME: Final = 12
_WINDOW: Final = 100


@lru_cache(maxsize=1)
def known_majors() -> Lexicon:
    """Names of programs, classes and categories of the catalogue and everyday names, normalised."""
    reference = load_reference()
    names: set[str] = set(reference.everyday_majors)
    for program in reference.programs:
        names |= {program.class_name.removesuffix("类"), program.category_name.removesuffix("大类")}
        names |= {program.name, re.sub(r"[(（].*", "", program.name)}
    return Lexicon({key: key for name in names if len(key := normalise(name)) >= 2})


@lru_cache(maxsize=1)
def _joined() -> Lexicon:
    """Names that hold a word at which lists are split: 电气工程及其自动化, 精密仪器及机械."""
    return Lexicon({name: name for name in known_majors() if _SPLIT.search(name)})


def read_majors(lines: Sequence[Line]) -> tuple[str, ...]:
    """Majors that are asked for or preferred, as named, in order of the posting, each once.

    What stands before 专业, in a list after 专业要求, or before a degree (数学、统计学等本科学历). Names the catalogue or
    daily use knows are recognised further away from these words than unknown ones.
    """
    return tuple(dict.fromkeys(major for line in lines for major in _majors(line.text)))


def _majors(text: str) -> Iterator[str]:
    place = 0
    for match in _WORD.finditer(text):
        yield from _before(text[max(place, match.start() - _WINDOW) : match.start()], trusted=True)
        place = match.end()
    for match in _STATED.finditer(text):
        yield from _after(match["list"])
    if COMPANY.search(text):
        return
    place = 0
    for match in _DEGREE.finditer(text):
        yield from _before(text[max(place, match.start() - _WINDOW) : match.start()], trusted=False)
        place = match.end()
    yield from (match["name"] for match in _BROAD.finditer(text))
    for match in _ENGLISH.finditer(text):
        yield from _english(match["list"])


def _before(span: str, *, trusted: bool) -> list[str]:
    """Majors of the list that ends the span. Chunks before a comma count while all they hold is known."""
    span = _GLOSS.sub("", _HEADING.split(span)[-1])
    chunks = _COMMA.split(_TAIL.sub("", span))
    found: list[str] = []
    for distance, chunk in enumerate(reversed(chunks)):
        items = _items(chunk, trusted=trusted and distance == 0)
        if items is None:
            break
        found = items + found
        if not items and chunk.strip():
            break
    return found


def _after(span: str) -> list[str]:
    found: list[str] = []
    for distance, chunk in enumerate(_COMMA.split(_CODE.sub("", span))):
        items = _items(chunk, trusted=distance == 0)
        if not items:
            break
        found += items
    return found


def _items(chunk: str, *, trusted: bool) -> list[str] | None:
    """Majors of one chunk without commas. Not trusted: None unless all of the list, from its end, is known."""
    known = known_majors()
    held: list[str] = []
    pieces, place = [], 0
    for start, end, name in _joined().find(chunk):
        pieces += [chunk[place:start], chr(0xE000 + len(held))]
        held.append(name)
        place = end
    plain = "".join([*pieces, chunk[place:]])
    found: list[str] = []
    for raw in reversed(_SPLIT.split(plain)):
        if not raw.strip():
            continue
        whole = "".join(held[ord(c) - 0xE000] if 0xE000 <= ord(c) < 0xE000 + len(held) else c for c in raw)
        names, cut = _named(whole.strip(), known)
        if not names and not trusted:
            return found[::-1] or None
        if not names and trusted:
            unknown = _TRAILING.sub("", _LEADING.sub("", whole.strip()))
            cut = unknown != whole.strip()
            if 2 <= len(unknown) <= _LONGEST_NAME and not _NOT_MAJORS.search(unknown):
                names = [unknown]
        found += names[::-1]
        if cut and not trusted:
            break
    return found[::-1]


def _named(item: str, known: Lexicon) -> tuple[list[str], bool]:
    """Known names that an item is, and whether words before them were cut off (so that the list begins here)."""
    for cut, form in ((False, item), (True, _LEADING.sub("", item))):
        for name in (form, _TRAILING.sub("", form)):
            if name in known:
                return [name], cut
            if "与" in name and all(part in known and part not in _HALVES for part in name.split("与")):
                return name.split("与"), cut
    return [], False


def _english(span: str) -> Iterator[str]:
    plain = _ENGLISH_END.sub("", _ENGLISH_FIELD.sub("", span))
    for item in _ENGLISH_SPLIT.split(plain):
        name = _ARTICLE.sub("", item.strip(" -."))
        if 2 <= len(name) <= 40 and name.count(" ") <= 3 and not _ENGLISH_NOT.search(name):
            yield name
