"""The end of a user, a member and an account: what goes at once, what goes later, and what is done at the bank."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contract.partner_things import HOLDING, INVESTMENT, NUMBER, Partner
from fanlight.aggregation import operators
from fanlight.base.errors import Conflict
from fanlight.core import accounts, audit
from fanlight.oauth import token_answers
from support import logins
from support.processes import run
from support.world import PATIENCE, Nexus, World, running

MX = "mx_bank_oauth"
DAY = 86_400
SEALED_HEADER = 5
PNG = "data:image/png;base64,Y2FuYXJ5LWltYWdl"
PROFILE = {
    "birthdate": "1959-07-17",
    "credit_score": 718,
    "email": "canary-email@example.com",
    "first_name": "canary-first",
    "last_name": "canary-last",
    "phone": "canary-phone",
    "zip_code": "canary-zip",
    "metadata": "canary-metadata",
}
CANARIES = [value for value in PROFILE.values() if "canary" in str(value)] + [
    f"canary-{name}"
    for name in ("user", "member", "held", "account", "transaction", "memo", "holding", "number-id", "nickname", "app")
]
OF_USERS = "SELECT count(*) FROM {} WHERE user_id NOT IN (SELECT id FROM users)"


class Ending:
    """A user with a bit of everything, under the name `canary-user`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.nexus = world.user("canary-user")
        self.partner = Partner(world, "canary-user")
        self.guid = self.partner.ok("PUT", json={"user": PROFILE})["guid"]
        self.member = self.nexus.connect("canary-person", name="canary-member")
        logins.signed_in(self.nexus, "challenge", "canary-login")
        self.nexus.ok("POST", "/micro_deposits", {"micro_deposit": _deposit()})
        query = {"referral_source": "APP", "client_redirect_url": "http://localhost:1/canary-app"}
        self.nexus.window(self.member["guid"], **query)
        self.held = self.partner.member("canary-held")
        account = {**INVESTMENT, "nickname": "canary-nickname", "account_number": "4000123456"}
        self.account = self.partner.account("canary-held", "canary-account", **account)
        self.partner.transaction(
            "canary-held", "canary-account", "canary-transaction", memo="canary-memo", check_image=PNG
        )
        self.partner.below("canary-held", "canary-account", "holding", HOLDING | {"id": "canary-holding"})
        self.partner.below("canary-held", "canary-account", "account_number", NUMBER | {"id": "canary-number-id"})

    @property
    def secrets(self) -> set[bytes]:
        """Every sealed value that is in the database now, but for the institutions' own."""
        headers = {b"\x02" + key.id for key in self.world.runtime.vault.ring.keys}
        of_bytes = (value for value in _values(self.world) if isinstance(value, bytes))
        found = {value for value in of_bytes if value[:SEALED_HEADER] in headers}
        return found - _institution_secrets(self.world)

    def end(self) -> None:
        assert self.partner.send("DELETE", ".json").status_code == 204


def _deposit() -> dict[str, Any]:
    name = {"first_name": "canary", "last_name": "person", "email": "canary-email@example.com"}
    return name | {"account_number": "333300012345", "routing_number": "091000019", "account_type_name": "CHECKING"}


def _tables(world: World) -> list[str]:
    return [name for (name,) in world.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _values(world: World, but: str = "") -> Iterator[Any]:
    """Every value of every table, but those of one."""
    for table in _tables(world):
        for row in () if table == but else world.rows(f"SELECT * FROM {table}"):
            yield from row


def _institution_secrets(world: World) -> set[bytes]:
    return {secret for (secret,) in world.rows("SELECT secrets FROM institutions WHERE secrets IS NOT NULL")}


def _found(values: Iterator[Any], texts: list[str]) -> list[str]:
    """Which of the texts stand somewhere in the values."""
    everything = "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values)
    return [text for text in texts if text in everything]


def _revoked(world: World) -> None:
    """Wait until no grant is left to be revoked."""
    end = time.monotonic() + PATIENCE
    while world.rows("SELECT 1 FROM grants WHERE status = 'revoking'"):
        assert time.monotonic() < end, "the grants were not revoked"
        time.sleep(0.02)


def test_nothing_of_a_deleted_user_is_left(tmp_path: Path) -> None:
    place = tmp_path / "world"
    with running(place) as world:
        tables = _tables(world)
        ending = Ending(world)
        (subject,) = world.rows("SELECT subject FROM grants WHERE subject IS NOT NULL")[0]
        canaries = [*CANARIES, ending.member["guid"], ending.held["guid"], ending.account["guid"], subject]
        secrets, sealed = ending.secrets, {row[0] for row in world.rows("SELECT sealed FROM grants")}
        assert _found(_values(world), canaries) == canaries
        assert len(secrets) > 5

        ending.end()

        assert _found(_values(world, but="audit"), canaries) == []
        assert ending.secrets <= sealed, "only grants outlive the user, until they are revoked"
        for table in tables:
            if (
                any(column[1] == "user_id" for column in world.rows(f"PRAGMA table_info({table})"))
                and table != "grants"
            ):
                assert world.rows(OF_USERS.format(table)) == [(0,)], table
        _revoked(world)
        assert ending.secrets == set()
        world.run(world.runtime.sweep())
        assert world.rows("SELECT count(*) FROM grants") == [(0,)]
        assert world.rows("SELECT payload FROM tasks WHERE kind = 'revoke_grant'") == []
        guid = ending.guid
    with closing(sqlite3.connect(place / "fanlight.db")) as file:
        values = {table: [value for row in file.execute(f"SELECT * FROM {table}") for value in row] for table in tables}
    audited = values.pop("audit")
    assert _found((value for each in values.values() for value in each), canaries) == []
    assert set(_found(iter(audited), canaries)) == {ending.member["guid"]}, "of its members the audit has the guids"
    assert guid in audited, "the audit names the user by guid"


def test_the_doors_close_at_once(world: World) -> None:
    nexus, partner = world.user("leaving"), Partner(world, "leaving")
    uri = nexus.member()["oauth_window_uri"]
    token = world.api_token("leaving")

    assert partner.send("DELETE").status_code == 204

    assert nexus.get("/user").status_code == 401
    assert world.http.post(f"{world.url}/sessions", headers={"MD-API-TOKEN": token}).status_code == 401
    assert world.http.get(uri).status_code == 400
    assert partner.send("GET").status_code == partner.send("DELETE").status_code == 404
    assert partner.send("GET", "/members/m").status_code == 404


def test_another_user_keeps_everything(world: World) -> None:
    staying, leaving = world.user("staying"), world.user("going")
    member = staying.connect("ada")
    Partner(world, "staying").member("m")
    leaving.connect("ada")
    before = staying.ok("GET", "/accounts"), staying.ok("GET", "/transactions"), staying.ok("GET", "/members")

    assert Partner(world, "going").send("DELETE").status_code == 204

    assert (staying.ok("GET", "/accounts"), staying.ok("GET", "/transactions"), staying.ok("GET", "/members")) == before
    staying.get(f"/members/{member['guid']}/aggregate")
    assert staying.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_a_grant_is_revoked_when_the_bank_is_back(tmp_path: Path) -> None:
    with running(tmp_path / "world", institution_attempts=1) as world:
        nexus = world.user("leaving")
        nexus.connect("ada")
        before = world.bank.activity.of(MX, "revoke")
        with logins.bank_down(world):
            assert Partner(world, "leaving").send("DELETE").status_code == 204
            _until(lambda: world.rows("SELECT 1 FROM tasks WHERE kind = 'revoke_grant' AND run_at > ?", world.clock()))
            assert world.rows("SELECT status, subject FROM grants") == [("revoking", None)]
        assert world.bank.activity.of(MX, "revoke") == before

        world.clock.advance(60)

        _revoked(world)
        assert world.bank.activity.of(MX, "revoke") == before + 2, "the refresh token, then the access token"
        assert world.rows("SELECT status, sealed FROM grants") == [("ended", b"")]


def _until(holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_user_deleted_on_the_way_through_the_bank_gets_no_grant(world: World) -> None:
    nexus = world.user("on-the-way")
    before = world.bank.activity.of(MX, "token")
    partner = Partner(world, "on-the-way")
    client, url = world.up_to_callback(nexus.member()["oauth_window_uri"], meanwhile=lambda: partner.send("DELETE"))

    assert client.get(url).status_code == 400

    assert world.bank.activity.of(MX, "token") == before
    assert partner.send("GET").status_code == 404


def test_the_audit_says_what_was_deleted_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "world"
    with running(place) as world:
        ending = Ending(world)
        ending.nexus.ok("DELETE", f"/members/{ending.member['guid']}")
        assert ending.partner.send("DELETE", "/members/canary-held").status_code == 204
        ending.end()
        listed = run("audit", "list", "--json", "--data", str(place))
        rows = [row for row in json.loads(listed.stdout) if row["action"].endswith(".deleted")]
        client = world.ready["client_id"]
        acts = [(row["action"], row["guid"]) for row in rows]
        assert [act for act in acts if act[0].endswith(".deleted")] == [
            (audit.USER_DELETED, ending.guid),
            (audit.MEMBER_DELETED, ending.held["guid"]),
            (audit.MEMBER_DELETED, ending.member["guid"]),
        ]
        of_grants = {action for action, _ in acts if not action.endswith(".deleted")}
        assert of_grants <= {audit.GRANT_GIVEN, audit.GRANT_REVOKED}
        assert {(row["client_id"], row["at"]) for row in rows} == {(client, "2026-08-02T12:00:00+00:00")}
        assert {row["detail"] for row in rows} <= {None, "deleted"}
        assert "canary" not in listed.stdout
        newest = run("audit", "list", "--client", client, "--action", "user.deleted", "--data", str(place))
        assert ending.guid in newest.stdout
        assert ending.held["guid"] not in newest.stdout
        unknown = run("audit", "list", "--client", "nobody", "--data", str(place))
        assert (unknown.returncode, "no client nobody" in unknown.stderr) == (1, True)


@pytest.fixture
def held(own_world: World) -> tuple[World, Nexus, Partner]:
    """A user with an account that a partner keeps, with secrets and data below it."""
    nexus = own_world.user("holder")
    partner = Partner(own_world, "holder")
    partner.member("m")
    partner.account("m", "a", **INVESTMENT, account_number="4000123456")
    partner.transaction("m", "a", "t", check_image=PNG)
    partner.below("m", "a", "holding", HOLDING | {"id": "h"})
    partner.below("m", "a", "account_number", NUMBER | {"id": "n"})
    return own_world, nexus, partner


def _kept(world: World) -> dict[str, int]:
    tables = ("members", "accounts", "transactions", "holdings", "account_numbers")
    kept = {table: world.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    return kept | {"images": world.rows("SELECT count(check_image) FROM transactions")[0][0]}


def test_a_deleted_member_loses_secrets_at_once_and_data_later(held: tuple[World, Nexus, Partner]) -> None:
    world, nexus, partner = held
    data = {"members": 1, "accounts": 1, "transactions": 1, "holdings": 1}
    assert _kept(world) == data | {"account_numbers": 2, "images": 1}

    assert partner.send("DELETE", "/members/m").status_code == 204

    assert _kept(world) == data | {"account_numbers": 0, "images": 0}
    assert nexus.ok("GET", "/members")["members"] == []
    world.clock.advance(14 * DAY - 1)
    world.run(world.runtime.sweep())
    assert _kept(world)["members"] == 1
    world.clock.advance(1)
    world.run(world.runtime.sweep())
    assert set(_kept(world).values()) == {0}


def test_a_deleted_account_loses_secrets_at_once_and_data_later(held: tuple[World, Nexus, Partner]) -> None:
    world, nexus, partner = held
    assert partner.send("DELETE", "/members/m/accounts/a").status_code == 204

    after = {"members": 1, "accounts": 1, "transactions": 1, "holdings": 1, "account_numbers": 0, "images": 0}
    assert _kept(world) == after
    assert nexus.ok("GET", "/accounts")["accounts"] == nexus.ok("GET", "/transactions")["transactions"] == []
    deleted = world.clock()
    assert world.unit(accounts.purge, deleted_before=deleted - 1) == 0
    assert world.unit(accounts.purge, deleted_before=deleted) == 1
    assert _kept(world) == dict.fromkeys(after, 0) | {"members": 1}


def test_the_purge_leaves_deleted_accounts_of_feeds(own_world: World) -> None:
    """A feed must know them again, or it would bring them back."""
    nexus = own_world.nexus
    nexus.connect("ada")
    own_world.rows("UPDATE accounts SET deleted_at = 1")
    before = own_world.rows("SELECT count(*) FROM accounts")

    assert own_world.unit(accounts.purge, deleted_before=own_world.clock()) == 0

    assert own_world.rows("SELECT count(*) FROM accounts") == before != [(0,)]


def test_a_deleted_member_leaves_no_conversation_and_no_job_that_waits(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "challenge")
    guid = member["most_recent_job_guid"]
    own_world.rows("UPDATE jobs SET conversation = x'00' WHERE guid = ?", guid)
    own_world.clock.advance(7)

    nexus.ok("DELETE", f"/members/{member['guid']}")

    found = own_world.rows("SELECT status, finished_at, conversation FROM jobs WHERE guid = ?", guid)
    assert found == [(9, own_world.clock(), None)]


def test_a_finished_job_of_a_deleted_member_stays_as_it_ended(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus)
    sql = "SELECT status, finished_at FROM jobs WHERE guid = ?"
    before = own_world.rows(sql, member["most_recent_job_guid"])
    own_world.clock.advance(7)

    nexus.ok("DELETE", f"/members/{member['guid']}")

    assert own_world.rows(sql, member["most_recent_job_guid"]) == before


def test_a_list_shows_at_the_right_second_that_the_time_to_answer_is_over(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "challenge")["guid"]
    (until,) = own_world.rows("SELECT challenged_until FROM members WHERE guid = ?", guid)[0]
    shown = []
    for now in (until - 1, until):
        own_world.clock.now = now
        shown += nexus.ok("GET", "/members")["members"]

    assert [(one["connection_status"], one["is_being_aggregated"]) for one in shown] == [
        ("CHALLENGED", True),
        ("EXPIRED", False),
    ]
    assert nexus.read(guid)["connection_status"] == "EXPIRED"


def test_what_a_partner_holds_is_no_institution_of_others(own_world: World) -> None:
    holder, other = own_world.user("holder"), own_world.user("stranger")
    Partner(own_world, "holder").member("theirs")
    sql = "SELECT guid, code, name FROM institutions WHERE code LIKE 'held-%'"
    guid, code, name = own_world.rows(sql)[0]
    own_world.rows("UPDATE institutions SET is_hidden = 1 WHERE code = 'mxbank'")

    assert holder.ok("GET", f"/institutions/{guid}")["institution"]["name"] == name
    for path in (f"/institutions/{guid}", f"/institutions/{guid}/credentials"):
        assert other.get(path).status_code == 404
    assert other.get(f"/institutions/{own_world.institutions['mxbank']}").status_code == 200
    for nexus in (holder, other):
        rows = nexus.get("/institutions").text
        assert own_world.institutions["mx_bank_oauth"] in rows
        assert guid not in rows
        assert own_world.institutions["mxbank"] not in rows
    for word in operators.INSTITUTION_WORDS:
        with pytest.raises(Conflict):
            own_world.unit(operators.set_institution, code, word, now=own_world.clock())
    Partner(own_world, "holder").send("DELETE", "/members/theirs")
    assert holder.get(f"/institutions/{guid}").status_code == 404


@pytest.mark.parametrize("given", ["1e9999999", "-1", "soon", -5, None, [], "nan", "1e400", 10**400])
def test_a_life_of_a_token_that_is_none_is_the_usual_one(given: object) -> None:
    assert token_answers._seconds(given) == 0
    assert [token_answers._seconds(life) for life in (3600, "60", 0.5, 10**12)] == [
        3600,
        60,
        0,
        token_answers.LONGEST_LIFE,
    ]
