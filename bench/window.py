"""The window URI request: what it costs beside the same server's no-op, and beside a mock server that does nothing.

All servers stand at the same time on one core and are asked in turn, the load is on the other: what else happens on
the machine then falls on all of them alike.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import hosts, people, prism
from bench.figures import Absent, Figures, Outcome, Wrong
from bench.lab import Lab
from bench.load import Stretch
from bench.people import Crowd, Seat
from bench.processes import Child, get, python, running, wait_for_answer
from fanlight.api.nexus.routes import ROUTES

USERS = 10_000
PATHS = 150
CONNECTIONS = 32
TURNS = 5
# node compiles what runs often: a mock that has only just started is three times slower than it can be.
MOCK_WARM_UP = 5.0
AGAINST_PRISM = frozenset(("prism-seed", "prism-150", "p99-prism"))
ACCEPT = "application/vnd.mx.nexus.v1+json"


class Asked(NamedTuple):
    """One server and what it is asked."""

    name: str
    server: Child
    port: int
    requests: Path
    warm_up: float = 1.0


class Cost(NamedTuple):
    """What a request took; times in milliseconds, the server's processor time in microseconds."""

    rate: float
    p50: float
    p99: float
    cpu: float


Turn = Mapping[str, Cost]
"""What each server cost when it was its turn, one after the other."""
Runs = list[list[Turn]]


def window(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """Every row that the window URI request stands in."""
    place = lab.folder("window")
    with ExitStack() as stack:
        asked = _servers(lab, place, wanted, stack)
        missing: Absent | None = None
        if wanted & AGAINST_PRISM:
            try:
                asked += _mocks(lab, place, asked[1].requests, stack)
            except prism.NotToBeHad as reason:
                missing = Absent(f"no Prism: {reason}")
        load = stack.enter_context(running(python("bench.load"), place, core=lab.cores.load))
        runs = _measure(lab, load, asked)
    return {name: missing if missing and name in AGAINST_PRISM else _ROWS[name](runs) for name in wanted}


def _servers(lab: Lab, place: Path, wanted: frozenset[str], stack: ExitStack) -> list[Asked]:
    """The server with NORMAL, and with FULL durability where that is wanted: its no-op, then the request itself."""
    seats = people.settle(place / "normal", Crowd(USERS, 1, "http://127.0.0.1:9", people.new_secret()))
    shutil.copytree(place / "normal", place / "full")
    noop = _requests(place / "noop.json", seats, lambda _: "/ping")
    requests = _requests(place / "window.json", seats, _path)
    asked = []
    for name in ("normal", "full") if "window-full" in wanted else ("normal",):
        sock = hosts.bound()
        port, pad, core = hosts.port_of(sock), PATHS - len(ROUTES), lab.cores.server
        server = stack.enter_context(hosts.fanlight(sock, place / name, durability=name, pad=pad, core=core))
        _check(port, seats[0])
        asked += [Asked(f"{name} no-op", server, port, noop), Asked(name, server, port, requests)]
    return asked


def _check(port: int, seat: Seat) -> None:
    """Two answers must be two different windows of this member: a server that is fast by being wrong is none."""
    uris = set()
    for _ in range(2):
        status, body = get(port, _path(seat), {"MD-SESSION-TOKEN": seat.token, "Accept": ACCEPT})
        if status != 200:
            raise Wrong(f"the window request answers {status}")
        uris.add(json.loads(body)["member"]["oauth_window_uri"])
    if len(uris) != 2 or not all(seat.member in uri for uri in uris):
        raise Wrong("the window request does not give a fresh URI of its member")


def _mocks(lab: Lab, place: Path, requests: Path, stack: ExitStack) -> list[Asked]:
    """Prism on one path and on many; raises NotToBeHad."""
    program, asked = prism.install(), []
    for name, paths in (("prism-seed", 1), ("prism-150", PATHS)):
        description = prism.describe(place / f"{name}.yaml", paths=paths)
        server, port = stack.enter_context(prism.mocking(program, description, lab.cores.server))
        wait_for_answer(port, "/members/MBR-1/oauth_window_uri", {"MD-SESSION-TOKEN": "any", "Accept": ACCEPT})
        asked.append(Asked(name, server, port, requests, MOCK_WARM_UP))
    return asked


def _path(seat: Seat) -> str:
    return f"/members/{seat.member}/oauth_window_uri"


def _requests(file: Path, seats: list[Seat], path: Callable[[Seat], str]) -> Path:
    """The bytes to send, alike but for the path: the no-op's headers are parsed as well."""
    texts = [
        f"GET {path(seat)} HTTP/1.1\r\nHost: 127.0.0.1\r\nMD-SESSION-TOKEN: {seat.token}\r\nAccept: {ACCEPT}\r\n\r\n"
        for seat in seats
    ]
    file.write_text(json.dumps(texts))
    return file


def _measure(lab: Lab, load: Child, known: list[Asked]) -> Runs:
    for asked in known:
        _stretch(load, asked, asked.warm_up)
    return [
        [{asked.name: _stretch(load, asked, lab.seconds) for asked in known} for _ in range(TURNS)]
        for _ in range(lab.runs)
    ]


def _stretch(load: Child, asked: Asked, seconds: float) -> Cost:
    question = {"port": asked.port, "requests": str(asked.requests), "connections": CONNECTIONS, "seconds": seconds}
    before = asked.server.cpu_seconds()
    stretch = Stretch(**load.ask(question, seconds + 30))
    if stretch.not_200:
        raise Wrong(f"{asked.name}: {stretch.not_200} answers were not 200, such as {stretch.example}")
    if not stretch.rate:
        raise Wrong(f"{asked.name}: {stretch.example}")
    cpu = (asked.server.cpu_seconds() - before) / stretch.answers * 1e6
    return Cost(stretch.rate, stretch.p50, stretch.p99, cpu)


def _against(own: str, other: str) -> Callable[[Runs], Figures]:
    """The rate of one as a multiple of the other's, turn by turn."""

    def row(runs: Runs) -> Figures:
        by_processor = _middle(runs, lambda turn: turn[other].cpu / turn[own].cpu if turn[own].cpu else 0.0)
        share = f"by processor time alone {median(by_processor):.2f}"
        rates = _middle(runs, lambda turn: turn[own].rate / turn[other].rate)
        return Figures(rates, f"{_rate(runs, own)} of {_rate(runs, other)}; {share}")

    return row


def _p99(runs: Runs) -> Figures:
    return Figures(_middle(runs, lambda turn: turn["normal"].p99), _times(runs, "normal"))


def _p99_share(runs: Runs) -> Figures:
    shares = _middle(runs, lambda turn: turn["normal"].p99 / turn["prism-seed"].p99)
    return Figures(shares, f"Prism: {_times(runs, 'prism-seed')}")


def _middle(runs: Runs, figure: Callable[[Turn], float]) -> tuple[float, ...]:
    """A figure of each run: the median of its turns, for what disturbs one turn says nothing of the server."""
    return tuple(median(figure(turn) for turn in turns) for turns in runs)


def _rate(runs: Runs, name: str) -> str:
    rate, cpu = (median(_middle(runs, at)) for at in (lambda turn: turn[name].rate, lambda turn: turn[name].cpu))
    return f"{rate:,.0f} /s ({cpu:.0f} us of processor)"


def _times(runs: Runs, name: str) -> str:
    p50, p99 = (median(_middle(runs, at)) for at in (lambda turn: turn[name].p50, lambda turn: turn[name].p99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


_ROWS: dict[str, Callable[[Runs], Figures]] = {
    "window": _against("normal", "normal no-op"),
    "window-full": _against("full", "full no-op"),
    "prism-seed": _against("normal", "prism-seed"),
    "prism-150": _against("normal", "prism-150"),
    "p99": _p99,
    "p99-prism": _p99_share,
}
