"""A microdeposit's account types and statuses, and its course through the simulated ACH network. Pure.

No real provider stands behind it: nothing is paid. Where a microdeposit has come to follows from its account number
and its age alone, so there is no timer to lose.
"""

import re
from enum import IntEnum
from typing import NamedTuple

REQUESTED_AFTER = 10
SETTLED_AFTER = 120
TEST_NUMBERS = "3333"
RETURNED = "4444"
_TOLD_CREDITS = re.compile(r"0([1-9])0([1-9])$")
_USUAL_CREDITS = (9, 9)


class Status(IntEnum):
    """`status`."""

    INITIATED = 0
    REQUESTED = 1
    DEPOSITED = 2
    VERIFIED = 3
    ERRORED = 4
    DENIED = 5
    PREVENTED = 6
    CONFLICTED = 7
    REJECTED = 8
    PREINITIATED = 9


# What the network still moves on; what takes amounts; what keeps a second one of the account away; what runs out.
UNSETTLED = (Status.INITIATED, Status.REQUESTED)
VERIFIABLE = (Status.DEPOSITED, Status.DENIED)
UNDER_WAY = (*UNSETTLED, *VERIFIABLE)
UNFINISHED = (*UNDER_WAY, Status.PREINITIATED)


class AccountType(IntEnum):
    """`account_type`."""

    CHECKING = 1
    SAVINGS = 2


class Person(NamedTuple):
    """Whose account it is to be."""

    first_name: str
    last_name: str
    email: str


class Step(NamedTuple):
    """A status that is reached so many seconds after the order; the error is what the client reads of it."""

    after: int
    status: Status
    error_code: str | None = None
    error_message: str | None = None


_BEGIN = Step(0, Status.INITIATED)
_ORDERED = Step(REQUESTED_AFTER, Status.REQUESTED)
_PAID = Step(SETTLED_AFTER, Status.DEPOSITED)
_SENT_BACK = Step(SETTLED_AFTER, Status.ERRORED, "R03", "The bank sent the deposits back: it has no such account.")
_NOT_TAKEN = Step(
    REQUESTED_AFTER,
    Status.REJECTED,
    "NO_PROVIDER",
    f"No ACH provider is attached; the simulated one takes account numbers that begin with {TEST_NUMBERS}.",
)


def standing(account_number: str, age: int) -> Step:
    """Where the order for an account has come to after so many seconds."""
    return [step for step in _course(account_number) if step.after <= max(age, 0)][-1]


def credits_of(account_number: str) -> tuple[int, int]:
    """The cents that arrive: 9 and 9, or A and B for an account number that ends in 0A0B."""
    told = _TOLD_CREDITS.search(account_number)
    return _USUAL_CREDITS if told is None else (int(told[1]), int(told[2]))


def _course(account_number: str) -> tuple[Step, ...]:
    if not account_number.startswith(TEST_NUMBERS):
        return (_BEGIN, _NOT_TAKEN)
    if account_number.endswith(RETURNED):
        return (_BEGIN, _ORDERED, _SENT_BACK)
    return (_BEGIN, _ORDERED, _PAID)
