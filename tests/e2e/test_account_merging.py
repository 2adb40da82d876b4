"""Accounts that a user calls duplicates: one is left, every movement is there once, and nothing comes back."""

from collections import Counter
from typing import Any

import pytest

from contract.account_things import fed, held, manual, movement
from contract.budget_things import contribute, goal
from contract.partner_things import Partner
from contract.scheduled_things import accounts_of as accounts_in
from contract.scheduled_things import plan
from fanlight.core.account_merging import DOUBT
from support.world import Nexus, World

TEXTS = ("template", "about", "title", "description")
EVER = "from_date=2000-01-01&to_date=2999-12-31&records_per_page=1000"


def merge(nexus: Nexus, *guids: str) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", "/accounts/merge", {"accounts": list(guids)})["account"]
    return answer


def listed(nexus: Nexus, account: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/accounts/{account}/transactions?{EVER}")["transactions"]
    return found


def movements(nexus: Nexus, account: str) -> Counter[tuple[str, float, int]]:
    """What moved, and how often; children of splits are no movements of their own."""
    return Counter(
        (each["date"], float(each["amount"]), each["transaction_type"])
        for each in listed(nexus, account)
        if each["parent_guid"] is None and each["status_name"] == "POSTED"
    )


def accounts_of(nexus: Nexus) -> set[str]:
    return {each["guid"] for each in nexus.ok("GET", "/accounts")["accounts"]}


def aggregate(nexus: Nexus, member: str) -> None:
    nexus.ok("POST", f"/members/{member}/aggregate")
    nexus.settled(member)


def tag(world: World, transaction: str, name: str) -> None:
    """As a row: what is looked at is whose it is after a merge."""
    row = "FROM transactions WHERE guid = ?"
    world.rows(
        f"INSERT OR IGNORE INTO tags (user_id, guid, name, created_at) SELECT user_id, ?, ?, 1 {row}",
        f"TAG-{name}",
        name,
        transaction,
    )
    world.rows(
        "INSERT INTO taggings (user_id, tag_id, transaction_id, guid, created_at) "
        f"SELECT user_id, (SELECT id FROM tags WHERE guid = ?), id, ?, 1 {row}",
        f"TAG-{name}", f"TGN-{name}-{transaction}", transaction,
    )  # fmt: skip


def tags_of(world: World, transaction: str) -> list[str]:
    found = world.rows(
        "SELECT tags.name FROM taggings JOIN tags ON tags.id = tag_id WHERE transaction_id = "
        "(SELECT id FROM transactions WHERE guid = ?) ORDER BY tags.name",
        transaction,
    )
    return [name for (name,) in found]


def double(world: World, account: str) -> str:
    """The same account once more under a second member of the same user at the same institution; its guid."""

    def copy(table: str, where: str, **changes: str) -> None:
        names = [name for (name,) in world.rows("SELECT name FROM pragma_table_info(?) WHERE name <> 'id'", table)]
        values = ", ".join(changes.get(name, name) for name in names)
        world.rows(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE {where}")

    source = f"(SELECT {{}} FROM accounts WHERE guid = '{account}')"
    copy("members", f"id = {source.format('member_id')}", guid="'MBR-double-' || id", job_guid="NULL")
    copy(
        "accounts",
        f"guid = '{account}'",
        guid="'ACT-double-' || id",
        member_id="(SELECT max(id) FROM members)",
        created_at="created_at + 1",
    )
    newest = {"account_id": "(SELECT max(id) FROM accounts)", "member_id": "(SELECT max(id) FROM members)"}
    other_ids = {"guid": "'TRN-double-' || id", "provider_id": "'other ' || provider_id"}
    copy("transactions", f"account_id = {source.format('id')}", **newest, **other_ids)
    return str(world.rows("SELECT guid FROM accounts ORDER BY id DESC LIMIT 1")[0][0])


def test_the_same_account_twice_is_there_once_with_the_words_of_both(world: World, nexus: Nexus) -> None:
    account = fed(nexus, "ada")
    guid = account["guid"]
    other, before = double(world, guid), movements(nexus, guid)
    first, second, third = [each for each in listed(nexus, other) if each["status_name"] == "POSTED"][:3]
    own = {each["guid"] for each in listed(nexus, guid)}
    nexus.ok("PUT", f"/transactions/{first['guid']}", {"transaction": {"description": "Said there", "memo": "there"}})
    twin = next(each for each in listed(nexus, guid) if each["original_description"] == first["original_description"])
    nexus.ok("PUT", f"/transactions/{twin['guid']}", {"transaction": {"memo": "here"}})
    parts = [{"amount": 1}, {"amount": round(second["amount"] - 1, 2)}]
    nexus.ok("POST", f"/transactions/{second['guid']}/split", {"transactions": parts})
    tag(world, third["guid"], "holiday")
    nexus.ok("PUT", f"/accounts/{other}", {"account": {"nickname": "Called there", "is_hidden": True}})

    survivor = merge(nexus, other, guid)

    assert (survivor["guid"], survivor["nickname"], survivor["is_hidden"]) == (guid, "Called there", False)
    assert nexus.get(f"/accounts/{other}").status_code == 404
    assert movements(nexus, guid) == before
    after = {each["guid"]: each for each in listed(nexus, guid)}
    assert own < after.keys()
    assert (after[twin["guid"]]["description"], after[twin["guid"]]["memo"]) == ("Said there", "here")
    children = [each for each in after.values() if each["parent_guid"] is not None]
    assert sorted(each["amount"] for each in children) == sorted(each["amount"] for each in parts)
    assert after[children[0]["parent_guid"]]["has_been_split"]
    assert children[0]["account_guid"] == guid
    tagged = [each for each in own if tags_of(world, each) == ["holiday"]]
    assert [after[each]["original_description"] for each in tagged] == [third["original_description"]]


def test_what_only_the_other_had_is_moved_and_its_feed_does_not_double_it(world: World, nexus: Nexus) -> None:
    account = fed(nexus, "ada")
    guid, member = account["guid"], account["member_guid"]
    whole = movements(nexus, guid)
    other = double(world, guid)
    newest = [each["guid"] for each in listed(nexus, guid) if each["status_name"] == "POSTED"][:3]
    for each in newest:
        world.rows("DELETE FROM transactions WHERE guid = ?", each)
    assert movements(nexus, guid) != whole

    assert merge(nexus, guid, other)["guid"] == guid

    assert movements(nexus, guid) == whole
    moved = [each for each in listed(nexus, guid) if each["guid"].startswith("TRN-double-")]
    assert [each["external_guid"] for each in moved] == [None] * len(newest)
    assert {each["account_guid"] for each in moved} == {guid}
    of_account = "account_id = (SELECT id FROM accounts WHERE guid = ?)"
    doubtful = world.rows(f"SELECT count(*) FROM transactions WHERE doubt = ? AND {of_account}", DOUBT, guid)
    assert doubtful == [(len(newest),)]
    aggregate(nexus, member)
    assert movements(nexus, guid) == whole


def test_what_was_merged_away_does_not_come_back(world: World) -> None:
    nexus, partner = world.user("held-first"), Partner(world, "held-first")
    account, kept = fed(nexus, "ada"), held(nexus, "held-first", "x")["guid"]
    told = [each for each in listed(nexus, account["guid"]) if each["status_name"] == "POSTED"]
    for number, each in enumerate(told[:20]):
        days = {"posted_on": each["date"], "transacted_on": each["date"]}
        said = {
            "amount": each["amount"],
            "type": each["transaction_type_name"],
            "description": each["original_description"],
        }
        partner.transaction("member-x", "account-x", f"t{number}", **said, **days)
    whole, others = movements(nexus, account["guid"]), accounts_of(nexus) - {account["guid"]}

    survivor = merge(nexus, account["guid"], kept)

    assert (survivor["guid"], survivor["member_is_managed_by_user"]) == (kept, False)
    assert movements(nexus, kept) == whole
    for _ in range(2):
        aggregate(nexus, account["member_guid"])
        assert accounts_of(nexus) == others
        assert movements(nexus, kept) == whole
    assert partner.transaction("member-x", "account-x", "new")["id"] == "new"


def test_a_fed_account_survives_what_was_written_down(nexus: Nexus) -> None:
    account = fed(nexus, "ada")
    own = manual(nexus, name="My notes", account_type=1, metadata="kept", balance=1)["guid"]
    told = listed(nexus, account["guid"])[10]
    groceries = nexus.ok("GET", f"/transactions/{told['guid']}")["transaction"]["category_guid"]
    note = movement(
        nexus,
        own,
        told["amount"],
        told["date"],
        credit=told["transaction_type"] == 1,
        memo="mine",
        category_guid=groceries,
    )
    alone = movement(nexus, own, 3.33, "2026-01-05")
    before = movements(nexus, account["guid"])

    survivor = merge(nexus, own, account["guid"])

    assert survivor == account | {name: survivor[name] for name in ("metadata", "updated_at")}
    assert survivor["metadata"] == "kept"
    assert movements(nexus, account["guid"]) == before + Counter([("2026-01-05", 3.33, 2)])
    assert nexus.get(f"/transactions/{note}").status_code == 404
    assert nexus.ok("GET", f"/transactions/{alone}")["transaction"]["account_guid"] == account["guid"]
    kept = nexus.ok("GET", f"/transactions/{told['guid']}")["transaction"]
    assert (kept["memo"], kept["description"]) == ("mine", told["description"])


def test_the_older_of_two_survives_then_the_one_with_more_transactions(own_world: World) -> None:
    nexus = own_world.user("ranks")
    old = manual(nexus)["guid"]
    own_world.clock.advance(60)
    few, many = manual(nexus)["guid"], manual(nexus)["guid"]
    movement(nexus, few, 1, "2026-07-01")
    movement(nexus, many, 2, "2026-07-01")
    movement(nexus, many, 2, "2026-07-01")

    assert merge(nexus, few, many)["guid"] == many
    assert merge(nexus, many, old)["guid"] == old
    assert movements(nexus, old) == {("2026-07-01", 1.0, 2): 1, ("2026-07-01", 2.0, 2): 2}


def test_what_is_planned_with_an_account_goes_to_the_survivor(own_world: World) -> None:
    nexus = own_world.user("planner")
    old = manual(nexus)["guid"]
    own_world.clock.advance(60)
    young = manual(nexus)["guid"]
    contribute(nexus)
    made = goal(nexus, young)["guid"]
    guid = plan(nexus)
    for each in accounts_in(nexus, guid):
        if each["account_guid"] == old:
            path = f"/spending_plans/{guid}/spending_plan_accounts/{each['guid']}"
            assert nexus.send("DELETE", path).status_code == 204
    user = "(SELECT id FROM users WHERE guid = ?)"
    whose = nexus.ok("GET", "/user")["user"]["guid"]
    for kind, account, threshold in ((7, young, 5), (8, young, 6), (8, old, 7)):
        own_world.rows(
            "INSERT INTO notification_profiles (user_id, notification_type, account_guid, channels, threshold, "
            f"is_enabled, created_at, updated_at) VALUES ({user}, ?, ?, '', ?, 1, 1, 1)",
            whose, kind, account, threshold,
        )  # fmt: skip
    for name, about in (("young", (young,)), ("both", (young, old))):
        told(own_world, user, whose, name, about)

    assert merge(nexus, old, young)["guid"] == old

    assert nexus.ok("GET", f"/goals/{made}")["goal"]["account_guid"] == old
    assert own_world.rows("SELECT count(*) FROM spending_plan_accounts") == [(2,)]
    profiles = "SELECT notification_type, account_guid, threshold FROM notification_profiles ORDER BY threshold"
    assert own_world.rows(profiles) == [(7, old, 5), (8, young, 6), (8, old, 7)]
    links = own_world.rows(
        "SELECT insights.guid, insight_links.guid FROM insights JOIN insight_links ON insight_id = insights.id "
        "WHERE insights.guid LIKE 'BET-told-%' ORDER BY insight_links.id"
    )
    assert links == [("BET-told-young", old), ("BET-told-both", young), ("BET-told-both", old)]
    primary = own_world.rows("SELECT primary_account_guid FROM insights WHERE guid LIKE 'BET-told-%'")
    assert primary == [(old,), (old,)]


def told(world: World, user: str, whose: str, name: str, accounts: tuple[str, ...]) -> None:
    """An insight that speaks of accounts, as rows."""
    names = [each for (each,) in world.rows("SELECT name FROM pragma_table_info('insights') WHERE name <> 'id'")]
    given: dict[str, Any] = {"guid": f"BET-told-{name}", "digest": name, "primary_account_guid": accounts[0]}
    given |= {"is_relevant": 1, "active_at": 1, "expires_at": 9_999_999_999}
    values = [user if each == "user_id" else "?" for each in names]
    rest = [given.get(each, "" if each in TEXTS else 0) for each in names if each != "user_id"]
    world.rows(f"INSERT INTO insights ({', '.join(names)}) VALUES ({', '.join(values)})", whose, *rest)
    for account in accounts:
        world.rows(
            "INSERT INTO insight_links (user_id, insight_id, kind, guid) "
            f"VALUES ({user}, (SELECT max(id) FROM insights), 'account', ?)",
            whose, account,
        )  # fmt: skip


def test_genuine_twins_stay_two(nexus: Nexus) -> None:
    one, other = manual(nexus)["guid"], manual(nexus)["guid"]
    for account, times in ((one, 2), (other, 3)):
        for _ in range(times):
            movement(nexus, account, 4.5, "2026-07-01", description="Coffee")

    survivor = merge(nexus, one, other)["guid"]

    assert movements(nexus, survivor) == {("2026-07-01", 4.5, 2): 3}


@pytest.mark.parametrize(
    "wrong", [[], ["{one}"], ["{one}", "{one}"], ["{one}", "{theirs}"], ["{one}", "ACT-1"], "{one}"]
)
def test_a_merge_that_is_refused_changes_nothing(world: World, nexus: Nexus, wrong: Any) -> None:
    names = {"one": manual(nexus)["guid"], "theirs": manual(world.user(f"{id(wrong)}-theirs"))["guid"]}
    guids = wrong.format(**names) if isinstance(wrong, str) else [each.format(**names) for each in wrong]
    movement(nexus, names["one"], 5, "2026-07-01")
    before = world.rows("SELECT * FROM transactions ORDER BY id"), world.rows("SELECT * FROM accounts ORDER BY id")

    assert nexus.send("PUT", "/accounts/merge", {"accounts": guids}).status_code in (400, 404)
    assert (
        world.rows("SELECT * FROM transactions ORDER BY id"),
        world.rows("SELECT * FROM accounts ORDER BY id"),
    ) == before


def test_two_accounts_that_one_institution_tells_apart_are_not_one(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.connect("dora")
    before = accounts_of(nexus)
    for one in before:
        for other in before - {one}:
            assert nexus.send("PUT", "/accounts/merge", {"accounts": [one, other]}).status_code == 422
    assert accounts_of(nexus) == before
