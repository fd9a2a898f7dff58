"""Secrets of a source: `${NAME}` stands for an environment variable, read when a pull begins and never kept."""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from app.ingest.pull.fault import PullError

PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
HIDDEN = "***"


class Secrets:
    """The environment as a source sees it. Every value handed out is remembered only to be hidden again."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._values: set[str] = set()

    def fill(self, text: str, field: str) -> str:
        """`text` with the values of its variables. Raises PullError naming a variable that is not set."""

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if not (given := self._environment.get(name)):
                raise PullError(
                    f"没有设置环境变量 {name}",
                    code="secret_missing",
                    remedy=f"请在运行 chanjiao 的环境中设置 {name}",
                    where={"字段": field},
                )
            if not given.isprintable():
                raise PullError(
                    f"环境变量 {name} 的值含有换行或控制字符",
                    code="secret_invalid",
                    remedy="请检查设置时是否带上了行尾",
                    where={"字段": field},
                )
            self._values |= {given, quote(given), quote(given, safe=""), quote_plus(given)}
            return given

        return PLACE.sub(value, text)

    def hide(self, text: str) -> str:
        """`text` without any value that was handed out."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text
