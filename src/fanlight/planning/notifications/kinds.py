"""Kinds of notifications and channels, with the numbers of the wire."""

from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """`notification_type`."""

    BUDGET_EXCEEDED = 1
    BUDGET_OFF_TARGET = 2
    DEBT_PAYMENT_REMINDER = 3
    GUIDE_ME_STEP_COMPLETE = 4
    GUIDE_ME_OFF_TARGET = 5
    ACCOUNT_BALANCE_LOW = 6
    ACCOUNT_DEPOSIT_LARGE = 7
    TRANSACTION_EXPENSE_LARGE = 8
    TRANSACTION_FEE_CHARGE = 9
    SYSTEM_NOTIFICATION = 10
    API_NOTIFICATION = 11
    USER_SUMMARY = 12
    OFFER = 13
    PASSWORD_RESET_TOKEN = 14
    PASSWORD_CHANGED = 15
    EMAIL_VERIFICATION = 16
    EMAIL_VERIFIED = 17
    WELCOME = 18


class Channel(IntEnum):
    """`channel`. The numbers of SMS and IN_APP are ours: no page of the wire has them."""

    EMAIL = 1
    PUSH = 2
    SMS = 3
    IN_APP = 4


CHANNELS = {int(each): each.name for each in Channel}
USUAL_CHANNELS = (Channel.EMAIL, Channel.IN_APP)
"""Where nothing else is said; the e-mail only for a user who has an address."""


class Usual(NamedTuple):
    """How a kind that rules make is where nothing else is said.

    `threshold` is in whole units of the account's currency, None for a kind that has none; `is_of_account` says whether
    single accounts may have it otherwise.
    """

    threshold: int | None = None
    is_of_account: bool = False


MADE: dict[Kind, Usual] = {
    Kind.BUDGET_EXCEEDED: Usual(),
    Kind.BUDGET_OFF_TARGET: Usual(),
    Kind.DEBT_PAYMENT_REMINDER: Usual(is_of_account=True),
    Kind.GUIDE_ME_STEP_COMPLETE: Usual(),
    Kind.GUIDE_ME_OFF_TARGET: Usual(),
    Kind.ACCOUNT_BALANCE_LOW: Usual(100, is_of_account=True),
    Kind.ACCOUNT_DEPOSIT_LARGE: Usual(500, is_of_account=True),
    Kind.TRANSACTION_EXPENSE_LARGE: Usual(100, is_of_account=True),
    Kind.TRANSACTION_FEE_CHARGE: Usual(0, is_of_account=True),
    Kind.SYSTEM_NOTIFICATION: Usual(),
}
"""The kinds that rules make; the others come over the API or never."""
