"""Archives (a workbook, too, is one) looked through before anything in them is opened: how many members, how large,
how tightly packed. Sizes are counted as they unpack; what an archive says of itself may be a lie.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from app.ingest.reading.limits import MOST_MEMBERS, MOST_RATIO, MOST_UNPACKED, RATIO_FROM
from app.ingest.reading.rows import refused

DAMAGED = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError)
"""What opening an archive raises where it is broken, or (NotImplementedError) of a version that `zipfile` does not know."""
_CHUNK = 1 << 18
_LOCAL_HEADER = 30


def members_of(archive: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    """The files in an archive, none larger than allowed by its own word. Raises UnreadableFileError."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        raise refused(
            f"压缩包里有 {len(infos):,} 个文件，至多 {MOST_MEMBERS:,} 个", "请分成几个压缩包提交", file
        )
    for info in infos:
        if info.flag_bits & 0x1:
            raise refused("压缩包有密码", "请去掉密码后再提交", file, 成员=member_name(info))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("不支持的压缩方法", "请用普通 ZIP（deflate）重新压缩", file, 成员=member_name(info))
        _allowed(info.file_size, info, file)
    if (total := sum(info.file_size for info in infos)) > MOST_UNPACKED:
        raise _too_large(total, file)
    return infos


def unpacked(path: Path, info: zipfile.ZipInfo, file: str) -> Iterator[bytes]:
    """The content of a member in pieces, unpacked no further than the limits allow.

    Raises UnreadableFileError where it grows beyond them, does not unpack, or is not as long as the archive says.
    """
    size = 0
    for chunk in _inflated(path, info, file):
        size += len(chunk)
        if size > info.file_size:
            raise refused(
                "压缩包里写的大小是假的：解开后比写的大",
                "这个文件可能是有意做坏的；请向提供者索取原始文件",
                file,
                成员=member_name(info),
            )
        yield chunk
    if size < info.file_size:
        raise _damaged(info, file)


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; names that are not marked UTF-8 are GB18030 where Windows in Chinese wrote them."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _inflated(path: Path, info: zipfile.ZipInfo, file: str) -> Iterator[bytes]:
    with path.open("rb") as raw:
        raw.seek(info.header_offset)
        head = raw.read(_LOCAL_HEADER)
        if len(head) < _LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
            raise _damaged(info, file)
        raw.seek(sum(struct.unpack("<HH", head[26:30])), 1)
        left = info.compress_size
        stored = info.compress_type == zipfile.ZIP_STORED
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while left > 0 and (packed := raw.read(min(_CHUNK, left))):
            left -= len(packed)
            if stored:
                yield packed
                continue
            try:
                while packed:
                    yield inflater.decompress(packed, _CHUNK)
                    packed = inflater.unconsumed_tail
            except zlib.error as error:
                raise _damaged(info, file) from error
        if not stored:
            yield inflater.flush()


def _allowed(size: int, info: zipfile.ZipInfo, file: str) -> None:
    if size > MOST_UNPACKED:
        raise _too_large(size, file)
    if size > RATIO_FROM and size > MOST_RATIO * max(1, info.compress_size):
        raise refused(
            f"压缩炸弹：成员解开后有 {size >> 20:,} MB，是压缩后的 {size // max(1, info.compress_size)} 倍",
            f"正常的数据不超过 {MOST_RATIO} 倍；请解压后检查，删去空白的行列再提交",
            file,
            成员=member_name(info),
        )


def _too_large(size: int, file: str) -> Exception:
    return refused(
        f"压缩包解开后有 {size >> 20:,} MB，至多 {MOST_UNPACKED >> 20:,} MB", "请分成几个文件提交", file
    )


def _damaged(info: zipfile.ZipInfo, file: str) -> Exception:
    return refused("压缩包已损坏", "请重新压缩或下载", file, 成员=member_name(info))
