"""Notifications of what happens: told once, over the channels that a user wants, and put into the outbox."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contract.account_things import manual, movement
from contract.budget_things import contribute, goal
from contract.control_things import Control
from contract.money_things import category
from contract.notification_things import deliverable, notification
from fanlight.planning.notifications import deliverables
from fanlight.planning.notifications.rules import FIRST_DAYS
from support.mailbox import Mailbox, serving
from support.processes import until
from support.world import Nexus, World, free_port, running

FOOD, GROCERIES, LATE_FEE = map(category, ("Food & Dining", "Groceries", "Late Fee"))
DAY = 86_400
OUTBOX = (
    "SELECT kind, action, payload FROM outbox JOIN users ON users.id = user_id "
    "WHERE users.guid = ? AND kind = 'notification' ORDER BY outbox.id"
)


def told(nexus: Nexus) -> list[dict[str, Any]]:
    """What the user was told, the newest first."""
    found: list[dict[str, Any]] = nexus.ok("GET", "/notifications")["notifications"]
    return found


def names(nexus: Nexus) -> Counter[str]:
    return Counter(each["notification_type_name"] for each in told(nexus))


def texts(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/notifications/{guid}/deliverables")["deliverable_notifications"]
    return found


def outbox(nexus: Nexus) -> list[tuple[str, str, dict[str, Any]]]:
    user = nexus.ok("GET", "/user")["user"]["guid"]
    return [(kind, action, json.loads(payload)) for kind, action, payload in nexus.world.rows(OUTBOX, user)]


def budget(nexus: Nexus, amount: float) -> str:
    body = {"budget": {"amount": amount, "category_guid": FOOD}}
    return str(nexus.ok("POST", "/budgets", body)["budget"]["guid"])


@pytest.fixture
def jar(nexus: Nexus) -> str:
    """A manual account with enough on it."""
    return str(manual(nexus, balance=5000)["guid"])


def test_a_budget_that_is_passed_is_told_once_and_by_mail_too(tmp_path: Path) -> None:
    port = free_port()
    sender: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_from": "fan@light.example",
    }
    with serving(Mailbox(), port) as box, running(tmp_path / "world", **sender) as world:
        nexus = world.nexus
        own, account = budget(nexus, 50), str(manual(nexus, balance=5000)["guid"])
        assert told(nexus) == []
        movement(nexus, account, 60.5, "2026-08-01", category_guid=GROCERIES)
        (only,) = told(nexus)
        box.waits_for(1)
        for _ in range(3):
            movement(nexus, account, 1, "2026-08-02", category_guid=GROCERIES)
            world.clock.advance(60)
            assert [each["guid"] for each in told(nexus)] == [only["guid"]]
        world.run(world.runtime.sweep())
        (message,) = box.messages
        shown = texts(nexus, only["guid"])
        ((kind, action, payload),) = outbox(nexus)
    assert (only["notification_type"], only["notification_type_name"]) == (1, "BUDGET_EXCEEDED")
    assert only["subject"] == "You spent $60.50 of $50.00 for Food & Dining this month: $10.50 too much."
    assert (only["entity_guid"], only["deep_link_guid"], only["threshold"]) == (own, own, None)
    assert only["created_on"] == "2026-08-02"
    assert [each["channel_name"] for each in shown] == ["EMAIL", "IN_APP"]
    assert [each["has_been_delivered"] for each in shown] == [True, True]
    assert shown[0]["content"] == f"<html><body><p>{only['subject'].replace('&', '&amp;')}</p></body></html>"
    assert shown[1]["content"] == message["subject"] == only["subject"]
    assert (kind, action) == ("notification", "created")
    assert payload == {"enabled_channels": ["email", "in_app"], "notification": only | {"content": None}}
    assert "sam@example.com" not in json.dumps(payload)


def test_a_new_month_is_a_new_matter(own_world: World) -> None:
    nexus = own_world.nexus
    budget(nexus, 50)
    account = str(manual(nexus, balance=5000)["guid"])
    movement(nexus, account, 60, "2026-08-02", category_guid=GROCERIES)
    assert names(nexus) == {"BUDGET_EXCEEDED": 1}
    own_world.clock.advance(31 * DAY)
    again = Nexus(own_world, own_world.session(own_world.api_token("sandbox-user")))
    assert names(again)["BUDGET_EXCEEDED"] == 1
    movement(again, account, 60, "2026-09-02", category_guid=GROCERIES)
    assert names(again)["BUDGET_EXCEEDED"] == 2


def test_a_low_balance_is_told_again_only_after_it_was_over(nexus: Nexus, jar: str) -> None:
    def stands_at(balance: float) -> int:
        nexus.ok("PUT", f"/accounts/{jar}", {"account": {"balance": balance}})
        return names(nexus)["ACCOUNT_BALANCE_LOW"]

    steps = [100, 99.99, 42, -3, 100, 99, 5000, 5]
    assert [stands_at(balance) for balance in steps] == [0, 1, 1, 1, 1, 2, 2, 3]
    newest = told(nexus)[0]
    assert newest["subject"] == "There is $5.00 left on Jar, less than $100.00."
    assert (newest["entity_guid"], newest["deep_link_guid"], newest["threshold"]) == (jar, None, 100)


def test_large_amounts_and_fees_are_told_once_each(nexus: Nexus, jar: str) -> None:
    assert told(nexus) == []
    spent = movement(nexus, jar, 150, "2026-08-01", category_guid=GROCERIES, description="Costco")
    came = movement(nexus, jar, 900, "2026-08-01", credit=True, description="Bonus")
    fee = movement(nexus, jar, 3, "2026-08-02", category_guid=LATE_FEE)
    movement(nexus, jar, 150, "2026-07-01", category_guid=GROCERIES)  # long ago
    assert names(nexus) == dict.fromkeys(
        ("TRANSACTION_EXPENSE_LARGE", "ACCOUNT_DEPOSIT_LARGE", "TRANSACTION_FEE_CHARGE"), 1
    )
    assert {each["deep_link_guid"] for each in told(nexus)} == {spent, came, fee}
    parts = [{"amount": 140}, {"amount": 10}]
    nexus.ok("POST", f"/transactions/{spent}/split", {"transactions": parts})
    nexus.ok("PUT", f"/transactions/{came}", {"transaction": {"description": "Prize"}})
    assert len(told(nexus)) == 3


def test_a_history_that_comes_at_once_is_no_news(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.connect("ada")
    days = {
        each["guid"]: each["date"] for each in nexus.ok("GET", "/transactions?records_per_page=1000")["transactions"]
    }
    first = {each["guid"]: each for each in told(nexus)}
    of_transactions = [each for each in first.values() if str(each["deep_link_guid"]).startswith("TRN-")]
    assert all(days[each["deep_link_guid"]] >= "2026-07-31" for each in of_transactions)
    assert FIRST_DAYS == 2
    own_world.clock.advance(60)
    member = nexus.ok("GET", "/members")["members"][0]["guid"]
    nexus.ok("POST", f"/members/{member}/aggregate")
    nexus.settled(member)
    assert {each["guid"] for each in told(nexus)} == set(first)


def test_a_first_history_is_no_news_when_it_is_looked_at_again(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.connect("ada")
    first = {each["guid"] for each in told(nexus)}
    for _ in range(3):
        own_world.clock.advance(600)
        manual(nexus, balance=5000)  # so that it is looked at again
        assert {each["guid"] for each in told(nexus)} == first


def test_a_low_balance_that_was_out_of_sight_is_the_same_matter(nexus: Nexus, jar: str) -> None:
    control, kind = Control(nexus), {"notification_type": "ACCOUNT_BALANCE_LOW"}
    nexus.ok("PUT", f"/accounts/{jar}", {"account": {"balance": 42}})
    first = told(nexus)
    assert names(nexus) == {"ACCOUNT_BALANCE_LOW": 1}
    for is_hidden in (True, False):
        nexus.ok("PUT", f"/accounts/{jar}", {"account": {"is_hidden": is_hidden}})
        assert told(nexus) == first, "of a hidden account it stays"
    for is_enabled in (False, True):
        control.ok("PUT", "/notification_profiles", kind | {"is_enabled": is_enabled})
        assert told(nexus) == first


def test_what_was_told_of_an_account_goes_with_it(tmp_path: Path) -> None:
    port = free_port()
    sender: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_from": "fan@light.example",
    }
    with running(tmp_path / "world", **sender) as world:
        nexus = world.nexus
        kept, gone = (str(manual(nexus, name=name, balance=5000)["guid"]) for name in ("Kept", "Gone"))
        budget(nexus, 50)
        own = notification(nexus)["guid"]
        for account in (kept, gone):
            nexus.ok("PUT", f"/accounts/{account}", {"account": {"balance": 42}})
            movement(nexus, account, 150, "2026-08-02", category_guid=GROCERIES)
        of_gone = {each["guid"] for each in told(nexus) if each["entity_guid"] == gone}
        assert len(of_gone) == 2
        before = {each["guid"] for each in told(nexus)}
        until(lambda: world.rows("SELECT count(*) FROM tasks WHERE kind = 'mail' AND run_at > 1785672000") == [(5,)],
              "nobody answers, so that e-mails wait")  # fmt: skip

        assert nexus.send("DELETE", f"/accounts/{gone}").status_code == 204
        mails = (
            "SELECT d.user_id, d.id, n.entity_guid = ? FROM deliverables d JOIN notifications n "
            "ON n.id = d.notification_id WHERE d.channel = 1 AND n.entity_guid IS NOT NULL"
        )
        for user, key, is_of_gone in world.rows(mails, gone):  # before it was planned anew, too
            assert (world.unit(deliverables.letter, user, key) is None) is bool(is_of_gone)
        with serving(Mailbox(), port) as box:
            world.clock.advance(120)
            world.run(world.runtime.sweep())
            box.waits_for(3)
            until(lambda: world.rows("SELECT count(*) FROM tasks WHERE kind = 'mail'") == [(0,)], "a task is left")
            assert not [each for each in box.messages if "Gone" in each["subject"]]
        assert {each["guid"] for each in told(nexus)} == before - of_gone
        assert {own} < before - of_gone
        assert world.rows("SELECT count(*) FROM deliverables WHERE notification_id NOT IN (SELECT id FROM "
                          "notifications)") == [(0,)]  # fmt: skip
        deleted = {each["notification"]["guid"] for _, action, each in outbox(nexus) if action == "deleted"}
    assert deleted == of_gone


def test_what_was_told_of_an_account_stays_with_the_one_it_was_merged_into(nexus: Nexus, jar: str) -> None:
    other = str(manual(nexus, balance=5000)["guid"])
    for account in (jar, other):
        movement(nexus, account, 150, "2026-08-02", category_guid=GROCERIES, description=account)
    before = {each["guid"] for each in told(nexus)}
    assert len(before) == 2
    survivor = nexus.ok("PUT", "/accounts/merge", {"accounts": [jar, other]})["account"]["guid"]
    assert {each["entity_guid"] for each in told(nexus) if each["guid"] in before} == {survivor}
    assert before <= {each["guid"] for each in told(nexus)}


def test_a_goal_is_told_of_when_it_is_reached_not_when_somebody_says_so(nexus: Nexus) -> None:
    contribute(nexus)
    jar = str(manual(nexus, balance=100)["guid"])
    said = goal(nexus, jar, 500, name="Said")["guid"]
    nexus.ok("PUT", f"/goals/{said}", {"goal": {"is_complete": True}})
    assert names(nexus)["GUIDE_ME_STEP_COMPLETE"] == 0
    other = str(manual(nexus, balance=100)["guid"])
    reached = goal(nexus, other, 300, name="Reached")["guid"]
    nexus.ok("PUT", f"/accounts/{other}", {"account": {"balance": 300}})
    (only,) = [each for each in told(nexus) if each["notification_type_name"] == "GUIDE_ME_STEP_COMPLETE"]
    assert (only["entity_guid"], only["subject"]) == (reached, "You reached your goal Reached: $300.00.")

    assert nexus.send("DELETE", f"/accounts/{other}").status_code == 204
    assert names(nexus)["GUIDE_ME_STEP_COMPLETE"] == 0


def test_a_user_hears_what_they_want_to_hear(nexus: Nexus, jar: str) -> None:
    control = Control(nexus)

    def want(kind: str, **said: Any) -> dict[str, Any]:
        body = {"notification_profile": {"notification_type": kind, **said}}
        answer: dict[str, Any] = control.ok("PUT", "/notification_profiles", body)["notification_profile"]
        return answer

    want("TRANSACTION_EXPENSE_LARGE", threshold=1000, channels=["PUSH", "SMS"])
    want("TRANSACTION_FEE_CHARGE", is_enabled=False)
    want("ACCOUNT_DEPOSIT_LARGE", channels=[])
    other = str(manual(nexus, balance=5000, name="Other")["guid"])
    mine = want("TRANSACTION_EXPENSE_LARGE", account_guid=other, threshold=10)
    assert (mine["threshold"], mine["channels"]) == (10, ["PUSH", "SMS"])
    movement(nexus, jar, 999, "2026-08-02", category_guid=GROCERIES)
    movement(nexus, jar, 5, "2026-08-02", category_guid=LATE_FEE)
    small = movement(nexus, other, 11, "2026-08-02", category_guid=GROCERIES)
    movement(nexus, jar, 900, "2026-08-02", credit=True)

    by_kind = {each["notification_type_name"]: each for each in told(nexus)}
    assert by_kind.keys() == {"TRANSACTION_EXPENSE_LARGE", "ACCOUNT_DEPOSIT_LARGE"}
    spent = by_kind["TRANSACTION_EXPENSE_LARGE"]
    assert (spent["deep_link_guid"], spent["threshold"]) == (small, 10)
    shown = texts(nexus, spent["guid"])
    assert [(each["channel_name"], each["has_been_delivered"]) for each in shown] == [("PUSH", False), ("SMS", False)]
    assert texts(nexus, by_kind["ACCOUNT_DEPOSIT_LARGE"]["guid"]) == []
    channels = {each["notification"]["guid"]: each["enabled_channels"] for *_, each in outbox(nexus)}
    assert channels[spent["guid"]] == ["push", "sms"]
    assert channels[by_kind["ACCOUNT_DEPOSIT_LARGE"]["guid"]] == []
    listed = control.ok("GET", "/notification_profiles")["notification_profiles"]
    assert [each["notification_type"] for each in listed] == [*range(1, 11), 8]
    assert listed[-1] == mine


def test_a_change_of_a_profile_counts_at_once_but_tells_nothing_old_again(nexus: Nexus, jar: str) -> None:
    control = Control(nexus)
    nexus.ok("PUT", f"/accounts/{jar}", {"account": {"balance": 150}})
    assert told(nexus) == []
    body = {"notification_type": "ACCOUNT_BALANCE_LOW", "threshold": 200}
    control.ok("PUT", "/notification_profiles", body)
    assert [each["threshold"] for each in told(nexus)] == [200]
    control.ok("PUT", "/notification_profiles", body | {"threshold": 250})
    assert [each["threshold"] for each in told(nexus)] == [200]


def test_reading_one_counts_as_viewing_and_listing_does_not(nexus: Nexus) -> None:
    guids = [notification(nexus)["guid"] for _ in range(2)]
    told(nexus)
    assert [each["has_been_viewed"] for each in told(nexus)] == [False, False]
    assert nexus.ok("GET", f"/notifications/{guids[0]}")["notification"]["has_been_viewed"] is True
    assert {each["guid"]: each["has_been_viewed"] for each in told(nexus)} == {guids[0]: True, guids[1]: False}
    assert [each["guid"] for each in told(nexus)] == guids[::-1]


def test_what_a_client_makes_is_in_the_outbox_with_its_channels(nexus: Nexus) -> None:
    made = notification(nexus, content="More")
    push = deliverable(nexus, made["guid"], "PUSH")["guid"]
    deliverable(nexus, made["guid"], "SMS")
    path = f"/notifications/{made['guid']}"
    assert nexus.send("DELETE", f"{path}/deliverables/{push}").status_code == 204
    assert nexus.send("DELETE", path).status_code == 204

    rows = outbox(nexus)
    assert [(action, payload["enabled_channels"]) for _, action, payload in rows] == [
        ("created", []),
        ("updated", ["push"]),
        ("updated", ["push", "sms"]),
        ("updated", ["sms"]),
        ("deleted", []),
    ]
    assert {payload["notification"]["guid"] for *_, payload in rows} == {made["guid"]}
    assert {payload["notification"]["content"] for *_, payload in rows} == {"More"}
    assert nexus.get(path).status_code == nexus.get(f"{path}/deliverables").status_code == 404
    assert nexus.world.rows("SELECT count(*) FROM deliverables WHERE guid = ?", push) == [(0,)]


def test_another_user_is_told_nothing(world: World, nexus: Nexus, jar: str) -> None:
    movement(nexus, jar, 150, "2026-08-02", category_guid=GROCERIES)
    assert len(told(nexus)) == 1
    other = world.user("another-of-notifications")
    assert told(other) == []
    assert outbox(other) == []


def test_what_was_told_goes_with_its_user(own_world: World) -> None:
    nexus = own_world.user("leaving")
    made = notification(nexus)["guid"]
    deliverable(nexus, made, "EMAIL")
    until(lambda: own_world.rows("SELECT count(*) FROM tasks WHERE kind = 'mail'") == [(0,)], "a task is left")
    url = f"{own_world.ready['mdx']}/{own_world.ready['client_id']}/users/leaving.json"
    own_world.http.delete(url, headers={"MD-API-KEY": own_world.ready["api_key"]})
    for table in ("notifications", "deliverables", "notification_profiles", "outbox"):
        assert own_world.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
