"""What a user makes of their money over Nexus: own accounts and transactions, splits, rules; things of the cases."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fanlight.enrichment.categories import DEFAULTS

if TYPE_CHECKING:
    from contract.things import Things
    from support.world import Nexus


def category(name: str) -> str:
    return next(each.guid for each in DEFAULTS if each.name == name)


def own_account(things: "Things", **fields: Any) -> str:
    body = {"name": things.unique("Wallet"), "account_type": 9, "balance": 50} | fields
    return str(things.nexus.ok("POST", "/accounts", {"account": body})["account"]["guid"])


def own_transaction(things: "Things", **fields: Any) -> dict[str, Any]:
    body = {"amount": 30, "date": "2026-07-30", "description": "Farmers market", "transaction_type": 2} | fields
    path = f"/accounts/{things.get('own_account')}/transactions"
    answer: dict[str, Any] = things.nexus.ok("POST", path, {"transaction": body})["transaction"]
    return answer


def _split(things: "Things") -> str:
    guid = str(own_transaction(things)["guid"])
    parts = [{"amount": 10}, {"amount": 20}]
    things.nexus.ok("POST", f"/transactions/{guid}/split", {"transactions": parts})
    return guid


def _child(things: "Things") -> str:
    guid = str(own_transaction(things)["guid"])
    answer = things.nexus.ok("POST", f"/transactions/{guid}/split", {"transactions": [{"amount": 10}, {"amount": 20}]})
    return str(answer["transactions"][0]["guid"])


def _rule(things: "Things") -> str:
    body = {
        "match_description": things.unique("Corner shop"),
        "description": "Corner shop",
        "category_guid": things.get("groceries"),
    }
    return str(things.nexus.ok("POST", "/transaction_rules", {"transaction_rule": body})["transaction_rule"]["guid"])


def own_category(things: "Things") -> str:
    return _make_category(things.nexus, things.unique("Own"))


def _make_category(nexus: "Nexus", name: str) -> str:
    body = {"name": name, "parent_guid": category("Food & Dining")}
    return str(nexus.ok("POST", "/categories", {"category": body})["category"]["guid"])


def _foreign_category(things: "Things") -> str:
    other: Nexus = things.world.user(things.unique("other"))
    return _make_category(other, "Theirs")


def _used_category(things: "Things") -> str:
    guid = own_category(things)
    own_transaction(things, category_guid=guid)
    return guid


def _ruled_category(things: "Things") -> str:
    guid = own_category(things)
    body = {"match_description": things.unique("Ruled"), "description": "x", "category_guid": guid}
    things.nexus.ok("POST", "/transaction_rules", {"transaction_rule": body})
    return guid


def _foreign_transaction(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    other.connect("ada")
    return str(other.ok("GET", "/transactions")["transactions"][0]["guid"])


def _foreign_rule(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    body = {"match_description": "x", "description": "y", "category_guid": things.get("groceries")}
    return str(other.ok("POST", "/transaction_rules", {"transaction_rule": body})["transaction_rule"]["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "own_account": own_account,
    "groceries_bought": lambda things: str(own_transaction(things, category_guid=things.get("groceries"))["guid"]),
    "groceries": lambda _: category("Groceries"),
    "restaurants": lambda _: category("Restaurants"),
    "food": lambda _: category("Food & Dining"),
    "foreign_transaction": _foreign_transaction,
    "foreign_rule": _foreign_rule,
    "foreign_category": _foreign_category,
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "own_transaction": lambda things: str(own_transaction(things)["guid"]),
    "split_transaction": _split,
    "child": _child,
    "own_category": own_category,
    "used_category": _used_category,
    "ruled_category": _ruled_category,
    "rule": _rule,
    "new_text": lambda things: things.unique("Text"),
}
