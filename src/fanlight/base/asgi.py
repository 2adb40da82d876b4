"""HTTP as plain functions over ASGI 3: a request, a response, and a tree of routes.

Why not a web framework: the wire's budget is counted against a no-op request, and 150 routes in a linear matcher
cost more than the whole main request does here (docs/decisions/0001). Parsing, keep-alive and TLS are the server's.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote

from fanlight.base.errors import Later, Malformed, MethodRefused, NotFound, Refusal, TooLarge

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]
T = TypeVar("T")

MAX_BODY = 1 << 20
MAX_FIELDS = 1000


class Query:
    """Query or form fields in their order; the first value of a name counts, lists take them all."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    @classmethod
    def parse(cls, raw: bytes) -> "Query":
        """Read `a=1&b=2`; raises Malformed on invalid UTF-8 or too many fields."""
        if not raw:
            return cls([])
        try:
            text = raw.decode("utf-8")
            return cls(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
        except ValueError as error:
            raise Malformed("The query or form is not valid UTF-8 or has too many fields.") from error

    def get(self, *names: str) -> str | None:
        """The first value under any of the names."""
        if not self.pairs:
            return None
        return next((value for key, value in self.pairs if key in names), None)

    def firsts(self) -> dict[str, str]:
        """The value that counts of every name."""
        return dict(reversed(self.pairs))

    def all(self, *names: str) -> list[str]:
        """Every value under any of the names, in order."""
        return [value for key, value in self.pairs if key in names]


class Request:
    """One HTTP request. Header names are lower case; `path` keeps its percent escapes until it is matched.

    `shown_path` is how the path may stand in a log.
    """

    __slots__ = ("_body", "_headers", "_query", "method", "params", "path", "receive", "scope", "shown_path")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = (scope.get("raw_path") or scope["path"].encode()).split(b"?", 1)[0].decode("latin-1")
        self.shown_path = self.path
        self.params: dict[str, str] = {}
        self._headers: dict[bytes, bytes] | None = None
        self._query: Query | None = None
        self._body: bytes | None = None

    def header(self, name: bytes) -> str | None:
        """A header's value; `name` in lower case. Of repeated headers the last counts, cookies are joined."""
        if self._headers is None:
            self._headers = _header_map(self.scope["headers"])
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def query(self) -> Query:
        if self._query is None:
            self._query = Query.parse(self.scope["query_string"])
        return self._query

    @property
    def peer(self) -> str | None:
        """The address that the request comes from; a trusted proxy's word where the server takes it."""
        client = self.scope.get("client")
        return None if client is None else str(client[0])

    def cookies(self) -> dict[str, str]:
        """The request's cookies by name."""
        parts = (pair.strip().partition("=") for pair in (self.header(b"cookie") or "").split(";"))
        return {name: value for name, sep, value in parts if sep}

    async def body(self, limit: int = MAX_BODY) -> bytes:
        """The whole body; raises TooLarge before more than `limit` bytes are held."""
        if self._body is None:
            self._body = await self._read(limit)
        return self._body

    async def form(self, limit: int = MAX_BODY) -> Query:
        """The body as `application/x-www-form-urlencoded` fields."""
        return Query.parse(await self.body(limit))

    async def _read(self, limit: int) -> bytes:
        declared = self.header(b"content-length")
        if declared is not None and declared.isdecimal() and int(declared) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        chunks, size = [], 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Malformed("The connection closed before the body was complete.")
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise TooLarge(f"The body is larger than {limit} bytes.")
            if not message.get("more_body"):
                return b"".join(chunks)


class Response(NamedTuple):
    """One HTTP response, whole in memory."""

    status: int
    body: bytes = b""
    headers: Iterable[tuple[bytes, bytes]] = ()

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        """Write it; a HEAD request gets the headers alone."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        if self.status == 204:
            headers = list(self.headers)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body if with_body else b""})


class Match(NamedTuple, Generic[T]):
    """A route that fits: what it leads to and its path parameters, unescaped."""

    target: T
    params: dict[str, str]


class RouteTree(Generic[T]):
    """Routes by segment. Literal segments win over parameters; `X` and `X.json` are the same path."""

    def __init__(self, suffixes: tuple[str, ...] = ()) -> None:
        self._root = _Node[T]()
        self._suffixes = suffixes

    def add(self, method: str, template: str, target: T) -> None:
        """Add `GET /members/{member_guid}`; raises ValueError when method and path are taken."""
        node, names = self._root, []
        for segment in template.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node = node.parameter or _Node[T]()
            else:
                node = node.literals.setdefault(segment, _Node[T]())
        if method in node.targets:
            raise ValueError(f"{method} {template} is there twice")
        node.targets[method] = (target, tuple(names))

    def find(self, method: str, path: str) -> Match[T]:
        """The route of a request; raises NotFound, or MethodRefused with what the path allows."""
        segments = _segments(path, self._suffixes)
        leaves = list(self._root.leaves(segments, ()))
        for leaf, values in leaves:
            found = leaf.targets.get(method)
            if found is not None:
                target, names = found
                return Match(target, dict(zip(names, values, strict=True)))
        if not leaves:
            raise NotFound("There is no such path.")
        allow = tuple(sorted({verb for leaf, _ in leaves for verb in leaf.targets}))
        raise MethodRefused(f"This path takes {', '.join(allow)}.", allow)


class _Node(Generic[T]):
    __slots__ = ("literals", "parameter", "targets")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.targets: dict[str, tuple[T, tuple[str, ...]]] = {}

    def leaves(self, segments: list[str], values: tuple[str, ...]) -> Iterable[tuple["_Node[T]", tuple[str, ...]]]:
        """Every end that fits, the most literal one first."""
        if not segments:
            if self.targets:
                yield self, values
            return
        head, rest = segments[0], segments[1:]
        literal = self.literals.get(head)
        if literal is not None:
            yield from literal.leaves(rest, values)
        if self.parameter is not None and head:
            yield from self.parameter.leaves(rest, (*values, head))


def _segments(path: str, suffixes: tuple[str, ...]) -> list[str]:
    bare = path.strip("/")
    for suffix in suffixes:
        if bare.endswith(suffix):
            bare = bare[: -len(suffix)]
            break
    parts = bare.split("/")
    if "%" not in bare:
        return parts
    try:
        return [unquote(part, errors="strict") for part in parts]
    except UnicodeDecodeError as error:
        raise Malformed("The path is not valid UTF-8.") from error


def _header_map(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name == b"cookie" and name in found:
            found[name] += b"; " + value
        else:
            found[name] = value
    return found


_HEADER_SAFE = re.compile(r"[\x20-\x7e]*")


def header_value(text: str) -> bytes:
    """A header value; raises Malformed where control or non-ASCII characters would split it."""
    if not _HEADER_SAFE.fullmatch(text):
        raise Malformed("A header value has characters that are not allowed there.")
    return text.encode("ascii")


def redirect(location: str, headers: Iterable[tuple[bytes, bytes]] = (), body: bytes = b"") -> Response:
    """303 See Other: the next request is a GET, whatever this one was (RFC 9110 15.4.4)."""
    return Response(303, body, [(b"location", header_value(location)), *headers])


def refusal_headers(refusal: Refusal) -> Headers:
    """The headers that go with a refusal: what a path takes instead, when to come back."""
    headers: Headers = []
    if isinstance(refusal, MethodRefused) and refusal.allow:
        headers.append((b"allow", ", ".join(refusal.allow).encode()))
    if isinstance(refusal, Later):
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    return headers
