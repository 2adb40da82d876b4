"""The search for institutions over a directory of real size, at the database: the units that a reader runs."""

import asyncio
import time
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace
from typing import Any

from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from fanlight import sandbox
from fanlight.api.nexus.institutions import download
from fanlight.base.paging import Page
from fanlight.core import institution_search
from fanlight.core.institution_search import Wanted
from fanlight.sandbox.directory import directory, load_directory
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

COUNT = 20_000
BANK = "http://127.0.0.1:1"
TIMES, QUICK_TIMES = 200, 20


def search(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """Milliseconds until the first page of 25 with its count, of each kind of question; and of the CSV download."""
    store = _fill(lab.folder("search"))
    times = QUICK_TIMES if lab.quick else TIMES
    outcomes: dict[str, Outcome] = {}
    try:
        for name, question in _questions().items():
            if name in wanted:
                outcomes[name] = asyncio.run(_ask(store, question, lab.runs, times))
        if "institutions-csv" in wanted:
            values = tuple(asyncio.run(store.read(_download)) for _ in range(lab.runs))
            outcomes["institutions-csv"] = Figures(values, f"{COUNT:,} lines")
    finally:
        store.close()
    return outcomes


def _questions() -> dict[str, Wanted]:
    first = next(entry for entry, _ in directory(1, BANK) if entry.routing_number)
    return {
        "search-prefix": Wanted("ban"),
        "search-words": Wanted("first national bank"),
        "search-typo": Wanted("frist natoinal"),
        "search-routing": Wanted(first.routing_number or ""),
        "search-url": Wanted(url=f"https://www.{(first.url or '').removeprefix('https://')}/login"),
        "search-all": Wanted(""),
    }


def _fill(place: Path) -> Store:
    """A store with the directory of the first seed."""
    runtime = sandbox.build(place, "http://127.0.0.1:2", BANK).application.runtime
    if asyncio.run(load_directory(runtime, BANK, seed=1, count=COUNT)) != COUNT:
        raise Wrong("the directory was not loaded")
    runtime.close()
    return Store(place / "fanlight.db")


async def _ask(store: Store, question: Wanted, runs: int, times: int) -> Figures:
    """The median of each run; the note has the 95th percentile of the last, and how many were found."""
    values, total, taken = [], 0, [0.0]
    for _ in range(runs):
        found = [await store.read(_timed, question) for _ in range(times)]
        taken, total = [milliseconds for milliseconds, _ in found], found[-1][1]
        values.append(median(taken))
    if not total:
        raise Wrong(f"nothing was found for {question}")
    return Figures(tuple(values), f"p50; p95 {quantiles(taken, n=20)[-1]:.2f} ms; {total:,} found")


def _timed(unit: Unit, question: Wanted) -> tuple[float, int]:
    begin = time.perf_counter()
    found = institution_search.find(unit, question, Page())
    return (time.perf_counter() - begin) * 1000, found.total


def _download(unit: Unit) -> float:
    call: Any = SimpleNamespace(unit=unit)
    begin = time.perf_counter()
    if download(call).body.count(b"\n") <= COUNT:
        raise Wrong("the download leaves something out")
    return time.perf_counter() - begin
