"""Transactions, rules and categories with values that do not fit: refused by the field's name, nothing half stored."""

import json
import time
from typing import Any

import pytest

from contract.account_things import manual
from contract.bad import refused
from contract.money_things import category
from support.world import Nexus, World

GROCERIES, FOOD = category("Groceries"), category("Food & Dining")
GOOD: dict[str, Any] = {"amount": 30, "date": "2026-07-30", "description": "Market", "transaction_type": 2}
RULE = {"match_description": "market", "description": "Market", "category_guid": GROCERIES}
NO_AMOUNTS = [
    "-1", "1e13", "1e400", "1e-3", "0.001", '"NaN"', '"Infinity"', '"1,000"', '""', "true", "[]", "{}",
    "123456789012345678901234567890", "1.0000000000000000000000000000000001",
]  # fmt: skip
NO_TEXTS = ["", "  ", "a\u0000b", "\u001b[0m", "\u202egpj.exe", "a\u200fb", "\u2028", "x" * 10_000, 5, True, [], {}]
NO_DAYS = ["2026-02-30", "26-01-01", "today", 5, "0000-01-01", "10000-01-01", "2026-07-30T00:00:00Z", [], True]
NO_GUIDS = ["", "CAT-1", "x" * 10_000, 5, [], {}, "Groceries"]
NO_FLAGS = ["yes", 2, [], {}]


class Keeper:
    """A user with a manual account and one transaction, a split one, a rule and a category of their own."""

    def __init__(self, nexus: Nexus) -> None:
        self.nexus = nexus
        self.account = str(manual(nexus)["guid"])
        self.guid = self._made()
        self.rule = str(nexus.ok("POST", "/transaction_rules", {"transaction_rule": RULE})["transaction_rule"]["guid"])
        body = {"category": {"name": "Kept", "parent_guid": FOOD}}
        self.category = str(nexus.ok("POST", "/categories", body)["category"]["guid"])
        self.before = self.all()

    def _made(self) -> str:
        path = f"/accounts/{self.account}/transactions"
        return str(self.nexus.ok("POST", path, {"transaction": GOOD})["transaction"]["guid"])

    def all(self) -> list[Any]:
        days = "from_date=0001-01-01&to_date=9999-12-31"
        return [self.nexus.ok("GET", path) for path in (f"/transactions?{days}", "/transaction_rules", "/categories")]

    def refused(self, method: str, path: str, body: str, name: str, *codes: int) -> None:
        headers = {"content-type": "application/json"}
        response = self.nexus.send(method, path, content=body.encode(), headers=headers)
        assert name in refused(response, *codes), response.text
        assert self.all() == self.before


@pytest.fixture(scope="module")
def keeper(world: World) -> Keeper:
    return Keeper(world.user("transaction-keeper"))


def _refused(keeper: Keeper, name: str, value: str, *codes: int) -> None:
    """Neither written down with it nor changed to it, although the rest would do."""
    rest = {field: kept for field, kept in GOOD.items() if field != name}
    made = json.dumps(rest)[:-1] + f', "{name}": {value}}}'
    keeper.refused("POST", f"/accounts/{keeper.account}/transactions", f'{{"transaction": {made}}}', name, *codes)
    changed = f'{{"transaction": {{"is_flagged": true, "{name}": {value}}}}}'
    keeper.refused("PUT", f"/transactions/{keeper.guid}", changed, name, *codes)


@pytest.mark.parametrize("value", NO_AMOUNTS)
def test_amounts_that_are_none(keeper: Keeper, value: str) -> None:
    _refused(keeper, "amount", value, 4000)
    parts = f'{{"transactions": [{{"amount": 10}}, {{"amount": {value}}}]}}'
    keeper.refused("POST", f"/transactions/{keeper.guid}/split", parts, "amount", 4000)
    part = f'{{"transaction": {{"parent_guid": "{keeper.guid}", "amount": {value}}}}}'
    keeper.refused("POST", "/transactions", part, "amount", 4000)


@pytest.mark.parametrize("value", NO_TEXTS, ids=lambda value: repr(value)[:12])
def test_texts_that_are_none(keeper: Keeper, value: Any) -> None:
    _refused(keeper, "description", json.dumps(value), 4000)
    if value not in ("", "  "):
        _refused(keeper, "memo", json.dumps(value), 4000)
    for name in ("match_description", "description"):
        body = json.dumps({"transaction_rule": RULE | {name: value}})
        keeper.refused("POST", "/transaction_rules", body, name, 4000)
        keeper.refused("PUT", f"/transaction_rules/{keeper.rule}", body, name, 4000)
    body = json.dumps({"category": {"name": value, "parent_guid": FOOD}})
    keeper.refused("POST", "/categories", body, "name", 4000)
    keeper.refused("PUT", f"/categories/{keeper.category}", body, "name", 4000)


@pytest.mark.parametrize("value", NO_DAYS)
def test_days_that_are_none(keeper: Keeper, value: Any) -> None:
    _refused(keeper, "date", json.dumps(value), 4000)


@pytest.mark.parametrize("value", NO_GUIDS, ids=lambda value: repr(value)[:12])
def test_categories_that_are_none(keeper: Keeper, value: Any) -> None:
    _refused(keeper, "category_guid", json.dumps(value), 4000, 4220)
    body = json.dumps({"transaction_rule": RULE | {"category_guid": value}})
    keeper.refused("POST", "/transaction_rules", body, "category_guid", 4000, 4220)


@pytest.mark.parametrize("name", ["is_hidden", "is_flagged", "has_been_viewed", "is_business", "is_international"])
def test_flags_that_are_none(keeper: Keeper, name: str) -> None:
    for value in NO_FLAGS:
        _refused(keeper, name, json.dumps(value), 4000)


@pytest.mark.parametrize("value", [0, 3, -1, "BOTH", "", [], 1.5, True])
def test_types_that_are_none(keeper: Keeper, value: Any) -> None:
    _refused(keeper, "transaction_type", json.dumps(value), 4000)


@pytest.mark.parametrize(
    "body",
    [
        "[]", "5", '"x"', "null", '{"transactions": {}}', '{"transactions": [1, 2]}', '{"transactions": [[], []]}',
        '{"transactions": null}', '{"transactions": [{"amount": 15}]}', "{" * 1000, '{"transactions": [{}, {}]}',
        '{"transactions": [' + ",".join(['{"amount": 0.01}'] * 3000) + "]}",
    ],
)  # fmt: skip
def test_splits_that_are_none(keeper: Keeper, body: str) -> None:
    keeper.refused("POST", f"/transactions/{keeper.guid}/split", body, "", 4000, 4001, 4220)


@pytest.mark.parametrize("amounts", [(10, 19.99), (10, 20.01), (30, 0), (31, -1), (30,), (10, 10, 10, 0.01)], ids=str)
def test_parts_that_do_not_add_up(keeper: Keeper, amounts: tuple[float, ...]) -> None:
    body = json.dumps({"transactions": [{"amount": amount} for amount in amounts]})
    keeper.refused("POST", f"/transactions/{keeper.guid}/split", body, "", 4000, 4220)


def test_a_part_with_a_bad_field_leaves_nothing_of_the_others(keeper: Keeper) -> None:
    parts = [{"amount": 10}, {"amount": 20, "category_guid": "CAT-1"}]
    keeper.refused(
        "POST", f"/transactions/{keeper.guid}/split", json.dumps({"transactions": parts}), "category_guid", 4220
    )


@pytest.mark.parametrize("value", [*NO_TEXTS, None], ids=lambda value: repr(value)[:12])
def test_descriptions_that_are_none_are_not_categorised(keeper: Keeper, value: Any) -> None:
    body = json.dumps({"transactions": [{"description": value}]})
    keeper.refused("POST", "/transactions/categorize_and_describe", body, "description", 4000, 4001)


def test_no_more_than_a_hundred_are_categorised(keeper: Keeper) -> None:
    body = json.dumps({"transactions": [{"description": "x"}] * 101})
    keeper.refused("POST", "/transactions/categorize_and_describe", body, "transactions", 4000)


@pytest.mark.parametrize(
    "value", ["0." + "1" * 1_000, "1" * 400_000 + ".5", "[" + ",".join(["1.5"] * 200_000) + "]"], ids=len
)
def test_numbers_without_end_are_refused_at_once(keeper: Keeper, value: str) -> None:
    began = time.process_time()
    keeper.refused("PUT", f"/transactions/{keeper.guid}", f'{{"transaction": {{"amount": {value}}}}}', "body", 4000)
    assert time.process_time() - began < 1
