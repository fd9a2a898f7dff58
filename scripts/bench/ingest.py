"""Rows a second from a file to accepted records, beside a plain load of the same file by pandas.

    python scripts/bench/ingest.py FILE --json
    python scripts/bench/ingest.py plan.csv --generate 300000 --like ENROLMENT_PLAN.csv --json

Each load runs in a process of its own on an empty database, so that its peak memory is its own. Ours finds encoding,
delimiter, header and columns, masks, validates, resolves schools and programs, finds repeats, keeps bad rows and
writes records with their indexes; pandas reads text and writes text. Where a load uses a second process, its processor
seconds count as well, and `peak_mb` is the sum of the peaks of both. `--database` names an empty PostgreSQL database, else
SQLite in a folder that is taken away again. `--generate N` writes N rows like those of a real plan, in other years, before
anything is measured.
"""

import argparse
import csv
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLE = "bench_pandas"
FIRST_YEAR, YEARS = 2026, 30
_ALL = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--kind", default="enrolment-plan")
    parser.add_argument(
        "--database", help="address of an empty database; default: SQLite in a folder of its own"
    )
    parser.add_argument(
        "--generate", type=int, metavar="N", help="write FILE first, with N rows like --like's"
    )
    parser.add_argument("--like", type=Path, help="a real plan whose rows are repeated in other years")
    parser.add_argument("--without-pandas", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.generate:
        generate(asked.file, asked.like, asked.generate)
    with tempfile.TemporaryDirectory(prefix="chanjiao-bench-") as folder:
        address = asked.database or f"sqlite:///{folder}/bench.db"
        found: dict[str, Any] = {
            "file": asked.file.name,
            "megabytes": round(asked.file.stat().st_size / 1e6, 1),
            "database": address.split(":")[0],
            "load_average": round(os.getloadavg()[0], 2),
            "ours": _alone(lambda: ours(address, asked.file, asked.kind)),
        }
        if not asked.without_pandas:
            found["pandas"] = _alone(lambda: plain(address, asked.file))
            found["times_pandas"] = round(found["ours"]["seconds"] / found["pandas"]["seconds"], 2)
    if asked.json:
        json.dump(found, sys.stdout, ensure_ascii=False)
        print()
        return
    for name in ("ours", "pandas"):
        if name in found:
            one = found[name]
            print(
                f"{name:7} {one['rows']:>9,} rows  {one['seconds']:7.1f} s  processor {one['processor']:7.1f} s  "
                f"{one['peak_mb']:6.0f} MB"
            )


def ours(address: str, path: Path, kind: str) -> dict[str, Any]:
    from app.database import make_engine, session_factory, upgrade
    from app.ingest import ingest_file
    from app.reference import load_reference

    engine = make_engine(address)
    upgrade(engine)
    load_reference()
    with session_factory(engine)() as session, _measured() as figures:
        report = ingest_file(session, path, kind)
    counts = {name: getattr(report, name) for name in ("read", "accepted", "repeated", "quarantined")}
    return {"rows": report.read, **figures(), **counts}


def plain(address: str, path: Path) -> dict[str, Any]:
    """What a script of three lines does: read the file, write a table."""
    import pandas
    from sqlalchemy import inspect

    from app.database import make_engine

    encoding = _encoding(path)
    engine = make_engine(address)
    inspect(engine).get_table_names()  # connected, as ours is
    with _measured() as figures:
        frame = pandas.read_csv(path, encoding=encoding)
        frame.to_sql(TABLE, engine, if_exists="replace", index=False)
    engine_rows = len(frame)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {TABLE}")
    return {"rows": engine_rows, **figures()}


def _encoding(path: Path) -> str:
    from app.ingest.reading import find_encoding

    return find_encoding(path)


class _measured:  # noqa: N801 (reads as a verb after `with`)
    """Seconds of the wall and of the processor within, and the peak memory up to the end; children that ended included."""

    def __enter__(self) -> Callable[[], dict[str, float]]:
        self._wall, self._processor = time.perf_counter(), self._used()
        return lambda: self._figures

    def __exit__(self, *_: object) -> None:
        peak = sum(resource.getrusage(who).ru_maxrss for who in _ALL)
        self._figures = {
            "seconds": round(time.perf_counter() - self._wall, 2),
            "processor": round(self._used() - self._processor, 2),
            "peak_mb": round(peak / 1024, 1),
        }

    @staticmethod
    def _used() -> float:
        return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, _ALL))


def _alone(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result of `work`, done in a child process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w", encoding="utf-8") as stream:
                json.dump(work(), stream)
            status = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        content = stream.read()
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the load failed")
    found: dict[str, Any] = json.loads(content)
    return found


def generate(path: Path, like: Path | None, rows: int) -> None:
    """Write `rows` rows, those of `like` over and over, each time in another year and with other seats."""
    if like is None:
        raise SystemExit("--generate needs --like, a plan whose rows are repeated")
    from app.ingest.reading import find_encoding

    with like.open(encoding=find_encoding(like), newline="") as stream:
        reader = csv.DictReader(stream)
        names, real = list(reader.fieldnames or ()), [dict(row) for row in reader]
    year = next(name for name in names if "年份" in name)
    seats = next(name for name in names if "计划" in name)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for number in range(rows):
            turn, place = divmod(number, len(real))
            row = dict(real[place])
            row[year] = str(FIRST_YEAR + turn % YEARS)
            if row[seats].isdigit():
                row[seats] = str(int(row[seats]) + place % 7 + turn // YEARS)
            writer.writerow(row)


if __name__ == "__main__":
    main()
