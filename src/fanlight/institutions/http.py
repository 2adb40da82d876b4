"""The one HTTP client for all that leaves: bounded in time and size, and careful where it connects.

It stands on httpcore2 alone: there are no redirects, cookies, proxies or decompression to switch off, and there is
a place to look at an address after it is resolved and before it is connected to (against DNS rebinding).
"""

import asyncio
import ipaddress
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

from fanlight.base.boundary import check_outside_unit
from fanlight.institutions.answers import Reply, Said, Saying

R = TypeVar("R")

MAX_CONNECTIONS = 100
READ_AT_ONCE = 2
USER_AGENT = b"fanlight"


class Resolver(Protocol):
    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a host."""


class Certificate(NamedTuple):
    """What this server shows of itself to an institution that wants mutual TLS (RFC 8705): PEM texts. Never printed."""

    chain: str
    private_key: str

    def __repr__(self) -> str:
        return "Certificate([redacted])"


class Way(NamedTuple):
    """How requests reach a host: whether it may be on a private address, and who we are there."""

    allow_private: bool = False
    certificate: Certificate | None = None


class Http:
    """Exchanges with other machines. `timeout` is for the whole of one, so that a slow drip ends too."""

    def __init__(self, *, timeout: float, max_bytes: int, allow_private: bool = False) -> None:
        self.timeout = timeout
        self.max_bytes = max_bytes
        self._may_be_private = allow_private
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._pools: dict[Way, httpcore2.AsyncConnectionPool] = {}

    async def work(self, read: Callable[[], R]) -> R:
        """Read a document in a thread, few at a time: other requests are served meanwhile."""
        async with self._reading:
            return await asyncio.to_thread(read)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, way: Way
    ) -> Reply:
        """One request and whatever is answered. Raises Said, UNAVAILABLE when it surely was not taken."""
        check_outside_unit()
        sent = [(b"host", _host(url)), (b"user-agent", USER_AGENT)]
        sent += [(name.encode(), value.encode()) for name, value in {"accept": "application/json", **headers}.items()]
        if content is not None:
            sent.append((b"content-length", str(len(content)).encode()))
        try:
            async with asyncio.timeout(self.timeout):
                return await self._stream(method, url, sent, content, way)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, socket.gaierror) as error:
            raise Said(Saying.UNAVAILABLE, f"cannot connect ({type(error).__name__})") from error
        except (OSError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            # TimeoutError is an OSError: the request may have arrived, whatever kept the answer away.
            raise Said(Saying.UNKNOWN_OUTCOME, f"no whole answer ({type(error).__name__})") from error

    async def _stream(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes | None, way: Way
    ) -> Reply:
        pool = self._pool(way._replace(allow_private=way.allow_private and self._may_be_private))
        async with pool.stream(method, url, headers=headers, content=content) as response:
            chunks, size = [], 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > self.max_bytes:
                    raise Said(Saying.TOO_MUCH, f"the answer is larger than {self.max_bytes} bytes")
                chunks.append(chunk)
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Reply(response.status, names, b"".join(chunks))

    def _pool(self, way: Way) -> httpcore2.AsyncConnectionPool:
        pool = self._pools.get(way)
        if pool is None:
            pool = self._pools[way] = httpcore2.AsyncConnectionPool(
                ssl_context=_tls(way.certificate),
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=30,
                network_backend=GuardedBackend(allow_private=way.allow_private),
            )
        return pool


class GuardedBackend(AsyncNetworkBackend):
    """Connects to an address only after every address of the name was looked at, and to that very address."""

    def __init__(self, *, allow_private: bool, resolve: Resolver | None = None) -> None:
        self._inner = httpcore2.AnyIOBackend()
        self._allow_private = allow_private
        self._resolve = resolve or _resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise Said(Saying.UNAVAILABLE, "the institution's address is not a public one")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


# What is outside of it is local, reserved, or carries an IPv4 address inside (NAT64, compatible, translated).
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; embedded IPv4 addresses are looked at as such."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _host(url: str) -> bytes:
    parsed = httpcore2.URL(url)
    default = {b"http": 80, b"https": 443}.get(parsed.scheme)
    if parsed.port is None or parsed.port == default:
        return parsed.host
    return parsed.host + b":" + str(parsed.port).encode()


def _tls(certificate: Certificate | None) -> ssl.SSLContext:
    """A context that checks the other side, and shows our certificate where there is one."""
    context = ssl.create_default_context()
    if certificate is not None:
        # The library loads a certificate from a file only; this one is ours alone, and gone at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(certificate.private_key.strip() + "\n" + certificate.chain)
            file.flush()
            context.load_cert_chain(file.name)
    return context
