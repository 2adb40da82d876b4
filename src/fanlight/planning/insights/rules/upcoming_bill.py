"""A bill is due within three days."""

from collections.abc import Iterator
from datetime import date, timedelta

from fanlight.core.transactions import Type
from fanlight.enrichment.categories import BY_KEY, TRANSFER
from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.paying.scheduled_payments import Row as ScheduledPayment
from fanlight.planning.paying.series import Series
from fanlight.planning.wording import day, money, short

DAYS_AHEAD = 3
_CARD_PAYMENT = BY_KEY["CREDIT_CARD_PAYMENT"].guid


def find(facts: Facts) -> Iterator[Finding]:
    last = facts.today + timedelta(days=DAYS_AHEAD)
    known = {each.key: each for each in facts.series}
    subscribed = {each.merchant_guid for each in facts.series if each.merchant_guid and each.known.is_subscription}
    told: set[tuple[str, str, int]] = set()
    for each in facts.scheduled_payments:
        is_near = facts.today < date.fromisoformat(each.occurs_on) <= last
        if not is_near or each.is_completed or not _is_bill(facts, each, known, subscribed):
            continue
        same = (each.merchant_guid or each.description, each.occurs_on, each.amount)
        if same not in told:
            told.add(same)
            yield _finding(facts, each, known.get(each.series_key or ""))


def _is_bill(facts: Facts, payment: ScheduledPayment, known: dict[str, Series], subscribed: set[str]) -> bool:
    """What a person must pay: no subscription, no credit card, and what was found by itself has to look like one."""
    if payment.transaction_type is not Type.DEBIT or payment.merchant_guid in subscribed:
        return False
    found = known.get(payment.series_key or "")
    if found is None:
        return payment.series_key is None
    is_moved = facts.top_level(found.category_guid) == TRANSFER or found.category_guid == _CARD_PAYMENT
    return found.known.is_bill and not found.known.is_subscription and not is_moved


def _finding(facts: Facts, payment: ScheduledPayment, series: Series | None) -> Finding:
    account = facts.accounts.get(series.account_id) if series else None
    amount = money(payment.amount, account.currency) if account else money(payment.amount)
    name, on = short(payment.description), day(payment.occurs_on)
    return Finding(
        about=f"{payment.guid}.{payment.occurs_on}",
        title=f"{name} is due {on}",
        description=f"{name}, {amount}, is expected on {on}."
        if payment.is_own
        else f"A payment of {amount} to {name} is expected on {on}.",
        micro_title="Upcoming bill",
        accounts=(account.guid,) if account else (),
        categories=(series.category_guid,) if series else (),
        merchants=(payment.merchant_guid,) if payment.merchant_guid else (),
        scheduled_payments=(payment.guid,),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """It was paid or deleted, or its day is over."""
    guid, _, occurs_on = kept.about.rpartition(".")
    if occurs_on < facts.today.isoformat():
        return True
    living = (each for each in facts.scheduled_payments if each.guid == guid)
    return not any(each.occurs_on == occurs_on and not each.is_completed for each in living)


RULE = Rule(
    template="UpcomingBill",
    name="Upcoming Bill",
    groups=(Group.SPEND, Group.PROTECT),
    triggers=(Trigger.SCHEDULED_PAYMENT, Trigger.CLOCK),
    when="A scheduled debit that is not completed occurs in one to three days and is a bill: neither a subscription "
    "nor the payment of a credit card. What was found by itself has to come again and again as a bill. Once for each "
    "scheduled payment and day, and once where merchant, day and amount are the same.",
    source="documented",
    find=find,
    is_over=is_over,
)
