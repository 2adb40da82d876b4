"""The kit of the control face: a client speaks, by its API key alone, for one of its users, whom it names by guid.

Answers are JSON; errors have the body of the Nexus wire, `{"error": {"code", "message"}}`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from fanlight.api.codec import encode, read_object, read_rooted
from fanlight.api.partner import KEY_HEADER, STATUSES
from fanlight.base.asgi import Match, Query, Request, Response, RouteTree, refusal_headers
from fanlight.base.errors import MissingParams, NotFound, Refusal, Unauthenticated
from fanlight.base.paging import Page, Paged, read_page
from fanlight.core import clients, users
from fanlight.runtime import Runtime
from fanlight.storage.unit import Unit

S = TypeVar("S", bound=msgspec.Struct)

OF_USER = "/v1/users/{user_guid}"
JSON = (b"content-type", b"application/json")


class Call(NamedTuple):
    """One request for one user, in the middle of its unit."""

    unit: Unit
    user: users.User
    params: Mapping[str, str]
    query: Query
    sent: bytes
    now: int

    @property
    def page(self) -> Page:
        return read_page(self.query.get("page"), self.query.get("records_per_page"))

    def body(self, root: str, shape: type[S]) -> S:
        """The body under its root, or unrooted."""
        return read_rooted(read_object(self.sent), root, shape)


class Route(NamedTuple):
    """One operation, and what its answer stands under; `reads` runs it on a reader."""

    method: str
    path: str
    run: Callable[[Call], Any]
    summary: str
    root: str | None = None
    reads: bool = False


class ControlFace(NamedTuple):
    """The face with its routes."""

    tree: RouteTree[Route]

    async def serve(self, runtime: Runtime, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        match = self.tree.find(request.method, request.path)
        request.params = match.params
        key = request.header(KEY_HEADER)
        if not key:
            raise Unauthenticated("The header MD-API-KEY is missing.")
        sent = await request.body(runtime.settings.max_body)
        run = runtime.store.read if match.target.reads else runtime.store.write
        return _answer(match.target, await run(_run, match, request.query, key, sent=sent, now=runtime.clock()))

    def refused(self, refusal: Refusal, _request: Request) -> Response:
        """The status with a digit behind it is the code; what is missing has one of its own."""
        status, _ = STATUSES[type(refusal)]
        code = status * 10 + isinstance(refusal, MissingParams)
        return _error(status, code, refusal.message, refusal_headers(refusal))

    def internal(self, _request: Request) -> Response:
        """Our own fault; what it was stands in the log only."""
        return _error(500, 5000, "Something went wrong on our side.")


def face_of(routes: Iterable[Route]) -> ControlFace:
    tree = RouteTree[Route](suffixes=(".json",))
    for route in routes:
        tree.add(route.method, route.path, route)
    return ControlFace(tree)


def _run(unit: Unit, match: Match[Route], query: Query, key: str, *, sent: bytes, now: int) -> Any:
    client = clients.by_api_key(unit, key)
    user = _user_of(unit, client, match.params["user_guid"])
    return match.target.run(Call(unit, user, match.params, query, sent, now))


def _user_of(unit: Unit, client: clients.Client, guid: str) -> users.User:
    """The client's user; another client's is the same as none."""
    user = users.by_guid(unit, guid)
    if user.client_id != client.id:
        raise NotFound(f"There is no user {guid}.")
    return user


def _answer(route: Route, value: Any) -> Response:
    if isinstance(value, Paged):
        shown = {route.root: value.items, "pagination": _pagination(value)}
    else:
        shown = value if route.root is None else {route.root: value}
    return Response(200, encode(shown), [JSON])


def _pagination(paged: Paged[Any]) -> dict[str, int]:
    return {
        "current_page": paged.page.number,
        "per_page": paged.page.size,
        "total_entries": paged.total,
        "total_pages": paged.pages,
    }


def _error(status: int, code: int, message: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return Response(status, encode({"error": {"code": code, "message": message}}), [JSON, *headers])
