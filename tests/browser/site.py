"""A client's own web site on loopback: a page that opens the window, and one that people come back to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

OPENER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A client's page</title><link rel="icon" href="data:,"></head>
<body><button>Connect</button>
<script>
  window.heard = [];
  addEventListener("message", ({ origin, data }) => heard.push({ origin, data }));
  document.querySelector("button").addEventListener("click", () => open(window.uri));
</script></body></html>"""
RETURNED = """<!doctype html>
<html lang="en"><head><title>Back at the client</title><link rel="icon" href="data:,"></head>
<body><h1>Back at the client</h1></body></html>"""


class Visit(NamedTuple):
    """A request that the site got."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class ClientSite:
    """Where it is, and who came."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.visits: list[Visit] = []

    @property
    def return_url(self) -> str:
        return f"{self.origin}/return"

    def returned(self) -> Visit:
        """The one visit of the page that people come back to."""
        (visit,) = (visit for visit in self.visits if visit.path == "/return")
        return visit


@contextmanager
def serving(host: str) -> Iterator[ClientSite]:
    """A site at http://{host}:{some port} until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    site = ClientSite(f"http://{host}:{server.server_address[1]}")
    _Handler.sites[server.server_address[1]] = site
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del _Handler.sites[server.server_address[1]]


class _Handler(BaseHTTPRequestHandler):
    sites: dict[int, ClientSite] = {}

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.sites[self.server.server_address[1]].visits.append(Visit(parts.path, query, headers))  # type: ignore[index]
        body = (RETURNED if parts.path == "/return" else OPENER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
