"""Level of education asked for 学历."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from app.matching.posting.clauses import COMPANY, Line
from app.reference.levels import Level


class Education(StrEnum):
    """The lowest education that will do, as postings name it. `不限` is a statement; saying nothing is None."""

    ANY = "不限"
    MIDDLE_SCHOOL = "初中"
    HIGH_SCHOOL = "高中"
    SECONDARY_VOCATIONAL = "中专"
    HIGHER_VOCATIONAL = "大专"
    BACHELOR = "本科"
    MASTER = "硕士"
    DOCTOR = "博士"

    @property
    def level(self) -> Level | None:
        """The level of the catalogue; None where no program is needed (不限, 初中, 高中)."""
        return _LEVELS.get(self)


_LEVELS: Final = {
    Education.SECONDARY_VOCATIONAL: Level.SECONDARY_VOCATIONAL,
    Education.HIGHER_VOCATIONAL: Level.HIGHER_VOCATIONAL,
    Education.BACHELOR: Level.BACHELOR,
    Education.MASTER: Level.POSTGRADUATE,
    Education.DOCTOR: Level.POSTGRADUATE,
}
# Words that hold these letters and mean something else stand in the look-arounds: 基本科目, 专科医院, 初中级, 博士后.
_CUE = r"(?=\s?(?:及|或|以上|学历|毕业|文化|水平|程度|、|/|$))"
_WORDS: Final = (
    (Education.DOCTOR, r"博士(?!后|生?导师|点|团队|带队)|ph\.?\s?d|doctorate|doctoral degree"),
    (Education.MASTER,
        r"硕士(?!生?导师|点)|研究生(?!导师|院)|硕研|master(?:['’]?s)?(?=\s(?:\S+\s)?degree)|master['’]s|"
        r"masters(?= degree| or )"),
    (Education.BACHELOR, r"(?<!基)本科(?!室|目|普|技|研(?!究))|学士|大本|(?:一|二|三)本(?=及|以上|院校|本科|学历|毕业|大学|$)|本(?=硕)|"
     r"bachelor|undergraduate degree|大学(?:及以上)?学历"),
    (Education.HIGHER_VOCATIONAL,
        r"大专(?!业|家|利|项|题|门|注)|高职(?!称|责|位|业(?!学)|员|务)|(?<![口眼妇儿骨肤内外各])专科(?!医|护|疾|"
        r"病|门诊|检|手|室|特|用)|college degree|associate degree"),
    (Education.SECONDARY_VOCATIONAL,
        r"中专(?!业(?!学)|家|利|项|题|门|注)|中职(?!责|业|位|员|场|称|能)|(?<!其)中技(?!术|能|巧)|技校|职高|"
        r"职业高中|中等职业|中等专科|中等专业"),
    (Education.HIGH_SCHOOL, rf"(?<!职业)高中{_CUE}|high school"),
    (Education.MIDDLE_SCHOOL, rf"初中{_CUE}"),
)  # fmt: skip
_MENTION = re.compile("|".join(f"(?P<{level.name}>{words})" for level, words in _WORDS))
_SCHOOL_CUE = re.compile(r"以上|学历|毕业|文化|程度")
_PREFERRED_AFTER = re.compile(
    r"^(?:及|或|以上|含|学历|学位|者|毕业|生|的|人员|背景|应届|均|可|研究|/|、|硕士|博士|本科|专业|相关|degree|"
    r"['’]?s|\s){0,8}(?:优先|尤佳|更佳|为佳|最佳|更好|佳(?!绩)|加分|(?:is |are )?(?:preferred|a plus))"
)
_PREFERRED_BEFORE = re.compile(r"优先(?:考虑|录用|录取)?[^,]{0,6}$")
_RELAXED = re.compile(
    r"放宽|优秀[^,]{0,10}(?:亦可|也可|可以?$)|优秀者|特别优秀|条件优秀|能力突出|亦可考虑|也可考虑|酌情"
)
_ANY = re.compile(
    r"学历(?:、专业|和专业|及专业|专业|、经验|、年龄|、性别|要求|背景|方面)?\s?[:：]?\s?(?:均|都)?(?:不限(?!于)|"
    r"无要求|不作?做?要求|不问|没有?要求|不设限|无限制|随意)"
    r"|不限(?:制)?(?:专业)?、?学历|(?:不看|无|没有)学历(?:要求|限制|门槛)?(?!的|者)|不论学历|(?:无需|不需要?|"
    r"不强制要求|不要求|不限)(?:具体)?学历|学历(?:、\S{2}){1,3}(?:均|都)?不限|对学历(?:无|没有|不作?做?)要求|"
    r"(?:专业|年龄|性别|户籍)[、/]?学历[、/]?(?:均)?不限"
)


def read_education(lines: Sequence[Line]) -> Education | None:
    """The lowest education that is asked for; what is only preferred, or granted to the excellent, is not asked."""
    if any(_ANY.search(line.text) for line in lines):
        return Education.ANY
    order = list(Education)
    asked = [level for line in lines for segment in line.segments for level in _asked(segment)]
    return min(asked, key=order.index, default=None)


def _asked(segment: str) -> Iterator[Education]:
    if COMPANY.search(segment) or _RELAXED.search(segment):
        return
    for match in _MENTION.finditer(segment):
        level = Education[match.lastgroup or ""]
        if level in (Education.HIGH_SCHOOL, Education.MIDDLE_SCHOOL) and not _SCHOOL_CUE.search(segment):
            continue
        if _PREFERRED_AFTER.match(segment[match.end() : match.end() + 40]):
            continue
        if _PREFERRED_BEFORE.search(segment[max(0, match.start() - 12) : match.start()]):
            continue
        yield level
