"""Kinds of series: which are subscriptions, and which are bills. Pure."""

from typing import TypeAlias

from fanlight.core.transactions import Type
from fanlight.enrichment import recurrence
from fanlight.enrichment.categories import BY_GUID, BY_KEY, top_level
from fanlight.enrichment.pipeline import Flags
from fanlight.enrichment.recurrence import Cadence
from fanlight.planning.paying.series_movements import Group, Movement

Found: TypeAlias = recurrence.Series[Movement, Group]

UNSURE = 49
"""The greatest confidence in a series of scattered amounts that is no bill: it comes again, but of which amount?"""
SUBSCRIBED = ("MUSIC", "MOVIES_DVDS", "NEWSPAPERS_MAGAZINES", "GYM", "DOMAIN_NAMES", "HOSTING", "FRAUD_PROTECTION")
"""Categories in which the same amount again and again is a subscription."""
BILLED = (
    ("MORTGAGE_RENT", "MORTGAGE_PAYMENT", "AUTO_PAYMENT", "STUDENT_LOAN", "CREDIT_CARD_PAYMENT", "AUTO_INSURANCE")
    + ("HOME_INSURANCE", "HEALTH_INSURANCE", "LIFE_INSURANCE", "TUITION", "BABYSITTER_DAYCARE", "CHILD_SUPPORT")
    + ("PROPERTY_TAX",)
)  # fmt: skip
"""Categories beside the branch of bills and utilities in which what comes again and again is a bill."""
_SUBSCRIBED = frozenset(BY_KEY[key].guid for key in SUBSCRIBED)
_BILLED = frozenset(BY_KEY[key].guid for key in BILLED)
_BILLS = BY_KEY["BILLS_UTILITIES"].guid
_SELDOM = frozenset((Cadence.EVERY_MONTH, Cadence.EVERY_QUARTER, Cadence.EVERY_YEAR))


def is_subscription(found: Found) -> bool:
    """What the system says of the newest, else by its category and a steady amount."""
    newest = found.keys[-1]
    if newest.transaction_type != Type.DEBIT:
        return False
    is_steady = found.low == found.high and found.cadence in _SELDOM
    return bool(newest.system.flags & Flags.SUBSCRIPTION) or (is_steady and _category(newest) in _SUBSCRIBED)


def is_bill(found: Found) -> bool:
    """The same for a bill, of whatever amount."""
    newest = found.keys[-1]
    if newest.transaction_type != Type.DEBIT:
        return False
    category = _category(newest)
    is_of_kind = category in _BILLED or (category in BY_GUID and top_level(category).guid == _BILLS)
    return is_of_kind or bool(newest.system.flags & Flags.BILL_PAY)


def _category(movement: Movement) -> str:
    """Its category, the system's one for what its user named themselves."""
    return movement.category_guid if movement.category_guid in BY_GUID else movement.system.category_guid
