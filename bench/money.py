"""Money in bulk: a first load and the same again, enrichment, rules over a history, and a page of a thousand."""

import gc
import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, ParamSpec

import msgspec
import orjson

from bench import ledger
from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.ledger import Person
from bench.people import Crowd, settings_at, settle
from fanlight import admin
from fanlight.aggregation import saving
from fanlight.aggregation.merge import Owner
from fanlight.aggregation.saving import Fetched
from fanlight.api.codec import encode
from fanlight.api.nexus.transaction_shape import MARK
from fanlight.base.paging import Page
from fanlight.cli.listening import GC_THRESHOLDS
from fanlight.core import members, transaction_lists, transaction_rules
from fanlight.core.transaction_lists import Filter
from fanlight.enrichment.categories import DEFAULTS
from fanlight.enrichment.pipeline import Seen, enrich
from fanlight.institutions.port import FeedTransaction
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit

P = ParamSpec("P")

LOAD, QUICK_LOAD = 100_000, 5_000
HISTORY, QUICK_HISTORY = 50_000, 2_000
RULES = 100
DESCRIPTORS = 40_000
PAGE = 1_000
TIMES = 7
_WORDINGS = "SELECT DISTINCT description FROM transactions LIMIT ?"


def load(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """A first load and the same again through merge, enrichment and saving, beside bare `executemany`."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)  # as in the server that does this
    count = QUICK_LOAD if lab.quick else LOAD
    first, again, memory = [], [], []
    entries = ledger.feed(count)
    for run in range(lab.runs):
        place = lab.folder(f"load-{run}")
        person = somebody(place)
        bare = _seconds(_bare, place / "bare.db", entries)
        first.append(bare / _seconds(aggregate, place, person, entries))
        before = _resident()
        again.append(bare / _seconds(aggregate, place, person, entries))
        memory.append(_resident() - before)
    rate = f"{count:,} transactions"
    outcomes: dict[str, Outcome] = {
        "load-first": Figures(tuple(first), rate),
        "load-again": Figures(tuple(again), f"{rate}, none of them changed"),
        "load-memory": Figures(tuple(memory), "the greatest resident set, after the first load"),
    }
    return {name: outcomes[name] for name in wanted}


def enrichment(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """Descriptors a second on one core: never seen, and seen before."""
    count = DESCRIPTORS // 10 if lab.quick else DESCRIPTORS
    new, seen = [], []
    for run in range(lab.runs):
        texts = [Seen(f"{entry.description} {run}-{at}") for at, entry in enumerate(ledger.feed(count, seed=run))]
        new.append(count / _seconds(_enrich_all, texts))
        known = texts[:2_000]
        _enrich_all(known)
        seen.append(len(known) * 10 / _seconds(_enrich_all, known * 10))
    outcomes: dict[str, Outcome] = {"enrich-new": Figures(tuple(new)), "enrich-seen": Figures(tuple(seen))}
    return {name: outcomes[name] for name in wanted}


def history(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """One user's long history: a hundred rules over it, and a page of a thousand."""
    place, count = lab.folder("history"), QUICK_HISTORY if lab.quick else HISTORY
    person = somebody(place)
    entries = ledger.feed(count)
    aggregate(place, person, entries)
    settings = settings_at(place)
    outcomes: dict[str, Outcome] = {}
    if "rules" in wanted:
        seconds = [admin.run(settings, lambda unit: _apply_rules(unit, person)) for _ in range(lab.runs)]
        outcomes["rules"] = Figures(tuple(seconds), f"{RULES} rules over {count:,} transactions")
    if "page-1000" in wanted:
        admin.run(settings, lambda unit: ledger.read_once(unit, person.user_id, size=PAGE))
        outcomes["page-1000"] = _big_page(place, person, lab)
    return outcomes


def somebody(place: Path) -> Person:
    settle(place, Crowd(1, 1, "http://127.0.0.1:9", "secret"))
    (person,) = admin.run(settings_at(place), ledger.people)
    admin.run(settings_at(place), lambda unit: ledger.open_account(unit, person, now=int(time.time())))
    return person


def aggregate(place: Path, person: Person, entries: list[FeedTransaction]) -> None:
    """What a run does with what it gathered: read what is known, compare, write in parts."""
    now, start = int(time.time()), min(entry.date for entry in entries)
    with closing(connect(place / "fanlight.db")) as connection:
        unit = Unit(connection)
        (key,) = connection.execute("SELECT id FROM accounts WHERE user_id = ?", (person.user_id,)).fetchone()
        member = members.find(unit, person.user_id, person.member_id, now=now)
        if member is None:
            raise Wrong("there is no member")
        fetched = [Fetched(Owner(person.user_id, person.member_id, key), ledger.CHECKING, entries)]
        known = saving.known(unit, person.user_id, fetched, start)
        for part in saving.compare(fetched, known, complete_from=start, now=now):
            connection.execute("BEGIN IMMEDIATE")
            saving.save_part(unit, member, part, now=now)
            connection.execute("COMMIT")
        (kept,) = connection.execute("SELECT count(*) FROM transactions WHERE deleted_at IS NULL").fetchone()
    if kept != len(entries):
        raise Wrong(f"{kept} transactions are kept, not {len(entries)}")


def _bare(file: Path, entries: list[FeedTransaction]) -> None:
    """The same number of rows into a table without an index, as fast as the driver takes them."""
    row = ("x" * 36, 1, 2, 3, "t1", "POSTED", 1, 12_340_000, "2026-08-02", "a description", "{" + "x" * 300 + "}", 0, 0)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE bare ({', '.join(f'c{at}' for at in range(len(row)))})")
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(row))})", (row for _ in entries))  # noqa: S608
        connection.execute("COMMIT")


def _apply_rules(unit: Unit, person: Person) -> float:
    """Make the rules, each for one of the wordings; the seconds. They are taken back, for the next run."""
    words = [
        row[0]
        for row in unit._connection.execute(_WORDINGS, (RULES,))  # noqa: SLF001
    ]
    now, category = int(time.time()), DEFAULTS[5].guid
    began = time.perf_counter()
    rules = [
        transaction_rules.create(unit, person.user_id, text, category, f"{text} (ours)", now=now) for text in words
    ]
    seconds = time.perf_counter() - began
    for rule in rules:
        transaction_rules.remove(unit, rule, now=now)
    return seconds


def _big_page(place: Path, person: Person, lab: Lab) -> Figures:
    """A page of a thousand as it is answered, beside the same rows from a wide table through dictionaries."""
    with closing(connect(place / "fanlight.db")) as connection:
        unit = Unit(connection)
        answer = encode({"transactions": _page(unit, person)})
        wide = _widen(connection, orjson.loads(answer)["transactions"])
        names = list(orjson.loads(answer)["transactions"][0])
        values = tuple(_share(unit, person, names) for _ in range(lab.runs))
    return Figures(values, f"{len(answer) / 1e6:.1f} MB; a table of {wide} columns")


def _share(unit: Unit, person: Person, names: list[str]) -> float:
    plainly = _best(lambda: _plainly(unit, names))
    return plainly / _best(lambda: encode({"transactions": _page(unit, person)}))


def _page(unit: Unit, person: Person) -> list[Any]:
    kept = transaction_lists.page(unit, person.user_id, Filter(), Page(1, PAGE), mark=MARK).items
    return [msgspec.Raw(each.wire or b"") for each in kept]


def _widen(connection: sqlite3.Connection, shown: list[dict[str, Any]]) -> int:
    """The page's objects as a table with a column for every field; how many."""
    names = list(shown[0])
    connection.execute(f"CREATE TEMP TABLE wide ({', '.join(names)})")
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO wide VALUES ({marks})", (tuple(each.values()) for each in shown))  # noqa: S608
    return len(names)


def _plainly(unit: Unit, names: list[str]) -> bytes:
    rows = unit._connection.execute("SELECT * FROM wide")  # noqa: SLF001
    return orjson.dumps({"transactions": [dict(zip(names, row, strict=True)) for row in rows]})


def _enrich_all(texts: list[Seen]) -> None:
    for each in texts:
        enrich(each)


def _best(work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(TIMES))


def _seconds(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    began = time.perf_counter()
    work(*args, **kwargs)
    return time.perf_counter() - began


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
