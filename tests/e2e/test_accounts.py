"""Accounts in the hands of their user: edits outlive aggregation, blocked ones stay away, manual ones stay by hand."""

import json
from typing import Any

import msgspec
import pytest

from contract.account_things import fed, held, manual, movement
from contract.partner_things import ACCOUNT, Partner
from fanlight.aggregation import saving
from fanlight.aggregation.merge import Merged
from fanlight.core import accounts, manual_accounts, members, transactions
from fanlight.core.enriching import Says
from support.world import Nexus, World

MANUAL_INSTITUTION = "INS-MANUAL-cb5c-1d48-741c-b30f4ddd1730"
EDITS: dict[str, Any] = {
    "nickname": "Rainy days",
    "name": "Mine",
    "is_hidden": True,
    "is_business": True,
    "is_closed": True,
    "metadata": '{"colour": "blue"}',
    "account_type": 2,
    "account_subtype": 1,
    "interest_rate": 2.5,
}
DEPENDENT = ("transactions", "holdings", "account_numbers", "account_owners")


def aggregate(nexus: Nexus, member: str) -> None:
    nexus.ok("POST", f"/members/{member}/aggregate")
    assert nexus.settled(member)["connection_status"] == "CONNECTED"


def read(nexus: Nexus, guid: str) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("GET", f"/accounts/{guid}")["account"]
    return answer


def edit(nexus: Nexus, guid: str, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", f"/accounts/{guid}", {"account": fields})["account"]
    return answer


def dependents(world: World, guid: str) -> dict[str, int]:
    return {
        table: world.rows(
            f"SELECT count(*) FROM {table} WHERE account_id = (SELECT id FROM accounts WHERE guid = ?)", guid
        )[0][0]
        for table in DEPENDENT
    }


def test_edits_outlive_aggregation_and_can_be_taken_back(nexus: Nexus) -> None:
    before = fed(nexus, "ada")
    guid, member = before["guid"], before["member_guid"]

    edited = edit(nexus, guid, **EDITS)
    aggregate(nexus, member)
    after = read(nexus, guid)

    assert {name: after[name] for name in EDITS} == EDITS
    assert after == edited | {name: after[name] for name in ("imported_at", "updated_at")}
    for name in ("nickname", "name", "is_closed", "account_type", "account_subtype", "interest_rate"):
        assert (after[f"{name}_set_by"], after[f"{name}_set_by_name"]) == (2, "USER")
        assert after[f"feed_{name}"] == before[name]
    back = edit(nexus, guid, **dict.fromkeys(EDITS))
    assert back == before | {name: back[name] for name in ("imported_at", "updated_at")}


def test_all_that_was_read_can_be_sent_back_and_is_no_edit(nexus: Nexus) -> None:
    before = fed(nexus, "ada")

    assert nexus.ok("PUT", f"/accounts/{before['guid']}", {"account": before})["account"] == before
    assert nexus.world.rows("SELECT edits FROM accounts WHERE guid = ?", before["guid"]) == [("",)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("balance", 1), ("available_balance", 1), ("currency_code", "EUR"), ("payment_due_at", "2026-09-01")],
)
def test_what_an_institution_alone_can_say_is_not_changed(world: World, name: str, value: object) -> None:
    nexus = world.user(f"refused-{name}")
    for account in (fed(nexus, "ada"), held(nexus, f"refused-{name}", "kept")):
        response = nexus.send("PUT", f"/accounts/{account['guid']}", {"account": {"nickname": "x", name: value}})

        assert response.status_code == 400
        assert response.json()["error"]["message"] == f"{name} can be changed on manual accounts only."
        assert read(nexus, account["guid"]) == account


def test_a_user_names_what_a_partner_keeps_and_the_partner_does_not_see_it(world: World) -> None:
    nexus, partner = world.user("named"), Partner(world, "named")
    account = held(nexus, "named", "one")

    assert edit(nexus, account["guid"], nickname="Mine", is_hidden=True)["nickname"] == "Mine"
    path = "/members/member-one/accounts/account-one"
    told = partner.ok("PUT", f"{path}.json", {"account": {"nickname": "Theirs", "balance": 7}})
    after = read(nexus, account["guid"])

    assert told["nickname"] == "Theirs"
    assert (after["nickname"], after["feed_nickname"], after["balance"]) == ("Mine", "Theirs", 7)


def test_a_blocked_account_is_erased_and_stays_away(world: World, nexus: Nexus) -> None:
    account = fed(nexus, "ada")
    guid, member = account["guid"], account["member_guid"]
    nexus.ok("POST", f"/members/{member}/verify")
    nexus.settled(member)
    nexus.ok("POST", f"/members/{member}/identify")
    nexus.settled(member)
    edit(nexus, guid, nickname="canary")
    transaction = nexus.ok("GET", f"/accounts/{guid}/transactions")["transactions"][0]["guid"]
    assert all(dependents(world, guid)[table] for table in ("transactions", "account_numbers", "account_owners"))
    others = {each["guid"] for each in nexus.ok("GET", "/accounts")["accounts"]} - {guid}

    assert nexus.ok("PUT", f"/accounts/{guid}/block") == {}

    assert set(dependents(world, guid).values()) == {0}
    of_member = "member_id = (SELECT id FROM members WHERE guid = ?)"
    assert world.rows(f"SELECT count(*) FROM raw_payloads WHERE {of_member}", member) == [(0,)]
    feed, edits, blocked_at = world.rows("SELECT feed, edits, blocked_at FROM accounts WHERE guid = ?", guid)[0]
    assert edits == ""
    assert blocked_at == world.clock()
    assert set(json.loads(feed)) == {"account_type", "account_number", "currency_code", "name"}
    for path in (f"/accounts/{guid}", f"/transactions/{transaction}", f"/accounts/{guid}/transactions"):
        assert nexus.get(path).status_code == 404
    assert nexus.send("PUT", f"/accounts/{guid}/block").status_code == 404
    aggregate(nexus, member)
    assert {each["guid"] for each in nexus.ok("GET", "/accounts")["accounts"]} == others
    assert set(dependents(world, guid).values()) == {0}
    assert world.rows("SELECT feed FROM accounts WHERE guid = ?", guid) == [(feed,)]


def test_what_is_on_its_way_when_an_account_is_blocked_is_not_kept(world: World, nexus: Nexus) -> None:
    account = fed(nexus, "ada")
    guid, member_guid = account["guid"], account["member_guid"]
    before = world.unit(members.by_guid, member_guid, now=world.clock())
    key = world.rows("SELECT id FROM accounts WHERE guid = ?", guid)[0][0]
    row = world.unit(transactions.known, before.user_id, key, "0001-01-01")[0]
    late = msgspec.structs.replace(row, guid="TRN-late")
    part = saving.Part(Merged([late], [], []), world.unit(Says.of, before.user_id), {key: [{"kind": "gap"}]})

    nexus.ok("PUT", f"/accounts/{guid}/block")
    world.unit(saving.save_part, before, part, now=world.clock())

    assert set(dependents(world, guid).values()) == {0}
    assert world.rows("SELECT findings FROM accounts WHERE guid = ?", guid) == [(None,)]


def test_a_blocked_account_stays_away_after_a_new_consent(own_world: World) -> None:
    nexus = own_world.user("again")
    account = fed(nexus, "ada")
    nexus.ok("PUT", f"/accounts/{account['guid']}/block")

    own_world.walk(nexus.window(account["member_guid"]), "ada")
    nexus.settled(account["member_guid"])

    found = nexus.ok("GET", "/accounts")["accounts"]
    assert len(found) == 5
    assert account["account_number"] not in {each["account_number"] for each in found}


def test_another_members_same_account_is_not_blocked(world: World) -> None:
    one, other = world.user("one-of-two"), world.user("other-of-two")
    first, second = fed(one, "joint"), fed(other, "joint")
    assert first["account_number"] == second["account_number"]

    one.ok("PUT", f"/accounts/{first['guid']}/block")
    aggregate(other, second["member_guid"])

    assert read(other, second["guid"])["balance"] == second["balance"]
    assert other.ok("GET", f"/accounts/{second['guid']}/transactions")["transactions"]


def test_a_partner_cannot_bring_a_blocked_account_back(world: World) -> None:
    nexus, partner = world.user("blocked-held"), Partner(world, "blocked-held")
    account = held(nexus, "blocked-held", "one")
    nexus.ok("PUT", f"/accounts/{account['guid']}/block")

    path = "/members/member-one/accounts"
    again = partner.send("POST", f"{path}.json", {"account": ACCOUNT | {"id": "account-one"}})
    changed = partner.send("PUT", f"{path}/account-one.json", {"account": {"balance": 5}})

    assert (again.status_code, changed.status_code) == (409, 404)
    assert partner.account("member-one", "another")["name"] == ACCOUNT["name"]


def test_what_is_blocked_is_not_purged_and_what_was_deleted_by_hand_is(own_world: World) -> None:
    nexus = own_world.user("purged")
    blocked, deleted = held(nexus, "purged", "one")["guid"], manual(nexus)["guid"]
    told = fed(nexus, "ada")["guid"]
    movement(nexus, deleted, 5, "2026-07-30")
    nexus.ok("PUT", f"/accounts/{blocked}/block")
    nexus.ok("PUT", f"/accounts/{told}/block")
    assert nexus.send("DELETE", f"/accounts/{deleted}").status_code == 204

    assert own_world.unit(accounts.purge, deleted_before=own_world.clock()) == 1

    kept = {guid for (guid,) in own_world.rows("SELECT guid FROM accounts")}
    assert deleted not in kept
    assert {blocked, told} < kept
    assert own_world.rows("SELECT count(*) FROM transactions WHERE fingerprint = 'manual'") == [(0,)]


def test_manual_accounts_share_a_member_that_nothing_is_aggregated_for(nexus: Nexus) -> None:
    one, two = manual(nexus), manual(nexus, name="Jug")
    member = one["member_guid"]

    assert nexus.send("POST", f"/members/{member}/aggregate").status_code == 202

    assert two["member_guid"] == member
    found = nexus.read(member)
    assert found["is_manual"]
    assert (found["is_being_aggregated"], found["aggregated_at"], found["connection_status"]) == (False, None, None)
    assert [each["guid"] for each in nexus.ok("GET", "/members")["members"]] == [member]
    assert nexus.ok("GET", f"/institutions/{MANUAL_INSTITUTION}")["institution"]["name"] == "Manual Institution"


def test_the_member_of_manual_accounts_is_made_anew_after_it_was_deleted(nexus: Nexus) -> None:
    first = manual(nexus)
    transaction = movement(nexus, first["guid"], 5, "2026-07-30")

    nexus.ok("DELETE", f"/members/{first['member_guid']}")

    assert nexus.ok("GET", "/accounts")["accounts"] == []
    assert nexus.get(f"/transactions/{transaction}").status_code == 404
    assert manual(nexus)["member_guid"] != first["member_guid"]


def test_a_deleted_manual_account_takes_its_transactions_along(nexus: Nexus) -> None:
    account = manual(nexus)
    transaction = movement(nexus, account["guid"], 5, "2026-07-30")

    assert nexus.send("DELETE", f"/accounts/{account['guid']}").status_code == 204

    for path in (f"/accounts/{account['guid']}", f"/transactions/{transaction}"):
        assert nexus.get(path).status_code == 404
    assert nexus.ok("GET", "/transactions")["transactions"] == []
    assert nexus.world.rows("SELECT deleted_at FROM transactions WHERE guid = ?", transaction) == [
        (nexus.world.clock(),)
    ]
    assert nexus.send("DELETE", f"/accounts/{account['guid']}").status_code == 404


def test_a_user_has_only_so_many_manual_accounts(nexus: Nexus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual_accounts, "MOST", 2)
    manual(nexus), manual(nexus)

    response = nexus.send("POST", "/accounts", {"account": {"name": "Third", "account_type": 2}})

    assert response.status_code == 422
    assert len(nexus.ok("GET", "/accounts")["accounts"]) == 2


def test_an_id_of_a_partner_makes_no_account_manual(world: World) -> None:
    nexus, partner = world.user("by-name"), Partner(world, "by-name")
    partner.member("m")
    guid = partner.account("m", "manual")["guid"]

    assert read(nexus, guid)["is_manual"] is False
    assert nexus.send("DELETE", f"/accounts/{guid}").status_code == 422
    assert nexus.ok("GET", "/accounts?is_manual=true")["accounts"] == []
