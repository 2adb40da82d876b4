"""Flags: what kind of movement it is, apart from its category. Each rule stands beside its flag."""

from enum import IntFlag, auto

from fanlight.enrichment import kinds
from fanlight.enrichment.categories import BY_KEY, FEES_CHARGES, INCOME, INVESTMENTS, PAYCHECK, TRANSFER
from fanlight.enrichment.categories import top_level
from fanlight.enrichment.judging import By, Decision, Hints
from fanlight.enrichment.merchants import BILL, SUBSCRIPTION

_LENDERS_ON_PAY = frozenset(
    "dave|earnin|activehours|brigit|bridge it|moneylion|klover|albert instant|empower cash|payactiv|dailypay|even com|flexwage"
    "|cash advance app|payroll advance|pay advance|wage advance|salary advance|earned wage|instant pay advance|floatme|cleo".split("|")
)
_FOREIGN = (" foreign transaction ", " international ", " intl ", " foreign currency ", " non sterling ", " fx rate ", " exchange rate ", " overseas ")
_BILLS = {BY_KEY["BILLS_UTILITIES"].guid}


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


def flags_of(decision: Decision, hints: Hints) -> Flags:
    top = top_level(decision.category_guid).guid
    traits = hints.kind.traits if hints.kind else ""
    merchant = hints.name.traits if hints.name else ""
    is_debit = not hints.is_credit
    rules = (
        # A debit to a biller, a lender or an insurer, or one that calls itself a bill payment.
        (Flags.BILL_PAY, is_debit and (kinds.BILL in traits or BILL in merchant or top in _BILLS)),
        # A credit that calls itself a deposit of pay or of a benefit, or that is pay.
        (Flags.DIRECT_DEPOSIT, hints.is_credit and (kinds.DIRECT_DEPOSIT in traits or decision.category_guid == PAYCHECK)),
        # A debit that is no transfer and no investment.
        (Flags.EXPENSE, is_debit and top not in (TRANSFER, INVESTMENTS, INCOME)),
        # A debit in the branch of fees.
        (Flags.FEE, is_debit and top == FEES_CHARGES),
        # A credit in the branch of income; a return is none.
        (Flags.INCOME, hints.is_credit and top == INCOME and decision.category_guid != BY_KEY["RETURNED_PURCHASE"].guid),
        # The text speaks of another currency or of abroad.
        (Flags.INTERNATIONAL, any(phrase in hints.text for phrase in _FOREIGN)),
        # A fee for an overdraft or for what was returned unpaid.
        (Flags.OVERDRAFT_FEE, is_debit and top == FEES_CHARGES and kinds.OVERDRAFT in traits),
        # A lender on pay is named, in either direction.
        (Flags.PAYROLL_ADVANCE, any(f" {name} " in hints.text for name in _LENDERS_ON_PAY)),
        # A debit to a merchant that sells by subscription, or that says so.
        (Flags.SUBSCRIPTION, is_debit and _is_subscription(merchant, hints.text) and decision.by is not By.NOTHING),
    )
    return _joined(rules)


def _is_subscription(merchant: str, text: str) -> bool:
    return SUBSCRIPTION in merchant or " subscription " in text or " membership " in text or " subscr " in text


def _joined(rules: tuple[tuple[Flags, bool], ...]) -> Flags:
    flags = Flags(0)
    for flag, holds in rules:
        if holds:
            flags |= flag
    return flags
