"""Pages of transactions: 25 of them over HTTP beside the same server's no-op, with few rows stored and with many."""

import json
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import hosts, ledger
from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.load import Stretch
from bench.people import Seat
from bench.processes import Child, get, python, running
from bench.window import ACCEPT, CONNECTIONS, PATHS, TURNS
from fanlight.api.nexus.routes import ROUTES

EACH = 100
USERS = {"few": 100, "many": 10_000}
QUICK_USERS = {"few": 20, "many": 200}


def pages(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """The rate of the first page as a share of the no-op's, and what is left of it with a hundred times the rows."""
    place = lab.folder("pages")
    users = QUICK_USERS if lab.quick else USERS
    with ExitStack() as stack:
        load = stack.enter_context(running(python("bench.load"), place, core=lab.cores.load))
        servers = {name: _server(lab, place / name, count, stack) for name, count in users.items()}
        runs = [[_turn(load, servers, lab.seconds) for _ in range(TURNS)] for _ in range(lab.runs)]
    many = tuple(median(turn["many"] / turn["no-op"] for turn in turns) for turns in runs)
    growth = tuple(median(turn["many"] / turn["few"] for turn in turns) for turns in runs)
    rate = median(turn["many"] for turns in runs for turn in turns)
    stored = f"{EACH * users['many']:,} rows stored"
    outcomes: dict[str, Outcome] = {
        "page-25": Figures(many, f"{rate:,.0f} /s; {stored}"),
        "page-25-growth": Figures(growth, f"{stored}, beside {EACH * users['few']:,}"),
    }
    return {name: outcomes[name] for name in wanted}


def _server(lab: Lab, place: Path, users: int, stack: ExitStack) -> dict[str, tuple[Child, int, Path]]:
    """A server on a filled database: its first pages, and its no-op."""
    seats = ledger.fill(place, users, EACH)
    sock = hosts.bound()
    port = hosts.port_of(sock)
    pad = max(0, PATHS - len(ROUTES))
    server = stack.enter_context(hosts.fanlight(sock, place, pad=pad, core=lab.cores.server))
    _check(port, seats)
    noop = place / "noop.json"
    noop.write_text(ledger.describe(seats, place / "pages.json").read_text().replace("GET /transactions", "GET /ping"))
    return {"page": (server, port, place / "pages.json"), "no-op": (server, port, noop)}


def _check(port: int, seats: list[Seat]) -> None:
    """Two people must be answered 25 transactions of their own."""
    seen = set()
    for seat in seats[:2]:
        status, body = get(port, "/transactions", {"MD-SESSION-TOKEN": seat.token, "Accept": ACCEPT})
        answer = json.loads(body)
        if status != 200 or len(answer["transactions"]) != 25 or answer["pagination"]["total_entries"] != EACH:
            raise Wrong(f"the page is not whole: {status}, {len(answer.get('transactions', []))} transactions")
        seen |= {each["guid"] for each in answer["transactions"]}
    if len(seen) != 50:
        raise Wrong("two people were answered the same transactions")


def _turn(load: Child, servers: dict[str, dict[str, tuple[Child, int, Path]]], seconds: float) -> dict[str, float]:
    return {
        "no-op": _stretch(load, *servers["many"]["no-op"][1:], seconds),
        "few": _stretch(load, *servers["few"]["page"][1:], seconds),
        "many": _stretch(load, *servers["many"]["page"][1:], seconds),
    }


def _stretch(load: Child, port: int, requests: Path, seconds: float) -> float:
    question = {"port": port, "requests": str(requests), "connections": CONNECTIONS, "seconds": seconds}
    stretch = Stretch(**load.ask(question, seconds + 30))
    if stretch.not_200 or not stretch.rate:
        raise Wrong(f"{stretch.not_200} answers were not 200, such as {stretch.example}")
    return stretch.rate
