"""Keys as an operator handles them: made, checked, replaced while the server serves, broken off, taken up, retired."""

import base64
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.cli import rotating
from fanlight.core.sealed import SEALED
from fanlight.storage import keys
from fanlight.storage.keys import Ring
from support import logins
from support.processes import run
from support.replays import command, refused, text
from support.sealing import DEPOSIT, Person
from support.world import World, running

ROTATED = ("grants", "personal", "index")


def ring_of(world: World) -> Ring:
    return keys.read(world.runtime.settings.key_path)


def states(world: World) -> list[tuple[str, str]]:
    return [(key.use.value, key.state.value) for key in ring_of(world).keys]


def rotate(world: World) -> rotating.Rotated:
    """A rotation in this process that does not wait: the world's server looks for itself."""
    return rotating.Rotating(world.runtime.settings, system_clock, lambda _: None, wait=1.1).run()


def resting(world: World) -> dict[str, int]:
    """How many rows rest on each key, by use and state."""
    counts: dict[str, int] = {}
    for row in command(world, "keys", "check")["keys"]:
        name = f"{row['use']} {row['state']}"
        counts[name] = counts.get(name, 0) + row["rows"]
    return counts


def everything(world: World) -> bytes:
    world.rows("SELECT 1")
    place = world.runtime.settings.data_path
    return b"".join(path.read_bytes() for path in place.glob("fanlight.db*"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("world")) as built:
        yield built


def test_a_check_opens_every_value_and_counts_by_key(world: World) -> None:
    Person(world, "counted")
    found = command(world, "keys", "check")
    kept = sum(
        world.rows(f"SELECT count(*) FROM {each.table.name} WHERE length({each.column}) > 0")[0][0] for each in SEALED
    )
    assert (found["opened"], found["unopened"], found["is_rotating"]) == (kept, [], False)
    assert kept > 10
    assert {row["use"]: row["rows"] > 0 for row in found["keys"]} == {
        "grants": True, "personal": True, "index": True, "pseudonyms": False,
    }  # fmt: skip
    shown = text(world, "keys", "check")
    for key in ring_of(world).keys:
        assert key.id.hex() in shown
        assert keys._shown(key.secret) not in shown + json.dumps(found)


@contextmanager
def busy(world: World, person: Person) -> Iterator[list[str]]:
    """Somebody reads, signs in anew and is refused a second time, all the while; what went wrong."""
    wrong: list[str] = []
    is_over = threading.Event()
    before = person.seen()
    nexus = world.user("busy")
    logins.signed_in(nexus, "anything", "busy-login")
    nexus.ok("POST", "/micro_deposits", {"micro_deposit": DEPOSIT})
    twice = {"institution_guid": world.institutions["mxbank"], "credentials": logins.login("x", "BUSY-login ")}

    def go() -> None:
        for number in itertools.count():
            if is_over.is_set():
                return
            try:
                if person.seen() != before:
                    wrong.append("something reads otherwise")
                for path, body, status in (
                    ("/members", {"member": twice}, 422),
                    ("/micro_deposits", {"micro_deposit": DEPOSIT}, 409),
                ):
                    answer = nexus.send("POST", path, body)
                    if answer.status_code != status:
                        wrong.append(f"{path} {answer.status_code} {answer.text}")
                if number % 5 == 0:
                    member = logins.signed_in(nexus, "anything", f"busy-{time.monotonic_ns()}")
                    if member["connection_status"] != "CONNECTED":
                        wrong.append(f"a new login is {member['connection_status']}")
            except AssertionError as error:
                wrong.append(str(error))

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield wrong
    finally:
        is_over.set()
        thread.join()


def test_a_rotation_beside_a_server_that_serves(own_world: World) -> None:
    person = Person(own_world, "served")
    seen, before = person.seen(), own_world.rows("SELECT sealed FROM grants")
    with busy(own_world, person) as wrong:
        done = command(own_world, "keys", "rotate")
    assert wrong == []
    assert set(done["before"].values()).isdisjoint(done["after"].values())
    assert (done["unopened"], done["was_resumed"]) == ([], False)
    assert done["resealed"] > 30
    assert states(own_world) == [
        *((use, "old") for use in ROTATED), ("pseudonyms", "current"), *((use, "current") for use in ROTATED),
    ]  # fmt: skip
    counts = resting(own_world)
    assert all(counts[f"{use} old"] == 0 and counts[f"{use} current"] > 0 for use in ROTATED)
    (old,), (new,) = before[0], own_world.rows("SELECT sealed FROM grants")[0]
    assert (old[45:], old[:45] == new[:45]) == (new[45:], False), "only the wrapped data key is another"
    assert set(command(own_world, "keys", "retire")["gone"]) == set(done["before"].values())
    assert person.seen() == seen
    logins.again(person.nexus, person.oauth)
    own_world.walk(person.window, "served-at-the-bank")
    assert logins.answer(person.nexus, person.asked, "correct")["connection_status"] == "CONNECTED"
    assert command(own_world, "keys", "check")["unopened"] == []


def test_one_that_is_killed_at_any_moment_is_taken_up(own_world: World) -> None:
    person = Person(own_world, "killed")
    seen, first = person.seen(), ring_of(own_world)
    arguments = ["keys", "rotate", "--json", "--data", str(own_world.runtime.settings.data_path)]
    for seconds in (0.9, 2.5, 4.5, 1.3):
        process = subprocess.Popen([sys.executable, "-m", "fanlight", *arguments], stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
        assert person.seen() == seen
        assert command(own_world, "keys", "check")["unopened"] == []
    if command(own_world, "keys", "check")["is_rotating"]:
        assert "A rotation is under way" in refused(own_world, "keys", "retire")
    done = rotate(own_world)
    assert done.unopened == []
    assert {first.current(keys.Use(use)).id.hex() for use in ROTATED}.isdisjoint(done.after.values())
    assert len(ring_of(own_world).old) == 3, "it was one rotation"
    assert person.seen() == seen
    assert len(command(own_world, "keys", "retire")["gone"]) == 3


def test_one_that_the_database_refuses_halfway_goes_on_there(own_world: World) -> None:
    person = Person(own_world, "halfway")
    seen = person.seen()
    own_world.rows(
        "CREATE TRIGGER refused BEFORE UPDATE OF sealed ON account_owners BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    assert run("keys", "rotate", "--data", str(own_world.runtime.settings.data_path)).returncode != 0
    counts = resting(own_world)
    assert counts["grants old"] == 0
    assert counts["personal old"] > 0
    assert person.seen() == seen
    own_world.rows("DROP TRIGGER refused")
    done = rotate(own_world)
    assert (done.was_resumed, done.unopened) == (True, [])
    assert resting(own_world)["personal old"] == 0
    assert person.seen() == seen


def test_a_bare_key_goes_on_and_gives_way_to_a_ring(tmp_path: Path) -> None:
    place = tmp_path / "world"
    place.mkdir()
    bare = place / "fanlight.key"
    bare.write_text(base64.urlsafe_b64encode(bytes(range(32))).decode() + "\n")
    bare.chmod(0o600)
    with running(place) as world:
        person = Person(world, "bare")
        seen = person.seen()
        old = ring_of(world).keys[0]
        number_keys = [key for (key,) in world.rows("SELECT number_key FROM accounts WHERE number_key IS NOT NULL")]
        as_before = [f"{key.split('.')[0]}.{key.split('.')[2]}" for key in number_keys]
        for key, plain in zip(number_keys, as_before, strict=True):
            world.rows("UPDATE accounts SET number_key = ? WHERE number_key = ?", plain, key)
        world.rows("UPDATE member_credentials SET blind = substr(blind, 5) WHERE length(blind) > 0")
        assert command(world, "keys", "check")["keys"][0]["rows"] > 20
        done = rotate(world)
        assert set(done.before.values()) == {old.id.hex()}
        assert person.seen() == seen, "the ids of accounts are what they were"
        assert [key.use.value for key in ring_of(world).old] == ["any"]
        logins.again(person.nexus, person.oauth, "verify")
        assert command(world, "keys", "retire")["gone"] == [old.id.hex()]
        assert person.seen()["ids"] == seen["ids"]
        logins.again(person.nexus, person.oauth)
        assert person.seen()["ids"] == seen["ids"]


def test_what_does_not_open_is_listed_and_stops_nobody(own_world: World) -> None:
    person = Person(own_world, "broken")
    nexus = person.nexus
    (number,) = own_world.rows("SELECT guid FROM account_numbers LIMIT 1")[0]
    for table in ("grants", "member_credentials", "account_numbers", "account_owners", "micro_deposits"):
        for key, sealed in own_world.rows(f"SELECT id, sealed FROM {table} WHERE length(sealed) > 0"):
            own_world.rows(f"UPDATE {table} SET sealed = ? WHERE id = ?", sealed[:-1] + bytes([sealed[-1] ^ 1]), key)
    done = run("keys", "check", "--json", "--data", str(own_world.runtime.settings.data_path))
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert f"account_numbers.sealed {number}" in found["unopened"]
    assert {each.split(".")[0] for each in found["unopened"]} == {
        "grants", "member_credentials", "account_numbers", "account_owners", "micro_deposits",
    }  # fmt: skip
    unopened = rotate(own_world).unopened
    assert {each.split()[0] for each in unopened} == {"member_credentials.blind", "micro_deposits.blind"}
    own_world.run(own_world.runtime.sweep())
    assert nexus.ok("GET", f"/members/{person.oauth}/account_numbers")["account_numbers"] == []
    assert nexus.ok("GET", f"/members/{person.oauth}/account_owners")["account_owners"] == []
    nexus.ok("GET", "/micro_deposits")
    own_world.clock.advance(86_400)
    logins.renew(nexus, "broken")
    for guid in (person.oauth, person.login):
        member = logins.again(nexus, guid)
        assert member["needs_updated_credentials"] or member["connection_status"] == "IMPAIRED", member
    own_world.walk(nexus.window(person.oauth), "broken-at-the-bank")
    nexus.settled(person.oauth)
    assert logins.again(nexus, person.oauth, "verify")["connection_status"] == "CONNECTED"
    assert nexus.ok("GET", f"/members/{person.oauth}/account_numbers")["account_numbers"] != []


def test_what_something_rests_on_is_not_retired_unless_it_is_said(own_world: World) -> None:
    person = Person(own_world, "leaving")
    person.nexus.ok("DELETE", f"/members/{person.login}")
    done = rotate(own_world)
    kept = command(own_world, "keys", "retire")["kept"]
    assert kept == {done.before["index"]: {"members.last_login of what is gone": 1}}
    assert "stays, for on it rest: 1 of members.last_login" in text(own_world, "keys", "retire")
    forced = command(own_world, "keys", "retire", "--force")
    assert (forced["gone"], forced["kept"]) == ([done.before["index"]], {})
    assert admin.open_vault(own_world.runtime.settings).ring.old == []


def test_a_start_without_the_right_keys_is_refused(tmp_path: Path) -> None:
    place = str(tmp_path / "data")
    key = tmp_path / "data" / "fanlight.key"
    run("keys", "new", "--data", place)
    assert run("client", "create", "acme", "--data", place).returncode == 0
    assert run("keys", "check", "--data", place).returncode == 0
    right = key.read_text()

    def said(content: str | None) -> str:
        key.unlink()
        if content is not None:
            key.write_text(content)
            key.chmod(0o600)
        done = run("serve", "--port", "0", "--data", place)
        key.unlink(missing_ok=True)
        key.write_text(right)
        key.chmod(0o600)
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
        return done.stderr

    assert "cannot be read" in said(None)
    assert "every connection would need renewal" in said(keys.new_ring("2026-11-24").text())
    lines = right.splitlines(keepends=True)
    assert "another id than its key" in said(right.replace(lines[2].split()[2], "0" * 8))
    other = keys.new_ring("2026-11-24").text().splitlines(keepends=True)
    lacking = said("".join([*lines[:2], other[2], *lines[3:]]))
    assert "lacks what this database was sealed with" in lacking
    assert lines[2].split()[2] in lacking


def test_two_rotations_at_once(own_world: World) -> None:
    with keys.alone_with(own_world.runtime.settings.key_path):
        assert "Another command changes the keys" in refused(own_world, "keys", "rotate")


def test_looking_needs_a_database_and_makes_none(tmp_path: Path) -> None:
    for words in (("check",), ("rotate",), ("retire",)):
        done: Any = run("keys", *words, "--data", str(tmp_path / "typo"))
        assert (done.returncode, "There is no database" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
