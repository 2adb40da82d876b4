"""Jobs that cannot be: where the institution or the client has no such thing, and where another one is running."""

import pytest

from contract import connecting
from contract.bad import ids, refused, unharmed
from contract.things import Things
from fanlight.core import clients
from support import logins
from support.world import Nexus, World

PRODUCTS = ("verify", "identify", "extend_history")
KINDS = {"aggregate": 0, "verify": 1, "extend_history": 3, "check_balance": 7}
FLAGS: dict[str, object] = {"a word": "perhaps", "a number": 2, "a list": [True], "an object": {}}


@pytest.fixture(scope="module")
def things(world: World) -> Things:
    return Things(world, "jobs")


@pytest.mark.parametrize("what", PRODUCTS)
def test_what_the_institution_cannot_do(things: Things, what: str) -> None:
    guid = things.get("unsupported")
    before = things.nexus.read(guid)

    with unharmed(things.nexus):
        message = refused(things.nexus.send("POST", f"/members/{guid}/{what}"), 4000)
    assert "does not support" in message
    assert things.nexus.read(guid) == before


@pytest.mark.parametrize("what", PRODUCTS)
def test_what_the_client_may_not(things: Things, what: str) -> None:
    nexus = Nexus(things.world, things.get("restricted_session"))
    guid = things.get("restricted_member")
    before = nexus.read(guid)

    with unharmed(nexus):
        refused(nexus.send("POST", f"/members/{guid}/{what}"), 4030)
    assert nexus.read(guid) == before


def test_a_feature_that_is_switched_on_again(world: World) -> None:
    nexus = connecting.other_client(world, "switching", verification=False)
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    refused(nexus.send("POST", f"/members/{guid}/verify"), 4030)

    world.unit(clients.switch, "switching", "verification", on=True)

    assert logins.again(nexus, guid, "verify")["connection_status"] == "CONNECTED"
    assert nexus.ok("GET", f"/members/{guid}/account_numbers")["account_numbers"]


@pytest.mark.parametrize("running", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_a_job_while_another_runs(nexus: Nexus, running: str, other: str) -> None:
    guid = logins.sign_in(nexus, "challenge", skip_aggregation=True)["guid"]
    before = logins.again(nexus, guid, running)
    assert before["connection_status"] == "CHALLENGED"

    with unharmed(nexus):
        response = nexus.send("POST", f"/members/{guid}/{other}")
        if other == running:
            assert (response.status_code, response.json()) == (202, {"member": before})
        else:
            refused(response, 4090)

    assert nexus.read(guid) == before
    kind = nexus.world.rows("SELECT kind FROM jobs WHERE guid = ?", before["most_recent_job_guid"])
    assert kind == [(KINDS[running],)]
    assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("where", ["query", "body"])
@pytest.mark.parametrize("flag", ["include_transactions", "include_holdings"])
@pytest.mark.parametrize("value", ids(FLAGS))
def test_a_flag_that_is_no_boolean(things: Things, where: str, flag: str, value: object) -> None:
    guid = things.get("verified")
    with unharmed(things.nexus):
        for what in ("aggregate", "refresh", "verify"):
            path = f"/members/{guid}/{what}"
            if where == "body":
                refused(things.nexus.send("POST", path, {flag: value}), 4000)
            else:
                refused(things.nexus.send("POST", path, params={flag: str(value)}), 4000)


def test_numbers_and_owners_of_a_deleted_member_are_erased(nexus: Nexus) -> None:
    guid = nexus.connect("ada")["guid"]
    for what in ("verify", "identify"):
        logins.again(nexus, guid, what)
    numbers = nexus.ok("GET", f"/members/{guid}/account_numbers")["account_numbers"]
    assert numbers
    assert nexus.ok("GET", f"/members/{guid}/account_owners")["account_owners"]

    nexus.ok("DELETE", f"/members/{guid}")

    refused(nexus.get(f"/members/{guid}/account_numbers"), 4040)
    refused(nexus.get(f"/members/{guid}/account_owners"), 4040)
    refused(nexus.get(f"/accounts/{numbers[0]['account_guid']}/account_numbers"), 4040)
    of_member = "member_id = (SELECT id FROM members WHERE guid = ?)"
    for table in ("account_numbers", "account_owners", "challenges", "member_credentials"):
        assert nexus.world.rows(f"SELECT count(*) FROM {table} WHERE {of_member}", guid) == [(0,)]


def test_numbers_and_owners_are_sealed(things: Things) -> None:
    nexus = things.nexus
    numbers = nexus.ok("GET", f"/members/{things.get('verified')}/account_numbers")["account_numbers"]
    owners = nexus.ok("GET", f"/members/{things.get('identified')}/account_owners")["account_owners"]

    for table, secret in (("account_numbers", numbers[0]["account_number"]), ("account_owners", owners[0]["email"])):
        sealed = things.world.rows(f"SELECT sealed FROM {table}")
        assert sealed
        assert not [row for (row,) in sealed if secret.encode() in row]
