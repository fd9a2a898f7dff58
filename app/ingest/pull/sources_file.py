"""sources.toml: which sources there are. Every fault is named by file, section and field, with what is allowed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from app.errors import NotFoundError
from app.ingest.pull.fault import SourcesError
from app.ingest.pull.source import CONNECTORS, PAGING, Source, allowed_fields, read_source

TIMEZONE = "Asia/Shanghai"
_PATHS = ("mapping", "path", "ca_file")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Sources:
    """The configured sources by name, in the order of the file, and the time zone of their schedules."""

    path: Path
    entries: Mapping[str, Source]
    timezone: str = TIMEZONE

    def __getitem__(self, name: str) -> Source:
        if name not in self.entries:
            known = "、".join(self.entries) or "还没有配置任何来源"
            raise NotFoundError(f"没有来源 {name}", remedy=f"可用：{known}", where={"文件": str(self.path)})
        return self.entries[name]


def read_sources(path: Path, *, may_lack: bool = False) -> Sources:
    """The sources of a file. Raises SourcesError with all that is wrong in it; `may_lack`: no file, no sources."""
    if not path.is_file():
        if may_lack:
            return Sources(path, MappingProxyType({}))
        raise SourcesError(
            "找不到来源配置文件",
            remedy="请按 docs/sources.md 写一份，或用 CHANJIAO_SOURCES_FILE 指明位置",
            where={"文件": str(path)},
        )
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourcesError(
            f"来源配置文件无法读取：{error}",
            remedy="请检查 TOML 写法与编码（UTF-8）",
            where={"文件": str(path)},
        ) from error
    faults: list[str] = [
        f"最外层的 {key} 不认识；可用：timezone、[sources.名称]"
        for key in data
        if key not in ("timezone", "sources")
    ]
    timezone = data.get("timezone", TIMEZONE)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        faults.append(f"timezone：没有时区 {timezone}；例如 {TIMEZONE}")
    entries: dict[str, Source] = {}
    sections = data.get("sources", {})
    if not isinstance(sections, dict):
        sections = {}
        faults.append("sources 要写成 [sources.名称] 各节")
    for name, section in sections.items():
        found = _entry(name, section, path.parent)
        if isinstance(found, Source):
            entries[name] = found
        else:
            faults += found
    if faults:
        more = f"；另有 {len(faults) - _SHOWN} 处" if len(faults) > _SHOWN else ""
        raise SourcesError(
            f"来源配置有 {len(faults)} 处写错：{'；'.join(faults[:_SHOWN])}{more}",
            remedy="写法见 docs/sources.md",
            where={"文件": str(path)},
        )
    return Sources(path, MappingProxyType(entries), timezone)


def _entry(name: str, section: object, folder: Path) -> Source | list[str]:
    place = f"[sources.{name}]"
    if not isinstance(section, dict):
        return [f"{place} 要写成一节"]
    connector = section.get("connector")
    if not isinstance(connector, str) or connector not in CONNECTORS:
        said = "缺少 connector" if connector is None else f"connector 没有 {connector!r} 这一种"
        return [f"{place} {said}；可用：{'、'.join(CONNECTORS)}"]
    located = {
        key: str(folder / value) if key in _PATHS and isinstance(value, str) else value
        for key, value in section.items()
    }
    try:
        return read_source(name, located)
    except ValidationError as error:
        form = CONNECTORS[connector]
        return [f"{place} {_sentence(fault, form)}" for fault in error.errors()]


def _sentence(fault: Mapping[str, Any], form: type[BaseModel]) -> str:
    """One finding of pydantic in Chinese. Values are not repeated: they may be what somebody took for a secret."""
    place = [str(step) for step in fault["loc"]]
    if place[:1] == ["paging"] and len(place) > 1 and place[1] in PAGING:
        form = PAGING[place.pop(1)]
    elif len(place) > 1 and place[0] in ("limits", "retry"):
        form = form.model_fields[place[0]].annotation or form  # type: ignore[assignment]
    field, kind, context = ".".join(place), fault["type"], fault.get("ctx", {})
    if kind == "own":
        return f"{field}：{context['said']}" if field else str(context["said"])
    if kind == "missing":
        return f"缺少 {field}"
    if kind == "extra_forbidden":
        return f"{field} 不认识；可用：{'、'.join(allowed_fields(form))}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return f"{field}.type 要写成 {'、'.join(PAGING)} 之一"
    if kind == "string_pattern_mismatch":
        return f"{field} {_PATTERNS.get(place[-1], '写法不对')}"
    for sign, words in _BOUNDS.items():
        if sign in context:
            return f"{field} {words.format(context[sign])}"
    return f"{field} {_TYPES.get(kind.split('_')[0], '写法不对：' + fault['msg'])}"


_PATTERNS = {
    "url": "要写成 ${环境变量名}：数据库地址含密码，不能直接写在文件里",
    "name": "（节名）只能用小写字母、数字、-、_，至多 60 个字符",
    "filename": "要是文件名，不含 / 与 \\，至多 200 个字符",
}
_BOUNDS = {
    "gt": "必须大于 {}",
    "ge": "不能小于 {}",
    "le": "不能大于 {}",
    "min_length": "至少 {} 个字符",
    "max_length": "至多 {} 个字符",
}
_TYPES = {
    "string": "要写成文字（加引号）",
    "int": "要写成整数",
    "float": "要写成数字",
    "bool": "要写成 true 或 false",
    "dict": "要写成一节或 { 名称 = 值 }",
    "tuple": "要写成列表 [ … ]",
    "path": "要写成路径（加引号）",
    "model": "要写成一节或 { 名称 = 值 }",
}
