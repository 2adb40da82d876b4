"""What the API and the bank say about a window, while the browser shows it."""

from typing import Any

from support.world import Nexus, World

BRAND = "mx_bank_oauth"
PENDING, SUCCESS, ERRORED = 1, 2, 3
REASONS = {
    "CANCELLED": 1,
    "DENIED": 2,
    "IMPEDED": 3,
    "PROVIDER_ERROR": 4,
    "SERVER_ERROR": 5,
    "SESSION_ERROR": 6,
}


def new_member(nexus: Nexus) -> dict[str, Any]:
    """A PENDING member with its window, which is not aggregated at the end: most walks are over before that."""
    return nexus.member(skip_aggregation=True)


def new_window(nexus: Nexus, guid: str, **query: str) -> str:
    """A fresh window URI of such a member."""
    return nexus.window(guid, skip_aggregation="true", **query)


def states(nexus: Nexus, guid: str) -> list[tuple[int, int | None]]:
    """`auth_status` and `error_reason` of each of a member's windows, newest first."""
    return [(state["auth_status"], state["error_reason"]) for state in full_states(nexus, guid)]


def full_states(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/oauth_states?outbound_member_guid={guid}")["oauth_states"]
    return found


def status(nexus: Nexus, guid: str) -> str:
    return str(nexus.read(guid)["connection_status"])


def counted(world: World, kind: str) -> int:
    """How often the bank was asked for something of this kind."""
    return world.bank.activity.of(BRAND, kind)
