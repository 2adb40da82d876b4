"""CelebrateCreditCardPayoff: nothing is owed on a credit card any more."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import TRANSFER
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.movements import recent
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import day, money, short

RECENT_DAYS = 14
LEAST = 100_000_000
"""What was paid at least, and what may be owed again until the joy is over."""


def _find(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts.values():
        is_paid_off = account.balance is not None and account.balance <= 0 and not account.is_closed
        if account.type != "CREDIT_CARD" or not is_paid_off:
            continue
        payment = next((each for each in recent(facts, RECENT_DAYS, account_id=account.id) if _is_payment(each)), None)
        if payment is not None:
            yield Finding(
                about=account.guid,
                title="Credit card paid off",
                description=f"Nothing is owed on {short(account.name)} any more, after your payment of "
                f"{money(payment.amount, account.currency)} on {day(payment.day)}. Well done.",
                accounts=(account.guid,),
                transactions=(payment.guid,),
            )


def _is_payment(movement: Movement) -> bool:
    is_own = movement.top_category_guid == TRANSFER or movement.twin is not None
    is_posted = movement.status is Status.POSTED and not movement.is_debit
    return is_own and is_posted and movement.amount >= LEAST


def _is_over(facts: Facts, kept: Kept) -> bool:
    account = next((each for each in facts.accounts.values() if each.guid == kept.about), None)
    return account is None or (account.balance is not None and account.balance >= LEAST)


RULE = Rule(
    template="CelebrateCreditCardPayoff",
    name="Celebrate Credit Card Payoff",
    groups=(Group.BORROW,),
    triggers=(Trigger.ACCOUNT, Trigger.TRANSACTION),
    when="Nothing is owed on an open credit card, and a payment of 100.00 or more was posted to it within the last "
    f"{RECENT_DAYS} days; a refund is no payment. Over when 100.00 or more is owed on it again.",
    source="ours",
    find=_find,
    window=180,
    is_over=_is_over,
)
