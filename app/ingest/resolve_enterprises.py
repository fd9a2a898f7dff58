"""Enterprises 企业 as rows name them: by unified social credit code, by name as registered or nearly so."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidCodeError
from app.ingest.resolve import (
    ACCEPT,
    LONGEST,
    NOTHING,
    Alternative,
    How,
    Name,
    NameIndex,
    Resolution,
    found_by,
    guess,
    several,
    weakened,
)
from app.matching.normalise import simplified
from app.reference.codes import normalised, parse_credit_code

_FORM = re.compile(r"(?:(?:股份有限|有限责任|有限|总|分)?公司|集团|厂)(?:模拟)?$|模拟$")
_SAME_CORE = 0.85
_PLACE = re.compile(r"^(?:示例|上海市|上海|中国)+")
"""What stands before a trade name; with it the mark of names that are made up."""
_TRADE_NAME = 2
"""Characters; a trade name 字号 has at least two, and stands first after the place (企业名称登记管理规定, 6 and 8)."""
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class EnterpriseNames:
    """An enterprise as a register has it. `key` is what the register calls it by: a credit code or an id."""

    key: str
    name: str
    credit_code: str = ""
    other_names: tuple[str, ...] = ()
    """Short and former names."""


def enterprise_key(name: str) -> str:
    """A name as it is compared: NFKC, simplified characters, upper case, no blanks, marks or brackets, 有限责任公司 as 有限公司.

    The words inside brackets stay: 示例（上海）有限公司 and 示例上海有限公司 are written for one another.
    """
    text = re.sub(
        r"[\s()（）\[\]【】〔〕<>《》\"'“”‘’·•.,，。、_\-—–]", "", simplified(normalised(name)).upper()
    )
    return text.replace("有限责任公司", "有限公司").replace("股份公司", "股份有限公司")


def _core(name: str) -> str:
    """The name without place in front and legal form behind."""
    key = enterprise_key(name)
    return _PLACE.sub("", _FORM.sub("", key)) or key


def is_enterprise_name(name: str) -> bool:
    """Whether a name ends as those of enterprises do: 公司, 集团, 厂."""
    return bool(_FORM.search(enterprise_key(name)))


class Enterprises:
    """Look-up in one register of enterprises; what was looked up is remembered."""

    def __init__(self, entries: Iterable[EnterpriseNames]) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._by_credit = {e.credit_code: e for e in self._entries.values() if e.credit_code}
        self._by_name: dict[str, set[str]] = {}
        self._by_other: dict[str, set[str]] = {}
        self._by_core: dict[str, set[str]] = {}
        self._by_trade_name: dict[str, list[Name]] = {}
        for entry in self._entries.values():
            core = _core(entry.name)
            self._by_name.setdefault(enterprise_key(entry.name), set()).add(entry.key)
            self._by_core.setdefault(core, set()).add(entry.key)
            self._by_trade_name.setdefault(core[:_TRADE_NAME], []).append(Name(entry.key, entry.name))
            for other in entry.other_names:
                self._by_other.setdefault(enterprise_key(other), set()).add(entry.key)
        self._indexes: dict[str, NameIndex] = {}
        self._found: dict[tuple[str, str], Resolution] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process as the entries it is made of: what was looked up changes while it is sent."""
        return Enterprises, (tuple(self._entries.values()),)

    def resolve(self, credit_code: str, name: str) -> Resolution:
        """The enterprise of a credit code, a name or both; CONFLICT where they say two. Never raises.

        A credit code that is well formed and in no entry is another enterprise, whatever its name resembles; with the
        very name of an entry that has another code it is a conflict.
        """
        if len(name) > LONGEST or len(credit_code) > LONGEST:
            return NOTHING
        asked = credit_code, name
        found = self._found.get(asked)  # other threads may clear it at any moment
        if found is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            found = self._found[asked] = self._resolved(credit_code, name)
        return found

    def _resolved(self, credit_code: str, name: str) -> Resolution:
        try:
            code = parse_credit_code(credit_code) if credit_code else ""
        except InvalidCodeError:
            code = ""
        coded = self._by_credit.get(code) if code else None
        named = self._named(name)
        if coded is None:
            if not code:
                return named
            if not named.usable or named.code is None:
                return NOTHING
            other = self._entries[named.code]
            # an entry without a code may well be the enterprise that has this one
            return several(How.CONFLICT, (Name(other.key, other.name),)) if other.credit_code else named
        found = Name(coded.key, coded.name)
        if named.usable and named.code != coded.key:
            return several(How.CONFLICT, (found, Name(named.code or "", named.name)))
        shared = named.how is How.SEVERAL and coded.key in {each.code for each in named.alternatives}
        return found_by(How.CODE if not name or named.usable or shared else How.CODE_ONLY, found)

    def _named(self, name: str) -> Resolution:
        key = enterprise_key(name)
        if not key:
            return NOTHING
        plain = normalised(name)
        exact = {k for k in self._by_name.get(key, ()) if normalised(self._entries[k].name) == plain}
        for keys, how in (
            (exact, How.NAME),
            (self._by_name.get(key), How.VARIANT),
            (self._by_other.get(key), How.KNOWN_NAME),
        ):
            if keys:
                names = self._names(keys)
                return found_by(how, names[0]) if len(names) == 1 else several(How.SEVERAL, names)
        core = _core(name)
        if keys := self._by_core.get(core):
            # The same trade name under another legal form or place may be another enterprise: a person decides.
            shown = several(How.VARIANT, self._names(keys), _SAME_CORE)
            best = shown.alternatives[0]
            return Resolution(best.code, _SAME_CORE, How.VARIANT, shown.alternatives, best.name)
        # One character makes another enterprise: likeness is for a person to judge.
        return weakened(guess(self._similar(core)), ACCEPT - 0.01)

    def _similar(self, core: str) -> tuple[Alternative, ...]:
        """Entries of the same trade name whose name without place and legal form resembles this one.

        With another trade name it is another enterprise, however alike the trades are; and a register is searched
        among a few of its entries.
        """
        start = core[:_TRADE_NAME]
        if start not in self._by_trade_name:
            return ()
        if start not in self._indexes:
            self._indexes[start] = NameIndex(self._by_trade_name[start], _core)
        return self._indexes[start].similar(core)

    def _names(self, keys: set[str]) -> list[Name]:
        return [Name(key, self._entries[key].name) for key in sorted(keys)]
