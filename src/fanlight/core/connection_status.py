"""Connection statuses of a member: ids and names of the wire, which may follow which, messages in our own words.

A member that a partner holds has no status at all. `{name}` is the member's name.
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


_S = Status

# How a run may find the institution, whatever the member was before.
_ENDS = {_S.CONNECTED, _S.DENIED, _S.PREVENTED, _S.CHALLENGED, _S.LOCKED, _S.IMPEDED, _S.FAILED, _S.IMPAIRED}
# What an operator may say at any time.
_BY_OPERATOR = {_S.DISABLED, _S.DISCONTINUED, _S.CLOSED, _S.IMPORTED, _S.RECONNECTED}
_ANY_RUN = _ENDS | _BY_OPERATOR | {_S.UPDATED}
_BEFORE_CONNECTION = _ANY_RUN | {_S.DELAYED}
_AFTER_CONNECTION = _ANY_RUN | {_S.DEGRADED, _S.DISCONNECTED}

NEXT: dict[Status, frozenset[Status]] = {
    before: frozenset(after - {before})
    for before, after in {
        _S.CREATED: _BEFORE_CONNECTION,
        _S.PREVENTED: _BY_OPERATOR | {_S.UPDATED, _S.CONNECTED},
        _S.DENIED: _BEFORE_CONNECTION,
        _S.CHALLENGED: _BY_OPERATOR | {_S.RESUMED, _S.UPDATED, _S.EXPIRED, _S.CONNECTED},
        _S.REJECTED: _BEFORE_CONNECTION,
        _S.LOCKED: _BEFORE_CONNECTION,
        _S.CONNECTED: _AFTER_CONNECTION | {_S.REJECTED},
        _S.IMPEDED: _BEFORE_CONNECTION,
        _S.RECONNECTED: _BEFORE_CONNECTION | _AFTER_CONNECTION | {_S.REJECTED},
        _S.DEGRADED: _AFTER_CONNECTION,
        _S.DISCONNECTED: _AFTER_CONNECTION,
        _S.DISCONTINUED: {_S.CLOSED, _S.RECONNECTED, _S.CONNECTED},
        _S.CLOSED: {_S.UPDATED, _S.CONNECTED, _S.DISCONTINUED, _S.IMPORTED, _S.RECONNECTED},
        _S.DELAYED: _ANY_RUN | {_S.REJECTED},
        _S.FAILED: _BEFORE_CONNECTION,
        _S.UPDATED: _BEFORE_CONNECTION | {_S.REJECTED},
        _S.DISABLED: set(Status) - {_S.CHALLENGED, _S.RESUMED, _S.DELAYED, _S.PENDING},
        _S.IMPORTED: _BY_OPERATOR | {_S.UPDATED, _S.CONNECTED},
        _S.RESUMED: _BEFORE_CONNECTION | {_S.REJECTED},
        _S.EXPIRED: _BEFORE_CONNECTION,
        _S.IMPAIRED: _BEFORE_CONNECTION,
        _S.PENDING: {_S.CONNECTED},
    }.items()
}

# What a pause leaves of a status that was waiting for something: it has to be begun anew.
AFTER_PAUSE = {_S.CHALLENGED: _S.EXPIRED, _S.RESUMED: _S.UPDATED, _S.DELAYED: _S.UPDATED}

# Where a job may begin. Elsewhere something has to happen first: credentials, an answer, a window, the operator.
CAN_RUN = frozenset(
    status for status in Status if status not in _BY_OPERATOR - {_S.RECONNECTED}
) - {_S.PREVENTED, _S.CHALLENGED, _S.PENDING}  # fmt: skip
# What an operator's word is not overruled by: the end of a run that was under way.
SET_BY_OPERATOR = frozenset(_BY_OPERATOR - {_S.RECONNECTED})
WAS_CONNECTED = frozenset((_S.CONNECTED, _S.DEGRADED, _S.DISCONNECTED))


class ImpossibleTransitionError(RuntimeError):
    """The code wanted a change of status that the table does not have: a fault of ours."""


def check(before: Status | None, after: Status | None) -> None:
    """Refuse a transition that is not in the table; staying is always possible. Raises ImpossibleTransitionError."""
    if before != after and (before is None or after is None or after not in NEXT[before]):
        names = [None if status is None else status.name for status in (before, after)]
        raise ImpossibleTransitionError(f"a member cannot go from {names[0]} to {names[1]}")


# Where signing on again, without the person having done something, only brings the next refusal or lock-out.
NEEDS_PERSON = frozenset((_S.DENIED, _S.LOCKED, _S.IMPEDED, _S.REJECTED, _S.EXPIRED))
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
_IMPAIRED_LOGIN = "Please enter your sign-in details for {name} again to bring its data up to date."


def message(status: Status, name: str, *, is_oauth: bool) -> str | None:
    """`connection_status_message`; a PENDING member has none."""
    text = _IMPAIRED_LOGIN if status == Status.IMPAIRED and not is_oauth else _MESSAGES.get(status)
    return None if text is None else text.format(name=name)
