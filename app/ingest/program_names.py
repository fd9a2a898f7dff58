"""Names of programs as enrolment plans print them, taken apart into programs, campus and remarks.

「电子信息类（含电气工程及其自动化、自动化、通信工程；办学地点：松江校区）」 is a broad category that contains three
programs and is taught at one campus; 「法学（国际法方向）」 is one program; 「理科试验班」 contains what it names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.ingest.resolve_programs import former_program, program_coded
from app.matching.normalise import simplified
from app.reference import load_reference
from app.reference.codes import normalised

CAMPUS = re.compile(
    r"(?:办学|上课|就读|教学)?地点[:：]?([^；;，,。)）]{2,20})|([\u4e00-\u9fff]{2,8}校区|校本部)"
)
BROAD = re.compile(r"类$|试验班|实验班|拔尖|基地班|强基|英才班|卓越班|书院|大类")
SPLIT = re.compile(r"[、,，;；。/+]")
NO_PLACE = re.compile(r"市辖区|待定|^上海市?$")
DOUBLE = re.compile(r"双学|双学位|第二学位|辅修")
PAIR = re.compile(r"[\u4e00-\u9fff）][-+－–—](?=[\u4e00-\u9fff])")
"""Two programs of one double degree: 法学-经济学. Its seats are those of the first, which the list names anyway."""
LATER = re.compile(r"可?自愿申请|可申请|可?选拔[至到]|提前分流|不含|除外")
"""A clause on what a student may change to later, or on what is left out, names no contained program."""
CONTAINS = re.compile(
    r"^(?:[\w\u4e00-\u9fff]{2,8}校区[。，,:：]?)?(?:以下)?(?:其中)?(?:包含|包括|含有?|涵盖|下设|分流专业)(?:以下|如下)?(?:招生)?(?:专业)?[:：为]?"
)
TAIL = re.compile(r"(?:等)?(?:\d+个)?(?:招生)?专业(?:方向)?$|等$|方向$")
BEFORE = re.compile(r"(?:^|[\0含:：、“]|专业|\0[和与及])$")
AFTER = re.compile(r"$|[\0、“含:：]|专业|方向|等|[和与及]\0")
PROGRAM_NUMBER = re.compile(r"^(?:分?\d{3}(?=[\u4e00-\u9fff])|\d{4,6}[TK]*)[.．、:：]?")


LONGEST_KEPT = 2000
"""Characters; longer names are taken apart anew each time, lest a hostile file fill the memory."""


@dataclass(frozen=True, slots=True)
class PlanName:
    """What a name says. `programs` are catalogue codes of the level, in order, none twice."""

    head: str
    """The name without brackets."""
    programs: tuple[str, ...]
    class_code: str | None
    broad: bool
    campus: str
    by_code: bool = False
    """The name is a variant that only the code beside it explains."""


def parse_plan_name(name: str, level: str, code: str = "") -> PlanName:
    """Take a name apart; `code` is the program or class code printed beside it, if any.

    A name that is one program gives one code. A broad category gives the programs it names in its brackets, and its
    class. Of several programs of one name at the level, the code decides.
    """
    parse = _parsed if len(name) <= LONGEST_KEPT else _parsed.__wrapped__
    return parse(name, level, code)


@lru_cache(maxsize=20_000)
def _parsed(name: str, level: str, code: str) -> PlanName:
    if coded := program_coded(level, code):
        code = coded.code
    text = one_bracket(name)
    head, groups = outer_brackets(text)
    # A remark after the brackets, or a colon, does not belong to the name.
    head, *remarks = re.split(r"[。；;：:，,]", PROGRAM_NUMBER.sub("", head).strip())
    head = head.strip(" ，,、*·")
    campus = _campus(text)
    single = _resolve(head, level, code) or _resolve_bracketed(head, groups, level, code)
    if single and {_resolve(remark, level, code) for remark in remarks} - {None, single}:
        return PlanName(text, (), None, False, campus)  # 软件工程；法学: which of them is not said
    if single and not _is_class(head, level):
        return PlanName(head, (single,), _class_of(level, single), False, campus)
    contained: list[str] = []
    double = bool(DOUBLE.search(text))
    for group in groups:
        for found in _contained(group, level, double):
            if found not in contained:
                contained.append(found)
    class_code = _class_code(head, level, code)
    broad = bool(class_code or contained or BROAD.search(head))
    if (
        not contained
        and not class_code
        and not BROAD.search(head)
        and (by_code := _by_code(level, code, head))
    ):
        return PlanName(head, (by_code,), _class_of(level, by_code), False, campus, by_code=True)
    if len(contained) == 1 and not BROAD.search(head) and not class_code:
        broad = False
    return PlanName(head, tuple(contained), class_code, broad, campus)


def one_bracket(name: str) -> str:
    """The name in NFKC without blanks, in simplified characters, all its brackets full-width round ones."""
    return re.sub(r"\s+", "", simplified(normalised(name)).translate(_BRACKETS))


_BRACKETS = str.maketrans("()[]【】", "（）（）（）")


def outer_brackets(text: str) -> tuple[str, list[str]]:
    """The text outside the outermost brackets, and the inside of each; a bracket left open ends with the text."""
    head: list[str] = []
    groups: list[str] = []
    depth = 0
    for character in text:
        if character == "（":
            depth += 1
            if depth == 1:
                groups.append("")
                continue
        elif character == "）":
            if depth == 0:
                continue
            depth -= 1
            if depth == 0:
                continue
        if depth:
            groups[-1] += character
        else:
            head.append(character)
    return "".join(head), groups


def _campus(text: str) -> str:
    for found in CAMPUS.finditer(text):
        place = found[1] or found[2]
        place = re.split(r"[、（在于]", place)[-1] if found[2] else re.split(r"[（、]", place)[0]
        if 2 <= len(place) <= 12 and not NO_PLACE.search(place):
            return place
    return ""


def _resolve(name: str, level: str, code: str) -> str | None:
    """The catalogue code of a program of this name at the level."""
    if not name:
        return None
    found = load_reference().programs.named(name, level)
    if not found:
        return None
    return next((program.code for program in found if program.code == code), found[0].code)


def _resolve_bracketed(head: str, groups: list[str], level: str, code: str) -> str | None:
    """Names that carry brackets in the catalogue itself, e.g. 「中药学（可授…）」 or 「工商管理（…）」."""
    for group in groups:
        if found := _resolve(f"{head}（{group}）", level, code):
            return found
    return None


def _is_class(head: str, level: str) -> bool:
    return bool(load_reference().programs.class_named(head, level)) and head.endswith("类")


def _class_of(level: str, code: str) -> str | None:
    program = load_reference().programs.find(level, code)
    return program.class_code if program else None


def _class_code(head: str, level: str, code: str) -> str | None:
    programs = load_reference().programs
    if found := programs.class_named(head, level) or programs.class_named(
        f"{head.removesuffix('类')}类", level
    ):
        return found[0][1]
    if re.fullmatch(r"\d{4}", code) and code in programs.classes(level) and BROAD.search(head):
        return code
    return None


def _by_code(level: str, code: str, head: str) -> str | None:
    """The program of the code, where the printed name shares enough with the catalogue's to be a variant of it."""
    program = load_reference().programs.find(level, code) if code else None
    if program is None:
        return None
    shared = set(program.name) & set(head)
    return program.code if len(shared) >= max(2, len(set(program.name)) // 2) else None


def _contained(group: str, level: str, double: bool) -> list[str]:
    """Catalogue codes of the programs that the inside of a bracket names; `double`: the name speaks of two degrees."""
    group = re.sub(r"含?(?:“[^”]*[-+][^”]*”)+", "；", group)
    found: list[str] = []
    for part in _parts(group, double):
        piece = part.replace("\0", "、")
        if code := _named(piece, level):
            found.append(code)
        else:
            found += _spelled_out(outer_brackets(piece)[0], level)
    return found


def _parts(group: str, double: bool) -> Iterator[str]:
    """The items of a list, without clauses and pairs that name no contained program; inner separators are hidden."""
    for clause in re.split(r"[;；。]", _hide_inner(group)):
        if LATER.search(outer_brackets(clause)[0]):
            continue
        for item in re.split(r"[、,，/]", clause):
            if not (double and PAIR.search(item) and not re.search(r"\d{6}", item)):
                yield from SPLIT.split(item)


def _named(piece: str, level: str) -> str | None:
    """The program that a piece of a list names, with or without 含, number, direction in brackets and 专业."""
    after = re.split(r"包含专业[:：]?", piece)[-1]
    bare = CONTAINS.sub("", PROGRAM_NUMBER.sub("", after))
    plain, _ = outer_brackets(bare)
    once = TAIL.sub("", plain)
    unremarked = re.split(r"[:：“]", plain)[0]
    for form in dict.fromkeys((bare, plain, once, TAIL.sub("", once), unremarked)):
        name = PROGRAM_NUMBER.sub("", re.sub(r"^(?:其中|-)+", "", form)).strip(" ：:。")
        if code := _resolve(name, level, ""):
            return code
        if former := former_program(level, name):
            return former.code
    return None


def _spelled_out(text: str, level: str) -> list[str]:
    """Programs whose names stand in running text after 含 (含法学专业和社会学), the longest name first.

    Nothing counts without a 含 or 专业 in it, nor what stands after the mention of a second degree, nor a name that
    is part of a longer word: 材料科学与工程学院, 化学与生命科学类.
    """
    if not re.search(r"含|专业|和|与|、", text):
        return []
    rest = re.split(r"双学|第二学位|报考|招收|只招", text)[0]
    found: list[tuple[int, int, str]] = []
    names = sorted((name for name in _names_at(level) if name in rest), key=len)
    while names:
        name = names.pop()
        if name in rest and (code := _resolve(name, level, "")):
            found.append((rest.index(name), len(name), code))
            rest = rest.replace(name, "\0" * len(name))
    return [
        code
        for start, length, code in sorted(found)
        if BEFORE.search(rest[:start]) and AFTER.match(rest[start + length :])
    ]


@lru_cache(maxsize=10)
def _names_at(level: str) -> tuple[str, ...]:
    return tuple(program.name for program in load_reference().programs.of_level(level))


def _hide_inner(text: str) -> str:
    """Separators inside inner brackets hidden, so that a split keeps 「法学（国际法、经济法）」 together."""
    depth, out = 0, []
    for character in text:
        depth += (character == "（") - (character == "）")
        out.append("\0" if depth > 0 and SPLIT.fullmatch(character) else character)
    return "".join(out)
