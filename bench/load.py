"""The load: one process that keeps 32 connections busy with requests formatted beforehand, one at a time on each.

A selector and bare sockets, no event loop and no HTTP library: a request costs it a few microseconds, so that it
never is what is measured. It takes questions as lines of JSON and answers in the same way.
"""

import gc
import itertools
import json
import random
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 10.0
WARM_UP = 0.15
"""The share of a stretch at its begin that does not count."""


class Stretch(NamedTuple):
    """What came out of one stretch of load; times in milliseconds."""

    rate: float
    p50: float
    p99: float
    answers: int
    not_200: int
    example: str


class _Connection:
    __slots__ = ("began", "heard", "sock")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.began = 0.0
        self.heard = b""

    def send(self, request: bytes) -> None:
        # Small enough for an empty socket buffer, always: nothing else is under way on this connection.
        self.began = time.perf_counter()
        self.sock.send(request)

    def receive(self) -> bytes | None:
        """The whole answer, or None while some of it is missing."""
        chunk = self.sock.recv(65_536)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        data = self.heard + chunk if self.heard else chunk
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            length = _LENGTH.search(data, 0, end)
            if length is None:
                raise ConnectionError("an answer has no length")
            if len(data) >= end + 4 + int(length[1]):
                self.heard = b""
                return data
        self.heard = data
        return None


class _Tally:
    def __init__(self) -> None:
        self.times: list[float] = []
        self.not_200 = 0
        self.example = ""

    def count(self, answer: bytes, taken: float) -> None:
        self.times.append(taken)
        if answer[9:12] != b"200":
            self.not_200 += 1
            self.example = self.example or answer[:400].decode("latin-1")

    def stretch(self, seconds: float) -> Stretch:
        times = sorted(self.times)
        if not times:
            return Stretch(0.0, 0.0, 0.0, 0, 0, "nothing was answered")
        p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.50, 0.99))
        return Stretch(len(times) / seconds, p50, p99, len(times), self.not_200, self.example)


def load(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Stretch:
    """Ask for some time, as fast as the answers come."""
    tally, skipped = _Tally(), _Tally()
    with selectors.DefaultSelector() as selector:
        busy = [_Connection(port) for _ in range(connections)]
        for connection in busy:
            selector.register(connection.sock, selectors.EVENT_READ, connection)
        begin = time.perf_counter()
        middle, end = begin + WARM_UP * seconds, begin + seconds
        for connection in busy:
            connection.send(next(requests))
        waiting = connections
        while waiting:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer for {_PATIENCE:.0f} s")
            for key, _ in ready:
                connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                counted = tally if middle <= now < end else skipped
                counted.count(answer, now - connection.began)
                if now < end:
                    connection.send(next(requests))
                else:
                    waiting -= 1
        for connection in busy:
            connection.sock.close()
    measured = tally.stretch(end - middle)
    return measured._replace(
        answers=len(tally.times) + len(skipped.times),
        not_200=tally.not_200 + skipped.not_200,
        example=tally.example or skipped.example,
    )


def main() -> None:
    gc.disable()
    known: dict[str, Iterator[bytes]] = {}
    for line in sys.stdin:
        question = json.loads(line)
        answer = _answer(question, known)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        gc.collect()


def _answer(question: dict[str, Any], known: dict[str, Iterator[bytes]]) -> dict[str, Any]:
    file = question["requests"]
    if file not in known:
        known[file] = _shuffled(json.loads(Path(file).read_text()))
    try:
        return load(
            question["port"], known[file], connections=question["connections"], seconds=question["seconds"]
        )._asdict()
    except (OSError, TimeoutError) as error:
        return {"wrong": f"{type(error).__name__}: {error}"}


def _shuffled(requests: list[str]) -> Iterator[bytes]:
    """All requests in one random order, again and again; the next stretch goes on where this one stopped."""
    order = [request.encode("latin-1") for request in requests]
    random.Random(1).shuffle(order)  # noqa: S311 - an order that is the same in every run
    return itertools.cycle(order)


if __name__ == "__main__":
    main()
