"""Cron lines as everybody writes them, in the words of APScheduler.

APScheduler counts the days of the week from Monday = 0, crontab from Sunday = 0 (7 is Sunday too): taken over as they
are, numbers would run a day late. So they become names.
"""

import re

_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def cron_fields(line: str) -> dict[str, str]:
    """The five fields of a cron line by APScheduler's names. Raises ValueError in Chinese."""
    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f"要有五项（分 时 日 月 周），现有 {len(fields)} 项")
    minute, hour, day, month, weekday = fields
    return {
        "minute": minute,
        "hour": hour,
        "day": day,
        "month": month,
        "day_of_week": ",".join(_weekdays(part) for part in weekday.lower().split(",")),
    }


def _weekdays(part: str) -> str:
    found = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
    if not found:
        raise ValueError(f"星期 {part} 看不懂")
    first, last, step = found[1], found[2], int(found[3] or 1)
    if part == "*":
        return part
    if step == 0:
        raise ValueError(f"星期 {part} 的步长为 0")
    start = 0 if first == "*" else _number(first)
    end = 6 if first == "*" or (found[3] and not last) else _number(last) if last else start
    if end < start:
        end += 7
    return ",".join(dict.fromkeys(_NAMES[day % 7] for day in range(start, end + 1, step)))


def _number(word: str) -> int:
    if word[:3] in _NAMES:
        return _NAMES.index(word[:3])
    if word.isdecimal() and int(word) <= 7:
        return int(word)
    raise ValueError(f"星期 {word} 看不懂；用 0–7（0 与 7 都是星期日）或 mon…sun")
