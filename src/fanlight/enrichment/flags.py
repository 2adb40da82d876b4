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
from fanlight.enrichment.kinds import Said
from fanlight.enrichment.merchants import BILL, SUBSCRIPTION
from fanlight.enrichment.tables import listed

_LENDERS_ON_PAY = tuple(f" {name.replace('-', ' ')} " for name in sorted(listed("lenders-on-pay")))
_FOREIGN = tuple(f" {phrase.replace('-', ' ')} " for phrase in sorted(listed("abroad")))
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


def flags_of(decision: Decision, traits: str, said: Said, *, is_credit: bool) -> Flags:
    """The flags of a movement; `traits` are those of its merchant."""
    top = _top_of(decision.category_guid)
    own = said.kind.traits if said.kind else ""
    found = _of_credit(decision, top, own) if is_credit else _of_debit(top, own, traits)
    # To a merchant that sells by subscription, or one that says so.
    subscribed = SUBSCRIPTION in traits or not said.words.isdisjoint(_SUBSCRIBED)
    if subscribed and not is_credit and decision.by is not By.NOTHING:
        found |= _SUBSCRIPTION
    if not said.words.isdisjoint(_WORDS):
        found |= _of_text(said.text)
    return _flags(found)


def _of_credit(decision: Decision, top: str, own: str) -> int:
    found = 0
    # It calls itself a deposit of pay or of a benefit, or it is pay.
    if kinds.DIRECT_DEPOSIT in own or decision.category_guid == PAYCHECK:
        found |= _DIRECT_DEPOSIT
    # It is in the branch of income, and nothing that was paid before.
    if top == INCOME and decision.category_guid != RETURNED_PURCHASE:
        found |= _INCOME
    return found


def _of_debit(top: str, own: str, traits: str) -> int:
    found = 0
    # To a biller, a lender or an insurer, or one that calls itself a bill payment.
    if kinds.BILL in own or BILL in traits or top == _BILLS:
        found |= _BILL_PAY
    # It is no transfer and no investment.
    if top not in _NO_EXPENSE:
        found |= _EXPENSE
    # It is in the branch of fees; of those some are for an overdraft or for what was returned unpaid.
    if top == FEES_CHARGES:
        found |= _FEE | (_OVERDRAFT_FEE if kinds.OVERDRAFT in own else 0)
    return found


def _of_text(text: str) -> int:
    """What the text speaks of: another currency or abroad; a lender on pay."""
    abroad = any(phrase in text for phrase in _FOREIGN)
    advance = any(name in text for name in _LENDERS_ON_PAY)
    return (_INTERNATIONAL if abroad else 0) | (_ADVANCE if advance else 0)


@cache
def _top_of(guid: str) -> str:
    return top_level(guid).guid


@cache
def _flags(found: int) -> Flags:
    return Flags(found)
