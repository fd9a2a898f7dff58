"""Files that arrive over the network: how large one may be, and a name for it that leads nowhere."""

import re
from pathlib import Path

LARGEST_UPLOAD = 256 * 1024 * 1024
"""Bytes; a larger file goes as a ZIP, which has limits of its own, or in parts, or is loaded by the command line."""
UNNAMED = "未命名"
_LONGEST = 200
"""Bytes of a name: what every file system takes, and room for the names that are made of it."""
_ENDING = re.compile(r"\.[0-9A-Za-z]{1,8}")


def plain_name(said: str, ending: str = "") -> str:
    """A name for a file that came as `said`: the last part of it, printable, of a length that any disk takes; with
    `ending` where it has none.
    """
    last = re.split(r"[/\\]", said)[-1]
    printable = "".join(each for each in last if each.isprintable())
    name = re.sub(r'[:*?"<>|]', "_", printable).strip(" .")
    given = Path(name).suffix
    if not _ENDING.fullmatch(given):
        given = ending
        name += ending
    stem = name.removesuffix(given) or UNNAMED
    room = _LONGEST - len(given)
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + given
