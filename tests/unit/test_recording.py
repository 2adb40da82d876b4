"""A recording: what a real server answered is served again in its order, and what it must not hold it does not."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.recording import NoAnswer, Recorder, Recording, ReplayHttp

DAY = date(2026, 8, 2)
SECRET = "x" * 50
TALK = ("/a?offset=1&limit=2", "/b", "/a?offset=3", f"/b?pageToken={SECRET}")
Story = Callable[[Line], Awaitable[Any]]


class Bank(ThreadingHTTPServer):
    """Answers what it is told to, one after the other."""

    daemon_threads = True
    answers: list[tuple[int, bytes, dict[str, str]]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Bank

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        status, body, headers = self.server.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def bank() -> Iterator[Bank]:
    server = Bank(("127.0.0.1", 0), _Answer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def record(bank: Bank, story: Story, *, most: int = 1 << 20, attempts: int = 2) -> tuple[Any, Recording]:
    """What came of a story at the bank, and its recording as it is kept."""

    async def run() -> tuple[Any, Recording]:
        recorder = Recorder(most)
        http = Http(timeout=5, max_bytes=1 << 24, allow_private=True)
        try:
            came = await _come(story(Line(http, Way(allow_private=True), attempts=attempts, hear=recorder.hear)))
        finally:
            await http.close()
        return came, recorder.recording(DAY, DAY, attempts=attempts, end=None)

    came, recording = asyncio.run(run())
    return came, Recording.decoded(recording.encoded())


async def _come(talk: Awaitable[Any]) -> Any:
    try:
        return await talk
    except Said as said:
        return said.saying


def replay(recording: Recording, story: Story) -> Any:
    return asyncio.run(_come(story(ReplayHttp(recording).line())))


def asking(url: str, *paths: str) -> Story:
    async def story(line: Line) -> list[tuple[int, bytes]]:
        replies = [await line.get(url + path, {"authorization": SECRET}) for path in paths]
        return [(reply.status, reply.body) for reply in replies]

    return story


def fine(*bodies: bytes) -> list[tuple[int, bytes, dict[str, str]]]:
    return [(200, body, {"set-cookie": SECRET}) for body in bodies]


def test_answers_come_again_in_their_order_and_secrets_are_not_there(bank: Bank) -> None:
    bank.answers = fine(b"a1", b"b1", b"a2" * (1 << 17), b"b2")
    came, recording = record(bank, asking(bank.url, *TALK))
    assert replay(recording, asking("http://elsewhere.example", *TALK)) == came
    assert [each.query for each in recording.answers] == [
        "offset=1&limit=2", "", "offset=3", "pageToken=[redacted]"
    ]  # fmt: skip
    assert SECRET.encode() not in recording.encoded()
    assert len(recording.encoded()) < 1 << 12


def test_what_was_not_asked_for_has_no_answer(bank: Bank) -> None:
    bank.answers = fine(b"a1")
    _, recording = record(bank, asking(bank.url, "/a"))
    for paths in (("/b",), ("/a", "/a")):
        with pytest.raises(NoAnswer, match="the run did not ask for it"):
            replay(recording, asking(bank.url, *paths))


def test_a_run_that_ended_says_where(bank: Bank) -> None:
    bank.answers = fine(b"a1")
    _, recording = record(bank, asking(bank.url, "/a"))
    ended = Recording(first=DAY, last=DAY, attempts=1, answers=recording.answers, end="it took too long")
    with pytest.raises(NoAnswer, match=r"GET /b: the run ended there \(it took too long\)"):
        replay(ended, asking(bank.url, "/a", "/b"))


@pytest.mark.parametrize(
    ("answers", "attempts", "last"),
    [
        ([(503, b"down", {}), (200, b"up", {})], 2, [(200, b"up")]),
        ([(503, b"down", {}), (503, b"still down", {})], 2, Saying.UNAVAILABLE),
        ([(429, b"", {"retry-after": "0"}), (200, b"now", {})], 2, [(200, b"now")]),
        ([(429, b"", {"retry-after": "999"})], 2, Saying.THROTTLED),
        ([(404, b"none", {})], 2, [(404, b"none")]),
    ],
)
def test_every_attempt_is_recorded_and_replayed_without_waiting(
    bank: Bank, answers: list[tuple[int, bytes, dict[str, str]]], attempts: int, last: Any
) -> None:
    bank.answers = list(answers)
    came, recording = record(bank, asking(bank.url, "/a"), attempts=attempts)
    assert came == last
    assert [each.status for each in recording.answers] == [each[0] for each in answers]
    assert replay(recording, asking(bank.url, "/a")) == last


def test_what_keeps_an_answer_away_is_recorded(bank: Bank) -> None:
    bank.answers = fine(b"x" * ((1 << 24) + 1))
    came, recording = record(bank, asking(bank.url, "/a"))
    assert came is Saying.TOO_MUCH
    assert [(each.status, each.said) for each in recording.answers] == [(0, Saying.TOO_MUCH)]
    assert replay(recording, asking(bank.url, "/a")) is Saying.TOO_MUCH


def test_what_is_posted_is_not_recorded_and_forms_not_at_all(bank: Bank) -> None:
    async def story(line: Line) -> list[Reply]:
        content, headers = SECRET.encode(), {"x": SECRET}
        return [
            await line.send("POST", bank.url + "/p", content, headers),
            await line.post_read(bank.url + "/p", content, headers),
            await line.post_form(bank.url + "/token", {"code": SECRET}, headers),
        ]

    bank.answers = fine(b"one", b"two", SECRET.encode())
    _, recording = record(bank, story)
    assert [(each.method, each.path) for each in recording.answers] == [("POST", "/p")] * 2
    assert SECRET.encode() not in recording.encoded()


def test_a_recording_is_cut_where_it_would_be_too_large_and_has_no_gap(bank: Bank) -> None:
    noise = bytes(range(256)) * 2
    bank.answers = fine(b"a1", noise, b"a3")
    _, recording = record(bank, asking(bank.url, "/a", "/b", "/a"), most=200)
    assert recording.is_cut
    assert [each.path for each in recording.answers] == ["/a"]
    with pytest.raises(NoAnswer, match="it was cut"):
        replay(recording, asking(bank.url, "/a", "/b"))


def test_a_size_of_nothing_hears_nothing(bank: Bank) -> None:
    bank.answers = fine(b"a1")
    came, recording = record(bank, asking(bank.url, "/a"), most=0)
    assert (came, recording.answers) == ([(200, b"a1")], [])
