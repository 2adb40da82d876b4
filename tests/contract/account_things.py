"""Accounts that a user keeps by hand, blocks and merges: things of the contract's cases and of other tests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contract.partner_things import Partner
from support.world import Nexus

if TYPE_CHECKING:
    from contract.things import Things


def manual(nexus: Nexus, **fields: Any) -> dict[str, Any]:
    """A new manual account, a savings account called Jar unless said otherwise."""
    body = {"name": "Jar", "account_type": 2, "balance": 100, **fields}
    answer: dict[str, Any] = nexus.ok("POST", "/accounts", {"account": body})["account"]
    return answer


def movement(nexus: Nexus, account: str, amount: float, date: str, *, credit: bool = False, **fields: Any) -> str:
    """A transaction on a manual account; its guid."""
    body = {"amount": amount, "date": date, "description": "Moved", "transaction_type": 1 if credit else 2, **fields}
    made = nexus.ok("POST", f"/accounts/{account}/transactions", {"transaction": body})["transaction"]
    return str(made["guid"])


def fed(nexus: Nexus, username: str, kind: str = "CHECKING") -> dict[str, Any]:
    """The first account of a kind at a newly connected member."""
    member = nexus.connect(username)["guid"]
    found = nexus.ok("GET", f"/members/{member}/accounts")["accounts"]
    answer: dict[str, Any] = next(each for each in found if each["account_type_name"] == kind)
    return answer


def held(nexus: Nexus, user: str, name: str) -> dict[str, Any]:
    """An account that a partner keeps for the user, as Nexus shows it."""
    partner = Partner(nexus.world, user)
    partner.member(f"member-{name}")
    guid = partner.account(f"member-{name}", f"account-{name}")["guid"]
    answer: dict[str, Any] = nexus.ok("GET", f"/accounts/{guid}")["account"]
    return answer


def _foreign(things: "Things") -> str:
    return str(manual(things.world.user(things.unique("other")))["guid"])


def _of_partner(things: "Things") -> str:
    return str(held(things.nexus, things.name, things.unique("held"))["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "manual": lambda things: str(manual(things.nexus)["guid"]),
    "manual_member": lambda things: str(manual(things.nexus)["member_guid"]),
    "for_pfm": lambda things: str(things.nexus.connect(things.unique("pfm"), use_cases=["PFM"])["guid"]),
    "fed": lambda things: str(fed(things.nexus, things.unique("fed"))["guid"]),
    "foreign_account": _foreign,
    "of_partner": _of_partner,
    "of_partner_too": _of_partner,
    "in_euros": lambda things: str(manual(things.nexus, currency_code="EUR")["guid"]),
    "in_dollars": lambda things: str(manual(things.nexus, currency_code="USD")["guid"]),
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "new_manual": lambda things: str(manual(things.nexus)["guid"]),
    "new_checking": lambda things: str(manual(things.nexus, account_type=1)["guid"]),
    "new_fed": lambda things: str(fed(things.nexus, things.unique("fresh"))["guid"]),
}
