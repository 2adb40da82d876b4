"""The payment of a debt is coming."""

from collections.abc import Iterator
from datetime import timedelta

from fanlight.base.clock import date_of
from fanlight.enrichment.categories import BY_KEY, INCOME, RETURNED_PURCHASE, TRANSFER, UNCATEGORIZED
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import day, money, short

DAYS_BACK = 30
_OF_PAYMENTS = frozenset((TRANSFER, INCOME, UNCATEGORIZED))
_GIVEN_BACK = frozenset((RETURNED_PURCHASE, BY_KEY["REIMBURSEMENT"].guid, BY_KEY["BONUS"].guid))
"""What a shop or the bank gives back: a refund, a disputed charge, cash back."""


def find(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts.values():
        if _is_due(facts, account) and not _is_paid(facts, account):
            yield _finding(account)


def _is_due(facts: Facts, account: Account) -> bool:
    owes = account.is_liability and not account.is_closed and (account.balance or 0) > 0
    return owes and account.payment_due_at is not None and account.payment_due_at > facts.now


def _is_paid(facts: Facts, account: Account) -> bool:
    since = facts.today - timedelta(days=DAYS_BACK)
    return any(each.day > since and is_payment(account, each) for each in facts.by_account[account.id])


def is_payment(account: Account, movement: Movement) -> bool:
    """Whether a movement on an account pays it: on a card a credit may also be a refund."""
    if movement.is_debit or movement.category_guid in _GIVEN_BACK:
        return False
    is_moved = movement.twin is not None or movement.top_category_guid in _OF_PAYMENTS
    return is_moved or account.type != "CREDIT_CARD"


def _finding(account: Account) -> Finding:
    on, name, due = day(date_of(account.payment_due_at or 0)), short(account.name), account.minimum_payment
    owed = money(account.balance or 0, account.currency)
    least = f" At least {money(due, account.currency)} are due." if due else ""
    return Finding(
        about=f"{account.guid}.{account.payment_due_at}",
        title=f"{name}: payment due {on}",
        description=f"The next payment for {name} is due on {on}. {owed} are owed.{least}",
        micro_title="Payment due soon",
        accounts=(account.guid,),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """It was paid, its day is over, or nothing is owed any more."""
    guid, _, due_at = kept.about.rpartition(".")
    own = [each for each in facts.accounts.values() if each.guid == guid]
    is_same = bool(own) and str(own[0].payment_due_at) == due_at
    return not is_same or not _is_due(facts, own[0]) or _is_paid(facts, own[0])


RULE = Rule(
    template="DebtPaymentReminder",
    name="Debt Payment Reminder",
    groups=(Group.BORROW, Group.GUIDE),
    triggers=(Trigger.ACCOUNT,),
    when="An account on which something is owed is not closed, has a positive balance and a payment_due_at in the "
    "future, and no payment came to it within the last 30 days. Once for each account and due date. A credit on a card "
    "that is a refund, a reimbursement or a bonus is no payment (ours).",
    source="documented",
    find=find,
    is_over=is_over,
)
