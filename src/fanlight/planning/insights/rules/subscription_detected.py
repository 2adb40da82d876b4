"""SubscriptionDetected: a subscription that began not long ago was recognised."""

from collections.abc import Iterator
from datetime import date, timedelta

from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning import days
from fanlight.planning.facts import Facts
from fanlight.planning.insights.movements import newest_first
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.paying.series import Series, Status
from fanlight.planning.wording import currency_of, day, money, short

NEW_DAYS = 100
"""How many days ago it was charged first at most: one that is older is no news."""
CHARGES = 2
"""How often it was charged at least."""
SHOWN = 3
_MONTHS = {Cadence.EVERY_QUARTER: 3, Cadence.EVERY_YEAR: 12}
_OFTEN = {
    Cadence.EVERY_WEEK: "every week",
    Cadence.EVERY_TWO_WEEKS: "every two weeks",
    Cadence.EVERY_MONTH: "every month",
    Cadence.TWICE_A_MONTH: "twice a month",
    Cadence.EVERY_QUARTER: "every quarter",
    Cadence.EVERY_YEAR: "every year",
}


def _find(facts: Facts) -> Iterator[Finding]:
    first = (facts.today - timedelta(days=NEW_DAYS)).isoformat()
    for each in facts.series:
        if each.first_on >= first and each.count >= CHARGES and _goes_on(each) and _is_new(facts, each):
            yield _finding(facts, each)


def _is_new(facts: Facts, series: Series) -> bool:
    """Whether its account was known a whole step before the first charge: an older one would have been seen there."""
    months = {
        tally.month for month in facts.by_month.values() for tally in month if tally.account_id == series.account_id
    }
    before = days.later(series.first_on[:7], -_MONTHS.get(series.cadence, 1))
    return bool(months) and min(months) < before


def _goes_on(series: Series) -> bool:
    is_active = series.transaction_type is Type.DEBIT and series.status is Status.ACTIVE
    return is_active and series.known.is_subscription


def _finding(facts: Facts, series: Series) -> Finding:
    known = newest_first((facts.by_guid[guid] for guid in series.known.recent if guid in facts.by_guid), SHOWN)
    amount = money(known[0].amount if known else series.amount, currency_of(facts, series.account_id))
    since = day(date.fromisoformat(series.first_on))
    name = short(series.description)
    return Finding(
        about=series.name_key,
        title=f"New subscription: {name}",
        description=f"{name} has charged you {_OFTEN[series.cadence]} since {since}, {amount} the last time. "
        "It looks like a subscription.",
        accounts=(facts.accounts[series.account_id].guid,),
        transactions=tuple(each.guid for each in known),
        categories=(series.category_guid,),
        merchants=(series.merchant_guid,) if series.merchant_guid else (),
    )


def _is_over(facts: Facts, kept: Kept) -> bool:
    return not any(each.name_key == kept.about and _goes_on(each) for each in facts.series)


RULE = Rule(
    template="SubscriptionDetected",
    name="Subscription Detected",
    groups=(Group.PROTECT,),
    triggers=(Trigger.TRANSACTION,),
    when=f"A series of debits that is a subscription goes on, was charged at least {CHARGES} times, and the first time "
    f"at most {NEW_DAYS} days ago; and its account has transactions before the month in which a charge before the "
    "first one would have been. Over when the series does not go on or is no subscription any more.",
    source="ours",
    find=_find,
    is_over=_is_over,
)
