"""The small parts of pulling: addresses, cron lines, paths, statements, secrets, waits, the spool."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from apscheduler.triggers.cron import CronTrigger

from app.ingest.pull.address import checked, is_public
from app.ingest.pull.crontab import cron_fields
from app.ingest.pull.fault import PassingError, PullError
from app.ingest.pull.fetch import retry_after
from app.ingest.pull.field_path import MISSING, at
from app.ingest.pull.part_file import PartFile
from app.ingest.pull.secrets import Secrets
from app.ingest.pull.spool import Spool
from app.ingest.pull.statement import why_not_read_only

PRIVATE_4 = ["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"]
PRIVATE_4 += [
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_6 = ["::", "::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%1", "ff02::1", "2001:db8::1"]
CARRYING = ["::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1"]
CARRYING += ["2002:a00:1::", "2002:7f00:1::1"]


def test_addresses_that_are_not_of_the_open_internet() -> None:
    assert [address for address in PRIVATE_4 + PRIVATE_6 + CARRYING if is_public(address)] == []


def test_addresses_of_the_open_internet() -> None:
    public = [
        "93.184.215.14",
        "2606:4700::1111",
        "::ffff:93.184.215.14",
        "64:ff9b::5db8:d70e",
        "2002:5db8:d70e::1",
    ]
    assert all(map(is_public, public))


def test_one_private_address_among_public_ones_is_enough() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", "10.0.0.1"]

    with pytest.raises(PullError, match=r"10\.0\.0\.1"):
        checked("portal.test", 443, False, resolve)
    assert len(checked("portal.test", 443, True, resolve)) == 2


SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 3 * * *", 1),
        ("0 3 * * 1", 1),  # Monday
        ("0 3 * * 0", 7),  # Sunday
        ("0 3 * * 7", 7),
        ("0 3 * * sun", 7),
        ("0 3 * * 6-7", 6),  # Saturday
        ("0 3 * * fri-mon", 1),
        ("0 3 * * 3,5", 3),
        ("0 3 * * 2/2", 2),
        ("0 3 1 12 *", 9),
    ],
)
def test_cron_lines_mean_what_they_mean_everywhere(line: str, days: int) -> None:
    due = CronTrigger(**cron_fields(line), timezone="UTC").get_next_fire_time(None, SUNDAY)
    assert due == SUNDAY.replace(hour=3) + timedelta(days=days)


@pytest.mark.parametrize("line", ["", "* * * *", "0 3 * * 8", "0 3 * * x", "0 3 * * 1/0", "0 3 * * 1-x"])
def test_what_is_no_cron_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"项|星期"):
        cron_fields(line)


DATA = {"a": {"b": [{"c": 1}, {"c": None}]}, "x.y": 2, "x": {"y": 3}, "": 4}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.0.c", 1),
        ("a.b.1.c", None),
        ("a.b.2.c", MISSING),
        ("a.b.c", MISSING),
        ("a.b.-1", MISSING),
        ("x.y", 2),
        ("a.z", MISSING),
        ("a.b.0.c.d", MISSING),
        ("", DATA),
    ],
)
def test_paths_into_an_answer(path: str, found: Any) -> None:
    assert at(DATA, path) is found or at(DATA, path) == found


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a FROM b",
        "  select 1 ;  ",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "-- delete nothing\nSELECT a /* update */ FROM b WHERE c = 'drop; it'".replace(";", ","),
        'SELECT "set", updated, deleted_at, created FROM b',
        "SELECT replace(a, 'x', 'y') FROM b",
    ],
)
def test_statements_that_only_read(query: str) -> None:
    assert why_not_read_only(query) == ""


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM b",
        "SELECT 1; DROP TABLE b",
        "SELECT ';' ; DELETE FROM b",
        "WITH x AS (DELETE FROM b RETURNING *) SELECT * FROM x",
        "SELECT * INTO c FROM b",
        "SELECT * FROM b FOR UPDATE",
        "SELECT * FROM b /* ' */; DELETE FROM b --'",
        "EXPLAIN ANALYZE DELETE FROM b",
        "PRAGMA writable_schema = 1",
        "selection",
        "",
        "WITH x AS (SELECT 1) INSERT INTO b SELECT * FROM x",
        "SELECT * FROM b INTO OUTFILE '/tmp/x'",
    ],
)
def test_statements_that_may_do_more(query: str) -> None:
    assert why_not_read_only(query)


def test_secrets_are_filled_in_and_hidden_again() -> None:
    secrets = Secrets({"KEY": "p+q/ß", "LONGER": "p+q/ß-2", "BAD": "a\nb", "EMPTY": ""})
    assert secrets.fill("Bearer ${KEY}${KEY} $KEY", "h") == "Bearer p+q/ßp+q/ß $KEY"
    secrets.fill("${LONGER}", "h")
    assert secrets.hide("p+q/ß-2 p+q/ß p%2Bq%2F%C3%9F p%2Bq/%C3%9F") == "*** *** *** ***"
    for name in ("NONE", "EMPTY", "BAD"):
        with pytest.raises(PullError, match=name) as caught:
            secrets.fill(f"${{{name}}}", "headers.X")
        assert "a\nb" not in str(caught.value)


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < retry_after(later) <= 90
    assert [
        retry_after(value) for value in (None, "", "7", "-3", "soon", "Wed, 01 Jan 2020 00:00:00 GMT")
    ] == [
        0,
        0,
        7,
        0,
        0,
        0,
    ]


def page(number: int, last: bool = False) -> dict[str, Any]:
    following = None if last else {"page": str(number + 1)}
    return {
        "rows": [{"n": number, "text": "行\ud800\n"}],
        "next": following,
        "total": 3,
        "digest": f"d{number}",
        "etag": "e",
        "last_modified": "",
    }


def test_the_spool_keeps_whole_pages_whatever_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pages"
    spool = Spool(path, "f")
    for number in range(3):
        spool.add(page(number, last=number == 2))
    whole = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: None)
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 0x0A]
    near = {end + step for end in ends for step in (-2, -1, 0, 1, 2)} | set(range(0, len(whole), 7))
    for length in sorted(place for place in near if place <= len(whole)):
        path.write_bytes(whole[:length])
        progress = Spool(path, "f").load()
        pages = max(sum(end <= length for end in ends) - 1, 0)
        assert progress.pages == progress.items == pages
        assert progress.next == (None if pages in (0, 3) else {"page": str(pages)})
        after = Spool(path, "f")
        after.load()
        if pages == 1:
            after.add(page(1))
            assert [row["n"] for row in after.rows()] == [0, 1]


def test_the_spool_of_another_configuration_or_with_nonsense_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    Spool(path, "f").add(page(0))
    assert Spool(path, "g").load().pages == 0
    assert not path.exists()
    for nonsense in (b"{}\n{}\n", b"\x00\xff\n", b'{"fingerprint": "f"}\n[1]\n'):
        path.write_bytes(nonsense)
        assert Spool(path, "f").load().pages == 0
        assert not path.exists() or path.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize("left", ["", "{", "[]", '{"fingerprint": "a"}', "no bytes", "no promise"])
def test_what_a_killed_download_left_in_pieces_is_not_gone_on_from(tmp_path: Path, left: str) -> None:
    answer = httpx.Response(200, headers={"ETag": '"1"', "Content-Length": "6"})
    part = PartFile(tmp_path, "source", 100)
    part.begin(answer, "a.csv")
    with pytest.raises(PassingError, match="6 字节，得到 3 字节"):
        part.write(iter([b"abc"]))
    again = PartFile(tmp_path, "source", 100)
    again.load()
    assert again.headers == {"Range": "bytes=3-", "If-Range": '"1"'}
    if left == "no bytes":
        (tmp_path / "download").unlink()
    elif left == "no promise":
        (tmp_path / "download.json").unlink()
    else:
        (tmp_path / "download.json").write_text(left)
    torn = PartFile(tmp_path, "source", 100)
    torn.load()
    assert torn.headers == {} and not list(tmp_path.iterdir())
