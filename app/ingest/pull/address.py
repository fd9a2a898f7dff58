"""Which addresses a source may be at, and connections that go nowhere else.

A name is resolved once for a connection, every address it has is checked, and the connection is made to one of those
very addresses. A name that answers with a public address when it is checked and with a private one a moment later
(DNS rebinding) gains nothing: nobody resolves it a second time.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from app.ingest.pull.fault import PullError

Resolve = Callable[[str, int], list[str]]
"""The addresses of a name and port, as numbers."""
_CARRYING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""IPv6 networks whose last 32 bits are an IPv4 address: NAT64, and IPv4-compatible ones of old."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolved(host: str, port: int) -> list[str]:
    """The addresses the system has for a name, each once. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address lies in the open internet: not private, loopback, link-local, reserved or multicast.

    An IPv6 address that carries an IPv4 address (mapped, 6to4, Teredo and such) is as public as that one.
    """
    parsed: _Address = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        carried = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if any(parsed in network for network in _CARRYING):
            carried = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
    return parsed.is_global and not parsed.is_multicast


def checked(host: str, port: int, allow_private: bool, resolve: Resolve = resolved) -> list[str]:
    """The addresses of `host`. Raises PullError where one of them is not public, unless `allow_private`."""
    addresses = resolve(host, port)
    if not allow_private and (private := [a for a in addresses if not is_public(a)]):
        raise PullError(
            f"{host} 的地址 {private[0]} 是内网、本机或保留地址",
            code="address_refused",
            remedy="如果确实要从内网取数，请在该来源下写 allow_private = true",
        )
    return addresses


class Deadline:
    """The moment (of `time.monotonic`) at which the request under way has to be over."""

    def __init__(self) -> None:
        self.at = float("inf")

    def within(self, timeout: float | None) -> float:
        """Seconds that one step may take. Raises httpcore.ReadTimeout where none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return min(left, timeout or left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only, and gives each step of them only the time that is left.

    A server that sends a byte now and then never lets a single read run out of time; the deadline ends it all the same.
    """

    def __init__(self, allow_private: bool, deadline: Deadline, resolve: Resolve = resolved) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = checked(host, port, self._allow_private, self._resolve)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        failure: Exception = httpcore.ConnectError(host)
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
