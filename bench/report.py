"""The table of a run, for a terminal and as `docs/benchmarks.md`."""

import datetime as dt
import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from importlib.metadata import version

from bench import prism
from bench.figures import Absent, Outcome, Row
from bench.lab import Cores, Lab

METHOD = """\
Every figure is of one machine in one run, and most are ratios inside that run: absolute numbers of another machine
say nothing beside them. A cell has the median of the runs and, in brackets, the least and the greatest.

- **window, prism, p99**: 10,000 users, each with one OAuth member and a live session, asked for in random order over
  32 connections with keep-alive, one request at a time on each. The server runs as `fanlight serve` does, with
  uvicorn, uvloop and httptools and `log_level=warning`; its routes are padded to 150. Its no-op is `GET /ping` with
  the same headers. Servers stay on one core, the load on another; no-op, request and mock take turns of a second,
  five times in each run, whose figure is the median of its turns. Processor time is the whole server process's, per
  request: it moves less than rates do when something else runs on the machine. Any answer other than 200 spoils the
  row. The load is `bench/load.py`: bare sockets, no HTTP library.
- **Prism** is `@stoplight/prism-cli` run with `NODE_ENV=production` and `{options}`, on the server's core, asked the
  same requests, after five seconds of warming up. It mocks the one operation, or a file of 150 paths with that
  operation in the middle.
- **journey**: server and bank are a process each, a third process walks eight windows at a time. Each window is
  another member of one of 250 users and another person at the bank: issue, predirect with a pushed request, sign-in
  page, consent page, callback with the exchange of the code and the check of the id_token, then the member, which
  must be CONNECTED.
- **queue**: a process with store and queue; all jobs wait when it starts, and the clock stops when no row is left.
  The start is from the commit of a task to its handler with the queue idle before.
- **search**: the unit that a reader runs, in a process with nothing else to do, over the directory of a sandbox's first
  seed: the page of 25 and the exact count. Each run asks 200 times.
- **ready, memory**: from the start of the process to its ready line, after which it must answer; resident set a
  second later.
"""


def table(rows: tuple[Row, ...], outcomes: Mapping[str, Outcome]) -> list[tuple[str, ...]]:
    """Row, what it is, target, measured, verdict, note."""
    return [(row.name, row.about, _target(row), *_outcome(row, outcomes[row.name])) for row in rows]


def text(lines: list[tuple[str, ...]]) -> str:
    """For a terminal: without the second column, which is long."""
    shown = [("row", "target", "measured", "", "note"), *((line[0], *line[2:]) for line in lines)]
    widths = [max(len(line[at]) for line in shown) for at in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]).rstrip()
        for line in shown
    )


def page(lines: list[tuple[str, ...]], lab: Lab) -> str:
    """The whole of `docs/benchmarks.md`."""
    head = "| row | what | target | measured | | note |\n|---|---|---|---|---|---|\n"
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    facts = "".join(f"| {name} | {value} |\n" for name, value in _facts(lab.cores).items())
    about = f"Written by `make bench` on {today}: {lab.runs} runs, stretches of {lab.seconds:g} s.\n"
    method = METHOD.format(options=" ".join(prism.OPTIONS))
    machine = f"## Versions and machine\n\n| | |\n|---|---|\n{facts}"
    return f"# Benchmarks\n\n{about}\n{head}{body}\n## Method\n\n{method}\n{machine}"


def _target(row: Row) -> str:
    return f"{'>=' if row.target.least else '<='} {_number(row.target.bound)}{_unit(row.target.unit)}"


def _outcome(row: Row, outcome: Outcome) -> tuple[str, str, str]:
    if isinstance(outcome, Absent):
        return "not measured", "FAULT" if outcome.is_fault else "-", outcome.reason.replace("|", "/")
    low, high = _number(min(outcome.values)), _number(max(outcome.values))
    measured = f"{_number(outcome.median)} [{low}..{high}]{_unit(row.target.unit)}"
    return measured, "pass" if row.target.is_met(outcome.median) else "MISS", outcome.note


def _number(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _facts(cores: Cores) -> dict[str, str]:
    pinned = "pinned to one core each" if cores.server is not None else "not pinned"
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: version(name) for name in ("fanlight", "uvicorn", "uvloop", "httptools")},
        "sqlite": sqlite3.sqlite_version,
        "node": _node(),
        "prism": prism.VERSION,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {_usable()} usable",
        "server and load": pinned,
    }


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return "none"
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    return shown.stdout.strip() or "none"
