"""The one HTTP client for all that leaves: bounded in time and size, and careful where it connects.

It stands on httpcore2 alone: there are no redirects, cookies, proxies or decompression to switch off, and there is
a place to look at an address after it is resolved and before it is connected to (against DNS rebinding). Certificates
are always checked; there is no word in it, nor in an entry, that could switch that off.
"""

import asyncio
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

from fanlight.base.boundary import check_outside_unit
from fanlight.institutions import addresses
from fanlight.institutions.addresses import HTTPS, BadAddress, Standing, Target
from fanlight.institutions.answers import Reply, Said, Saying

R = TypeVar("R")

MAX_CONNECTIONS = 100
"""To all institutions that are reached the same way."""
READ_AT_ONCE = 2
RESOLVE_AT_ONCE = 16
"""Names that are looked up at once, in threads of their own: a slow name server keeps nothing else waiting."""
MAX_HEADERS, MAX_HEADER_BYTES = 100, 32 << 10
"""Of one answer."""
MAX_ADDRESSES = 4
"""Of one host that are tried, one after the other."""
CONNECT_TIMEOUT = 5.0
"""Seconds for one of them."""
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
    """How requests reach a host: whether it may be on a private address, who we are there, whom we believe."""

    allow_private: bool = False
    certificate: Certificate | None = None
    authority: str | None = None
    """The only certificate authority that is believed there, in PEM; None believes those of the system."""
    ports: frozenset[int] | None = None
    """Ports beside 443: those that the entry names. None: no other one of a public host, any of a private one."""


class Http:
    """Exchanges with other machines. `timeout` is for the whole of one, so that a slow drip ends too."""

    def __init__(
        self, *, timeout: float, max_bytes: int, allow_private: bool = False, resolve: Resolver | None = None
    ) -> None:
        self.timeout = timeout
        self.max_bytes = max_bytes
        self._may_be_private = allow_private
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._resolvers = ThreadPoolExecutor(RESOLVE_AT_ONCE, "resolve")
        self._resolve = resolve or self._look_up
        self._pools: dict[tuple[str, Way], httpcore2.AsyncConnectionPool] = {}

    async def work(self, read: Callable[[], R]) -> R:
        """Read a document in a thread, few at a time: other requests are served meanwhile."""
        async with self._reading:
            return await asyncio.to_thread(read)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, way: Way
    ) -> Reply:
        """One request and whatever is answered. Raises Said, UNAVAILABLE when it surely was not taken."""
        check_outside_unit()
        target, way = read_target(url, way), self.effective(way)
        with reading_errors():
            sent = _headers(target, headers, content)
            async with asyncio.timeout(self.timeout):
                return await self._stream(method, target, sent, content, way)

    def effective(self, way: Way) -> Way:
        """The way as this server's setting lets it be."""
        return way._replace(allow_private=way.allow_private and self._may_be_private)

    def backend(self, scheme: str, way: Way) -> "GuardedBackend":
        """What connects for an effective way."""
        return GuardedBackend(way, is_plain=scheme == "http", resolve=self._resolve)

    async def _stream(
        self, method: str, target: Target, headers: list[tuple[bytes, bytes]], content: bytes | None, way: Way
    ) -> Reply:
        url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        pool = self._pool(target.scheme, way)
        async with pool.stream(method, url, headers=headers, content=content) as response:
            _check_headers(response.headers)
            chunks, size = [], 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > self.max_bytes:
                    raise Said(Saying.TOO_MUCH, f"the answer is larger than {self.max_bytes} bytes")
                chunks.append(chunk)
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Reply(response.status, names, b"".join(chunks))

    def _pool(self, scheme: str, way: Way) -> httpcore2.AsyncConnectionPool:
        pool = self._pools.get((scheme, way))
        if pool is None:
            pool = self._pools[scheme, way] = httpcore2.AsyncConnectionPool(
                ssl_context=tls(way),
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=30,
                network_backend=self.backend(scheme, way),
            )
        return pool

    async def _look_up(self, host: str, port: int) -> list[str]:
        def ask() -> list[str]:
            return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

        return await asyncio.get_running_loop().run_in_executor(self._resolvers, ask)


class GuardedBackend(AsyncNetworkBackend):
    """Connects to an address only after every address of the name was looked at, and to that very address.

    `inner` is what connects then.
    """

    def __init__(
        self, way: Way, *, is_plain: bool, resolve: Resolver, inner: AsyncNetworkBackend | None = None
    ) -> None:
        self._way = way
        self._is_plain = is_plain
        self._resolve = resolve
        self._inner = inner or httpcore2.AnyIOBackend()

    async def vetted(self, host: str, port: int) -> list[str]:
        """The addresses of a host, each once, all of which may be connected to. Raises Said, and gaierror."""
        found = list(dict.fromkeys(await self._resolve(host, port)))
        judged = {address: addresses.judge(address) for address in found}
        for each in judged.values():
            if each.standing is Standing.NEVER or (each.standing is Standing.PRIVATE and not self._way.allow_private):
                raise Said(Saying.UNAVAILABLE, f"the institution's address is not a public one: {each.why}")
        is_public = any(each.standing is Standing.PUBLIC for each in judged.values())
        if is_public and self._is_plain:
            raise Said(Saying.UNAVAILABLE, "a public address is asked over https only")
        if is_public and port != HTTPS and port not in (self._way.ports or ()):
            raise Said(Saying.UNAVAILABLE, f"port {port} of a public address is not one that the entry names")
        if not found:
            raise Said(Saying.UNAVAILABLE, "the institution's name has no address")
        return found

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        *earlier, last = (await self.vetted(host, port))[:MAX_ADDRESSES]
        limit = min(CONNECT_TIMEOUT, timeout or CONNECT_TIMEOUT)
        for address in earlier:
            try:
                return await self._inner.connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port, limit, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@contextmanager
def reading_errors() -> Iterator[None]:
    """Say what the errors of a connection mean."""
    try:
        yield
    except (UnicodeError, httpcore2.LocalProtocolError) as error:
        raise Said(Saying.GIBBERISH, "a header would hold characters that HTTP cannot carry") from error
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, socket.gaierror) as error:
        raise Said(Saying.UNAVAILABLE, f"cannot connect ({why_unconnected(error)})") from error
    except (OSError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        # TimeoutError is an OSError: the request may have arrived, whatever kept the answer away.
        raise Said(Saying.UNKNOWN_OUTCOME, f"no whole answer ({type(error).__name__})") from error


def read_target(url: str, way: Way) -> Target:
    """A URL in parts, its port one that the way has. Raises Said(GIBBERISH), which never repeats the URL."""
    try:
        target = addresses.read_url(url)
    except BadAddress as error:
        raise Said(Saying.GIBBERISH, f"a URL cannot be asked for: {error}") from error
    if target.port != HTTPS and way.ports is not None and target.port not in way.ports:
        raise Said(Saying.GIBBERISH, f"a URL cannot be asked for: port {target.port} is not one that the entry names")
    return target


def tls(way: Way) -> ssl.SSLContext:
    """A context that checks the other side's certificate and name, and shows our certificate where there is one."""
    # Not create_default_context, which writes session keys to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if way.authority is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cadata=way.authority)
    if way.certificate is not None:
        # The library loads a certificate from a file only; this one is ours alone, and gone at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(way.certificate.private_key.strip() + "\n" + way.certificate.chain)
            file.flush()
            context.load_cert_chain(file.name)
    return context


def why_unconnected(error: BaseException) -> str:
    """Why no connection came to be: the word of the certificate check where that is it, else the kind of error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is refused: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {(cause.reason or 'no handshake').lower().replace('_', ' ')}"
        cause = cause.__cause__ or cause.__context__
    return "the name is not known" if isinstance(error, socket.gaierror) else type(error).__name__


def _headers(target: Target, headers: Mapping[str, str], content: bytes | None) -> list[tuple[bytes, bytes]]:
    sent = [(b"host", target.authority.encode()), (b"user-agent", USER_AGENT), (b"accept-encoding", b"identity")]
    sent += [(name.encode(), value.encode()) for name, value in {"accept": "application/json", **headers}.items()]
    if content is not None:
        sent.append((b"content-length", str(len(content)).encode()))
    return sent


def _check_headers(headers: list[tuple[bytes, bytes]]) -> None:
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        raise Said(
            Saying.TOO_MUCH, f"the answer has more than {MAX_HEADERS} headers or {MAX_HEADER_BYTES} bytes of them"
        )
