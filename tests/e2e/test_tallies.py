"""Tallies are what category totals are, whatever became of transactions; what changed is noted by the database."""

import random
from typing import Any

import pytest

from contract.account_things import manual, movement
from contract.money_things import category
from e2e.test_splits import split, split_off
from fanlight.base.clock import DAY
from fanlight.core import accounts, category_totals
from fanlight.enrichment.categories import BY_GUID
from fanlight.planning import refresh, staleness, tallies
from fanlight.storage.unit import Unit
from support.world import NOON, Nexus, World

CATEGORIES = [category(name) for name in ("Groceries", "Restaurants", "Paycheck", "Food & Dining", "Transfer")]
ALWAYS = "0001-01-01", "9999-12-31"


def user_id(nexus: Nexus) -> int:
    guid = nexus.ok("GET", "/user")["user"]["guid"]
    return int(nexus.world.rows("SELECT id FROM users WHERE guid = ?", guid)[0][0])


def fresh(nexus: Nexus) -> int:
    """Bring the user's planning up to date; the user's key."""
    key = user_id(nexus)
    nexus.world.unit(refresh.refresh, key, now=nexus.world.clock(), wake=lambda: None)
    return key


def tallied(unit: Unit, key: int) -> dict[str, int]:
    shown = {each.id for each in accounts.list_all(unit, key)}
    found: dict[str, int] = {}
    for each in tallies.between(unit, key, "0001-01", "9999-12"):
        if each.account_id in shown:
            income = BY_GUID[each.category_guid].is_income
            spent = each.debits - each.credits
            found[each.category_guid] = found.get(each.category_guid, 0) + (-spent if income else spent)
    return {guid: amount for guid, amount in found.items() if amount}


def totalled(unit: Unit, key: int) -> dict[str, int]:
    shown = [each.id for each in accounts.list_all(unit, key)]
    found = category_totals.between(unit, key, *ALWAYS, shown)
    return {each.category_guid: each.amount for each in found if each.amount}


def counted(unit: Unit, key: int) -> int:
    shown = {each.id for each in accounts.list_all(unit, key)}
    return sum(each.number for each in tallies.between(unit, key, "0001-01", "9999-12") if each.account_id in shown)


def listed(nexus: Nexus) -> list[dict[str, Any]]:
    path = "/transactions?records_per_page=1000&from_date=2000-01-01&to_date=2100-01-01"
    found: list[dict[str, Any]] = nexus.ok("GET", path)["transactions"]
    return found


class Hand:
    """Does something to somebody's transactions, at random."""

    def __init__(self, nexus: Nexus, seed: int) -> None:
        self.nexus = nexus
        self.dice = random.Random(seed)
        self.accounts = [manual(nexus)["guid"], manual(nexus)["guid"]]

    def act(self) -> None:
        found = listed(self.nexus)
        deeds = [self.add] + ([self.change, self.hide, self.part, self.part_off, self.drop] if found else [])
        self.dice.choice(deeds)(found)

    def add(self, _: list[dict[str, Any]]) -> None:
        day = f"2026-{self.dice.randrange(5, 9):02d}-{self.dice.randrange(1, 29):02d}"
        amount = self.dice.randrange(1, 90_000) / 100
        guid, is_credit = self.dice.choice(CATEGORIES), self.dice.random() < 0.3
        movement(self.nexus, self.dice.choice(self.accounts), amount, day, category_guid=guid, credit=is_credit)

    def change(self, found: list[dict[str, Any]]) -> None:
        self._put(found, category_guid=self.dice.choice(CATEGORIES), date=f"2026-07-{self.dice.randrange(1, 32):02d}")

    def hide(self, found: list[dict[str, Any]]) -> None:
        self._put(found, is_hidden=self.dice.random() < 0.6)

    def part(self, found: list[dict[str, Any]]) -> None:
        whole = [each for each in found if not each["parent_guid"] and not each["has_been_split"]]
        if whole:
            one = self.dice.choice(whole)
            half = round(one["amount"] / 2, 2)
            split(self.nexus, one["guid"], half, round(one["amount"] - half, 2))

    def part_off(self, found: list[dict[str, Any]]) -> None:
        whole = [each for each in found if not each["parent_guid"] and not each["has_been_split"]]
        if whole:
            one = self.dice.choice(whole)
            split_off(self.nexus, one["guid"], round(one["amount"] / 3, 2))

    def drop(self, found: list[dict[str, Any]]) -> None:
        one = self.dice.choice(found)
        self.nexus.send("DELETE", f"/transactions/{one['guid']}")

    def _put(self, found: list[dict[str, Any]], **fields: Any) -> None:
        one = self.dice.choice(found)
        self.nexus.send("PUT", f"/transactions/{one['guid']}", {"transaction": fields})


@pytest.mark.parametrize("seed", range(4))
def test_tallies_are_the_totals_of_categories_whatever_becomes_of_transactions(world: World, seed: int) -> None:
    nexus = world.user(f"tallied-{seed}")
    hand = Hand(nexus, seed)
    for _ in range(60):
        hand.act()
        if hand.dice.random() < 0.25:
            key = fresh(nexus)
            assert world.unit(tallied, key) == world.unit(totalled, key)
            assert world.unit(counted, key) == len(listed(nexus))
    key = fresh(nexus)
    assert world.unit(tallied, key) == world.unit(totalled, key)
    assert world.unit(tallied, key)


def test_what_an_aggregation_brings_is_tallied_and_the_same_again_is_nothing_new(own_world: World) -> None:
    nexus = own_world.user("again")
    member = nexus.connect()
    key = fresh(nexus)
    assert own_world.unit(counted, key) == len(listed(nexus)) > 0
    own_world.clock.advance(4 * 3600)
    nexus = Nexus(own_world, own_world.session(own_world.api_token("again")))
    assert nexus.send("POST", f"/members/{member['guid']}/aggregate").status_code == 202
    nexus.settled(member["guid"])
    assert not own_world.unit(staleness.noted, key).months
    assert own_world.unit(tallied, key) == own_world.unit(totalled, key)


def test_what_changed_is_noted_by_month_and_words_and_only_that(world: World) -> None:
    nexus = world.user("noted")
    account = manual(nexus)["guid"]
    one = movement(nexus, account, 5, "2026-05-03")
    key = fresh(nexus)
    assert not any(world.unit(staleness.noted, key))

    nexus.ok("PUT", f"/transactions/{one}", {"transaction": {"memo": "m"}})
    assert not any(world.unit(staleness.noted, key))
    nexus.ok("PUT", f"/transactions/{one}", {"transaction": {"date": "2026-06-01"}})
    assert world.unit(staleness.noted, key).months == {"2026-05", "2026-06"}
    fresh(nexus)
    nexus.ok("PUT", f"/accounts/{account}", {"account": {"nickname": "Mine"}})
    assert world.unit(staleness.noted, key) == staleness.Change(frozenset(), frozenset(), frozenset(("accounts",)))


def test_another_day_is_another_planning_and_a_user_who_goes_leaves_nothing(own_world: World) -> None:
    nexus = own_world.user("going")
    movement(nexus, manual(nexus)["guid"], 5, "2026-05-03")
    key = fresh(nexus)
    assert own_world.unit(staleness.is_fresh, key, NOON)
    assert not own_world.unit(staleness.is_fresh, key, NOON + DAY)
    assert key in own_world.unit(staleness.behind, NOON + DAY, most=10)
    movement(nexus, manual(nexus)["guid"], 7, "2026-05-04")

    base = f"{own_world.ready['mdx']}/{own_world.ready['client_id']}/users/going.json"
    gone = own_world.http.delete(base, headers={"MD-API-KEY": own_world.ready["api_key"], "Accept": "application/json"})
    assert gone.status_code in (200, 204)
    for table in ("stale", "plannings", "month_tallies", "transactions", "accounts"):
        assert own_world.rows(f"SELECT count(*) FROM {table} WHERE user_id = ?", key) == [(0,)]
