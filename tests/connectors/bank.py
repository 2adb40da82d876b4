"""An institution on loopback that answers as a driver says, and keeps every request."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request; header names are lower case, `query` has the first value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}


NOTHING = Answer(404, b"{}")
Change = Callable[[int, Asked, Answer], Answer]
"""What becomes of the answer to the request of a number, counted from 0."""


class Bank:
    """Serves `respond`, each answer as `change` leaves it."""

    def __init__(self, respond: Callable[[Asked], Answer], change: Change | None = None) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._respond = respond
        self._change = change
        self._faults: list[Exception] = []

    def answer(self, asked: Asked) -> Answer:
        number = len(self.asked)
        self.asked.append(asked)
        try:
            found = self._respond(asked)
            return self._change(number, asked, found) if self._change else found
        except Exception as error:
            self._faults.append(error)
            raise

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """The URL while it serves. Raises afterwards what a driver or a change raised: that is the test's own fault."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        yield self.url
        server.shutdown()
        server.server_close()
        if self._faults:
            raise self._faults[0]


def _handler(bank: Bank) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answer = bank.answer(Asked(self.command, parts.path, query, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
