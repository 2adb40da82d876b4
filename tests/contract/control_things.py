"""Tags, taggings and places of merchants that the contract's cases speak of, and a client of the control face."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2

from fanlight.core import clients, institutions, merchant_locations, users
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.pipeline import Place
from support.world import Nexus, World

if TYPE_CHECKING:
    from contract.things import Things

PLACE = Place("San Jose", "CA", "US", "(408) 555-0100", "95110")


class Control:
    """A client of the control face, for one user of the sandbox's client."""

    def __init__(self, nexus: Nexus) -> None:
        self.world = nexus.world
        self.user = str(nexus.ok("GET", "/user")["user"]["guid"])

    def send(self, method: str, path: str, json: Any = None, **kwargs: Any) -> httpx2.Response:
        """A request below the user's own path."""
        headers = {"MD-API-KEY": self.world.ready["api_key"]} | kwargs.pop("headers", {})
        url = f"{self.world.url}/control/v1/users/{self.user}{path}"
        return self.world.http.request(method, url, json=json, headers=headers, **kwargs)

    def ok(self, method: str, path: str, json: Any = None) -> Any:
        """The answer's JSON; fails unless it is 200."""
        response = self.send(method, path, json)
        assert response.status_code == 200, (method, path, response.status_code, response.text)
        return response.json()

    def tag(self, name: str) -> str:
        return str(self.ok("POST", "/tags", {"tag": {"name": name}})["tag"]["guid"])

    def tagging(self, tag: str, transaction: str) -> str:
        body = {"tagging": {"tag_guid": tag, "transaction_guid": transaction}}
        return str(self.ok("POST", "/taggings", body)["tagging"]["guid"])

    def explained(self, transaction: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok("GET", f"/transactions/{transaction}/explain")["explanation"]
        return found


def other_client(world: World, name: str) -> tuple[str, str]:
    """The guid of a user of another client, and that client's key."""
    client, key = world.unit(clients.create, name, now=world.clock())
    user = world.unit(users.create, client.id, "someone", users.Profile(), now=world.clock())
    return user.guid, key


def _new_tag(things: "Things") -> str:
    return Control(things.nexus).tag(things.unique("Tag"))


def _new_tagging(things: "Things") -> str:
    return Control(things.nexus).tagging(_new_tag(things), things.get("groceries_bought"))


def _foreign_tag(things: "Things") -> str:
    return Control(things.world.user(things.unique("other"))).tag("Theirs")


def _foreign_tagging(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    other.connect("ada")
    control = Control(other)
    transaction = other.ok("GET", "/transactions")["transactions"][0]["guid"]
    return control.tagging(control.tag("Theirs"), transaction)


def _foreign_user(things: "Things") -> str:
    guid, key = other_client(things.world, f"other-{things.name}")
    things.keep("other_key", key)
    return guid


def _other_key(things: "Things") -> str:
    things.get("foreign_user")
    return things.get("other_key")


def _place(things: "Things") -> str:
    merchant = things.get("merchant")
    guid = merchant_locations.guid_of(merchant, PLACE)
    things.world.unit(merchant_locations.note_all, {guid: (merchant, PLACE)}, now=things.world.clock())
    return guid


def _british_member(things: "Things") -> str:
    """A member whose consent is to be confirmed every 90 days; its institution is hidden from the others' cases."""
    world, now = things.world, things.world.clock()
    there = world.unit(institutions.by_code, "mx_bank_uk")
    world.unit(institutions.set_hidden, there, is_hidden=False, now=now)
    member = things.nexus.connect("ada", code="mx_bank_uk")
    world.unit(institutions.set_hidden, there, is_hidden=True, now=now)
    return str(member["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "user_guid": lambda things: Control(things.nexus).user,
    "tag": _new_tag,
    "tagging": _new_tagging,
    "foreign_tag": _foreign_tag,
    "foreign_tagging": _foreign_tagging,
    "foreign_user": _foreign_user,
    "other_key": _other_key,
    "british_member": _british_member,
    "merchant": lambda _: catalogue()[0].guid,
    "merchant_name": lambda _: catalogue()[0].name,
    "merchant_location": _place,
}
FRESH: dict[str, Callable[["Things"], str]] = {"new_tag": _new_tag, "new_tagging": _new_tagging}
