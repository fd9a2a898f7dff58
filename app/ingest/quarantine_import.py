"""A corrected export of the quarantine, read back as spreadsheet programs save it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy.orm import Session

from app.errors import InvalidInputError, UnreadableFileError
from app.ingest.batch_moves import get_batch
from app.ingest.exporting import escaped
from app.ingest.quarantine import AFTER, BEFORE, cell_text, original_headers
from app.ingest.quarantine_corrections import CorrectionReport, held_rows, submit_corrections
from app.ingest.reading import find_encoding
from app.ingest.reading.container import examine_workbook
from app.ingest.reading.workbook import opening
from app.ingest.values import clean


def import_corrections(
    session: Session, path: Path, *, who: str = "", dry_run: bool = False
) -> CorrectionReport:
    """Take a corrected export back.

    Raises UnreadableFileError or InvalidInputError, with nothing stored, where the file is no export, names rows that
    are not in the quarantine of one batch, or names one twice.
    """
    lines = exported_lines(path)
    headers = next(lines, (1, []))[1]
    originals = headers[len(BEFORE) : len(headers) - len(AFTER)]
    if (*headers,) != (*BEFORE, *originals, *AFTER):
        raise InvalidInputError(
            "这不是隔离区导出的文件，或增删、移动了列",
            remedy="请用隔离区导出的文件（chanjiao quarantine export 或 GET /v1/quarantine/export）改正，只改原来各列的内容",
            where={"文件": path.name},
        )
    sent: dict[int, list[str]] = {}
    for number, values in lines:
        place: dict[str, str | int] = {"文件": path.name, "行": number}
        if len(values) > len(headers) or not values[0].isdecimal() or len(values[0]) > 18:
            raise InvalidInputError(
                "这一行没有隔离编号，或比表头多了列",
                remedy="只改原有的行；新的行请用 chanjiao ingest 装入",
                where=place,
            )
        if int(values[0]) in sent:
            raise InvalidInputError(
                f"隔离编号 {values[0]} 出现了两次", remedy="请删去多余的一行", where=place
            )
        sent[int(values[0])] = values[len(BEFORE) :] + [""] * (len(headers) - len(values))
    if not sent:
        raise InvalidInputError("文件里没有行", remedy="请检查文件", where={"文件": path.name})
    held = held_rows(session, sent)
    batches = {row.batch_id for row in held.values()}
    if len(batches) > 1:
        raise InvalidInputError(
            "文件里有几个批次的行", remedy="请每个批次一个文件", where={"文件": path.name}
        )
    names = original_headers(session, get_batch(session, batches.pop()))
    if list(map(clean, names)) != originals:
        raise InvalidInputError(
            "列与原来的不同", remedy="请不要增删或改动表头，只改格中的内容", where={"文件": path.name}
        )
    changes = {
        key: {
            name: _unescaped(value)
            for name, value in zip(names, values, strict=False)
            if value != clean(escaped(cell_text(held[key].raw.get(name))))
        }
        for key, values in sent.items()
    }
    return submit_corrections(session, held, changes, who=who, dry_run=dry_run)


def exported_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of an export as spreadsheet programs save it (XLSX, or CSV in any encoding), as clean texts.

    Not through the readers of ingest: those look for headers, notes and totals, of which an export has none.
    """
    if not path.is_file():
        raise UnreadableFileError("找不到文件", remedy="请检查路径", where={"文件": str(path)})
    try:
        if path.suffix.lower() == ".xlsx":
            lines: Iterable[Sequence[Any]] = _first_sheet(path)
        else:
            lines = _delimited(path)
        for number, values in enumerate(lines, start=1):
            texts = [clean(value) for value in values]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield number, texts
    except (CalamineError, OSError, csv.Error) as error:
        raise UnreadableFileError(
            f"文件无法读取：{error}", remedy="请另存为 XLSX 或 CSV 后再试", where={"文件": path.name}
        ) from error


def _first_sheet(path: Path) -> list[list[Any]]:
    """Its cells. Raises UnreadableFileError, before anything is unpacked, where that would take too much memory."""
    examine_workbook(path)
    with opening(path):
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def _delimited(path: Path) -> Iterator[list[str]]:
    with path.open(encoding=find_encoding(path), newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        marks = [mark for mark in ("\t", ";", ",") if mark in first]
        yield from csv.reader(stream, delimiter=max(marks, key=first.count, default=","))


def _unescaped(text: str) -> str:
    """Without the apostrophe that the export put before what looked like a formula."""
    return text[1:] if text.startswith("'") and escaped(text[1:]) == text else text
