"""Enterprises 企业 as rows name them, by credit code, by name or both, against the register that batches brought."""

import re

from app.errors import InvalidCodeError
from app.ingest.fault import RowFault
from app.ingest.kinds.entries import parts_of
from app.ingest.resolve import How, Resolution, candidates, noted
from app.ingest.resolve_enterprises import is_enterprise_name
from app.ingest.schema import Cells
from app.reference.codes import parse_credit_code

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WITH_CODE = re.compile(r"(.*\S)\s*[(（\[【]\s*([0-9A-Za-z]{18})\s*[)）\]】]")


def parted(text: str) -> tuple[str, str]:
    """Name and credit code of `某某公司（91310000…）`; the code is empty where the brackets hold none.

    Files without a column for the code have no other place for it when a row comes back from review.
    """
    found = _WITH_CODE.fullmatch(text)
    try:
        return (found[1], parse_credit_code(found[2])) if found else (text, "")
    except InvalidCodeError:
        return text, ""


def stated_code(cells: Cells, name_column: str) -> str | None:
    """The credit code that a row states, in its column or behind the name. Raises RowFault where these are two."""
    code: str | None = cells.read("credit_code", parse_credit_code)
    text = cells.text(name_column)
    behind = parted(text)[1]
    if code and behind and code != behind:
        raise RowFault(
            "code_name_mismatch",
            f"写了两个信用代码：{code} 与 {behind}",
            "请只留正确的一个",
            cells.title(name_column),
            text,
        )
    return code or behind or None


def enterprise_of(cells: Cells, name_column: str = "enterprise", *, doubt: bool = True) -> str | None:
    """The credit code of the enterprise that a row names: as stated, else by the name where the register knows it.

    None where the row states no code and the register does not know the name: the enterprise may be new. Raises
    RowFault: of a code that is none, `code_name_mismatch` where code and name are of two enterprises, and
    `needs_review` where the name is only like that of an entry; without `doubt` such a name is one that the register
    does not know.
    """
    code = stated_code(cells, name_column)
    return _resolved(cells, name_column, code or "", parted(cells.text(name_column))[0], doubt=doubt)


def enterprises_in(cells: Cells, column: str, beside: str) -> list[str]:
    """Credit codes of the enterprises that a list names by code or by name, and of those that the register knows among
    the partners of another column, `beside`, which may be anybody.

    Raises RowFault: of a code that is none, `unknown_enterprise` for a name in `column` that the register does not
    know, `needs_review` for one that is only like that of an entry, `code_name_mismatch` where a name has the code of
    another behind it.
    """

    def listed(text: str) -> list[str]:
        return [_one(part, cells, column) for part in parts_of(text)]

    found: list[str] = cells.read(column, listed, [])
    for part in parts_of(cells.text(beside)):
        name, code = parted(part)
        if meant := _resolved(cells, beside, code, name, doubt=is_enterprise_name(name)):
            found.append(meant)
    return [*dict.fromkeys(found)]


def _resolved(cells: Cells, column: str, code: str, name: str, *, doubt: bool) -> str | None:
    register = cells.known.enterprises
    if register is None or not (code or name):
        return code or None
    found = register.resolve(code, name)
    if found.how is How.CONFLICT:
        raise _conflict(found, cells, column, code, name)
    if not found.usable and (not doubt or not found.alternatives):
        return code or None
    return _settled(found, cells, column, name or code)


def _one(part: str, cells: Cells, column: str) -> str:
    """The credit code of one item of a list. Raises InvalidCodeError besides."""
    if not _CHINESE.search(part):
        return parse_credit_code(part)
    name, code = parted(part)
    meant = _resolved(cells, column, code, name, doubt=True)
    if meant is None:
        raise unknown_enterprise(part, cells.title(column))
    return meant


def unknown_enterprise(name: str, title: str, remedy: str = "") -> RowFault:
    """The fault of a name without a code where a code is needed."""
    return RowFault(
        "unknown_enterprise",
        f"已装入的企业名单（enterprise-register）中没有“{name[:60]}”",
        remedy or "请填写统一社会信用代码，或先装入有这家企业的名单；只有名称的请写在“其他伙伴”",
        title,
        name,
    )


def _settled(found: Resolution, cells: Cells, column: str, given: str) -> str:
    """The credit code of the answer, noted where it is not certain. Raises RowFault where it is no single sure one."""
    if found.usable and found.code is not None:
        noted(found, cells, column, given)
        return found.code
    raise RowFault(
        "needs_review",
        f"企业“{given[:60]}”不能确定是不是名单中的企业（{found.how.label}）",
        f"可能是：{candidates(found)}；是其中一家，请填写它的信用代码或全名，是另一家，请填写那一家的信用代码，"
        "然后重新提交；没有信用代码一列时，写在名称后的括号里",
        cells.title(column),
        given,
    )


def _conflict(found: Resolution, cells: Cells, column: str, code: str, name: str) -> RowFault:
    first, *others = found.alternatives
    said = (
        f"信用代码 {code} 是{first.name}，与名称“{name[:60]}”（{others[0].name}，{others[0].code}）不符"
        if others
        else f"名单中“{name[:60]}”（{first.name}）的信用代码是 {first.code}，与所填的 {code} 不符"
    )
    return RowFault(
        "code_name_mismatch",
        said,
        "请核对信用代码与企业名称，改正其中错的一项；名单有误或企业已更名时，请先装入更正的名单",
        cells.title("credit_code" if cells.text("credit_code") else column),
        code,
    )
