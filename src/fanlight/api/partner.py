"""What the two partner faces (SSO, MDX Real Time) share: an API key per client, JSON or XML by Accept or suffix.

Errors are `{"error": {"code", "status", "message"}}` on both; clients act on the HTTP status.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from fanlight.api.codec import encode, read_object
from fanlight.api.xml import read_xml, to_xml
from fanlight.base import errors
from fanlight.base.asgi import Headers, Match, Request, Response, RouteTree, refusal_headers
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
    """One operation of a partner face; an answer of None is 204, `durable` is on the disk before it answers."""

    method: str
    path: str
    run: Callable[[Call], dict[str, Any] | None]
    summary: str
    durable: bool = False


class Face(NamedTuple):
    """A partner face: its routes, the media type it speaks, and whether its error `status` is a number."""

    tree: RouteTree[Route]
    media_type: str
    numeric_status: bool

    async def serve(self, runtime: Runtime, request: Request) -> Response:
        """Answer one request, refusals too."""
        as_xml = wants_xml(request)
        try:
            match = self.tree.find(request.method, request.path)
            key = request.header(KEY_HEADER)
            body = await request.body(runtime.settings.max_body)
            document = partial(read_xml if sends_xml(request) else read_object, body)
            write = runtime.store.write_durable if match.target.durable else runtime.store.write
            answer = await write(_run, runtime, match, key, document)
        except Refusal as refusal:
            return self.refused(refusal, as_xml=as_xml)
        if answer is None:
            return Response(204)
        return self._response(200, answer, as_xml=as_xml)

    def refused(self, refusal: Refusal, *, as_xml: bool) -> Response:
        status, word = STATUSES[type(refusal)]
        shown = {"code": str(status), "status": status} if self.numeric_status else {"code": status, "status": word}
        headers = refusal_headers(refusal)
        return self._response(status, {"error": {**shown, "message": refusal.message}}, as_xml=as_xml, headers=headers)

    def internal(self) -> Response:
        """Our own fault; what it was stands in the log only."""
        shown = {"code": 500, "status": 500 if self.numeric_status else "internal_error"}
        message = "Something went wrong on our side."
        return self._response(500, {"error": {**shown, "message": message}}, as_xml=False)

    def _response(
        self, status: int, value: Mapping[str, Any], *, as_xml: bool, headers: Headers | None = None
    ) -> Response:
        kind = "xml" if as_xml else "json"
        content_type = (b"content-type", f"{self.media_type}+{kind}".encode())
        return Response(status, to_xml(value) if as_xml else encode(value), [content_type, *(headers or [])])


def wants_xml(request: Request) -> bool:
    """Accept decides where it names one of the two, else the path's suffix."""
    return _is_xml(request, b"accept")


def sends_xml(request: Request) -> bool:
    """The same for the body, by Content-Type."""
    return _is_xml(request, b"content-type")


def _is_xml(request: Request, header: bytes) -> bool:
    named = (request.header(header) or "").lower()
    if "json" in named:
        return False
    return "xml" in named or request.path.endswith(".xml")


def _run(
    unit: Unit, runtime: Runtime, match: Match[Route], key: str | None, document: Callable[[], dict[str, Any]]
) -> dict[str, Any] | None:  # fmt: skip
    if not key:
        raise Unauthenticated("The header MD-API-KEY is missing.")
    client = clients.authenticate(unit, match.params["client_id"], key)
    return match.target.run(Call(runtime, unit, client, match.params, document, runtime.clock()))
