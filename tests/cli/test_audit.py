"""The audit: every act leaves a row in the chain, and whatever is done to the chain is found and told."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.core import audit
from fanlight.core.audit import Wanted
from fanlight.storage import schema
from fanlight.storage.engine import run_once
from fanlight.storage.unit import Unit
from support.processes import run
from support.replays import command
from support.sealing import Person
from support.world import World, running

ROWS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "fanlight.db"
    schema.create(made)
    return made


@pytest.fixture
def chain(path: Path) -> Path:
    def work(unit: Unit) -> None:
        for number in range(ROWS):
            audit.record(unit, number % 3, f"act.{number}", f"GUID-{number}", now=100 + number, detail=None)

    run_once(path, work)
    return path


def sql(path: Path, *statements: str) -> None:
    run_once(path, lambda unit: [unit._connection.execute(statement) for statement in statements])


def verdict(path: Path, expected: bytes | None = None) -> audit.Verdict:
    return run_once(path, lambda unit: audit.verify(unit, expected))


def test_a_chain_holds_and_an_empty_one_too(path: Path) -> None:
    assert verdict(path) == (0, audit.GENESIS, None, None)
    run_once(path, lambda unit: audit.by_operator(unit, "act", "X", now=1))
    assert verdict(path)[:1] + verdict(path)[2:] == (1, None, None)


@pytest.mark.parametrize("column", ["at", "client_id", "action", "subject_guid", "detail", "hash"])
@pytest.mark.parametrize("row", [1, 4, ROWS])
def test_a_row_that_was_changed_is_found(chain: Path, row: int, column: str) -> None:
    value = "x'00'" if column == "hash" else "'7'"
    sql(chain, f"UPDATE audit SET {column} = {value} WHERE id = {row}")
    found = verdict(chain)
    assert (found.rows, found.at) == (row - 1, row)
    assert f"row {row} is not what was written there" in (found.broken or "")


@pytest.mark.parametrize(
    ("done", "at", "said"),
    [
        (("UPDATE audit SET hash = NULL", "DELETE FROM meta WHERE name = 'audit_head'"), 1, "row 1 is not what"),
        (("DELETE FROM audit WHERE id = 4",), 4, "rows from 4 to 4 are missing"),
        (("DELETE FROM audit WHERE id <= 3",), 1, "rows from 1 to 3 are missing"),
        (("DELETE FROM audit WHERE id > 5",), 6, "3 rows at the end are missing"),
        (("DELETE FROM audit",), 1, f"{ROWS} rows at the end are missing"),
        (("DELETE FROM meta WHERE name = 'audit_head'",), ROWS + 1, "the note of where the chain ends is gone"),
        (
            ("UPDATE audit SET id = -4 WHERE id = 4", "UPDATE audit SET id = 4 WHERE id = 5",
             "UPDATE audit SET id = 5 WHERE id = -4"), 4, "row 4 is not what",
        ),
        (
            ("DELETE FROM audit WHERE id = 4", "UPDATE audit SET id = id - 1 WHERE id > 4"), 4, "row 4 is not what",
        ),
    ],
)  # fmt: skip
def test_what_was_taken_away_or_moved_is_found(chain: Path, done: tuple[str, ...], at: int, said: str) -> None:
    sql(chain, *done)
    found = verdict(chain)
    assert (found.at, said in (found.broken or "")) == (at, True), found


def test_a_chain_that_was_written_anew_fits_no_hash_that_is_kept_elsewhere(chain: Path) -> None:
    kept = verdict(chain).head
    run_once(chain, lambda unit: audit.by_operator(unit, "later", "X", now=500))
    assert verdict(chain, kept).broken is None, "the log went on"
    rows = run_once(chain, lambda unit: audit.latest(unit, Wanted(), ROWS + 1))[::-1]
    sql(chain, "DELETE FROM audit", "DELETE FROM meta WHERE name = 'audit_head'")

    def written_anew(unit: Unit) -> None:
        for row in rows[:2] + rows[3:]:
            audit.record(unit, row.client_id, row.action, row.subject_guid, now=row.at)

    run_once(chain, written_anew)
    assert verdict(chain).broken is None, "who can write everything can write a whole chain"
    assert "no row has the hash that is expected" in (verdict(chain, kept).broken or "")


@pytest.mark.parametrize("hashes", ["hash", "NULL"])
def test_the_next_act_does_not_mend_a_chain_without_its_anchor(chain: Path, hashes: str) -> None:
    sql(chain, f"UPDATE audit SET hash = {hashes}", "DELETE FROM meta WHERE name = 'audit_head'")
    for _ in range(2):
        run_once(chain, lambda unit: audit.by_operator(unit, "innocent", "X", now=500))
    found = verdict(chain)
    assert (found.at, found.broken is not None) == (1 if hashes == "NULL" else ROWS + 1, True)


def test_what_was_undone_left_no_row(path: Path) -> None:
    def work(unit: Unit) -> None:
        audit.by_operator(unit, "kept", "X", now=1)
        with pytest.raises(ValueError, match="no"), unit.atomic():
            audit.by_operator(unit, "undone", "X", now=1)
            raise ValueError("no")
        audit.by_operator(unit, "kept too", "X", now=1)

    run_once(path, work)
    rows = run_once(path, lambda unit: audit.latest(unit, Wanted(), 10))
    assert [(row.id, row.action) for row in rows] == [(2, "kept too"), (1, "kept")]
    assert verdict(path).broken is None


def test_rows_without_a_chain_are_no_audit(path: Path) -> None:
    sql(path, *(f"INSERT INTO audit VALUES ({n}, {n}, 1, 'planted', 'G', NULL, NULL)" for n in (1, 2, 3)))
    assert verdict(path)[2:] == ("row 1 is not what was written there", 1)
    run_once(path, lambda unit: audit.by_operator(unit, "act", "X", now=9))
    assert verdict(path).at == 1


def test_two_writers_make_one_chain(path: Path) -> None:
    def write(name: str) -> None:
        for number in range(50):
            run_once(path, lambda unit, number=number: audit.by_operator(unit, name, str(number), now=1))  # type: ignore[misc]

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (verdict(path).rows, verdict(path).broken) == (100, None)


def test_writing_a_row_is_cheap(path: Path) -> None:
    def work(unit: Unit) -> float:
        begun = time.process_time()
        for _ in range(500):
            audit.by_operator(unit, "act", "X", now=1)
        return (time.process_time() - begun) / 500

    assert min(run_once(path, work) for _ in range(3)) < 300e-6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("world")) as built:
        yield built


def listed(world: World, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = command(world, "audit", "list", *options)
    return found


def test_who_reads_what_is_sealed_is_written_down(world: World) -> None:
    person = Person(world, "watched")
    person.seen()
    for action in (audit.OWNERS_READ, audit.NUMBERS_READ):
        rows = listed(world, "--guid", person.oauth, "--action", action)
        assert [(row["client_id"], row["detail"]) for row in rows] == [("sandbox", None)]
    command(world, "replay", person.oauth)
    assert listed(world, "--guid", person.oauth, "--action", "member")[0]["action"] == audit.REPLAYED
    everything = json.dumps(listed(world))
    for own in person.nexus.ok("GET", f"/members/{person.oauth}/account_owners")["account_owners"]:
        assert own["owner_name"] not in everything


COMMANDS: list[tuple[tuple[str, ...], str]] = [
    (("client", "create", "acme"), audit.CLIENT_CREATED),
    (("client", "redirect", "add", "acme", "https://a.example/x"), audit.REGISTERED),
    (("client", "redirect", "remove", "acme", "https://a.example/x"), audit.UNREGISTERED),
    (("client", "confirm-page", "acme", "on"), audit.CLIENT_CHANGED),
    (("client", "time-zone", "acme", "Europe/Berlin"), audit.CLIENT_CHANGED),
    (("client", "feature", "acme", "name_splitting", "on"), audit.CLIENT_CHANGED),
    (("client", "routing-number", "block", "acme", "091000019"), audit.REGISTERED),
    (("client", "rotate-key", "acme"), audit.CLIENT_KEY_REPLACED),
    (("user", "create", "acme", "u1"), audit.USER_CREATED),
    (("client", "disable", "acme"), audit.CLIENT_DISABLED),
    (("institution", "disable", "mxbank"), audit.INSTITUTION_WORD),
]


@pytest.mark.parametrize(("words", "action"), COMMANDS)
def test_every_command_that_changes_something_leaves_a_row(world: World, words: tuple[str, ...], action: str) -> None:
    before = len(listed(world))
    command(world, *words)
    rows = listed(world)
    assert (len(rows) - before, rows[0]["action"]) == (1, action)
    assert run("client", "redirect", "remove", "acme", "https://never.example/", "--data",
               str(world.runtime.settings.data_path)).returncode == 1  # fmt: skip
    assert len(listed(world)) == before + 1, "what was refused left none"


def test_the_chain_is_verified_at_the_command_line(world: World) -> None:
    found = command(world, "audit", "verify")
    assert (found["broken"], found["rows"]) == (None, len(listed(world)))
    assert command(world, "audit", "verify", "--expect", found["head"])["broken"] is None
    place = str(world.runtime.settings.data_path)
    assert "64 hexadecimal digits" in run("audit", "verify", "--expect", "x", "--data", place).stderr
    foreign = run("audit", "verify", "--expect", "ab" * 32, "--data", place)
    assert (foreign.returncode, "BROKEN: no row has the hash" in foreign.stdout) == (1, True)
    world.rows("UPDATE audit SET detail = 'nothing' WHERE id = 2")
    broken = run("audit", "verify", "--data", place)
    assert (broken.returncode, "BROKEN: row 2 is not what was written there" in broken.stdout) == (1, True)


def test_filters(world: World) -> None:
    assert listed(world, "--no-client") == [row for row in listed(world) if row["client_id"] is None]
    assert listed(world, "--since", "2100-01-01") == []
    assert listed(world, "--until", "2000-01-01") == []
    assert len(listed(world, "--limit", "2")) == 2
    assert {row["client_id"] for row in listed(world, "--client", "sandbox")} == {"sandbox"}
