"""Personal data 个人信息 that must not be stored: mobile and landline numbers, identity numbers, e-mail, QQ, 微信."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

MASKED: Final = "手机号、座机号、身份证号、邮箱、QQ 号、微信号"
"""What is masked, for messages."""

_CONTACT = r"(?:电话|座机|固话|热线|致电|拨打|来电|传真|联系方式|联系人|咨询|tel|phone|fax)"
_CALLED: Final = re.compile(r"(?:tel|phone|mobile|mob|cell|wechat|weixin|vx|wx|whatsapp)$")
"""Words that may touch a number: letters before eleven digits are else the model of a product."""
_IDENTITY: Final = re.compile(r"身份证|证件|公民身份|\bid\b")
_MOBILE = re.compile(
    r"(?:(?<![0-9])(?:\+|00)?86[-. ]{0,2})?(?<![0-9])(?<![0-9]\.)"
    r"(?:1[3-9][0-9][-. ]{0,2}[0-9]{4}[-. ]{0,2}[0-9]{4}"
    r"|1[3-9][0-9]{2}(?P<b>[-. ])[0-9]{3}(?P=b)[0-9]{4}"
    r"|1[3-9][0-9](?P<c>[-. ])[0-9]{3}(?P=c)[0-9]{5}"
    r"|1 [3-9](?: [0-9]){9})"
    r"(?![0-9])(?!\.[0-9]*[1-9])"
)
_MONEY: Final = ("元", "万元", "亿元", "美元", "人民币")
_SPELT_MOBILE = re.compile(
    r"(?<![零〇一二三四五六七八九])[一幺][三四五六七八九][零〇一二三四五六七八九幺]{9}(?![零〇一二三四五六七八九十百千万幺])"
)
_LANDLINE = re.compile(
    _CONTACT
    + r"[^0-9\n]{0,12}?(?P<found>(?:\(?(?:\+?86[- ]?)?0[0-9]{2,3}\)?[- ]{0,2})?[2-9][0-9]{2,3}[- ]?[0-9]{4}"
    r"(?:\s?(?:转|-|ext\.?)\s?[0-9]{1,6})?)(?![0-9]|\s?(?:元|万|亿|人))"
)
_AREA_LANDLINE = re.compile(
    r"(?<![0-9])\(?0(?:10|2[0-9]|[3-9][0-9]{2})(?:\)[- ]?|-)[2-9][0-9]{2,3}[- ]?[0-9]{4}(?:\s?(?:转|-)\s?[0-9]{1,6})?(?![0-9])"
)
_LONG_IDENTITY = re.compile(
    r"(?<![0-9a-z])[1-9][0-9]{5}(?P<gap>[- ]?)(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"(?P=gap)[0-9]{3}[0-9x](?![0-9a-z])"
)
_SHORT_IDENTITY = re.compile(
    r"(?<![0-9a-z.])[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9a-z])(?!\.[0-9]*[1-9])"
)
_LOCAL = r"(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}"
_AT = r"\s{0,2}(?:@|[\(\[{<【]\s?(?:at|@|#|艾特)\s?[\)\]}>】]|艾特)\s{0,2}"
_DOT = r"(?:\.|。|[\(\[{【]\s?(?:dot|\.|点)\s?[\)\]}】])"
_EMAIL = re.compile(_LOCAL + _AT + rf"(?:[a-z0-9-]{{1,63}}{_DOT}){{1,6}}[a-z][a-z0-9-]{{1,62}}")
_HASH_EMAIL = re.compile(
    _LOCAL + r"\s?[#*]\s?[a-z0-9-]{2,63}(?:\.[a-z0-9-]{2,63}){0,3}\.(?:com|cn|net|org|com\.cn)(?![a-z0-9])"
)
"""The marks that keep a robot from an address: `#` for `@`; only before a domain, since C# and F# are languages."""
_QQ = re.compile(
    r"(?:qq|扣扣|企鹅)(?:号码?|群号?)?\s{0,2}[:是为,]?\s{0,2}(?P<found>[1-9][0-9]{4,10})(?![0-9a-z]|\s?(?:万|亿|人|元|\+))"
)
_PROVINCES: Final = re.compile(r"1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
"""First two digits of GB/T 2260; 10 for what is registered with the ministries."""
_NAMED_WECHAT = r"(?:微信|薇信|威信|v信|wechat|weixin|(?<![a-z])[vw]x)"
_WECHAT = re.compile(
    rf"(?:(?P<sure>{_NAMED_WECHAT}\s?(?:号码?|id|同?号)\s?[:是为]?|(?:加|添加)(?:我|hr)?\s?(?:{_NAMED_WECHAT}|[vw]x?(?=[ :]))[:是为]?)"
    rf"|{_NAMED_WECHAT}\s?[:是为])\s{{0,2}}(?P<found>[a-z][a-z0-9_-]{{5,19}}|[1-9][0-9]{{5,11}})(?![a-z0-9_-])"
)
_CONTACT_NEAR: Final = re.compile(r"联系|咨询|投递|简历|添加")


def mask_personal(text: str) -> tuple[str, int]:
    """`text` with personal numbers and addresses masked, and how many there were.

    Mobile numbers (with +86, blanks and dashes, spelt in Chinese digits), landlines where somebody is to be called,
    identity numbers of 18 digits, and of 15 where county and day of birth are possible, e-mail addresses (also with
    `(at)` or `#`), QQ and 微信 where they are named. Digits and letters of any width; characters of no width between
    them do not hide a number. The rest of the text stays as it is. Names of persons are not recognised. Masking
    twice changes nothing more. Takes time linear in the length.
    """
    folded, places = _folded(text)
    spans: list[tuple[int, int, str]] = []
    taken = bytearray(len(folded))
    for finder, mask in _FINDERS:
        for start, end in finder(folded):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                spans.append((places[start], places[end - 1] + 1, mask))
    masked, place = [], 0
    for start, end, mask in sorted(spans):
        masked += [text[place:start], mask]
        place = end
    return "".join([*masked, text[place:]]), len(spans)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in plain lower-case letters and digits without characters of no width, and where each one was."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character < "\x80":
            kept.append(character.lower())
            places.append(place)
            continue
        if unicodedata.category(character) == "Cf":
            continue
        if len(plain := unicodedata.normalize("NFKC", character)) != 1:
            plain = character
        digit = unicodedata.decimal(plain, None)
        plain = str(digit) if digit is not None else plain.lower()
        kept.append({"–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-"}.get(plain, plain[:1]))
        places.append(place)
    return "".join(kept), places


Finder = Callable[[str], Iterator[tuple[int, int]]]


def _all(pattern: re.Pattern[str], group: str | int = 0) -> Finder:
    return lambda text: (match.span(group) for match in pattern.finditer(text))


def _mobiles(text: str) -> Iterator[tuple[int, int]]:
    for match in _MOBILE.finditer(text):
        start, end = match.span()
        before = text[max(0, start - 10) : start]
        letter_before = before[-1:].isascii() and before[-1:].isalpha()
        if letter_before and not _CALLED.search(before):
            continue
        if text.startswith(_MONEY, end) or (text[end : end + 1].isascii() and text[end : end + 1].isalpha()):
            continue
        yield start, end


def _wechats(text: str) -> Iterator[tuple[int, int]]:
    """A word after a colon may be a product; with a digit in it, or where somebody is to be called, it is a name."""
    for match in _WECHAT.finditer(text):
        near = text[max(0, match.start() - 15) : match.start()]
        if match["sure"] or re.search(r"[0-9_-]", match["found"]) or _CONTACT_NEAR.search(near):
            yield match.span("found")


def _long_identities(text: str) -> Iterator[tuple[int, int]]:
    """A wrong check digit may be a slip of the pen: the number is masked all the same, unless it is a credit code."""
    for match in _LONG_IDENTITY.finditer(text):
        number = re.sub(r"[- ]", "", match[0]).upper()
        if not _is_credit_code(number) or (
            _possible(number[:17]) and ric.calc_check_digit(number) == number[-1]
        ):
            yield match.span()


def _is_credit_code(number: str) -> bool:
    """A credit code has a province at its third place, where an identity number has part of its county."""
    return _PROVINCES.match(number, 2) is not None and bool(uscc.is_valid(number))


def _short_identities(text: str) -> Iterator[tuple[int, int]]:
    """Fifteen digits have no check digit: county and day of birth must be possible."""
    for match in _SHORT_IDENTITY.finditer(text):
        number = match[0]
        named = _IDENTITY.search(text[max(0, match.start() - 12) : match.start()])
        if named or _possible(f"{number[:6]}19{number[6:]}"):
            yield match.span()


def _possible(seventeen: str) -> bool:
    try:
        date(int(seventeen[6:10]), int(seventeen[10:12]), int(seventeen[12:14]))
        ric.get_birth_place(f"{seventeen}0")
    except (ValueError, KeyError, ValidationError):  # KeyError: a province without such a county
        return False
    return True


_FINDERS: Final[tuple[tuple[Finder, str], ...]] = (
    (_all(_EMAIL), "[邮箱]"),
    (_all(_HASH_EMAIL), "[邮箱]"),
    (_long_identities, "[身份证号]"),
    (_short_identities, "[身份证号]"),
    (_mobiles, "[手机号]"),
    (_all(_SPELT_MOBILE), "[手机号]"),
    (_all(_AREA_LANDLINE), "[座机号]"),
    (_all(_LANDLINE, "found"), "[座机号]"),
    (_all(_QQ, "found"), "[QQ号]"),
    (_wechats, "[微信号]"),
)
