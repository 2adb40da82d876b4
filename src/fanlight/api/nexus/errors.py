"""Refusals on the Nexus wire: HTTP status and code, in one table. Clients act on the status."""

from fanlight.api.codec import encode
from fanlight.base import errors
from fanlight.base.asgi import Response, refusal_headers
from fanlight.base.errors import Refusal

MEDIA_TYPE = b"application/vnd.mx.nexus.v1+json"
JSON = (b"content-type", MEDIA_TYPE)

TABLE: dict[type[Refusal], tuple[int, int]] = {
    errors.Malformed: (400, 4000),
    errors.OAuthUnsupported: (400, 4000),
    errors.MissingParams: (400, 4001),
    errors.Unauthenticated: (401, 4010),
    errors.SessionEnded: (401, 4011),
    errors.Forbidden: (403, 4030),
    errors.NotFound: (404, 4040),
    errors.MethodRefused: (405, 4050),
    errors.NotAsked: (405, 4050),
    errors.Conflict: (409, 4090),
    errors.TooLarge: (413, 4130),
    errors.Unprocessable: (422, 4220),
    errors.TooFewTransactions: (422, 4221),
    errors.Throttled: (429, 4290),
    errors.Busy: (503, 5030),
}
INTERNAL = (500, 5000)


def refused(refusal: Refusal) -> Response:
    """The error body `{"error": {"code": ..., "message": ...}}` with the headers that the status asks for."""
    status, code = TABLE[type(refusal)]
    return Response(status, body(code, refusal.message), [JSON, *refusal_headers(refusal)])


def internal() -> Response:
    """Our own fault; what it was stands in the log only."""
    status, code = INTERNAL
    return Response(status, body(code, "Something went wrong on our side."), [JSON])


def body(code: int, message: str) -> bytes:
    return encode({"error": {"code": code, "message": message}})
