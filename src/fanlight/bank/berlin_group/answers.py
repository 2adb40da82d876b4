"""The forms of answers: JSON, and refusals as `tppMessages` (NextGenPSD2 1.3, section 4.13)."""

from collections.abc import Iterable

from fanlight.bank.answers import NO_STORE, Answer, json_response
from fanlight.base.asgi import Request

REQUEST_ID = b"x-request-id"


class Xs2aError(Exception):
    """A refusal: a message code beside the HTTP status."""

    def __init__(self, status: int, code: str, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.headers = tuple(headers)


def answered(request: Request, status: int, document: object, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    """A document; the request's id comes back with it."""
    return json_response(status, document, [*_identified(request), *headers])


def refused(request: Request, error: Xs2aError) -> Answer:
    message = {"category": "ERROR", "code": error.code, "text": error.text}
    return json_response(error.status, {"tppMessages": [message]}, [*_identified(request), *error.headers, NO_STORE])


def _identified(request: Request) -> list[tuple[bytes, bytes]]:
    text = request.header(REQUEST_ID) or ""
    return [(REQUEST_ID, text.encode())] if text.isascii() and text.isprintable() and 0 < len(text) <= 100 else []
