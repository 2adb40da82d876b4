"""What a partner keeps for its users, made over MDX: things of the contract's cases and of other tests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2

from support.world import World

if TYPE_CHECKING:
    from contract.things import Things

MEMBER: dict[str, Any] = {"institution_id": "our-bank", "name": "Our Bank", "metadata": "held"}
ACCOUNT: dict[str, Any] = {"name": "Everyday", "balance": 1200.5, "type": "CHECKING", "currency_code": "USD"}
INVESTMENT = ACCOUNT | {"name": "Nest egg", "type": "INVESTMENT", "subtype": "BROKERAGE"}
TRANSACTION: dict[str, Any] = {
    "amount": 12.34,
    "description": "Coffee",
    "status": "POSTED",
    "type": "DEBIT",
    "transacted_on": "2026-07-30",
    "posted_on": "2026-07-31",
}
HOLDING: dict[str, Any] = {"description": "A fund", "market_value": 100, "symbol": "FUND", "shares": 2.5}
NUMBER: dict[str, Any] = {"account_number": "4000123456", "routing_number": "011000015"}


class Partner:
    """A client of the MDX face, for one user of the sandbox's client."""

    def __init__(self, world: World, user: str) -> None:
        self.world = world
        self.user = user

    def send(self, method: str, path: str = "", json: Any = None, **kwargs: Any) -> httpx2.Response:
        """A request below the user's own path."""
        base = f"{self.world.ready['mdx']}/{self.world.ready['client_id']}/users"
        headers = {"MD-API-KEY": self.world.ready["api_key"], "Accept": "application/json"} | kwargs.pop("headers", {})
        return self.world.http.request(method, f"{base}/{self.user}{path}", json=json, headers=headers, **kwargs)

    def ok(self, method: str, path: str = "", json: Any = None) -> dict[str, Any]:
        """What stands under the answer's root; fails unless it is 200."""
        response = self.send(method, path, json)
        assert response.status_code == 200, (method, path, response.status_code, response.text)
        (inner,) = response.json().values()
        answer: dict[str, Any] = inner
        return answer

    def member(self, name: str, /, **fields: Any) -> dict[str, Any]:
        return self.ok("POST", "/members.json", {"member": MEMBER | {"id": name} | fields})

    def account(self, member: str, name: str, /, **fields: Any) -> dict[str, Any]:
        return self.ok("POST", f"/members/{member}/accounts.json", {"account": ACCOUNT | {"id": name} | fields})

    def below(self, member: str, account: str, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A `transaction`, `holding` or `account_number` of an account."""
        return self.ok("POST", f"/members/{member}/accounts/{account}/{kind}s.json", {kind: fields})

    def transaction(self, member: str, account: str, name: str, /, **fields: Any) -> dict[str, Any]:
        return self.below(member, account, "transaction", TRANSACTION | {"id": name} | fields)


def _partner(things: "Things") -> Partner:
    return Partner(things.world, things.get("user"))


def _member(things: "Things") -> str:
    return str(_partner(things).member(things.unique("member"))["id"])


def _account(things: "Things") -> str:
    return str(_partner(things).account(things.get("held"), things.unique("account"), **INVESTMENT)["id"])


def _checking(things: "Things") -> str:
    return str(_partner(things).account(things.get("held"), things.unique("checking"))["id"])


def _transaction(things: "Things") -> str:
    name = things.unique("transaction")
    return str(_partner(things).transaction(things.get("held"), things.get("held_account"), name)["id"])


def _holding(things: "Things") -> str:
    fields = HOLDING | {"id": things.unique("holding")}
    return str(_partner(things).below(things.get("held"), things.get("held_account"), "holding", fields)["id"])


def _number(things: "Things") -> str:
    fields = NUMBER | {"id": things.unique("number")}
    return str(_partner(things).below(things.get("held"), things.get("held_account"), "account_number", fields)["id"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "held": _member,
    "held_account": _account,
    "held_checking": _checking,
    "held_transaction": _transaction,
    "held_holding": _holding,
    "held_number": _number,
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "new_held": _member,
    "new_held_account": _account,
    "new_held_transaction": _transaction,
    "new_held_holding": _holding,
    "new_held_number": _number,
}
