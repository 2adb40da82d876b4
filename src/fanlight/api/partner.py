"""What the two partner faces (SSO, MDX Real Time) share: an API key per client, JSON or XML by Accept or suffix.

Errors are `{"error": {"code", "status", "message"}}` on both; clients act on the HTTP status.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from fanlight.api.codec import encode, read_object
from fanlight.api.xml import read_xml, to_xml
from fanlight.base import errors
from fanlight.base.asgi import Match, Request, Response, RouteTree, refusal_headers
from fanlight.base.errors import Refusal, Unauthenticated
from fanlight.core import clients
from fanlight.runtime import Runtime
from fanlight.storage.unit import Unit

KEY_HEADER = b"md-api-key"
SUFFIXES = (".json", ".xml")

STATUSES: dict[type[Refusal], tuple[int, str]] = {
    errors.Malformed: (400, "bad_request"),
    errors.MissingParams: (400, "bad_request"),
    errors.Unauthenticated: (401, "unauthorized"),
    errors.SessionEnded: (401, "unauthorized"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotFound: (404, "not_found"),
    errors.MethodRefused: (405, "method_not_allowed"),
    errors.NotAsked: (405, "method_not_allowed"),
    errors.Conflict: (409, "conflict"),
    errors.TooLarge: (413, "payload_too_large"),
    errors.OAuthUnsupported: (400, "bad_request"),
    errors.Unprocessable: (422, "unprocessable_entity"),
    errors.Throttled: (429, "too_many_requests"),
    errors.Busy: (503, "service_unavailable"),
}


class Call(NamedTuple):
    """One request of a client, in the middle of its unit."""

    runtime: Runtime
    unit: Unit
    client: clients.Client
    params: Mapping[str, str]
    document: Callable[[], dict[str, Any]]
    """Reads the body, JSON or XML, as an object; raises Malformed."""
    now: int


class Route(NamedTuple):
    """One operation of a partner face; an answer of None is 204.

    `reads` runs on a reader, `durable` is on the disk before it answers, `long` is so too and runs in a thread.
    """

    method: str
    path: str
    run: Callable[[Call], dict[str, Any] | None]
    summary: str
    reads: bool = False
    durable: bool = False
    long: bool = False


class PartnerFace(NamedTuple):
    """A partner face: its routes, the media type it speaks, and whether its error `status` is a number."""

    tree: RouteTree[Route]
    media_type: str
    numeric_status: bool

    async def serve(self, runtime: Runtime, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        match = self.tree.find(request.method, request.path)
        key = request.header(KEY_HEADER)
        body = await request.body(runtime.settings.max_body)
        document = partial(read_xml if _sends_xml(request) else read_object, body)
        answer = await _way(runtime, match.target)(_run, runtime, match, key, document)
        return Response(204) if answer is None else self._response(request, 200, answer)

    def refused(self, refusal: Refusal, request: Request) -> Response:
        status, word = STATUSES[type(refusal)]
        shown = {"code": str(status), "status": status} if self.numeric_status else {"code": status, "status": word}
        headers = refusal_headers(refusal)
        return self._response(request, status, {"error": {**shown, "message": refusal.message}}, headers)

    def internal(self, request: Request) -> Response:
        """Our own fault; what it was stands in the log only."""
        shown = {"code": 500, "status": 500 if self.numeric_status else "internal_error"}
        message = "Something went wrong on our side."
        return self._response(request, 500, {"error": {**shown, "message": message}})

    def _response(
        self, request: Request, status: int, value: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> Response:
        kind, write = ("xml", to_xml) if _wants_xml(request) else ("json", encode)
        content_type = (b"content-type", f"{self.media_type}+{kind}".encode())
        return Response(status, write(value), [content_type, *headers])


def face_of(routes: Iterable[Route], media_type: str, *, numeric_status: bool) -> PartnerFace:
    tree = RouteTree[Route](SUFFIXES)
    for route in routes:
        tree.add(route.method, route.path, route)
    return PartnerFace(tree, media_type, numeric_status)


def _wants_xml(request: Request) -> bool:
    """Accept decides where it names one of the two, else the path's suffix."""
    return _is_xml(request, b"accept")


def _sends_xml(request: Request) -> bool:
    """The same for the body, by Content-Type."""
    return _is_xml(request, b"content-type")


def _is_xml(request: Request, header: bytes) -> bool:
    named = (request.header(header) or "").lower()
    if "json" in named:
        return False
    return "xml" in named or request.path.endswith(".xml")


def _way(runtime: Runtime, route: Route) -> Callable[..., Awaitable[dict[str, Any] | None]]:
    store = runtime.store
    if route.reads:
        return store.read
    if route.long:
        return store.write_long_durable
    return store.write_durable if route.durable else store.write


def _run(
    unit: Unit, runtime: Runtime, match: Match[Route], key: str | None, document: Callable[[], dict[str, Any]]
) -> dict[str, Any] | None:  # fmt: skip
    if not key:
        raise Unauthenticated("The header MD-API-KEY is missing.")
    client = clients.authenticate(unit, match.params["client_id"], key)
    return match.target.run(Call(runtime, unit, client, match.params, document, runtime.clock()))
