"""
HTTP to addresses that people typed in: never into the company's own network unless the deployment says so, never longer than said,
never more of an answer than wanted, and never where a redirect points.

The address is looked at where the connection is made, after the name was resolved: a name that means something else a moment later
(DNS rebinding) is judged by what it means then. Nothing of this is done inside a transaction.
"""

import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings
from django.db import connection

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Addresses of IPv6 that carry one of IPv4, which is then the one that counts.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
LONGEST_ADDRESS = 2_000


class Unreachable(Exception):
    """Nothing was answered; the text says why, in English, as it goes into logs for technicians."""


class NotAllowed(Unreachable):
    """The address is none this deployment lets anybody reach."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request may take from its first packet to its last, in seconds, and how many bytes of the answer are read."""

    seconds: float = 15.0
    connect_seconds: float = 5.0
    most_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `is_cut` says that there was more than was read; `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    is_cut: bool


def allowed_networks() -> tuple[Network, ...]:
    """The private networks this deployment lets requests into."""
    return tuple(ipaddress.ip_network(one) for one in settings.ONHAND_OUTSIDE_NETWORKS)


def is_within(address: IPAddress, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of these networks."""
    return any(address.version == one.version and address in one for one in networks)


def may_reach(address: IPAddress, networks: Iterable[Network]) -> bool:
    """Whether a request may go there: public addresses, and those of networks that were allowed."""
    meant = _meant(address)
    is_public = meant.is_global and not meant.is_multicast and not meant.is_reserved
    return is_within(meant, networks) or (is_public and not getattr(meant, "is_site_local", False))


def _meant(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and address in _NAT64:
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried or address


def why_no_address(url: str) -> str:
    """
    Why nothing may be sent to an address, as far as its form says; empty if it may. One of: form, user, scheme, private. Names are not
    resolved: what they mean is found out when connecting.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "form"
    host = parts.hostname or ""
    is_text = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not host or not is_text or len(url) > LONGEST_ADDRESS or parts.scheme not in ("http", "https") or parts.fragment:
        return "form"
    if parts.username is not None or parts.password is not None:
        return "user"
    networks = allowed_networks()
    if parts.scheme == "http" and not networks:
        return "scheme"
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        is_local = host in ("localhost",) or host.endswith((".localhost", ".local", ".internal"))
        return "private" if is_local and not networks else ""
    if not may_reach(literal, networks):
        return "private"
    return "scheme" if parts.scheme == "http" and not is_within(_meant(literal), networks) else ""


def request(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", limits: Limits | None = None
) -> Answer:
    """
    Send one request and return what was answered, whatever its status. Redirects are answers like any other.

    :raises NotAllowed: the address, or what its name means now, may not be reached.
    :raises Unreachable: no whole answer came in time.
    :raises RuntimeError: inside a transaction, which would wait for somebody else's server.
    """
    if connection.in_atomic_block:
        raise RuntimeError("reach outside after the commit, never inside a transaction")
    if why := why_no_address(url):
        raise NotAllowed({"private": "the address is a private one", "scheme": "only https"}.get(why, "no address"))
    most = limits or Limits()
    door = _Door(time.monotonic() + most.seconds, most.connect_seconds, plain=url.lower().startswith("http:"))
    sent = [("Host", _host(url)), *headers.items(), ("Content-Length", str(len(content))), ("Connection", "close")]
    each = {"connect": most.connect_seconds, "read": most.seconds, "write": most.seconds, "pool": most.seconds}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trust(), network_backend=door, retries=0) as pool,
            pool.stream(method, url, headers=sent, content=content, extensions={"timeout": each}) as response,
        ):
            body, is_cut = _first(response.iter_stream(), most.most_bytes)
            said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, said, body, is_cut)
    except httpcore.TimeoutException:
        raise Unreachable(f"no whole answer within {most.seconds:g} seconds") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise Unreachable(_words(error)) from error


def _words(error: Exception) -> str:
    """What went wrong, without what servers or libraries may put into it at length."""
    kind = {
        httpcore.ConnectError: "no connection",
        httpcore.ReadError: "the connection broke",
        httpcore.WriteError: "the connection broke",
        httpcore.RemoteProtocolError: "what came back is no HTTP",
    }.get(type(error), type(error).__name__)
    return f"{kind}: {error}"[:300]


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def _first(parts: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """The first bytes of an answer; the rest is not read."""
    found, size = [], 0
    for part in parts:
        found.append(part)
        size += len(part)
        if size > most:
            break
    whole = b"".join(found)
    return whole[:most], size > most


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates this machine believes. Reading them takes long, so once a process."""
    return ssl.create_default_context()


def _resolve(host: str, port: int) -> list[IPAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} is not known") from error
    return list(dict.fromkeys(ipaddress.ip_address(str(place[4][0]).split("%")[0]) for place in found))


class _Door(httpcore.NetworkBackend):
    """Connects to addresses that may be reached, and to nothing else, and ends everything at one moment."""

    def __init__(self, end: float, connect_seconds: float, *, plain: bool) -> None:
        self._end, self._connect_seconds, self._plain = end, connect_seconds, plain
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        networks = allowed_networks()
        places = _resolve(host, port)
        if not places or not all(self._allowed(one, networks) for one in places):
            # All of them: a name that means a public and a private address is nobody's honest mistake.
            raise NotAllowed("the address is a private one")
        problem: Exception | None = None
        for place in places:
            try:
                left = min(self._connect_seconds, timeout or self._connect_seconds, _left(self._end))
                stream = self._network.connect_tcp(str(place), port, left, local_address, socket_options)
                return _Bounded(stream, self._end)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError("no address")

    def _allowed(self, place: IPAddress, networks: tuple[Network, ...]) -> bool:
        return is_within(_meant(place), networks) if self._plain else may_reach(place, networks)


class _Bounded(httpcore.NetworkStream):
    """A connection on which nothing waits longer than until one moment, however slowly the other side talks."""

    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream, self._end = stream, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  (the end counts)
        return self._stream.read(max_bytes, _left(self._end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, _left(self._end))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, _left(self._end)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
