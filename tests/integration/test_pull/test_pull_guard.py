"""Where a pull may go and what it may tell: addresses, redirects, certificates, secrets."""

import json
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Configured, only
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import session_factory
from app.ingest.pull import Puller
from app.models import Pull
from tests.source_server import SourceServer, redirects, refuses, send

TOKEN = "s3cret+/token=值".encode().decode("ascii", "ignore")


def names(**addresses: list[str]) -> Any:
    """A resolver that knows these names; a list that is used up is asked once too often."""
    known = {name.replace("_", "."): [list(found)] for name, found in addresses.items()}

    def resolve(host: str, port: int) -> list[str]:
        return known[host][0] if host in known else [host]

    return resolve


def test_private_addresses_are_refused_before_anything_is_sent(
    puller: Puller, configured: Configured, server: SourceServer
) -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"):
        url = f"http://{host}:{server.port}/offset"
        outcome = only(puller.pull(configured(url=url, allow_private=False)))
        assert (outcome.error_code, outcome.requests) == ("address_refused", 1), host
        assert "allow_private" in outcome.error
    assert server.asked == []


def test_a_name_with_one_private_address_is_refused(
    engine: Engine, configured: Configured, server: SourceServer, tmp_path: Path
) -> None:
    puller = Puller(
        session_factory(engine),
        tmp_path,
        resolve=names(portal_test=["93.184.215.14", "127.0.0.1"]),
    )
    source = configured(url=f"http://portal.test:{server.port}/offset", allow_private=False)
    assert only(puller.pull(source)).error_code == "address_refused"
    assert server.asked == []


def test_a_name_that_changes_its_mind_is_not_asked_twice(
    engine: Engine,
    configured: Configured,
    server: SourceServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when it is checked, the loopback address a moment later. The connection goes to the former."""
    asked, connected = [], []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    puller = Puller(session_factory(engine), tmp_path, resolve=resolve)
    url = f"http://portal.test:{server.port}/offset"
    once = configured(url=url, allow_private=False, retry={"attempts": 1})
    assert only(puller.pull(once)).error_code == "unreachable"
    assert (asked, connected) == (["portal.test"], ["93.184.215.14"])
    assert only(puller.pull(once)).error_code == "address_refused"
    assert connected == ["93.184.215.14"]


def test_a_redirect_stays_at_home_unless_another_host_is_allowed(
    engine: Engine,
    configured: Configured,
    server: SourceServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORTAL_TOKEN", TOKEN)
    other = SourceServer(server.rows)
    try:
        resolve = names(other_test=["127.0.0.1"])
        puller = Puller(session_factory(engine), tmp_path, resolve=resolve)
        headers = {"Authorization": "Bearer ${PORTAL_TOKEN}"}
        params = {"key": "${PORTAL_TOKEN}"}
        server.then(redirects(f"http://other.test:{other.port}/all"))
        refused = configured("/all", paging={"type": "none"}, headers=headers, params=params)
        outcome = only(puller.pull(refused))
        assert outcome.error_code == "redirect_refused" and "other.test" in outcome.error
        assert other.asked == []
        server.then(redirects("/all?moved=1", 308), redirects(f"http://other.test:{other.port}/all"))
        allowed = configured(
            "/all", paging={"type": "none"}, headers=headers, params=params, allowed_hosts=["other.test"]
        )
        assert only(puller.pull(allowed)).accepted == 35
        assert [(ask.query, ask.headers["Authorization"]) for ask in server.asked[-2:]] == [
            ({"key": TOKEN}, f"Bearer {TOKEN}"),
            ({"moved": "1", "key": TOKEN}, f"Bearer {TOKEN}"),
        ]
        strange = other.asked[-1]
        assert strange.query == {} and "Authorization" not in strange.headers
    finally:
        other.stop()


def test_a_redirect_into_the_inside_is_refused_though_its_host_is_allowed(
    engine: Engine,
    configured: Configured,
    server: SourceServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The portal is at a public address, which this test leads to its server; and sends us to the loopback address."""
    connect = socket.create_connection

    def led(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        assert address[0] == "93.184.215.14"
        return connect(("127.0.0.1", address[1]), *rest, **more)

    monkeypatch.setattr(socket, "create_connection", led)
    resolve = names(portal_test=["93.184.215.14"], inside_test=["127.0.0.1"])
    puller = Puller(session_factory(engine), tmp_path, resolve=resolve)
    inside = f"http://inside.test:{server.port}/all"
    server.then(redirects(inside))
    portal = configured(
        url=f"http://portal.test:{server.port}/all",
        paging={"type": "none"},
        allow_private=False,
        allowed_hosts=["inside.test"],
    )
    outcome = only(puller.pull(portal))
    assert outcome.error_code == "address_refused" and "inside.test" in outcome.error
    assert [asked.path for asked in server.asked] == ["/all"]
    assert only(puller.pull(portal)).accepted == 35


def test_secrets_reach_the_server_and_nothing_else(
    puller: Puller,
    configured: Configured,
    server: SourceServer,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("PORTAL_TOKEN", TOKEN)
    source = configured(
        "/links",
        paging={"type": "cursor", "next": "data.next"},
        headers={"Authorization": "Bearer ${PORTAL_TOKEN}"},
        params={"key": "${PORTAL_TOKEN}"},
    )
    server.then(send, send, refuses(500), refuses(500), refuses(500))
    failed = only(puller.pull(source))
    kept = (tmp_path / "pulls" / "figures" / "pages").read_text("utf-8")
    assert failed.error_code == "server_error" and '"from=' not in kept and "/links?from=20" in kept
    assert only(puller.pull(source)).accepted == 35
    assert all(
        (ask.query["key"], ask.headers["Authorization"]) == (TOKEN, f"Bearer {TOKEN}") for ask in server.asked
    )
    told = json.dumps([failed.as_dict()]) + kept + caplog.text + "".join(capfd.readouterr())
    rows = [str(vars(pull)) for pull in session.scalars(select(Pull))]
    for form in (TOKEN, TOKEN.replace("+", "%2B"), "s3cret"):
        assert form not in told + "".join(rows)


def test_a_secret_that_is_not_there_is_named(
    puller: Puller, configured: Configured, server: SourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = configured(headers={"X-Api-Key": "${PORTAL_KEY}"})
    outcome = only(puller.pull(source))
    assert outcome.error_code == "secret_missing" and "PORTAL_KEY" in outcome.error
    for value in ("two\nlines", "密钥"):
        monkeypatch.setenv("PORTAL_KEY", value)
        outcome = only(puller.pull(source))
        assert outcome.error_code == "secret_invalid" and value not in outcome.error
    assert server.asked == []


def test_certificates_are_checked_against_the_name(
    engine: Engine, configured: Configured, tmp_path: Path
) -> None:
    """The connection goes to a checked number, the certificate has to be that of the name all the same."""
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=portal.test "
        "-addext subjectAltName=DNS:portal.test -keyout key.pem -out cert.pem"
    )
    made = subprocess.run(command.split(), cwd=tmp_path, capture_output=True)
    if made.returncode:
        pytest.skip("no openssl here to make a certificate with")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'[{"item": "a", "indicator": "\xe7\xbc\xba\xe5\x8f\xa3", "value": 1, "year": 2025}]'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        resolve = names(portal_test=["127.0.0.1"], wrong_test=["127.0.0.1"])
        puller = Puller(session_factory(engine), tmp_path / "pulls", resolve=resolve)
        known = {"items": "", "paging": {"type": "none"}, "retry": {"attempts": 1}}
        right = f"https://portal.test:{http.server_port}/"
        trusted = {**known, "ca_file": str(tmp_path / "cert.pem")}
        assert only(puller.pull(configured(url=right, **trusted))).accepted == 1
        assert only(puller.pull(configured(url=right, **known))).error_code == "unreachable"
        wrong = right.replace("portal", "wrong")
        assert only(puller.pull(configured(url=wrong, **trusted))).error_code == "unreachable"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
