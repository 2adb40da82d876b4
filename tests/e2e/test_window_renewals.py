"""Renewal in place: one member, its accounts, its history and what its user wrote, through every end of a grant."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from fanlight.aggregation.recognition import Recognition
from fanlight.core import members
from fanlight.institutions.port import FeedAccount
from support.entries import change
from support.world import Nexus, World, running

MX, BERLIN = "mx_bank_oauth", "mx_bank_berlin"
DAY = 86_400
EVER = "from_date=2000-01-01&to_date=2999-12-31&records_per_page=1000"


@pytest.fixture(scope="module")
def unnamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose bank is said to name people anew with each authorization."""
    with running(tmp_path_factory.mktemp("unnamed")) as world:
        change(world, MX, subject_is_stable=False)
        yield world


def accounts(nexus: Nexus) -> dict[str, str]:
    return {each["guid"]: each["name"] for each in nexus.ok("GET", "/accounts")["accounts"]}


def transactions(nexus: Nexus) -> set[str]:
    found = nexus.ok("GET", f"/transactions?{EVER}")["transactions"]
    assert found
    return {each["guid"] for each in found if each["status_name"] == "POSTED"}


def aggregated(nexus: Nexus, guid: str) -> dict[str, Any]:
    nexus.get(f"/members/{guid}/aggregate")
    return nexus.settled(guid)


def session(world: World) -> Nexus:
    """A session of the sandbox's user now: the first one ends when the clock is turned far."""
    return Nexus(world, world.session(world.api_token(world.ready["user_id"])))


@pytest.mark.parametrize("username", ["ada", "data_new_ids"])
def test_a_revoked_grant_is_said_and_a_window_repairs_it_in_place(own_world: World, username: str) -> None:
    nexus = own_world.nexus
    member = nexus.connect(username)
    before, history = accounts(nexus), transactions(nexus)
    named = next(iter(before))
    nexus.ok("PUT", f"/accounts/{named}", {"account": {"name": "Holiday money"}})
    described = min(history)
    nexus.ok("PUT", f"/transactions/{described}", {"transaction": {"description": "Birthday cake"}})
    own_world.bank.revoke_user(MX, username)

    impaired = aggregated(nexus, member["guid"])

    assert (impaired["connection_status"], impaired["connection_status_id"]) == ("IMPAIRED", 20)
    assert impaired["needs_updated_credentials"] is True
    assert accounts(nexus) == before | {named: "Holiday money"}

    page = own_world.walk(nexus.window(member["guid"]), username)

    assert page.message["member-guid"] == member["guid"]
    renewed = nexus.settled(member["guid"])
    assert (renewed["connection_status"], renewed["needs_updated_credentials"]) == ("CONNECTED", False)
    assert accounts(nexus) == before | {named: "Holiday money"}
    assert transactions(nexus) == history
    shown = nexus.ok("GET", f"/transactions/{described}")["transaction"]
    assert shown["description"] == "Birthday cake"


def test_a_grant_that_ran_out_is_said_and_repaired(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("grace")
    before = accounts(nexus)
    own_world.clock.advance(200 * DAY)
    nexus = session(own_world)

    assert aggregated(nexus, member["guid"])["connection_status"] == "IMPAIRED"
    own_world.walk(nexus.window(member["guid"]), "grace")

    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before


def test_a_grant_of_less_than_was_asked_for_is_said_and_repaired(own_world: World) -> None:
    """The person leaves a kind of data out of the consent, and gives it when they are asked again."""
    change(own_world, MX, oauth={"scope": "openid fdx:accountdetailed:read fdx:transactions:read fdx:statements:read"})
    nexus = own_world.nexus
    member = nexus.connect("narrow_scope")
    assert (member["connection_status"], member["needs_updated_credentials"]) == ("IMPAIRED", True)
    before = accounts(nexus)
    assert before

    change(own_world, MX, oauth={"scope": "openid fdx:accountdetailed:read fdx:transactions:read"})
    assert aggregated(nexus, member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before


def test_an_account_that_is_shared_no_more_is_said_and_a_renewal_settles_it(own_world: World) -> None:
    """Somebody takes an account out of the consent at the bank: it is in no list any more, without a word."""
    nexus = own_world.nexus
    member = nexus.connect("linus", background_aggregation_is_disabled=True)
    names = [name for (name,) in own_world.rows("SELECT name FROM pragma_table_info('accounts') WHERE name <> 'id'")]
    other = {
        "guid": "'ACT-11111111-1111-4111-8111-111111111111'",
        "provider_id": "'gone'",
        "number_key": "NULL",
        "feed": "json_set(feed, '$.account_number', '9999', '$.name', 'Once shared')",
    }
    values = ", ".join(other.get(name, name) for name in names)
    own_world.rows(f"INSERT INTO accounts ({', '.join(names)}) SELECT {values} FROM accounts LIMIT 1")
    assert aggregated(nexus, member["guid"])["connection_status"] == "CONNECTED"

    own_world.clock.advance(2 * DAY)
    nexus = session(own_world)
    impaired = aggregated(nexus, member["guid"])
    assert (impaired["connection_status"], impaired["needs_updated_credentials"]) == ("IMPAIRED", True)
    assert "Once shared" in accounts(nexus).values()

    own_world.walk(nexus.window(member["guid"]), "linus")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert "Once shared" in accounts(nexus).values()


def test_issuing_and_opening_a_window_do_not_change_an_impaired_member(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("barbara")
    own_world.bank.revoke_user(MX, "barbara")
    aggregated(nexus, member["guid"])
    own_world.up_to_callback(nexus.window(member["guid"]), "barbara")
    assert nexus.read(member["guid"])["connection_status"] == "IMPAIRED"
    own_world.walk(nexus.window(member["guid"]), "barbara", decision="deny")
    assert nexus.read(member["guid"])["connection_status"] == "IMPAIRED"


def test_a_person_with_another_name_each_time_renews_in_place(unnamed: World) -> None:
    nexus = unnamed.user("renews")
    member = nexus.connect("new_subject")
    before = accounts(nexus)
    assert unnamed.rows("SELECT DISTINCT subject FROM grants") == [(None,)]

    page = unnamed.walk(nexus.window(member["guid"]), "new_subject")

    assert page.message["member-guid"] == member["guid"]
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before


def test_the_same_person_is_another_where_names_are_said_to_last(own_world: World) -> None:
    """Why the line is there: without it the renewal is taken for somebody else's."""
    nexus = own_world.nexus
    member = nexus.connect("new_subject")
    assert own_world.walk(nexus.window(member["guid"]), "new_subject").message["error-reason"] == "DENIED"


def test_another_persons_accounts_are_refused_where_no_name_tells(unnamed: World) -> None:
    nexus = unnamed.user("victim")
    member = nexus.connect("ada")
    before = accounts(nexus)

    page = unnamed.walk(nexus.window(member["guid"]), "mallory")

    assert page.message["error-reason"] == "DENIED"
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before
    statuses = unnamed.rows(
        "SELECT grants.status FROM grants JOIN members ON members.id = grants.member_id WHERE guid = ? "
        "ORDER BY generation",
        member["guid"],
    )
    assert statuses[0] == ("active",)
    assert statuses[1][0] in {"revoking", "ended"}


def test_another_persons_accounts_are_refused_where_the_bank_names_nobody(own_world: World) -> None:
    """The entry does not say that names do not last: its protocol has none."""
    nexus = own_world.nexus
    member = nexus.connect("ada", BERLIN)
    before = accounts(nexus)

    page = own_world.walk(nexus.window(member["guid"]), "grace")

    assert page.message["error-reason"] == "DENIED"
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before

    own_world.walk(nexus.window(member["guid"]), "ada")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert accounts(nexus) == before


@pytest.mark.parametrize("chosen", [0, 1])
def test_other_accounts_of_the_same_person_are_no_contradiction(unnamed: World, chosen: int) -> None:
    """Only one of the accounts is shared now; or the one that is has no number to tell anything by."""
    nexus = unnamed.user(f"chooses-{chosen}")
    member = nexus.connect("ada")
    known = unnamed.rows(
        "SELECT feed FROM accounts JOIN members ON members.id = member_id WHERE members.guid = ?", member["guid"]
    )
    facts = msgspec.json.decode(known[0][0])
    shared = FeedAccount(
        provider_id="other",
        account_type=facts["account_type"],
        name=facts["name"],
        account_number=None if chosen else facts["account_number"],
        currency_code=facts["currency_code"],
    )
    assert not is_another(unnamed, member["guid"], shared)
    stranger = msgspec.structs.replace(shared, account_number="0000", name="Somebody's")
    assert is_another(unnamed, member["guid"], stranger)


def is_another(world: World, guid: str, *told: FeedAccount) -> bool:
    member = world.unit(members.by_guid, guid, now=world.clock())
    recognition = Recognition(world.runtime.store, world.runtime.vault)
    return bool(world.run(recognition.is_another_person(member, told)))
