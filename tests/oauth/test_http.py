"""The HTTP client towards institutions: addresses, limits, attempts; no redirects, nothing inside a unit."""

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Lock, Thread, get_ident
from typing import Any

import pytest

from fanlight.institutions.answers import MAX_VALUES, Reply, Said, Saying
from fanlight.institutions.http import READ_AT_ONCE, GuardedBackend, Http, Way, is_public
from fanlight.institutions.line import Line

PRIVATE = [
    "::127.0.0.1", "fec0::1", "::ffff:0:127.0.0.1",
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:169.254.169.254",
    "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip


class Bank(BaseHTTPRequestHandler):
    """A bank that misbehaves as its path says."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answers: dict[str, Callable[[], None]] = {
            "/fine": lambda: self._answer(200, b'{"a": 1.10}'),
            "/redirect": lambda: self._answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
            "/huge": lambda: self._answer(200, b"x" * 5000),
            "/down": lambda: self._answer(503, b""),
            "/later": lambda: self._answer(429, b"", {"Retry-After": "3600"}),
            "/cut": self._cut,
        }
        answers[self.path]()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def bank() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def get(url: str, *, allow: bool = True, entry: bool = True) -> Reply:
    async def story() -> Reply:
        http = Http(timeout=2, max_bytes=1000, allow_private=allow)
        try:
            return await Line(http, Way(entry), attempts=2).get(url, {})
        finally:
            await http.close()

    return asyncio.run(story())


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(("allow", "entry"), [(False, True), (True, False), (False, False)])
def test_loopback_needs_the_setting_and_the_entry(bank: str, allow: bool, entry: bool) -> None:
    before = len(Bank.asked)
    with pytest.raises(Said, match="not a public one"):
        get(f"{bank}/fine", allow=allow, entry=entry)
    assert len(Bank.asked) == before


def test_a_name_that_also_leads_to_a_private_address_is_refused() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    with pytest.raises(Said, match="not a public one"):
        asyncio.run(GuardedBackend(allow_private=False, resolve=resolve).connect_tcp("rebind.example", 443))


def test_numbers_are_exact(bank: str) -> None:
    assert str(get(f"{bank}/fine").json()["a"]) == "1.10"


@pytest.mark.parametrize("value", [b"[]", b"{}", b"0"])
def test_json_of_too_many_values_is_not_decoded(value: bytes) -> None:
    with pytest.raises(Said) as said:
        Reply(200, {}, b"[" + value + b"," + b",".join([value] * MAX_VALUES)).json()
    assert said.value.saying == Saying.TOO_MUCH
    assert len(Reply(200, {}, b"[" + b",".join([b"0"] * MAX_VALUES) + b"]").json()) == MAX_VALUES


def test_documents_are_read_beside_the_loop_a_few_at_once() -> None:
    together, lock, running, most = Barrier(READ_AT_ONCE), Lock(), 0, 0

    def read() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)
        with lock:
            running -= 1
        return get_ident()

    async def story() -> list[int]:
        http = Http(timeout=2, max_bytes=1000)
        return await asyncio.gather(*[http.work(read) for _ in range(READ_AT_ONCE * 5)])

    assert get_ident() not in asyncio.run(story())
    assert most == READ_AT_ONCE


def test_redirects_are_answers_not_followed(bank: str) -> None:
    assert get(f"{bank}/redirect").status == 302


@pytest.mark.parametrize(
    ("path", "saying", "times"),
    [
        ("/huge", Saying.TOO_MUCH, 1),
        ("/down", Saying.UNAVAILABLE, 2),
        ("/later", Saying.THROTTLED, 1),
        ("/cut", Saying.UNKNOWN_OUTCOME, 2),
    ],
)
def test_troubles_are_said_and_tried_again_only_where_it_helps(
    bank: str, path: str, saying: Saying, times: int
) -> None:
    before = Bank.asked.count(path)
    with pytest.raises(Said) as said:
        get(bank + path)
    assert said.value.saying == saying
    assert Bank.asked.count(path) - before == times


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Said) as said:
        get("http://127.0.0.1:9/")
    assert said.value.saying == Saying.UNAVAILABLE
