"""Institutions that bring very much: others go on meanwhile, all of it comes or a word why not, and ids stay ours.

The bank here is a small FDX server of this file, since the simulated one has no such people.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fanlight.aggregation.saving import PART_ROWS
from fanlight.storage.unit import Unit
from support import logins
from support.processes import until
from support.world import Nexus, World, running

PAGE = 500
PARTS = 8
PUT_OFF = 60
CANARY = "4000123456789012"
MANY = {"institution_max_accounts": 3, "institution_max_records": 1_000}


class Bank(ThreadingHTTPServer):
    """Accounts by id, each with as many transactions as are said."""

    daemon_threads = True

    def __init__(self, accounts: dict[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.accounts = accounts

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def listed(self) -> dict[str, Any]:
        return {"accounts": [_account(number, name) for number, name in enumerate(self.accounts)]}

    def page(self, name: str, offset: int) -> dict[str, Any]:
        until_number = min(offset + PAGE, self.accounts[name])
        entries = [_transaction(name, number) for number in range(offset, until_number)]
        more = {"page": {"nextOffset": str(until_number)}} if until_number < self.accounts[name] else {}
        return {"transactions": entries, **more}


class _Answer(BaseHTTPRequestHandler):
    server: Bank

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        parts = asked.path.strip("/").split("/")
        offset = int(parse_qs(asked.query).get("offset", ["0"])[0])
        content = json.dumps(self.server.listed() if len(parts) == 1 else self.server.page(parts[1], offset)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def _account(number: int, name: str) -> dict[str, Any]:
    return {"accountId": name, "accountType": "CHECKING", "accountNumberDisplay": f"{number:04}", "currentBalance": 1}


def _transaction(name: str, number: int) -> dict[str, Any]:
    return {
        "transactionId": f"t{number}",
        "amount": number + 1,
        "postedTimestamp": "2026-08-01T12:00:00Z",
        "description": f"entry {number}",
        "debitCreditMemo": "DEBIT",
    }


@contextmanager
def bank_of(world: World, accounts: dict[str, int]) -> Iterator[Bank]:
    """A bank that the world's FDX institution leads to from now on."""
    bank = Bank(accounts)
    thread = threading.Thread(target=bank.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    lead_to(world, bank)
    try:
        yield bank
    finally:
        bank.shutdown()
        bank.server_close()
        thread.join()


def lead_to(world: World, bank: Bank) -> None:
    ((details,),) = world.rows("SELECT details FROM institutions WHERE code = 'mx_bank_oauth'")
    changed = json.loads(details)
    changed["fdx"]["base_url"] = bank.url
    world.rows("UPDATE institutions SET details = ? WHERE code = 'mx_bank_oauth'", json.dumps(changed))


def connected(nexus: Nexus) -> str:
    """A member with a grant and nothing aggregated yet."""
    guid: str = nexus.connect(skip_aggregation=True)["guid"]
    return guid


def guids(world: World) -> list[str]:
    return [guid for (guid,) in world.rows("SELECT guid FROM transactions WHERE deleted_at IS NULL ORDER BY guid")]


def test_a_large_feed_comes_whole_and_again_changes_nothing(own_world: World) -> None:
    nexus, count = own_world.nexus, PARTS * PART_ROWS + 1
    guid = connected(nexus)
    with bank_of(own_world, {"one": count, "two": 1}):
        member = logins.again(nexus, guid)
        first = guids(own_world)
        own_world.clock.advance(86_400)
        logins.renew(nexus)
        again = logins.again(nexus, guid)
    assert (member["connection_status"], logins.job(nexus, member)["error_message"]) == ("CONNECTED", None)
    assert again["successfully_aggregated_at"] != member["successfully_aggregated_at"]
    assert len(first) == count + 1
    assert guids(own_world) == first


def test_requests_are_served_between_the_parts_and_a_death_there_doubles_nothing(
    own_world: World, tmp_path: Path
) -> None:
    nexus, count = own_world.nexus, PARTS * PART_ROWS
    guid = connected(nexus)
    seen: set[int] = set()
    place = tmp_path / "after"

    def look(unit: Unit) -> None:
        (kept,) = unit._connection.execute("SELECT count(*) FROM transactions").fetchone()
        if 0 < kept < count and not seen:
            _copy(own_world, place)
        seen.update({kept} if 0 < kept < count else ())

    with bank_of(own_world, {"one": count}) as bank:
        nexus.ok("POST", f"/members/{guid}/aggregate")
        while nexus.read(guid)["is_being_aggregated"]:
            own_world.unit(look)
        assert len(guids(own_world)) == count
        assert len(seen) > 1, "nobody came between"
        with running(place) as after:
            lead_to(after, bank)
            after.clock.advance(PUT_OFF)
            until(lambda: not after.nexus.read(guid)["is_being_aggregated"], "the run did not come again")
            rows = after.rows("SELECT count(*), count(DISTINCT provider_id) FROM transactions")
            assert rows == [(count, count)]
            assert after.rows("SELECT count(*) FROM accounts") == [(1,)]
            assert after.nexus.read(guid)["connection_status"] == "CONNECTED"


def _copy(world: World, place: Path) -> None:
    """What a process that is killed at this moment leaves on the disk; its task waits for the clock to be turned."""
    place.mkdir()
    kept = world.runtime.settings.data_path
    for name in ("fanlight.key", "sandbox.json"):
        (place / name).write_bytes((kept / name).read_bytes())
        (place / name).chmod(0o600)
    with (
        closing(sqlite3.connect(kept / "fanlight.db")) as source,
        closing(sqlite3.connect(place / "fanlight.db")) as to,
    ):
        source.backup(to)
        to.execute("UPDATE tasks SET run_at = run_at + ?", (PUT_OFF,))
        to.commit()


@pytest.fixture(scope="module")
def modest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose server takes little of one member."""
    with running(tmp_path_factory.mktemp("modest"), **MANY) as world:
        yield world


def test_more_accounts_than_one_member_may_bring_end_the_run(modest: World) -> None:
    nexus = modest.user("many-accounts")
    guid = connected(nexus)
    with bank_of(modest, dict.fromkeys("abcd", 1)):
        member = logins.again(nexus, guid)
    assert (member["connection_status"], logins.job(nexus, member)["status_name"]) == ("FAILED", "HALTED")
    assert nexus.ok("GET", "/accounts")["accounts"] == []


def test_as_many_accounts_as_one_member_may_bring_come(modest: World) -> None:
    nexus = modest.user("as-many-accounts")
    guid = connected(nexus)
    with bank_of(modest, dict.fromkeys("abc", 1)):
        assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"
    assert len(nexus.ok("GET", "/accounts")["accounts"]) == 3


def test_records_of_all_accounts_together_are_bounded_and_what_fits_is_kept(modest: World) -> None:
    nexus = modest.user("many-records")
    guid = connected(nexus)
    with bank_of(modest, {"a": 600, "b": 600, "c": 1}):
        member = logins.again(nexus, guid)
    assert member["connection_status"] == "CONNECTED"
    assert logins.job(nexus, member)["error_message"].count("too large") == 1
    assert len(nexus.ok("GET", "/accounts")["accounts"]) == 3
    assert nexus.ok("GET", "/transactions")["pagination"]["total_entries"] == 600


def test_an_accounts_own_id_is_nowhere(own_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "fanlight")
    nexus, other = own_world.nexus, own_world.user("other")
    with bank_of(own_world, {CANARY: 1}):
        shown = []
        for someone in (nexus, other):
            member = logins.again(someone, connected(someone))
            answer = someone.ok("GET", "/accounts")
            jobs = json.dumps([answer, someone.ok("GET", "/transactions"), member, logins.job(someone, member)])
            assert CANARY not in jobs
            shown.append(answer["accounts"][0]["external_guid"])
        before = nexus.ok("GET", "/accounts")["accounts"]
        own_world.clock.advance(86_400)
        logins.renew(nexus)
        logins.again(nexus, before[0]["member_guid"])
    after = nexus.ok("GET", "/accounts")["accounts"]
    assert [each["guid"] for each in after] == [each["guid"] for each in before]
    assert [len(each) for each in shown] == [32, 32]
    assert shown[0] != shown[1]
    assert CANARY not in caplog.text
    files = [path for path in own_world.runtime.settings.data_path.iterdir() if path.is_file()]
    assert not any(CANARY.encode() in path.read_bytes() for path in files)
