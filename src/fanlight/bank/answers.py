"""The forms of an answer at the bank: JSON, OAuth errors, FDX errors, and bodies that are written piece by piece."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from fanlight.base.asgi import Response, Send, header_value

NO_STORE = (b"cache-control", b"no-store")
JSON = (b"content-type", b"application/json")
NOSNIFF = (b"x-content-type-options", b"nosniff")

# Money is Decimal with two places; as JSON numbers the places stay exact.
_encode = msgspec.json.Encoder(decimal_format="number").encode


class OAuthError(Exception):
    """A refusal of an OAuth endpoint (RFC 6749 5.2), answered as JSON."""

    def __init__(self, error: str, description: str, status: int = 400, *, challenge: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.challenge = challenge


class FdxError(Exception):
    """A refusal of a data endpoint: an FDX code beside the HTTP status."""

    def __init__(self, status: int, code: int, message: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = tuple(headers)


class Dripping(NamedTuple):
    """A response without a length, sent chunk by chunk."""

    status: int
    chunks: Iterator[bytes]
    headers: tuple[tuple[bytes, bytes], ...]

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        for chunk in self.chunks if with_body else ():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)  # a client that has gone away must not make this a busy loop
        await send({"type": "http.response.body", "body": b""})


Answer = Response | Dripping


def flood(start: bytes, filler: bytes, size: int) -> Iterator[bytes]:
    """The chunks of a body that goes on and on and never becomes a document, of at least `size` bytes."""
    yield start
    for _ in range(size // len(filler) + 1):
        yield filler


def json_response(status: int, value: object, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return Response(status, _encode(value), [JSON, NO_STORE, NOSNIFF, *headers])


def text_response(status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    return Response(status, text.encode(), [plain, NO_STORE, NOSNIFF, *headers])


def oauth_error(error: OAuthError) -> Response:
    headers = [(b"www-authenticate", b'Basic realm="bank"')] if error.challenge else []
    return json_response(error.status, {"error": error.error, "error_description": error.description}, headers)


def fdx_error(error: FdxError) -> Response:
    headers = list(error.headers)
    if error.status == 401 and not any(name == b"www-authenticate" for name, _ in headers):
        headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
    return json_response(error.status, {"code": str(error.code), "message": error.message}, headers)


def echoed(answer: Answer, name: bytes, value: str) -> Answer:
    """The answer with one more header, as the request had it."""
    return answer._replace(headers=(*answer.headers, (name, header_value(value))))
