"""Codes of the official classifications: brought to one form and checked, without a look at the tables."""

import re
import unicodedata

from stdnum.cn import uscc

from app.errors import InvalidCodeError

_DIVISION_SECTIONS = (
    ("A", 1, 5), ("B", 6, 12), ("C", 13, 43), ("D", 44, 46), ("E", 47, 50), ("F", 51, 52), ("G", 53, 60),
    ("H", 61, 62), ("I", 63, 65), ("J", 66, 69), ("K", 70, 70), ("L", 71, 72), ("M", 73, 75), ("N", 76, 79),
    ("O", 80, 82), ("P", 83, 83), ("Q", 84, 85), ("R", 86, 90), ("S", 91, 96), ("T", 97, 97),
)  # fmt: skip
"""GB/T 4754-2017: sections and the first and last of their divisions."""

_PROGRAM_SHAPES = {
    "secondary_vocational": (r"[0-9]{6}", "六位数字，如 610101"),
    "higher_vocational": (r"[0-9]{6}K?", "六位数字，国控专业加 K，如 460308"),
    "vocational_bachelor": (r"[0-9]{6}K?", "六位数字，国控专业加 K，如 210101"),
    "bachelor": (r"[0-9]{6,7}T?K?", "六或七位数字，可加 T、K，如 080717T"),
    "postgraduate": (r"[0-9]{4}", "四位数字，如 0812"),
}
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def normalised(text: str) -> str:
    """Half-width, without blanks around, NFKC."""
    return unicodedata.normalize("NFKC", text).strip()


def _code(text: str) -> str:
    code = re.sub(r"\s+", "", normalised(text)).upper()
    return re.sub(r"^([0-9]+)\.0+$", r"\1", code)


def parse_program_code(level: str, text: str) -> str:
    """A program code in the form of its level, e.g. `080717T` for a bachelor program. Raises InvalidCodeError."""
    code = _code(text)
    if level not in _PROGRAM_SHAPES:
        raise InvalidCodeError(f"不认识的层次“{level}”", remedy=f"可用：{'、'.join(_PROGRAM_SHAPES)}")
    shape, words = _PROGRAM_SHAPES[level]
    if re.fullmatch(r"[0-9]{3}" if level == "postgraduate" else r"[0-9]{5}[A-Z]{0,2}", code):
        code = "0" + code  # spreadsheets drop the leading zero
    if not re.fullmatch(shape, code):
        raise InvalidCodeError(f"专业代码“{text}”不合格式", remedy=f"该层次的专业代码是{words}")
    return code


def parse_industry_code(text: str) -> str:
    """A GB/T 4754-2017 code with its section letter: `I`, `C39`, `C396`, `C3963`; `3963` becomes `C3963`."""
    code = _code(text)
    if re.fullmatch(r"[A-T]", code):
        return code
    found = re.fullmatch(r"([A-T]?)([0-9]{2,4})", code)
    if found:
        letter, digits = found.groups()
        division = int(digits[:2])
        section = next((s for s, first, last in _DIVISION_SECTIONS if first <= division <= last), None)
        if section and letter in ("", section):
            return section + digits
        if section:
            raise InvalidCodeError(
                f"行业代码“{text}”的门类字母不对",
                remedy=f"GB/T 4754-2017 中大类 {digits[:2]} 属于门类 {section}",
            )
    raise InvalidCodeError(
        f"行业代码“{text}”不合格式", remedy="请用 GB/T 4754-2017 的代码，如 I、C39、C396、C3963"
    )


def parse_occupation_code(text: str) -> str:
    """A code of 职业分类大典(2022), e.g. `2-02-10-01`. Raises InvalidCodeError."""
    code = re.sub(r"[—–－‐‑]", "-", _code(text))
    if not re.fullmatch(r"[1-8](?:-[0-9]{2}){3}", code):
        raise InvalidCodeError(f"职业代码“{text}”不合格式", remedy="请用职业分类大典的代码，如 2-02-10-01")
    return code


def parse_school_code(text: str) -> str:
    """A school code: the ministry's ten digits `4131010246`, or the five digits used for enrolment, `10246`."""
    code = _code(text)
    if not re.fullmatch(r"[0-9]{10}|[0-9]{5}", code):
        raise InvalidCodeError(f"院校代码“{text}”不合格式", remedy="请用学校标识码（十位）或院校代码（五位）")
    return code


def parse_district_code(text: str) -> str:
    """An administrative code of six digits, e.g. `310104`. Raises InvalidCodeError."""
    code = _code(text)
    if not re.fullmatch(r"[1-9][0-9]{5}", code):
        raise InvalidCodeError(f"行政区划代码“{text}”不合格式", remedy="请用六位代码，如 310104（徐汇区）")
    return code


def parse_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100-2015), checked to its last character. Raises InvalidCodeError.

    The error names the first character that is not allowed in its place. Where all are allowed and the last one does not
    check, any may be the wrong one; the second check character, the 17th (GB 11714, of characters 9 to 17), then tells
    in which part to look.
    """
    code = _code(text)
    if len(code) != 18:
        raise InvalidCodeError(f"统一社会信用代码“{text}”有 {len(code)} 位", remedy="应为 18 位")
    for position, character in enumerate(code, start=1):
        allowed, rule = _credit_rule(position)
        if character not in allowed:
            raise InvalidCodeError(
                f"统一社会信用代码“{text}”的第 {position} 位“{character}”不合规则", remedy=f"这一位{rule}"
            )
    expected = str(uscc.calc_check_digit(code[:-1]))
    if code[-1] != expected:
        part = "第 1–8 位或第 18 位" if code[16] == _organisation_check(code[8:16]) else "第 9–17 位"
        raise InvalidCodeError(
            f"统一社会信用代码“{text}”的第 18 位校验码不对（是 {code[-1]}，应为 {expected}）",
            remedy=f"请核对每一位后重填，错处多半在{part}",
        )
    return code


def _credit_rule(position: int) -> tuple[str, str]:
    """The characters allowed in a place of the code, 1 to 18, and the rule in words."""
    if position == 1:
        return "123456789ANY", "是登记管理部门：1–9、A、N 或 Y，企业为 9"
    if 3 <= position <= 8:
        return "0123456789", "属于第 3–8 位行政区划，只能是数字"
    return _CREDIT_ALPHABET, "只能是数字或大写字母，不用 I、O、S、V、Z"


def _organisation_check(body: str) -> str:
    """The check character of an organisation code of eight characters (GB 11714-1997)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    left = 11 - sum(values.index(c) * w for c, w in zip(body, weights, strict=True)) % 11
    return {10: "X", 11: "0"}.get(left, str(left))


_SAME_FIELD = {"2": "4", "3": "5", "4": "4", "5": "5", "6": "4", "7": "5"}


def vocational_family(code: str) -> str:
    """The class of higher vocational programs, such as `5901`, that answers to a code of any vocational level.

    The catalogues of 2021 number the same fields 21–39 (vocational bachelor), 41–59 (higher vocational) and 61–79
    (secondary vocational). Empty for what is no vocational code.
    """
    field = _SAME_FIELD.get(code[:1], "")
    return f"{field}{code[1:4]}" if field and len(code) >= 4 else ""
