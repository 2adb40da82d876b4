"""OverdraftWarning (Transparent Overdraft): an account is overdrawn, was charged for it, or will not last."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from fanlight.core.transactions import Type
from fanlight.enrichment.categories import INCOME
from fanlight.enrichment.pipeline import Flags
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.movements import recent
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger, no_longer
from fanlight.planning.paying.scheduled_payments import Row as ScheduledPayment
from fanlight.planning.paying.series import Series, Status
from fanlight.planning.wording import count, day, money, short

AHEAD_DAYS = 14
"""How many days are looked ahead where no income is expected sooner."""
FEE_DAYS = 3
"""How many days ago an overdraft fee was charged at most."""
SHOWN = 5
_HOLDING = ("CHECKING", "SAVINGS")


class _Low(NamedTuple):
    """The first day on which there is too little, and by how much at the worst until the next income."""

    on: date
    short: int
    payments: Sequence[ScheduledPayment]


def _find(facts: Facts) -> Iterator[Finding]:
    series = {each.key: each for each in facts.series}
    for each in facts.accounts.values():
        if each.type in _HOLDING and not each.is_closed:
            yield from _of_account(facts, each, series)


def _of_account(facts: Facts, account: Account, series: dict[str, Series]) -> Iterator[Finding]:
    if account.balance is not None and account.balance < 0:
        yield _is_below(account)
        return
    fee = next((each for each in recent(facts, FEE_DAYS, account_id=account.id) if _is_fee(each)), None)
    if fee is not None:
        yield _was_charged(account, fee)
    low = _lowest(facts, account, series) if account.type == "CHECKING" else None
    if low is not None:
        yield _will_be_below(account, low)


def _is_fee(movement: Movement) -> bool:
    return movement.is_debit and bool(movement.flags & Flags.OVERDRAFT_FEE)


def _lowest(facts: Facts, account: Account, series: dict[str, Series]) -> _Low | None:
    """What is due before the next income, day by day: what goes out before what comes in."""
    held = [each for each in (account.balance, account.available_balance) if each is not None]
    if not held:
        return None
    left = worst = min(held)
    first_low: date | None = None
    out = []
    for each in _due(facts, account, series):
        left += -each.amount if each.transaction_type is Type.DEBIT else each.amount
        if each.transaction_type is Type.DEBIT:
            out.append(each)
        if left < 0 and first_low is None:
            first_low = date.fromisoformat(each.occurs_on)
        worst = min(worst, left)
    return None if first_low is None or not out else _Low(first_low, -worst, out)


def _due(facts: Facts, account: Account, series: dict[str, Series]) -> list[ScheduledPayment]:
    """What is scheduled on an account from today until the day before its next income."""
    today, until = facts.today.isoformat(), (facts.today + timedelta(days=AHEAD_DAYS)).isoformat()
    incomes = (each.next_on for each in facts.series if each.account_id == account.id and _is_income(facts, each))
    income = min((on for on in incomes if on is not None and on > today), default=None)
    due = [
        each
        for each in facts.scheduled_payments
        if not each.is_completed
        and today <= each.occurs_on <= until
        and (income is None or each.occurs_on < income)
        and _account_of(facts, each, series) == account.id
    ]
    return sorted(due, key=lambda each: (each.occurs_on, each.transaction_type is Type.CREDIT, each.id))


def _is_income(facts: Facts, series: Series) -> bool:
    is_active = series.transaction_type is Type.CREDIT and series.status is Status.ACTIVE
    return is_active and facts.top_level(series.category_guid) == INCOME


def _account_of(facts: Facts, payment: ScheduledPayment, series: dict[str, Series]) -> int | None:
    """That of its series, or the only checking account; with several of them nobody knows."""
    known = series.get(payment.series_key) if payment.series_key else None
    if known is not None:
        return known.account_id
    checking = [key for key, each in facts.accounts.items() if each.type == "CHECKING" and not each.is_closed]
    return checking[0] if len(checking) == 1 else None


def _is_below(account: Account) -> Finding:
    return Finding(
        about=f"{account.guid} below",
        title="Account overdrawn",
        description=f"{short(account.name)} is overdrawn by {money(account.balance or 0, account.currency)}.",
        accounts=(account.guid,),
    )


def _was_charged(account: Account, fee: Movement) -> Finding:
    return Finding(
        about=f"{account.guid} charged {fee.guid}",
        title="Overdraft fee",
        description=f"{short(account.name)} was charged {money(fee.amount, account.currency)} on {day(fee.day)} "
        "because there was too little in it.",
        accounts=(account.guid,),
        transactions=(fee.guid,),
        categories=(fee.category_guid,),
    )


def _will_be_below(account: Account, low: _Low) -> Finding:
    total = sum(each.amount for each in low.payments)
    return Finding(
        about=f"{account.guid} ahead",
        title="Account may be overdrawn",
        description=f"{short(account.name)} may be short by {money(low.short, account.currency)} from {day(low.on)} "
        f"on: {count(len(low.payments), 'payment')} of {money(total, account.currency)} in all "
        f"{'is' if len(low.payments) == 1 else 'are'} due before more is expected to come in.",
        accounts=(account.guid,),
        merchants=tuple(dict.fromkeys(each.merchant_guid for each in low.payments if each.merchant_guid))[:SHOWN],
        scheduled_payments=tuple(each.guid for each in low.payments),
    )


def _is_over(facts: Facts, kept: Kept) -> bool:
    """A fee that was charged stays charged."""
    return " charged " not in kept.about and no_longer(_find)(facts, kept)


RULE = Rule(
    template="OverdraftWarning",
    name="Transparent Overdraft",
    groups=(Group.PROTECT,),
    triggers=(Trigger.ACCOUNT, Trigger.TRANSACTION, Trigger.SCHEDULED_PAYMENT, Trigger.CLOCK),
    when="A checking or savings account has a balance below zero; or it was charged an overdraft fee within the last "
    f"{FEE_DAYS} days; or a checking account will be below zero: its balance (the available one where that is lower), "
    "less the debits and with the credits scheduled on it from today until the day before its next income, for "
    f"{AHEAD_DAYS} days at most, each day's debits first. A payment that a client wrote down is on the only checking "
    "account, with several of them on none. Over when the account is not, and will not be, below zero any more.",
    source="ours",
    find=_find,
    window=7,
    is_over=_is_over,
)
