"""The one HTTP client towards institutions: bounded in time, size and attempts, and careful where it connects.

It stands on httpcore2 alone: there are no redirects, cookies, proxies or decompression to switch off, and there is
a place to look at an address after it is resolved and before it is connected to (against DNS rebinding).
"""

import asyncio
import copy
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

import httpcore2
import msgspec
import tenacity
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream
from tenacity.wait import wait_base

from fanlight.base.boundary import check_outside_unit
from fanlight.institutions.port import Said, Saying

R = TypeVar("R")

MAX_CONNECTIONS = 100
READ_AT_ONCE = 2
MAX_VALUES = 250_000
"""Values of one JSON answer: it is decoded in one go, even in a thread, and nothing else runs meanwhile."""
RETRY_AFTER_LIMIT = 5
USER_AGENT = b"fanlight"

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Reply(NamedTuple):
    """An institution's HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, numbers with a point as exact decimals; raises Said: GIBBERISH, or TOO_MUCH."""
        # A value follows one of these marks. Those inside texts count too; the bound leaves room for them.
        if sum(self.body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
            raise Said(Saying.TOO_MUCH, f"the answer ({self.status}) has more than {MAX_VALUES} values")
        try:
            return _DECODER.decode(self.body)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
            raise Said(Saying.GIBBERISH, f"the answer ({self.status}) is not JSON") from error

    @property
    def retry_after(self) -> int | None:
        text = self.headers.get("retry-after", "")
        return int(text) if text.isdecimal() and len(text) < 7 else None


Hear = Callable[[str, str, Reply | Said], Awaitable[None]]
"""Is told the method and URL of every exchange that `get`, `post` and `post_read` make, and what came of it."""


class Resolver(Protocol):
    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a host."""


class Http:
    """Requests to institutions. `timeout` is for the whole exchange, so that a slow drip ends too."""

    def __init__(self, *, timeout: float, max_bytes: int, attempts: int, allow_private: bool = False) -> None:
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.attempts = attempts
        self._may_be_private = allow_private
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._pools: dict[bool, httpcore2.AsyncConnectionPool] = {}
        self._hear: Hear | None = None
        self._pause: wait_base = tenacity.wait_exponential_jitter(multiplier=0.2, max=RETRY_AFTER_LIMIT)

    def heard_by(self, hear: Hear) -> "Http":
        """The same client with the same connections, which tells of what it does."""
        twin = copy.copy(self)
        twin._hear = hear  # noqa: SLF001 - it is this one but for the ear
        return twin

    async def work(self, read: Callable[[], R]) -> R:
        """Read an institution's document in a thread, few at a time: other requests are served meanwhile."""
        async with self._reading:
            return await asyncio.to_thread(read)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def get(self, url: str, headers: Mapping[str, str], *, allow_private: bool) -> Reply:
        """A read, tried again with back-off while the institution is unavailable; 4xx answers are returned."""
        return await self._repeated("GET", url, headers, None, allow_private)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Reply:
        """One POST, never repeated; 4xx answers are returned, 429 and 5xx are said as those of a read."""
        return await self._settled("POST", url, headers, content, allow_private)

    async def post_read(self, url: str, content: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Reply:
        """A read that its protocol asks for by POST, tried again as `get` is."""
        return await self._repeated("POST", url, headers, content, allow_private)

    async def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str], *, allow_private: bool
    ) -> Reply:
        """One POST, never repeated here: what it does at the institution may have happened."""
        content = urlencode(fields).encode()
        typed = {**headers, "content-type": "application/x-www-form-urlencoded"}
        return await self._exchange("POST", url, typed, content, allow_private=allow_private)

    async def _repeated(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, allow_private: bool
    ) -> Reply:
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_is_worth_retrying),
            wait=self._pause,
            stop=tenacity.stop_after_attempt(self.attempts),
            reraise=True,
        )
        return await retrying(self._settled, method, url, headers, content, allow_private)

    async def _settled(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, allow_private: bool
    ) -> Reply:
        reply = await self._heard(method, url, headers, content, allow_private)
        if reply.status == 429:
            raise Said(Saying.THROTTLED, "too many requests", retry_after=reply.retry_after)
        if reply.status >= 500:
            raise Said(Saying.UNAVAILABLE, f"the institution answered {reply.status}")
        return reply

    async def _heard(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, allow_private: bool
    ) -> Reply:
        try:
            reply = await self._exchange(method, url, headers, content, allow_private=allow_private)
        except Said as said:
            if self._hear is not None:
                await self._hear(method, url, said)
            raise
        if self._hear is not None:
            await self._hear(method, url, reply)
        return reply

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, *, allow_private: bool
    ) -> Reply:
        check_outside_unit()
        sent = [(b"host", _host(url)), (b"user-agent", USER_AGENT)]
        sent += [(name.encode(), value.encode()) for name, value in {"accept": "application/json", **headers}.items()]
        if content is not None:
            sent.append((b"content-length", str(len(content)).encode()))
        try:
            async with asyncio.timeout(self.timeout):
                return await self._stream(method, url, sent, content, allow_private=allow_private)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, socket.gaierror) as error:
            raise Said(Saying.UNAVAILABLE, f"cannot connect ({type(error).__name__})") from error
        except (OSError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            # TimeoutError is an OSError: the request may have arrived, whatever kept the answer away.
            raise Said(Saying.UNKNOWN_OUTCOME, f"no whole answer ({type(error).__name__})") from error

    async def _stream(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes | None, *, allow_private: bool
    ) -> Reply:
        pool = self._pool(allow_private and self._may_be_private)
        async with pool.stream(method, url, headers=headers, content=content) as response:
            chunks, size = [], 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > self.max_bytes:
                    raise Said(Saying.TOO_MUCH, f"the answer is larger than {self.max_bytes} bytes")
                chunks.append(chunk)
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Reply(response.status, names, b"".join(chunks))

    def _pool(self, allow_private: bool) -> httpcore2.AsyncConnectionPool:
        pool = self._pools.get(allow_private)
        if pool is None:
            pool = self._pools[allow_private] = httpcore2.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=30,
                network_backend=GuardedBackend(allow_private=allow_private),
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


def _is_worth_retrying(error: BaseException) -> bool:
    if not isinstance(error, Said):
        return False
    if error.saying == Saying.THROTTLED:
        return error.retry_after is not None and error.retry_after <= RETRY_AFTER_LIMIT
    return error.saying in (Saying.UNAVAILABLE, Saying.UNKNOWN_OUTCOME)
