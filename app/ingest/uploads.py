"""Files that arrive over the network: how large one may be, and a name for it that leads nowhere."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import InsufficientStorageError

LARGEST_UPLOAD = 256 * 1024 * 1024
"""Bytes; a larger file goes as a ZIP, which has limits of its own, or in parts, or is loaded by the command line."""
UNNAMED = "未命名"
_LONGEST = 200
"""Bytes of a name: what every file system takes, and room for the names that are made of it."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
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


@contextmanager
def room_on_disk() -> Iterator[None]:
    """Raises InsufficientStorageError where the disk takes no more of what is written inside."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise InsufficientStorageError(
            f"服务器的磁盘放不下这个文件（{error.strerror}），没有保存任何内容",
            remedy="请管理员清理临时目录所在的磁盘后重新提交；或把文件分成几个",
        ) from error
