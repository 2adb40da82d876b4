"""Refusals of the UK room: an error code beside the HTTP status, in the form of either version."""

import secrets
from collections.abc import Iterable
from http import HTTPStatus

from fanlight.bank.answers import json_response
from fanlight.bank.uk.words import Words
from fanlight.base.asgi import Response


class UkError(Exception):
    """A refusal; `code` is without its namespace, such as `Field.Invalid`."""

    def __init__(
        self, status: int, code: str, message: str, *, path: str = "", headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.path = path
        self.headers = tuple(headers)


def uk_error(words: Words, error: UkError) -> Response:
    """An OBErrorResponse1; in 3.1 Code and Message are required, in 4.0 they are gone."""
    detail = {"ErrorCode": words.codes[error.code], "Message": error.message}
    body: dict[str, object] = {"Errors": [{**detail, "Path": error.path} if error.path else detail]}
    if words.version == "3.1":
        status = HTTPStatus(error.status)
        body = {"Code": f"{status.value} {status.phrase}", "Id": secrets.token_hex(8), "Message": error.message, **body}
    return json_response(error.status, body, error.headers)
