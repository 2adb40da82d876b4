"""The HTTP client towards institutions: addresses, certificates, limits, attempts; no redirects, nothing in a unit."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Lock, Thread, get_ident
from typing import Any

import pytest

from fanlight.institutions import addresses
from fanlight.institutions.answers import MAX_VALUES, Reply, Said, Saying
from fanlight.institutions.http import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    READ_AT_ONCE,
    Certificate,
    Http,
    Resolver,
    Way,
    tls,
)
from fanlight.institutions.line import Line
from support.authority import Authority, Pair, self_signed, server_context

PRIVATE = Way(allow_private=True)
AUTHORITY = Authority()
HOST = "bank.example"


class Bank(BaseHTTPRequestHandler):
    """A bank that misbehaves as its path says."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []
    headers_seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        answers: dict[str, Callable[[], None]] = {
            "/fine": lambda: self._answer(200, b'{"a": 1.10}'),
            "/redirect": lambda: self._answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
            "/redirect-to-metadata": lambda: self._answer(307, b"", {"Location": "http://169.254.169.254/latest/"}),
            "/huge": lambda: self._answer(200, b"x" * 5000),
            "/many-headers": lambda: self._answer(200, b"", {f"X-{n}": "1" for n in range(MAX_HEADERS)}),
            "/long-headers": lambda: self._answer(200, b"", {"X": "1" * MAX_HEADER_BYTES}),
            "/zipped": lambda: self._answer(200, b"\x1f\x8b not json", {"Content-Encoding": "gzip"}),
            "/down": lambda: self._answer(503, b""),
            "/later": lambda: self._answer(429, b"", {"Retry-After": "3600"}),
            "/cut": self._cut,
            "/drip": self._drip,
            "/drip-headers": lambda: self._drip(b"HTTP/1.1 200 OK\r\nX: "),
            "/endless": self._endless,
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

    def _drip(self, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n") -> None:
        """A byte now and then: each of them comes in time, the whole never does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(head)
            for _ in range(200):
                self.wfile.write(b" ")
                time.sleep(0.05)

    def _endless(self) -> None:
        """More and more of an answer that does not say how long it is."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(10_000):
                self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(pair: Pair | None = None, folder: Path | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    if pair is not None and folder is not None:
        server.socket = server_context(pair, folder).wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def bank() -> Iterator[str]:
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def get(
    url: str, way: Way = PRIVATE, *, allow: bool = True, timeout: float = 2, resolve: Resolver | None = None
) -> Reply:
    async def story() -> Reply:
        http = Http(timeout=timeout, max_bytes=1000, allow_private=allow, resolve=resolve)
        try:
            return await Line(http, way, attempts=2).get(url, {})
        finally:
            await http.close()

    return asyncio.run(story())


def said(url: str, way: Way = PRIVATE, **options: Any) -> Said:
    with pytest.raises(Said) as word:
        get(url, way, **options)
    return word.value


@pytest.mark.parametrize(("allow", "entry"), [(False, True), (True, False), (False, False)])
def test_loopback_needs_the_setting_and_the_entry(bank: str, allow: bool, entry: bool) -> None:
    before = len(Bank.asked)
    assert "not a public one" in said(f"{bank}/fine", Way(entry), allow=allow).detail
    assert len(Bank.asked) == before


def test_a_private_host_is_asked_at_the_ports_of_its_entry(bank: str) -> None:
    port = int(bank.rpartition(":")[2])
    assert get(f"{bank}/fine", PRIVATE._replace(ports=frozenset({port}))).status == 200
    before = len(Bank.asked)
    word = said(f"{bank}/fine", PRIVATE._replace(ports=frozenset({port + 1})))
    assert (word.saying, len(Bank.asked)) == (Saying.GIBBERISH, before)


def test_the_second_address_is_taken_when_the_first_is_dead(bank: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    assert get(bank.replace("127.0.0.1", "two.example") + "/fine", resolve=resolve).status == 200


def test_the_host_header_and_nothing_of_a_browser(bank: str) -> None:
    get(bank.replace("127.0.0.1", "Bank.EXAMPLE") + "/fine", resolve=loopback)
    seen = Bank.headers_seen[-1]
    assert seen["host"] == bank.replace("http://127.0.0.1", "bank.example")
    assert seen["accept-encoding"] == "identity"
    assert not {"cookie", "referer", "connection"} & seen.keys()
    assert addresses.read_url("https://[2606:4700::1111]:8443/x").authority == "[2606:4700::1111]:8443"
    assert addresses.read_url("https://[2606:4700::1111]/x").authority == "[2606:4700::1111]"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"])
def test_proxies_of_the_environment_are_ignored(bank: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(f"{bank}/fine").status == 200


@pytest.mark.parametrize("path", ["/redirect", "/redirect-to-metadata"])
def test_redirects_are_answers_not_followed(bank: str, path: str) -> None:
    before = len(Bank.asked)
    assert get(bank + path).status in (302, 307)
    assert Bank.asked[before:] == [path]


@pytest.mark.parametrize("value", ["a\r\nHost: evil.example", "a\nb", "\x00", "\ud800"])
def test_a_header_that_holds_a_line_of_its_own_is_not_sent(bank: str, value: str) -> None:
    async def story() -> None:
        http = Http(timeout=2, max_bytes=1000, allow_private=True)
        try:
            await http.exchange("GET", f"{bank}/fine", {"authorization": f"Bearer {value}"}, None, PRIVATE)
        finally:
            await http.close()

    before = len(Bank.asked)
    with pytest.raises(Said, match="HTTP cannot carry"):
        asyncio.run(story())
    assert len(Bank.asked) == before


@pytest.mark.parametrize(
    "url",
    ["https://u:secret@bank.example/", "https://bank.example\\@x/", "ftp://bank.example", "https://b\u00e4nk.example"],
)
def test_a_url_of_two_readings_is_said_and_never_repeated(url: str) -> None:
    word = said(url)
    assert word.saying is Saying.GIBBERISH
    assert "secret" not in str(word)
    assert "example" not in str(word)


class TestCertificates:
    """TLS on loopback, with an authority of the tests."""

    @staticmethod
    def ask(pair: Pair, folder: Path, *, host: str = HOST, authority: str | None = AUTHORITY.pem) -> Reply:
        with serving(pair, folder) as port:
            return get(f"https://{host}:{port}/fine", PRIVATE._replace(authority=authority), resolve=loopback)

    def refused(self, pair: Pair, folder: Path, **options: Any) -> str:
        before = len(Bank.asked)
        with pytest.raises(Said) as word:
            self.ask(pair, folder, **options)
        assert word.value.saying is Saying.UNAVAILABLE
        assert len(Bank.asked) == before
        return word.value.detail

    def test_a_good_one_of_the_entrys_authority(self, tmp_path: Path) -> None:
        assert self.ask(AUTHORITY.issue(HOST), tmp_path).status == 200
        assert self.ask(AUTHORITY.issue("*.bank.example"), tmp_path, host=f"api.{HOST}").status == 200

    def test_another_hosts(self, tmp_path: Path) -> None:
        assert "Hostname mismatch" in self.refused(AUTHORITY.issue("other.example"), tmp_path)
        assert "Hostname mismatch" in self.refused(AUTHORITY.issue("*.bank.example"), tmp_path)

    def test_one_that_ended(self, tmp_path: Path) -> None:
        assert "expired" in self.refused(AUTHORITY.issue(HOST, days=-1), tmp_path)

    def test_one_that_nobody_vouches_for(self, tmp_path: Path) -> None:
        assert "self-signed" in self.refused(self_signed(HOST), tmp_path)
        assert "self-signed" in self.refused(self_signed(HOST), tmp_path, authority=None)

    def test_one_of_another_authority(self, tmp_path: Path) -> None:
        pair = Authority("Another").issue(HOST)
        assert "unable to get local issuer" in self.refused(pair, tmp_path)
        assert "unable to get local issuer" in self.refused(AUTHORITY.issue(HOST), tmp_path, authority=None)

    def test_an_address_is_no_name_of_a_certificate(self, tmp_path: Path) -> None:
        assert "mismatch" in self.refused(AUTHORITY.issue(HOST), tmp_path, host="127.0.0.1")

    def test_plain_http_where_tls_was_asked(self, bank: str) -> None:
        word = said(bank.replace("http:", "https:") + "/fine")
        assert (word.saying, "TLS" in word.detail) == (Saying.UNAVAILABLE, True)

    def test_nothing_switches_the_check_off(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
        own = AUTHORITY.issue("client.example")
        for way in (Way(), PRIVATE, Way(authority=AUTHORITY.pem), Way(certificate=Certificate(*own))):
            context = tls(way)
            assert (context.verify_mode.name, context.check_hostname) == ("CERT_REQUIRED", True)
            assert context.minimum_version >= context.minimum_version.TLSv1_2
            assert context.keylog_filename is None
        assert not {"verify", "insecure", "skip"} & set("_".join(Way._fields).split("_"))
        assert "PRIVATE KEY" not in repr(Way(certificate=Certificate(*own)))


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


@pytest.mark.parametrize(
    ("path", "saying", "times"),
    [
        ("/huge", Saying.TOO_MUCH, 1),
        ("/endless", Saying.TOO_MUCH, 1),
        ("/many-headers", Saying.TOO_MUCH, 1),
        ("/long-headers", Saying.TOO_MUCH, 1),
        ("/down", Saying.UNAVAILABLE, 2),
        ("/later", Saying.THROTTLED, 1),
        ("/cut", Saying.UNKNOWN_OUTCOME, 2),
    ],
)
def test_troubles_are_said_and_tried_again_only_where_it_helps(
    bank: str, path: str, saying: Saying, times: int
) -> None:
    before = Bank.asked.count(path)
    assert said(bank + path).saying == saying
    assert Bank.asked.count(path) - before == times


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_slow_drip_ends(bank: str, path: str) -> None:
    began = time.monotonic()
    assert said(bank + path, timeout=0.4).saying is Saying.UNKNOWN_OUTCOME
    assert time.monotonic() - began < 4


def test_an_answer_is_never_unpacked(bank: str) -> None:
    with pytest.raises(Said, match="not JSON"):
        get(f"{bank}/zipped").json()


def test_nobody_there_is_unavailable() -> None:
    assert said("http://127.0.0.1:9/").saying == Saying.UNAVAILABLE


def test_a_name_that_nobody_knows_is_unavailable() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "unknown")

    word = said("https://nobody.example/", resolve=resolve)
    assert (word.saying, word.detail) == (Saying.UNAVAILABLE, "cannot connect (the name is not known)")


def test_a_slow_name_server_keeps_no_document_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked up in threads of their own: those of documents stay free."""

    def slow(*_: Any, **__: Any) -> list[Any]:
        time.sleep(0.8)
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def story() -> float:
        http = Http(timeout=0.3, max_bytes=1000)
        asked = [http.exchange("GET", f"https://b{n}.example/", {}, None, Way()) for n in range(14)]
        looking = asyncio.gather(*asked, return_exceptions=True)
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await http.work(lambda: None)
        took = time.monotonic() - began
        assert all(isinstance(word, Said) for word in await looking)
        await http.close()
        return took

    assert asyncio.run(story()) < 0.5
