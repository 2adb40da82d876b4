"""Enrichment of one transaction: a readable description, its merchant, a category, and what kind of movement it is."""

from enum import IntFlag, StrEnum, auto
from typing import NamedTuple

from fanlight.enrichment.categories import UNCATEGORIZED

VERSION = 1


class Seen(NamedTuple):
    """What an institution tells; `amount` in millionths."""

    description: str
    memo: str | None = None
    is_credit: bool = False
    amount: int = 0
    mcc: int | None = None
    check_number: str | None = None
    extended_type: str | None = None
    account_type: int | None = None


class Place(NamedTuple):
    """Where it happened, as far as the description says."""

    city: str | None
    region_code: str | None
    country: str | None
    phone_number: str | None
    postal_code: str | None


class Flags(IntFlag):
    """What kind of movement it is."""

    BILL_PAY = auto()
    DIRECT_DEPOSIT = auto()
    EXPENSE = auto()
    FEE = auto()
    INCOME = auto()
    INTERNATIONAL = auto()
    OVERDRAFT_FEE = auto()
    PAYROLL_ADVANCE = auto()
    SUBSCRIPTION = auto()


class By(StrEnum):
    """What decided the category."""

    MERCHANT = "merchant"
    KIND = "kind"
    MCC = "mcc"
    WORDS = "words"
    NOTHING = "nothing"


class Enriched(NamedTuple):
    """What came out; `evidence` is for a person."""

    description: str
    category_guid: str
    merchant_guid: str | None
    place: Place | None
    flags: Flags
    by: By
    evidence: str


def enrich(seen: Seen) -> Enriched:
    """The transaction as a person would read it."""
    described = " ".join(seen.description.split())
    return Enriched(described, UNCATEGORIZED, None, None, Flags(0), By.NOTHING, "nothing told more")
