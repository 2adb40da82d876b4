"""The kit of the Nexus face: a route as data, a call as a handler sees it, and how one becomes the other.

A handler is a plain function of a `Call`; it runs inside one unit of work. The session restarts its time in the
same unit, whether the handler answers or refuses.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple, TypeVar

import msgspec

from fanlight.api.codec import encode, read_flag, read_object, read_rooted
from fanlight.api.nexus.errors import JSON
from fanlight.api.nexus.operations import OPERATIONS
from fanlight.base.asgi import Match, Query, Request, Response, RouteTree
from fanlight.base.clock import timestamp
from fanlight.base.errors import MethodRefused, NotAsked, NotFound, Refusal, Unauthenticated
from fanlight.base.paging import Page, Paged, read_page
from fanlight.core import sessions
from fanlight.core.sessions import Session
from fanlight.planning import days, staleness
from fanlight.runtime import Runtime
from fanlight.storage.unit import Unit

R = TypeVar("R")
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

SESSION_HEADER = b"md-session-token"
API_HEADER = b"md-api-token"
_LATER = "This operation ({}) is part of Nexus, but not there yet (docs/reference/operations.md)."


class Call:
    """One request of one user, in the middle of its unit."""

    __slots__ = ("_body", "_document", "_later", "new_token", "now", "params", "query", "runtime", "session", "unit")

    def __init__(self, arrival: "Arrival", unit: Unit, session: Session, new_token: str = "") -> None:
        self.runtime = arrival.runtime
        self.unit = unit
        self.session = session
        self.new_token = new_token  # of the session, where this very call opened it
        self.params = arrival.request.params
        self.query: Query = arrival.request.query
        self.now = arrival.now
        self._body = arrival.body
        self._document: dict[str, Any] | None = None
        self._later = arrival.later

    def write_later(self, write: Callable[[Unit], None]) -> None:
        """Have something written after the answer that may as well be lost; for routes that only read."""
        self._later.append(write)

    @property
    def user_id(self) -> int:
        return self.session.user_id

    @property
    def today(self) -> date:
        """The user's day, in the time zone of their client."""
        return days.today_of(self.unit, self.user_id, self.now)

    @property
    def page(self) -> Page:
        return read_page(self.query.get("page"), self.query.get("records_per_page"))

    def paged(self, rows: Sequence[R], wire: Callable[[R], T]) -> list[T] | Paged[T]:
        """A list as it is shown: whole, or the page of it that was asked for."""
        if self.query.get("page", "records_per_page") is None:
            return [wire(row) for row in rows]
        page = self.page
        return Paged([wire(row) for row in rows[page.offset :][: page.size]], page, len(rows))

    def document(self) -> dict[str, Any]:
        """The body's JSON object, empty for none."""
        if self._document is None:
            self._document = read_object(self._body)
        return self._document

    def body(self, root: str, shape: type[S]) -> S:
        """The body under its root, or unrooted."""
        return read_rooted(self.document(), root, shape)

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean from the query, or from the body of operations that take it there. Raises Malformed."""
        given = read_flag(self.query.get(name), name)
        if given is None:
            given = read_flag(self.document().get(name), name)
        return default if given is None else given


class Reply(NamedTuple):
    """An answer with another status than 200, or with something beside its root."""

    status: int
    value: Any
    beside: Mapping[str, Any] = {}


class Raw(NamedTuple):
    """An answer that is not JSON but of its route's `media`."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Param(NamedTuple):
    """A query parameter, for the reference."""

    name: str
    about: str
    kind: str = "string"


PAGE = (
    Param("page", "Page number from 1.", "integer"),
    Param("records_per_page", "10 to 1000; anything else means 25.", "integer"),
)
WHOLE = "Whole unless page or records_per_page is sent."


class Route(NamedTuple):
    """One operation: a line of the table of contents.

    `root` is what the answer stands under, `shape` its struct, `many` a list of it; `paged` has a pagination object
    beside it, `may_page` only when a page was asked for, `beside` what else; `media` is for what is not JSON. `takes`
    is the body's struct under `body_root`, and may be left out where `body_optional`; `root_optional` is for bodies
    that are documented without their root. `opens` makes a session of an API token instead of asking for one. `reads`
    runs it on a reader, for lists that may be long; `long` runs it in a thread, for changes of as many rows as a user
    has. `accepts` may answer 202, `empty` answers 204 with nothing, `durable` is on the disk before it answers.
    """

    tag: str
    method: str
    path: str
    run: Callable[[Call], Any]
    summary: str
    root: str | None = None
    shape: type[msgspec.Struct] | None = None
    many: bool = False
    paged: bool = False
    may_page: bool = False
    beside: tuple[tuple[str, type[msgspec.Struct]], ...] = ()
    media: str = ""
    takes: type[msgspec.Struct] | None = None
    body_root: str | None = None
    body_optional: bool = False
    root_optional: bool = False
    query: tuple[Param, ...] = ()
    errors: tuple[int, ...] = (401, 404)
    opens: bool = False
    reads: bool = False
    quick: Callable[[Query], bool] = lambda _query: False
    also: tuple[tuple[str, str], ...] = ()
    deprecated: bool = False
    accepts: bool = False
    empty: bool = False
    durable: bool = False
    long: bool = False
    planned: bool = False
    note: str = ""

    @property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """Every method and path that leads here."""
        return ((self.method, self.path), *self.also)

    @property
    def methods(self) -> tuple[str, ...]:
        """What its own path takes."""
        return tuple(sorted({method for method, path in self.spellings if path == self.path}))


class Arrival(NamedTuple):
    """A request that has a route and its whole body, before anybody knows whose it is."""

    runtime: Runtime
    route: Route
    request: Request
    body: bytes
    now: int
    later: list[Callable[[Unit], None]]
    is_fresh: bool = False
    """Whether the user's planning was just brought up to date."""


class _Stale(NamedTuple):
    """Instead of an answer: the user's planning has to be brought up to date first."""

    user_id: int


class Contents(NamedTuple):
    """The routes that are there, and the operations of the wire that are not yet."""

    there: RouteTree[Route]
    later: RouteTree[None]

    def find(self, request: Request) -> Match[Route]:
        """The route of a request. An operation that is not there yet is NotFound, not a wrong method."""
        try:
            return self.there.find(request.method, request.path)
        except (MethodRefused, NotFound):
            if self._is_later(request):
                raise NotFound(_LATER.format(request.method)) from None
            raise

    def _is_later(self, request: Request) -> bool:
        try:
            self.later.find(request.method, request.path)
        except (MethodRefused, NotFound):
            return False
        return True


def contents_of(routes: tuple[Route, ...], *, pad: int = 0) -> Contents:
    """The table of contents as trees; `pad` adds paths that nobody calls, for measuring."""
    tree = RouteTree[Route](suffixes=(".json",))
    for route in routes:
        if route.planned and route.reads:
            raise ValueError(f"{route.method} {route.path}: what is planned may have to be written first")
        for method, path in route.spellings:
            tree.add(method, path, route)
    for number in range(pad):
        tree.add("GET", f"/padding/{number}/{{guid}}", routes[0])
    return Contents(tree, _later(routes))


async def serve(runtime: Runtime, contents: Contents, request: Request) -> Response:
    """Answer one request; raises Refusal."""
    route, request.params = contents.find(request)
    header = API_HEADER if route.opens else SESSION_HEADER
    token = request.header(header)
    if not token:
        raise Unauthenticated(f"The header {header.decode().upper()} is missing.")
    arrival = Arrival(runtime, route, request, await _read_body(runtime, request), runtime.clock(), [])
    if route.opens:
        result = await runtime.store.write(_open_and_run, arrival, token)
    elif route.reads and not route.quick(request.query):
        session = await runtime.store.write_in_parts(partial(_touch, arrival, token))
        result = await runtime.store.read(_run, arrival, session)
    else:
        result = await _write(arrival, token)
        if isinstance(result, _Stale):
            await runtime.planning.of_user(result.user_id)
            result = await _write(arrival._replace(is_fresh=True), token)
    for later in arrival.later:
        runtime.write_later(later)
    if isinstance(result, Refusal):
        if isinstance(result, NotAsked):
            result.allow = route.methods
        raise result
    return respond(route, result)


async def _write(arrival: Arrival, token: str) -> Any:
    store, route = arrival.runtime.store, arrival.route
    work = partial(_touch_and_run, arrival, token)
    return await store.write_in_parts(work, durable=route.durable, long=route.long)


def _later(routes: tuple[Route, ...]) -> RouteTree[None]:
    there = {(route.method, route.path) for route in routes}
    tree = RouteTree[None](suffixes=(".json",))
    for operation in OPERATIONS:
        if (operation.method, operation.path) not in there:
            tree.add(operation.method, operation.path, None)
    return tree


def _open_and_run(unit: Unit, arrival: Arrival, api_token: str) -> Any:
    """All or nothing: a call that is refused leaves its API token unspent."""
    lifetime = arrival.runtime.settings.session_lifetime
    session, token = sessions.open_session(unit, api_token, now=arrival.now, lifetime=lifetime)
    return arrival.route.run(Call(arrival, unit, session, token))


def _touch(arrival: Arrival, token: str, unit: Unit) -> Session:
    return sessions.touch(unit, token, now=arrival.now, lifetime=arrival.runtime.settings.session_lifetime)


def _touch_and_run(arrival: Arrival, token: str, unit: Unit) -> Any:
    """A refusal is returned, not raised: what the handler wrote is undone, the session's new time stays.

    What only reads has nothing to undo.
    """
    session = _touch(arrival, token, unit)
    if arrival.route.planned and not arrival.is_fresh and _is_stale(unit, session, arrival.now):
        return _Stale(session.user_id)
    try:
        if arrival.route.reads:
            return _run(unit, arrival, session)
        with unit.atomic():
            return _run(unit, arrival, session)
    except Refusal as refusal:
        return refusal


def _is_stale(unit: Unit, session: Session, now: int) -> bool:
    return not staleness.is_fresh(unit, session.user_id, now)


def _run(unit: Unit, arrival: Arrival, session: Session) -> Any:
    return arrival.route.run(Call(arrival, unit, session))


async def _read_body(runtime: Runtime, request: Request) -> bytes:
    """The body where there is one: GET may have one too, old clients send it with `aggregate`."""
    has_length = request.header(b"content-length") not in (None, "0")
    if has_length or request.header(b"transfer-encoding") is not None:
        return await request.body(runtime.settings.max_body)
    return b""


def respond(route: Route, result: Any) -> Response:
    """A handler's result as the route's answer."""
    if isinstance(result, Raw):
        content_type = f"{route.media}; charset=utf-8".encode()
        return Response(200, result.body, [(b"content-type", content_type), *result.headers])
    if route.empty:
        return Response(204)
    if isinstance(result, Reply):
        value = _rooted(route.root, result.value) | result.beside
        return Response(result.status, encode(value), [JSON])
    return Response(200, encode(_rooted(route.root, result)), [JSON])


def _rooted(root: str | None, value: Any) -> Any:
    if root is None:
        return value
    if isinstance(value, Paged):
        return {root: value.items, "pagination": _pagination(value)}
    return {root: value}


def _pagination(paged: Paged[Any]) -> dict[str, int]:
    """The object that stands beside a page."""
    return {
        "current_page": paged.page.number,
        "per_page": paged.page.size,
        "total_entries": paged.total,
        "total_pages": paged.pages,
    }


def shown(shape: type[S], row: Any, /, **own: Any) -> S:
    """A row as the wire has it. What is not given is the row's field of the same name, of an `_at` its timestamp.

    Raises AttributeError for a field that neither has.
    """
    for name in shape.__struct_fields__:
        if name not in own:
            value = getattr(row, name)
            own[name] = timestamp(value) if name.endswith("_at") else value
    return shape(**own)
