"""Connection statuses of a member: ids and names of the wire, messages in our own words.

`{name}` is the member's name.
"""

from enum import IntEnum


class Status(IntEnum):
    """`connection_status_id`."""

    CREATED = 0
    PREVENTED = 1
    DENIED = 2
    CHALLENGED = 3
    REJECTED = 4
    LOCKED = 5
    CONNECTED = 6
    IMPEDED = 7
    RECONNECTED = 8
    DEGRADED = 9
    DISCONNECTED = 10
    DISCONTINUED = 11
    CLOSED = 12
    DELAYED = 13
    FAILED = 14
    UPDATED = 15
    DISABLED = 16
    IMPORTED = 17
    RESUMED = 18
    EXPIRED = 19
    IMPAIRED = 20
    PENDING = 21


NEEDS_CREDENTIALS = frozenset((Status.PREVENTED, Status.DENIED, Status.IMPORTED, Status.IMPAIRED))

_MESSAGES: dict[Status, str] = {
    Status.CREATED: "We are setting up your connection to {name}.",
    Status.PREVENTED: "Signing in to {name} failed three times. Enter your sign-in details again to go on.",
    Status.DENIED: "{name} did not accept the sign-in. Check your details and try again.",
    Status.CHALLENGED: "{name} has a question for you before it shares your data.",
    Status.REJECTED: "{name} did not accept that answer. Please try again.",
    Status.LOCKED: "{name} has locked your access. Sign in on its website and follow its steps there.",
    Status.CONNECTED: "Connected to {name}.",
    Status.IMPEDED: "{name} needs your attention on its own website before it shares your data.",
    Status.RECONNECTED: "Your connection to {name} is being renewed.",
    Status.DEGRADED: "The connection to {name} is unsteady at the moment. Please try again later.",
    Status.DISCONNECTED: "No data has come from {name} for a while. We keep trying.",
    Status.DISCONTINUED: "Connections to {name} are no longer offered.",
    Status.CLOSED: "Your connection to {name} has been closed.",
    Status.DELAYED: "{name} takes longer than usual. Please check back later.",
    Status.FAILED: "The connection to {name} could not be completed. Please try again later.",
    Status.UPDATED: "We are connecting to {name} with your new details.",
    Status.DISABLED: "Updates from {name} are paused.",
    Status.IMPORTED: "Sign in to {name} once to bring its data up to date.",
    Status.RESUMED: "We are going on with your answer to {name}.",
    Status.EXPIRED: "The answer to {name} came too late. Please start again.",
    Status.IMPAIRED: "Please give your permission to {name} again to bring its data up to date.",
}


def message(status: Status, name: str) -> str | None:
    """`connection_status_message`; a PENDING member has none."""
    text = _MESSAGES.get(status)
    return None if text is None else text.format(name=name)
