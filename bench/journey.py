"""The whole window at the sandbox's bank: issued, opened, signed in, consented, redeemed, and the member connected.

The server and the bank are a process each, and a third process is the people in front of them.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median
from typing import Any

from bench import hosts, people
from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.people import Crowd
from bench.processes import Child, python, running
from fanlight.cli.listening import url_of

USERS, MEMBERS_EACH = 250, 40
AT_ONCE = 8
STRETCHES = 6
WARM_UP_SECONDS = 0.5


def journey(lab: Lab, _wanted: frozenset[str]) -> dict[str, Outcome]:
    """Windows per second; every one is another member and another person at the bank."""
    place = lab.folder("journey")
    nexus, at_bank, secret = hosts.bound(), hosts.bound(), people.new_secret()
    ports = {"nexus": hosts.port_of(nexus), "bank": hosts.port_of(at_bank)}
    seats = people.settle(place / "data", Crowd(USERS, MEMBERS_EACH, url_of(at_bank), secret))
    people.save(seats, place / "seats.json")
    with ExitStack() as stack:
        servers = {}
        servers["bank"] = stack.enter_context(hosts.bank(at_bank, place, secret=secret, nexus=url_of(nexus)))
        servers["server"] = stack.enter_context(hosts.fanlight(nexus, place / "data"))
        walkers = stack.enter_context(running(python("bench.walkers"), place))
        walkers.ask({**ports, "seats": str(place / "seats.json"), "at_once": AT_ONCE}, 30)
        walkers.ask({"seconds": WARM_UP_SECONDS}, 60)
        runs = [_run(walkers, servers, STRETCHES * lab.seconds) for _ in range(lab.runs)]
    return {"journey": _figures(runs)}


def _run(walkers: Child, servers: Mapping[str, Child], seconds: float) -> dict[str, Any]:
    before = {name: server.cpu_seconds() for name, server in servers.items()}
    run = walkers.ask({"seconds": seconds}, seconds + 60)
    if not run["windows"]:
        raise Wrong("no window was walked to its end")
    cpu = {name: (server.cpu_seconds() - before[name]) / run["windows"] * 1000 for name, server in servers.items()}
    return run | {"cpu": cpu}


def _figures(runs: list[dict[str, Any]]) -> Figures:
    steps, cpu = (
        ", ".join(f"{name} {median(run[part][name] for run in runs):.1f}" for name in runs[0][part])
        for part in ("steps", "cpu")
    )
    return Figures(
        tuple(run["windows"] / run["seconds"] for run in runs),
        f"{AT_ONCE} at once; ms until answered: {steps}; ms of processor: {cpu}",
    )
