"""Holdings that the contract's cases speak of: an institution's, a partner's, another user's."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract.things import Things


def _investment(things: "Things") -> str:
    found = things.nexus.ok("GET", f"/members/{things.get('member')}/accounts")["accounts"]
    return str(next(account["guid"] for account in found if account["account_type_name"] == "INVESTMENT"))


def _fresh(things: "Things", place: int) -> str:
    """A holding of the institution, in the order in which they came."""
    found = things.nexus.ok("GET", f"/holdings?account_guid={things.get('investment')}")["holdings"]
    return str(found[place]["guid"])


def _by_partner(things: "Things") -> str:
    """Made over MDX; Nexus lists it last."""
    name = things.get("new_held_holding")
    found = things.nexus.ok("GET", "/holdings?records_per_page=1000")["holdings"]
    return str(next(each["guid"] for each in found if each["external_guid"] == name))


def _foreign(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    other.connect("ada")
    return str(other.ok("GET", "/holdings")["holdings"][0]["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "investment": _investment,
    "holding": lambda things: _fresh(things, 0),
    "edited_holding": lambda things: _fresh(things, 1),
    "foreign_holding": _foreign,
    "partners_holding": _by_partner,
}
FRESH: dict[str, Callable[["Things"], str]] = {}
