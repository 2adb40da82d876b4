"""People with something of everything that is sealed, made over the wire."""

from typing import Any

from support import logins
from support.world import Nexus, World

DEPOSIT = {
    "first_name": "canary",
    "last_name": "person",
    "email": "canary@example.com",
    "account_number": "333300012345",
    "routing_number": "091000019",
    "account_type_name": "CHECKING",
}


class Person:
    """A user with a grant, a login, a question that waits for its answer, numbers, owners and a microdeposit."""

    def __init__(self, world: World, name: str) -> None:
        self.nexus: Nexus = world.user(name)
        self.oauth = self.nexus.connect(f"{name}-at-the-bank")["guid"]
        self.login = logins.signed_in(self.nexus, "anything", f"{name}-login")["guid"]
        self.asked = logins.signed_in(self.nexus, "challenge", f"{name}-asked")["guid"]
        for what in ("verify", "identify"):
            logins.again(self.nexus, self.oauth, what)
        self.nexus.ok("POST", "/micro_deposits", {"micro_deposit": DEPOSIT})
        self.window = self.nexus.window(self.oauth)

    def seen(self) -> dict[str, Any]:
        """All that can be read of what is sealed."""
        accounts = self.nexus.ok("GET", "/accounts")["accounts"]
        return {
            "numbers": self.nexus.ok("GET", f"/members/{self.oauth}/account_numbers")["account_numbers"],
            "owners": self.nexus.ok("GET", f"/members/{self.oauth}/account_owners")["account_owners"],
            "ids": sorted((account["guid"], account["external_guid"] or "") for account in accounts),
        }
