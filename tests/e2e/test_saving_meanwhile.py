"""What comes between the look at what is kept and the writing of what was found: nobody's word is lost by it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from contract.money_things import category
from e2e.test_provenance import listed, make_rule
from fanlight.aggregation import saving
from fanlight.aggregation.gather import Gathered
from fanlight.aggregation.saving import PART_ROWS, Part
from fanlight.core import client_rules, clients, members
from fanlight.core.members import Member
from fanlight.institutions.port import FeedAccount, FeedHolding, FeedTransaction, Positions
from fanlight.storage.unit import Unit
from support.world import Nexus, World

FIRST = date(2026, 7, 1)
ACCOUNT = FeedAccount(provider_id="a", account_type=1, name="Everyday")
DEPOT = FeedAccount(provider_id="d", account_type=5, name="Nest egg")
GIFT, GROCERIES = category("Gift"), category("Groceries")


class Saver(NamedTuple):
    """A member whose data a test brings by hand, step by step."""

    world: World
    nexus: Nexus
    member: Member

    def accounts(self, gathered: Sequence[Gathered]) -> list[saving.Fetched]:
        def save(unit: Unit) -> list[saving.Fetched]:
            return saving.save_accounts(unit, self.world.runtime.vault, self.member, gathered, now=self.world.clock())

        return self.world.unit(save)

    def compare(self, *gathered: Gathered) -> list[Part]:
        fetched = self.accounts(gathered)
        known = self.world.unit(saving.known, self.member.user_id, fetched, FIRST)
        return saving.compare(fetched, known, complete_from=FIRST, now=self.world.clock())

    def save(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self.world.unit(saving.save_part, self.member, part, now=self.world.clock())

    def held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.nexus.ok("GET", "/holdings?records_per_page=1000")["holdings"]
        return found


@pytest.fixture
def saver(world: World, request: pytest.FixtureRequest) -> Saver:
    nexus = world.user(f"meanwhile-{request.node.name}")
    guid = nexus.connect("data_no_accounts")["guid"]
    return Saver(world, nexus, world.unit(members.by_guid, guid, now=world.clock()))


def entry(words: str = "Zorb Qux", **fields: Any) -> FeedTransaction:
    told: dict[str, Any] = {"provider_id": "t", "amount": Decimal(10), "transaction_type": 2, "is_pending": False}
    return FeedTransaction(**(told | {"date": date(2026, 7, 10), "description": words} | fields))


def holding(name: str, value: int = 100) -> FeedHolding:
    return FeedHolding(provider_id=name, symbol=name, description=f"Fund {name}", market_value=Decimal(value))


def depot(*holdings: FeedHolding) -> Gathered:
    return Gathered(DEPOT, positions=Positions(holdings))


def test_a_rule_that_changes_within_the_same_second_holds_for_what_is_new(saver: Saver) -> None:
    rule = make_rule(saver.nexus, "Zorb Qux", "Before", GIFT)
    parts = saver.compare(Gathered(ACCOUNT, [entry()]))
    change = {"description": "After", "category_guid": GROCERIES}
    saver.nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": change})
    saver.save(parts)
    assert [(each["description"], each["category_guid"]) for each in listed(saver.nexus)] == [("After", GROCERIES)]


def test_a_rule_that_takes_the_place_of_another_holds_for_what_is_new(saver: Saver) -> None:
    """The newer one is for the words that the older one leaves, and is not there when the run looks."""
    make_rule(saver.nexus, "Zorb Qux", "Older", GIFT)
    parts = saver.compare(Gathered(ACCOUNT, [entry()]))
    make_rule(saver.nexus, "Older", "Newer", GROCERIES)
    saver.save(parts)
    assert [each["description"] for each in listed(saver.nexus)] == ["Newer"]


def test_a_rule_that_comes_meanwhile_holds_for_what_is_told_anew(saver: Saver) -> None:
    saver.save(saver.compare(Gathered(ACCOUNT, [entry()])))
    parts = saver.compare(Gathered(ACCOUNT, [entry(memo="now known")]))
    make_rule(saver.nexus, "Zorb Qux", "Ours", GIFT)
    saver.save(parts)
    (found,) = listed(saver.nexus)
    assert (found["description"], found["memo"]) == ("Ours", "now known")


def test_a_clients_rule_that_comes_meanwhile_holds_for_what_is_new(saver: Saver) -> None:
    parts = saver.compare(Gathered(ACCOUNT, [entry("Zorb Client")]))

    def add(unit: Unit) -> None:
        client = clients.by_name(unit, saver.world.ready["client_id"])
        client_rules.add(unit, client, "Zorb Client", GROCERIES, "Ours", now=saver.world.clock())

    saver.world.unit(add)
    saver.save(parts)
    (found,) = listed(saver.nexus)
    assert (found["description"], found["category_guid"]) == ("Ours", GROCERIES)


def test_a_text_that_a_rule_looks_for_from_now_on_leaves_alone_what_is_told_anew_in_the_same_words(
    saver: Saver,
) -> None:
    saver.save(saver.compare(Gathered(ACCOUNT, [entry()])))
    rule = make_rule(saver.nexus, "nothing like it", "Ours", GIFT)
    saver.nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"match_description": "Zorb Qux"}})
    saver.save(saver.compare(Gathered(ACCOUNT, [entry(memo="now known"), entry(provider_id="new")])))
    found = {each["memo"]: each["description"] for each in listed(saver.nexus)}
    assert found == {"now known": "Zorb Qux", None: "Ours"}


def test_positions_come_in_parts_and_no_unit_compares_them(saver: Saver) -> None:
    count = PART_ROWS + 1
    parts = saver.compare(depot(*(holding(f"h{number}") for number in range(count))))
    assert [len(part.held.added) for part in parts] == [PART_ROWS, 1]
    assert not any(part.is_of_transactions for part in parts)
    assert saver.held() == []
    saver.save(parts)
    of_member = "FROM holdings WHERE member_id = ? AND deleted_at IS NULL"
    assert saver.world.rows(f"SELECT count(*) {of_member}", saver.member.id) == [(count,)]
    ids = {row[0] for row in saver.world.rows(f"SELECT provider_id {of_member}", saver.member.id)}
    assert len(ids) == count
    assert "h1" not in ids
    assert saver.compare(depot(*(holding(f"h{number}") for number in reversed(range(count))))) == []


def test_what_a_user_says_of_a_position_meanwhile_stays(saver: Saver) -> None:
    saver.save(saver.compare(depot(holding("one"), holding("two"), holding("three"))))
    parts = saver.compare(depot(holding("one", 110), holding("three", 130)))
    by_symbol = {each["symbol"]: each["guid"] for each in saver.held()}
    for name in ("one", "two"):
        said = {"metadata": "mine", "cost_basis": 7}
        saver.nexus.ok("PUT", f"/holdings/{by_symbol[name]}", {"holding": said})
    saver.save(parts)
    found = {each["symbol"]: (each["metadata"], each["cost_basis"], each["market_value"]) for each in saver.held()}
    assert found == {"one": ("mine", 7, 110), "three": (None, None, 130)}
    saver.save(saver.compare(depot(holding("one", 110), holding("two"), holding("three", 130))))
    assert {each["guid"]: each["metadata"] for each in saver.held()}[by_symbol["two"]] == "mine"


def test_nothing_more_is_written_of_positions_of_an_account_that_is_blocked_meanwhile(saver: Saver) -> None:
    saver.save(saver.compare(depot(holding("one"))))
    parts = saver.compare(depot(holding("one", 110), holding("two")))
    guid = saver.nexus.ok("GET", "/accounts")["accounts"][0]["guid"]
    saver.nexus.ok("PUT", f"/accounts/{guid}/block")
    saver.save(parts)
    assert saver.world.rows("SELECT count(*) FROM holdings WHERE member_id = ?", saver.member.id) == [(0,)]


def test_positions_alone_delete_no_transaction(saver: Saver) -> None:
    """An account whose transactions were not asked for loses none of those that are pending."""
    saver.save(saver.compare(Gathered(DEPOT, [entry(is_pending=True)], positions=Positions([holding("one")]))))
    saver.save(saver.compare(depot(holding("one", 110))))
    assert [each["status_name"] for each in listed(saver.nexus)] == ["PENDING"]
