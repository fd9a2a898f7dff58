"""Encodings found: by mark, else UTF-8, else GB18030; what is none of them, or two at once, is refused by its line."""

import codecs
import lzma
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.ingest.reading.limits import MOST_RATIO, MOST_UNPACKED, RATIO_FROM
from app.ingest.reading.rows import refused

Opener = Callable[[Path], IO[bytes]]

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){3}")
"""Three Chinese characters of UTF-8 in a row; in GB18030 that is six characters few texts have."""
_CHUNK = 1 << 20
_SURE = 20
"""After so many characters of several bytes that decode, a file is UTF-8 and not GB18030 by chance."""


@dataclass(slots=True)
class Decoded:
    """How far bytes decode: where the first that does not is, characters of several bytes before it, zero bytes."""

    failed: int | None = None
    multibyte: int = 0
    zeros: int = 0
    size: int = 0


def open_plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def open_xz(path: Path) -> IO[bytes]:
    return lzma.LZMAFile(path, "rb")


def find_encoding(path: Path, opener: Opener = open_plain) -> str:
    """The encoding that decodes the whole file."""
    return examine(path, opener)[0]


def examine(path: Path, opener: Opener = open_plain) -> tuple[str, int]:
    """The encoding that decodes the whole file, by BOM, else UTF-8, else GB18030, and how many zero bytes stand in it
    that are no part of a character.

    A file that is UTF-8 for a good part and then breaks is broken UTF-8, not GB18030, though GB18030 may swallow it;
    and a file that is GB18030 but for lines that are UTF-8 is two files put together. Raises UnreadableFileError.
    """
    with opener(path) as raw:
        start = _read(raw, 400, path)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            decoded = _all_of(path, opener, encoding)
            return encoding, 0 if encoding == "utf-16" else decoded.zeros
    even, odd = start[::2].count(0), start[1::2].count(0)
    if (
        max(even, odd) > len(start) // 40 and min(even, odd) == 0
    ):  # half of every ASCII character is a zero byte
        encoding = "utf-16-le" if odd else "utf-16-be"
        _all_of(path, opener, encoding)
        return encoding, 0
    plain = _decode(path, opener, "utf-8")
    if plain.zeros > max(64, plain.size // 50):
        raise refused(
            "这不是文本文件：含大量零字节",
            "文件可能损坏（如断电后只剩空白），或不是 CSV、JSON；请重新导出",
            path.name,
        )
    if plain.failed is None:
        return "utf-8", plain.zeros
    if plain.multibyte >= _SURE:
        raise _broken(path, opener, "UTF-8", plain.failed)
    other = _decode(path, opener, "gb18030")
    if other.failed is not None:
        raise _broken(path, opener, "UTF-8 或 GB18030", max(plain.failed, other.failed))
    _refuse_mixed(path, opener)
    with opener(path) as raw:
        if _is_big5(_read(raw, 1 << 16, path)):
            raise refused(
                "像是 Big5（繁体中文）编码，按 GB18030 读出的是乱字",
                "请用表格软件另存为 UTF-8 CSV 后再提交",
                path.name,
            )
    return "gb18030", other.zeros


def _is_big5(start: bytes) -> bool:
    """Whether bytes are Big5: they decode so into usual characters, and into unusual ones as GB18030.

    The 3,755 usual characters of GB 2312 and the 5,401 of Big5 stand together in each, before the unusual ones.
    """
    simplified, traditional = _usual(start, _GB_USUAL, "gb18030"), _usual(start, _BIG5_USUAL, "big5")
    return simplified < 0.6 and traditional > 0.9


_GB_USUAL = re.compile(rb"[\xa1-\xa9\xb0-\xd7][\xa1-\xfe]")
_BIG5_USUAL = re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\xfe]")


def _usual(start: bytes, usual: re.Pattern[bytes], encoding: str) -> float:
    """The share of usual characters among those of two bytes; 0 where the bytes are not of the encoding at all."""
    pairs = _PAIR.findall(start)
    try:
        codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return 0.0
    return sum(bool(usual.fullmatch(pair)) for pair in pairs) / len(pairs) if pairs else 0.0


def chunks(path: Path, opener: Opener) -> Iterator[bytes]:
    """The bytes of a file in pieces; of a packed file no more than the limits allow."""
    packed = path.stat().st_size if opener is not open_plain else 0
    done = 0
    with opener(path) as raw:
        while chunk := _read(raw, _CHUNK, path):
            done += len(chunk)
            if packed and (done > MOST_UNPACKED or (done > RATIO_FROM and done > MOST_RATIO * packed)):
                raise refused(
                    f"压缩文件解开后超过 {done >> 20} MB，是原来的 {done // packed} 倍，不像数据",
                    f"请解压后检查；解开后至多 {MOST_UNPACKED >> 30} GB、{MOST_RATIO} 倍",
                    path.name,
                )
            yield chunk


def _read(raw: IO[bytes], size: int, path: Path) -> bytes:
    try:
        return raw.read(size)
    except (lzma.LZMAError, EOFError) as error:
        raise refused("压缩文件已损坏", "请重新下载或导出", path.name) from error


def _decode(path: Path, opener: Opener, encoding: str) -> Decoded:
    decoder = codecs.getincrementaldecoder(encoding)()
    done = Decoded()
    pending = 0
    for chunk in chunks(path, opener):
        done.zeros += chunk.count(0)
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            done.multibyte += sum(b >= 0xC0 for b in error.object[: error.start])
            done.failed = done.size - pending + error.start
            return done
        if encoding == "utf-8":
            done.multibyte += 0 if text.isascii() else len(chunk) - len(text)
        state = decoder.getstate()[0]
        pending = len(state) if isinstance(state, bytes) else 0
        done.size += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        done.failed = done.size - pending + error.start
    return done


def _all_of(path: Path, opener: Opener, encoding: str) -> Decoded:
    decoded = _decode(path, opener, encoding)
    if decoded.failed is not None:
        raise _broken(path, opener, encoding.upper(), decoded.failed)
    return decoded


def _broken(path: Path, opener: Opener, encoding: str, offset: int) -> Exception:
    line, left = 1, offset
    for chunk in chunks(path, opener):
        line += chunk[:left].count(b"\n")
        left -= len(chunk)
        if left <= 0:
            break
    return refused(
        f"编码损坏：按 {encoding} 无法解码",
        "请从原系统重新导出，或用表格软件另存为 UTF-8 CSV",
        path.name,
        行=line,
        字节=offset + 1,
    )


def _refuse_mixed(path: Path, opener: Opener) -> None:
    """Refuse a GB18030 file of which a line is UTF-8: it would decode, and be wrong."""
    line, rest = 1, b""
    for chunk in chunks(path, opener):
        block = rest + chunk
        cut = block.rfind(b"\n") + 1 or (len(block) if len(block) > _CHUNK else 0)
        rest = block[cut:]
        _refuse_utf8_line(block[:cut], line, path)
        line += block.count(b"\n", 0, cut)
    _refuse_utf8_line(rest, line, path)


def _refuse_utf8_line(block: bytes, first: int, path: Path) -> None:
    for found in _UTF8_RUN.finditer(block):
        begin = block.rfind(b"\n", 0, found.start()) + 1
        end = block.find(b"\n", found.end())
        try:
            block[begin : end if end >= 0 else len(block)].decode("utf-8")
        except UnicodeDecodeError:
            continue
        raise refused(
            "一个文件里混有两种编码：多数行是 GB18030，这一行是 UTF-8",
            "请把拼在一起的文件分开，或统一另存为 UTF-8 后再提交",
            path.name,
            行=first + block.count(b"\n", 0, begin),
        )
