"""People who walk windows: threads with bare sockets, so that they take little from the server and the bank."""

import itertools
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench import people
from bench.people import Seat
from fanlight.bank import PASSWORD

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *https?://[^/]+([^\r]*)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_TRANSACTION = re.compile(rb'name="transaction" value="([^"]+)"')
_ACCOUNT = re.compile(rb'name="account" value="([^"]+)"')
_PATIENCE = 20.0


class Lost(Exception):
    """The window did not go on as it should."""


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    def found(self, pattern: "re.Pattern[bytes]") -> str:
        """What a pattern finds in the answer; raises Lost."""
        match = pattern.search(self.head) or pattern.search(self.body)
        if match is None:
            raise Lost(f"{pattern.pattern!r} is not in an answer of status {self.status}")
        return match[1].decode()


class Wire:
    """One kept connection to a server on loopback."""

    def __init__(self, port: int) -> None:
        self._host = f"Host: 127.0.0.1:{port}\r\n"
        self._sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, headers: str = "", *, body: str = "", expect: int = 200) -> Answer:
        """One request; raises Lost for another status than the expected."""
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._sock.sendall(f"{method} {path} HTTP/1.1\r\n{self._host}{headers}{form}\r\n{body}".encode())
        answer = self._receive()
        if answer.status != expect:
            raise Lost(f"{method} {path.partition('?')[0]} answers {answer.status}: {answer.body[:200]!r}")
        return answer

    def _receive(self) -> Answer:
        data, needed = b"", sys.maxsize
        end = -1
        while len(data) < needed:
            chunk = self._sock.recv(65_536)
            if not chunk:
                raise Lost("a server closed a connection")
            data += chunk
            if end < 0 and (end := data.find(b"\r\n\r\n")) >= 0:
                length = _LENGTH.search(data, 0, end)
                needed = end + 4 + (int(length[1]) if length else 0)
        return Answer(int(data[9:12]), data[:end], data[end + 4 :])


class Walker:
    """One person after another, at one browser."""

    def __init__(self, nexus_port: int, bank_port: int) -> None:
        self._nexus = Wire(nexus_port)
        self._bank = Wire(bank_port)

    def walk(self, seat: Seat, name: str) -> list[float]:
        """Walk one window to its end; when each step was over."""
        session = f"MD-SESSION-TOKEN: {seat.token}\r\n"
        times = [time.perf_counter()]

        def step(answer: Answer) -> Answer:
            times.append(time.perf_counter())
            return answer

        path = f"/members/{seat.member}/oauth_window_uri?skip_aggregation=true"
        issued = json.loads(step(self._nexus.ask("GET", path, session)).body)["member"]["oauth_window_uri"]
        opened = step(self._nexus.ask("GET", "/" + issued.split("/", 3)[3], expect=303))
        page = step(self._bank.ask("GET", opened.found(_LOCATION)))
        cookie, form = f"Cookie: {page.found(_COOKIE)}\r\n", {"transaction": page.found(_TRANSACTION)}
        path = page.found(_ACTION)
        signed_in = {**form, "username": name, "password": PASSWORD}
        page = step(self._bank.ask("POST", path, cookie, body=urlencode(signed_in)))
        accounts = [account.decode() for account in _ACCOUNT.findall(page.body)]
        agreed = urlencode({**form, "account": accounts, "decision": "authorize"}, doseq=True)
        back = step(self._bank.ask("POST", page.found(_ACTION), cookie, body=agreed, expect=303))
        step(self._nexus.ask("GET", back.found(_LOCATION), f"Cookie: {opened.found(_COOKIE)}\r\n"))
        member = json.loads(step(self._nexus.ask("GET", f"/members/{seat.member}", session)).body)["member"]
        if member["connection_status"] != "CONNECTED":
            raise Lost(f"a member is {member['connection_status']} at the end of its window")
        return times


_ACTION = re.compile(rb'<form method="post" action="https?://[^/]+([^"]+)"')
STEPS = ("issue", "predirect", "authorize", "login", "consent", "callback", "member")


class Crowd:
    """Some walkers at once, who take one seat after another from one row of them."""

    def __init__(self, seats: list[Seat], walkers: list[Walker]) -> None:
        self._seats: Iterator[tuple[int, Seat]] = iter(enumerate(seats))
        self._walkers = walkers
        self._lock = threading.Lock()

    def walk(self, seconds: float) -> dict[str, Any]:
        """All walk for some time; how many windows reached their end within it."""
        walked: list[list[float]] = []
        wrong: list[str] = []
        begin = time.perf_counter()
        threads = [
            threading.Thread(target=self._work, args=(walker, begin + seconds, walked, wrong), daemon=True)
            for walker in self._walkers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 2 * _PATIENCE)
        if wrong:
            return {"wrong": wrong[0]}
        ended = [times for times in walked if times[-1] <= begin + seconds]
        taken = min(seconds, max((times[-1] for times in ended), default=begin) - begin) if self._is_over() else seconds
        return {"windows": len(ended), "seconds": taken, "steps": _steps(ended)}

    def _work(self, walker: Walker, end: float, walked: list[list[float]], wrong: list[str]) -> None:
        while time.perf_counter() < end and not wrong:
            with self._lock:
                number, seat = next(self._seats, (-1, None))
            if seat is None:
                return
            try:
                walked.append(walker.walk(seat, f"person{number}"))
            except (Lost, OSError) as error:
                wrong.append(f"{type(error).__name__}: {error}")

    def _is_over(self) -> bool:
        """Whether everybody has been through: then the time until the last one counts."""
        with self._lock:
            following = next(self._seats, None)
            if following is not None:
                self._seats = itertools.chain([following], self._seats)
            return following is None


def _steps(walked: list[list[float]]) -> dict[str, float]:
    """The median time of each step in milliseconds."""
    if not walked:
        return {}
    return {name: median(times[at + 1] - times[at] for times in walked) * 1000 for at, name in enumerate(STEPS)}


def main() -> None:
    setting = json.loads(sys.stdin.readline())
    seats = people.read(Path(setting["seats"]))
    crowd = Crowd(seats, [Walker(setting["nexus"], setting["bank"]) for _ in range(setting["at_once"])])
    _say({})
    for line in sys.stdin:
        _say(crowd.walk(json.loads(line)["seconds"]))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
