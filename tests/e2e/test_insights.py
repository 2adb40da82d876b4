"""Insights over a running server: after what came, by the clock, and how their user takes them."""

from datetime import date
from typing import Any

import pytest

from contract.account_things import fed, held, manual, movement
from contract.insight_things import insight, payment
from contract.money_things import category
from fanlight.core import clients
from fanlight.enrichment import merchants
from fanlight.planning import facts
from fanlight.planning.insights import campaigns
from fanlight.planning.insights.campaigns import FIRST_DAY, LAST_DAY, Campaign
from fanlight.storage.unit import Unit
from support.world import Nexus, World

DAY = 86_400
CHECKING, CREDIT_CARD = 1, 4
BOUGHT = ("Chairs", "Tables")


def told(nexus: Nexus, template: str | None = None, path: str = "/insights") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"{path}?records_per_page=100")["insights"]
    return [each for each in found if template in (None, each["template"])]


def only(nexus: Nexus, template: str) -> dict[str, Any]:
    (found,) = told(nexus, template)
    return found


def beat(nexus: Nexus, guid: str) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("GET", f"/beats/{guid}")["beat"]
    return answer


def later(world: World, name: str, days: float) -> Nexus:
    """The user's next session, so many days later."""
    world.clock.advance(int(days * DAY))
    return Nexus(world, world.session(world.api_token(name)))


def refreshed(world: World) -> None:
    """What the server does by itself once in a while."""
    world.run(world.runtime.planning.sweep())


@pytest.fixture
def account(nexus: Nexus) -> str:
    return str(manual(nexus, name="Everyday", account_type=CHECKING, balance=2000)["guid"])


def test_a_large_payment_is_told_with_all_it_speaks_of(nexus: Nexus, account: str) -> None:
    furnishings = category("Furnishings")
    paid = movement(nexus, account, 900, "2026-08-01", description="Chairs & Co", category_guid=furnishings)

    large = only(nexus, "LargeTransactions")

    assert large["description"] == "$900.00 went to Chairs & Co from Everyday on August 1."
    assert large["active_at"] == large["created_at"]
    assert [each["guid"] for each in told(nexus, "LargeTransactions", f"/accounts/{account}/insights")] == [
        large["guid"]
    ]
    assert [each["guid"] for each in told(nexus, path=f"/transactions/{paid}/insights")] == [large["guid"]]
    path = f"/insights/{large['guid']}"
    for root, guids in (
        ("accounts", [account]),
        ("transactions", [paid]),
        ("categories", [furnishings]),
        ("merchants", []),
        ("scheduled_payments", []),
    ):
        assert [each["guid"] for each in nexus.ok("GET", f"{path}/{root}")[root]] == guids
        assert large[f"has_associated_{root}"] is bool(guids)
    assert nexus.ok("GET", f"{path}/accounts")["accounts"] == [nexus.ok("GET", f"/accounts/{account}")["account"]]
    assert nexus.ok("GET", f"{path}/transactions")["transactions"] == [
        nexus.ok("GET", f"/transactions/{paid}")["transaction"]
    ]


def test_beats_are_the_same_rows(nexus: Nexus, account: str) -> None:
    paid = movement(nexus, account, 900, "2026-08-01")

    beats = {each["guid"]: each for each in nexus.ok("GET", "/beats")["beats"]}

    assert beats.keys() == {each["guid"] for each in told(nexus)}
    large = beats[only(nexus, "LargeTransactions")["guid"]]
    assert (large["primary_account_guid"], large["primary_transaction_guid"]) == (account, paid)
    assert (large["account_guids"], large["transaction_guids"]) == ([account], [paid])
    assert len({each["digest"] for each in beats.values()}) == len(beats)


def test_an_aggregation_brings_insights_and_the_next_one_no_doubles(world: World, nexus: Nexus) -> None:
    member = nexus.connect("ada")
    first = told(nexus)
    assert only(nexus, "IntroduceInsights")["has_associated_accounts"] is False
    rows = world.rows("SELECT count(*) FROM outbox o JOIN users u ON u.id = o.user_id WHERE o.kind = 'insight' AND "
                      "u.guid = ?", member["user_guid"])  # fmt: skip
    assert rows == [(len(first),)]

    nexus.ok("POST", f"/members/{member['guid']}/aggregate")
    nexus.settled(member["guid"])

    assert [each["guid"] for each in told(nexus)] == [each["guid"] for each in first]


def test_a_fresh_history_tells_no_old_news(nexus: Nexus, account: str) -> None:
    for day in ("2026-05-04", "2026-06-15", "2026-07-20"):
        movement(nexus, account, 900, day)
    assert told(nexus, "LargeTransactions") == []

    movement(nexus, account, 900, "2026-07-23")

    assert len(told(nexus, "LargeTransactions")) == 1


def test_what_is_hidden_is_not_told(nexus: Nexus, account: str) -> None:
    paid = movement(nexus, account, 900, "2026-08-01")
    nexus.ok("PUT", f"/transactions/{paid}", {"transaction": {"is_hidden": True}})

    assert told(nexus, "LargeTransactions") == []


def test_its_user_sees_and_dismisses_it(nexus: Nexus, account: str) -> None:
    movement(nexus, account, 900, "2026-08-01")
    guid = only(nexus, "LargeTransactions")["guid"]
    assert beat(nexus, guid)["is_relevant"] is True

    shown = nexus.ok("PUT", f"/insights/{guid}", {"insight": {"has_been_displayed": True}})["insight"]
    assert (shown["has_been_displayed"], shown["is_dismissed"]) == (True, False)
    seen = beat(nexus, guid)
    assert (seen["is_relevant"], seen["displayed_at"]) == (False, "2026-08-02T12:00:00+00:00")
    assert told(nexus, "LargeTransactions") == [shown]

    back = nexus.ok("PUT", f"/beats/{guid}", {"beat": {"has_been_displayed": False}})["beat"]
    assert (back["has_been_displayed"], back["displayed_at"], back["is_relevant"]) == (False, None, False)

    gone = nexus.ok("PUT", f"/beats/{guid}", {"beat": {"is_dismissed": True}})["beat"]
    assert told(nexus, "LargeTransactions") == []
    assert guid not in {each["guid"] for each in nexus.ok("GET", "/beats")["beats"]}
    assert beat(nexus, guid) == gone
    movement(nexus, account, 5, "2026-08-02")
    assert told(nexus, "LargeTransactions") == []


def test_a_click_on_it_is_kept_but_not_one_to_come(nexus: Nexus, account: str) -> None:
    movement(nexus, account, 900, "2026-08-01")
    path = f"/insights/{only(nexus, 'LargeTransactions')['guid']}"

    clicked = nexus.ok("PUT", path, {"insight": {"cta_clicked_at": "2026-08-02T11:00:00Z"}})["insight"]
    assert clicked["cta_clicked_at"] == "2026-08-02T11:00:00+00:00"
    assert nexus.ok("GET", path)["insight"] == clicked
    to_come = nexus.ok("PUT", path, {"insight": {"cta_clicked_at": "2030-01-01"}})["insight"]
    assert to_come["cta_clicked_at"] == "2026-08-02T12:00:00+00:00"


def test_what_it_speaks_of_may_go(nexus: Nexus, account: str) -> None:
    paid = movement(nexus, account, 900, "2026-08-01")
    guid = only(nexus, "LargeTransactions")["guid"]
    nexus.ok("DELETE", f"/transactions/{paid}")

    left = nexus.ok("GET", f"/insights/{guid}")["insight"]
    assert (left["has_associated_transactions"], left["has_associated_accounts"]) == (False, True)
    assert nexus.ok("GET", f"/insights/{guid}/transactions")["transactions"] == []
    assert (beat(nexus, guid)["primary_transaction_guid"], beat(nexus, guid)["primary_account_guid"]) == (None, account)


def test_what_was_told_of_an_account_goes_with_it(world: World) -> None:
    user = "closes-an-account"
    nexus = world.user(user)
    account = str(manual(nexus, name="Everyday", account_type=CHECKING, balance=2000)["guid"])
    other = str(manual(nexus, name="Other", account_type=CHECKING, balance=2000)["guid"])
    for each, name in zip((account, other), BOUGHT, strict=True):
        movement(nexus, each, 900, "2026-08-01", description=name)
    small = [movement(nexus, each, 3, "2026-08-01") for each in (account, other)]
    of_both = insight(world, user, {"account": (account, other), "transaction": tuple(small)})
    of_transactions = insight(world, user, {"transaction": (small[0],), "category": (category("Groceries"),)})
    bare = insight(world, user, {})
    large = told(nexus, "LargeTransactions")
    chairs, tables = (next(each for each in large if f"to {name} from" in each["description"]) for name in BOUGHT)
    before = {each["guid"] for each in told(nexus)}

    nexus.ok("PUT", f"/accounts/{account}", {"account": {"is_hidden": True}})
    assert {each["guid"] for each in told(nexus)} == before
    assert nexus.send("DELETE", f"/accounts/{account}").status_code == 204

    left = {each["guid"] for each in told(nexus)}
    assert left == before - {chairs["guid"], of_transactions}
    assert {of_both, bare, tables["guid"]} <= left
    assert left == {each["guid"] for each in nexus.ok("GET", "/beats")["beats"]}
    for path in (f"/insights/{chairs['guid']}", f"/beats/{chairs['guid']}", f"/insights/{of_transactions}"):
        assert nexus.get(path).status_code == 404
    assert beat(nexus, of_both)["account_guids"] == [other]


def test_what_was_told_of_a_member_goes_with_it(own_world: World) -> None:
    nexus = own_world.user("leaves-a-bank")
    member = nexus.connect("ada")["guid"]
    guids = {each["guid"] for each in nexus.ok("GET", f"/members/{member}/accounts")["accounts"]}
    about = {each["guid"] for each in told(nexus) if each["has_associated_accounts"]}
    alerts = nexus.ok("GET", "/notifications")["notifications"]
    assert about
    assert [each for each in alerts if each["entity_guid"] in guids]

    assert nexus.send("DELETE", f"/members/{member}").is_success

    assert not about & {each["guid"] for each in told(nexus)}
    assert not about & {each["guid"] for each in nexus.ok("GET", "/beats")["beats"]}
    assert not [each for each in nexus.ok("GET", "/notifications")["notifications"] if each["entity_guid"] in guids]
    gone = own_world.rows(
        "SELECT count(*) FROM insight_links WHERE insight_id NOT IN (SELECT id FROM insights) OR kind = 'account'"
    )
    assert gone == [(0,)]


@pytest.mark.parametrize("is_seen", [True, False])
def test_what_does_not_hold_any_more_is_left_out_unless_it_was_seen(nexus: Nexus, account: str, is_seen: bool) -> None:
    food = category("Food & Dining")
    own = nexus.ok("POST", "/budgets", {"budget": {"category_guid": food, "amount": 100}})["budget"]["guid"]
    movement(nexus, account, 130, "2026-08-01", category_guid=food)
    guid = only(nexus, "CategoryBudget")["guid"]
    if is_seen:
        nexus.ok("PUT", f"/insights/{guid}", {"insight": {"has_been_displayed": True}})
    assert nexus.send("DELETE", f"/budgets/{own}").status_code == 204

    listed = nexus.ok("GET", "/insights")
    beats = {each["guid"]: each for each in nexus.ok("GET", "/beats")["beats"]}
    assert beats[guid]["is_relevant"] is False
    assert (guid in {each["guid"] for each in listed["insights"]}) is is_seen
    assert listed["pagination"]["total_entries"] == len(listed["insights"]) == len(beats) - (not is_seen)
    assert nexus.ok("GET", f"/insights/{guid}")["insight"]["guid"] == guid


def test_another_user_has_none_of_it(world: World, nexus: Nexus, account: str) -> None:
    paid = movement(nexus, account, 900, "2026-08-01")
    guid = only(nexus, "LargeTransactions")["guid"]
    other = world.user("another-of-insights")

    assert told(other) == []
    assert other.ok("GET", "/beats")["beats"] == []
    for path in (f"/insights/{guid}", f"/insights/{guid}/accounts", f"/beats/{guid}", f"/accounts/{account}/insights"):
        assert other.get(path).status_code == 404
    assert other.get(f"/transactions/{paid}/insights").status_code == 404
    body = {"insight": {"is_dismissed": True}}
    assert other.send("PUT", f"/insights/{guid}", body).status_code == 404
    assert len(told(nexus, "LargeTransactions")) == 1


def test_a_budget_is_told_tier_by_tier(nexus: Nexus, account: str) -> None:
    food, groceries = category("Food & Dining"), category("Groceries")
    nexus.ok("POST", "/budgets", {"budget": {"category_guid": food, "amount": 100}})
    assert told(nexus, "CategoryBudget") == []
    found: list[dict[str, Any]] = []
    for amount, title in ((30, "30% of the budget used"), (10, "30% of the budget used"), (70, "over budget")):
        movement(nexus, account, amount, "2026-08-01", category_guid=groceries)
        found.append(only(nexus, "CategoryBudget"))
        assert found[-1]["title"] == f"Food & Dining: {title}"
    earlier, _, over = found
    assert [beat(nexus, each["guid"])["is_relevant"] for each in (over, earlier)] == [True, False]
    assert nexus.ok("GET", f"/insights/{over['guid']}/categories")["categories"][0]["guid"] == food


def test_a_low_balance_is_over_when_there_is_more(nexus: Nexus) -> None:
    low = str(manual(nexus, account_type=CHECKING, balance=36.71)["guid"])
    movement(nexus, low, 5, "2026-08-01")
    guid = only(nexus, "LowAccountBalances")["guid"]
    assert beat(nexus, guid)["is_relevant"] is True

    nexus.ok("PUT", f"/accounts/{low}", {"account": {"balance": 900}})

    assert beat(nexus, guid)["is_relevant"] is False


def test_a_bill_is_told_by_the_clock(own_world: World) -> None:
    nexus = own_world.user("clock")
    manual(nexus, account_type=CHECKING, balance=2000)
    due = payment(nexus, merchants.catalogue()[0].guid)  # on August 20
    assert told(nexus, "UpcomingBill") == []

    own_world.clock.advance(14 * DAY)
    refreshed(own_world)
    assert own_world.rows("SELECT template FROM insights WHERE template = 'UpcomingBill'") == []
    own_world.clock.advance(DAY)
    refreshed(own_world)
    assert own_world.rows("SELECT template, is_relevant FROM insights WHERE template = 'UpcomingBill'") == [
        ("UpcomingBill", 1)
    ]

    nexus = later(own_world, "clock", 0)
    bill = only(nexus, "UpcomingBill")
    (listed,) = nexus.ok("GET", f"/insights/{bill['guid']}/scheduled_payments")["scheduled_payments"]
    assert listed == nexus.ok("GET", f"/scheduled_payments/{due}")["scheduled_payment"]

    nexus = later(own_world, "clock", 4)
    assert beat(nexus, bill["guid"])["is_relevant"] is False
    nexus = later(own_world, "clock", 90)
    assert bill["guid"] not in {each["guid"] for each in told(nexus)}
    assert nexus.ok("GET", f"/insights/{bill['guid']}")["insight"]["guid"] == bill["guid"]


def test_the_newest_stands_first(own_world: World) -> None:
    nexus = own_world.user("newest")
    account = str(manual(nexus, account_type=CHECKING, balance=2000)["guid"])
    for day in ("2026-08-01", "2026-08-02", "2026-08-03"):
        movement(nexus, account, 900, day)
        told(nexus)
        nexus = later(own_world, "newest", 1)

    days = [each["description"].rsplit(" ", 1)[1] for each in told(nexus, "LargeTransactions")]
    assert days == ["3.", "2.", "1."]
    page = nexus.ok("GET", "/insights?records_per_page=10")
    assert page["pagination"]["total_entries"] == len(page["insights"])


def test_a_client_has_its_own_words_read(own_world: World) -> None:
    now = own_world.clock()

    def campaign(unit: Unit, title: str, first: str = FIRST_DAY, last: str = LAST_DAY) -> Campaign:
        client = clients.by_name(unit, own_world.ready["client_id"])
        wanted = Campaign("", title, "We close at 4 pm in August.", "See hours", first, last)
        return campaigns.add(unit, client, wanted, now=now)

    nexus = own_world.user("reader")
    assert told(nexus) == []
    made = own_world.unit(campaign, "Branch hours")
    own_world.unit(campaign, "Over", last="2026-08-01")
    own_world.unit(campaign, "Tomorrow", first="2026-08-03")

    mine = only(nexus, "CustomInsights")
    assert (mine["title"], mine["micro_call_to_action"]) == ("Branch hours", "See hours")
    nexus = later(own_world, "reader", 1)
    assert [each["title"] for each in told(nexus, "CustomInsights")] == ["Tomorrow", "Branch hours"]

    def remove(unit: Unit) -> int:
        return campaigns.remove(unit, clients.by_name(unit, own_world.ready["client_id"]), made.guid)

    assert own_world.unit(remove) == 1
    assert beat(nexus, mine["guid"])["is_relevant"] is False
    assert [each["title"] for each in told(nexus, "CustomInsights")] == ["Tomorrow"]


def test_a_card_is_told_once_a_month(own_world: World) -> None:
    nexus = own_world.user("card")
    manual(nexus, name="Blue", account_type=CREDIT_CARD, balance=800, credit_limit=1000)
    for days, times in ((0, 1), (29, 1), (1, 2)):
        nexus = later(own_world, "card", days)
        assert len(told(nexus, "CreditCardCloseToLimit")) == times


def test_which_accounts_an_institution_tells_of_and_when_it_did_last(own_world: World) -> None:
    own_world.rows("UPDATE clients SET time_zone = 'Pacific/Auckland'")
    nexus = own_world.user("fed")
    by_hand, of_bank = str(manual(nexus)["guid"]), str(fed(nexus, "ada")["guid"])
    of_partner = str(held(nexus, "fed", "partner")["guid"])
    (key,) = own_world.rows("SELECT id FROM users WHERE external_id = 'fed'")[0]

    given = {"now": own_world.clock(), "since": 0, "user_created_at": 0}
    known = own_world.unit(facts.gather, key, date(2026, 8, 3), **given)

    fed_on = {each.guid: each.fed_on for each in known.accounts.values()}
    assert (fed_on[by_hand], fed_on[of_partner], fed_on[of_bank]) == (None, None, date(2026, 8, 3))
