"""Flags: what kind of movement it is, apart from its category. Each rule stands beside what it sets."""

from enum import IntFlag, auto
from functools import cache

from fanlight.enrichment import kinds
from fanlight.enrichment.categories import (
    BY_KEY,
    FEES_CHARGES,
    INCOME,
    INVESTMENTS,
    PAYCHECK,
    RETURNED_PURCHASE,
    TRANSFER,
    top_level,
)
from fanlight.enrichment.judging import By, Decision
from fanlight.enrichment.kinds import Kind
from fanlight.enrichment.merchants import BILL, SUBSCRIPTION

_LENDERS_ON_PAY = frozenset(
    "dave|earnin|activehours|brigit|bridge it|moneylion|klover|albert instant|empower cash|payactiv|dailypay|even com|flexwage"
    "|cash advance app|payroll advance|pay advance|wage advance|salary advance|earned wage|instant pay advance|floatme|cleo".split(
        "|"
    )
)
_FOREIGN = tuple(
    f" {phrase} "
    for phrase in "foreign transaction|international|intl|foreign currency|non sterling|fx rate|exchange rate|overseas".split(
        "|"
    )
)
_WORDS = frozenset(phrase.split()[0] for phrase in (*_FOREIGN, *_LENDERS_ON_PAY))
_SUBSCRIBED = frozenset({"subscription", "subscr", "membership", "subs"})
_BILLS = BY_KEY["BILLS_UTILITIES"].guid
_NO_EXPENSE = frozenset({TRANSFER, INVESTMENTS, INCOME})


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


# Plain numbers: joining enumerations costs more than all the rest.
_BILL_PAY, _DIRECT_DEPOSIT, _EXPENSE, _FEE, _INCOME, _INTERNATIONAL, _OVERDRAFT_FEE, _ADVANCE, _SUBSCRIPTION = map(
    int, Flags
)


def flags_of(
    decision: Decision, kind: Kind | None, merchant: str, text: str, said: frozenset[str], is_credit: bool
) -> Flags:
    """The flags of a movement; `merchant` are the traits of its merchant."""
    top = _top_of(decision.category_guid)
    traits = kind.traits if kind else ""
    found = _of_credit(decision, top, traits) if is_credit else _of_debit(decision, top, traits, merchant)
    # To a merchant that sells by subscription, or one that says so.
    if (
        not is_credit
        and decision.by is not By.NOTHING
        and (SUBSCRIPTION in merchant or not said.isdisjoint(_SUBSCRIBED))
    ):
        found |= _SUBSCRIPTION
    if not said.isdisjoint(_WORDS):
        found |= _said(text)
    return _flags(found)


def _of_credit(decision: Decision, top: str, traits: str) -> int:
    found = 0
    # It calls itself a deposit of pay or of a benefit, or it is pay.
    if kinds.DIRECT_DEPOSIT in traits or decision.category_guid == PAYCHECK:
        found |= _DIRECT_DEPOSIT
    # It is in the branch of income, and nothing that was paid before.
    if top == INCOME and decision.category_guid != RETURNED_PURCHASE:
        found |= _INCOME
    return found


def _of_debit(decision: Decision, top: str, traits: str, merchant: str) -> int:
    found = 0
    # To a biller, a lender or an insurer, or one that calls itself a bill payment.
    if kinds.BILL in traits or BILL in merchant or top == _BILLS:
        found |= _BILL_PAY
    # It is no transfer and no investment.
    if top not in _NO_EXPENSE:
        found |= _EXPENSE
    # It is in the branch of fees; of those some are for an overdraft or for what was returned unpaid.
    if top == FEES_CHARGES:
        found |= _FEE | (_OVERDRAFT_FEE if kinds.OVERDRAFT in traits else 0)
    return found


def _said(text: str) -> int:
    """What the text speaks of: another currency or abroad; a lender on pay."""
    abroad = any(phrase in text for phrase in _FOREIGN)
    return (_INTERNATIONAL if abroad else 0) | (_ADVANCE if _names_advance(text) else 0)


def _names_advance(text: str) -> bool:
    return any(f" {name} " in text for name in _LENDERS_ON_PAY)


@cache
def _top_of(guid: str) -> str:
    return top_level(guid).guid


@cache
def _flags(found: int) -> Flags:
    return Flags(found)
