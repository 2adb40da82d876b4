"""SubscriptionPriceIncrease: a subscription charges more than it did."""

from collections.abc import Iterator
from datetime import timedelta

from fanlight.core.transactions import Type
from fanlight.planning.facts import RECENT_DAYS, Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.paying.series import Series, Status
from fanlight.planning.wording import currency_of, day, money, short

MORE_PERCENT = 1
"""By how much it rose at least, in percent of what it was: less is rounding or a rate of exchange."""


def _find(facts: Facts) -> Iterator[Finding]:
    first, last = (facts.today - timedelta(days=RECENT_DAYS)).isoformat(), facts.today.isoformat()
    for each in facts.series:
        if each.transaction_type is not Type.DEBIT or each.status is Status.ENDED:
            continue
        known = each.known
        changed_on, before = known.price_changed_on, known.price_before
        if not known.is_subscription or changed_on is None or before is None or not first <= changed_on <= last:
            continue
        charge = _charge(facts, known.recent, changed_on)
        now = charge.amount if charge else each.amount
        if (now - before) * 100 >= before * MORE_PERCENT and before > 0:
            yield _finding(facts, each, charge, before=before, now=now)


def _charge(facts: Facts, guids: tuple[str, ...], on: str) -> Movement | None:
    """The one that was charged on a day."""
    known = (facts.by_guid[guid] for guid in guids if guid in facts.by_guid)
    return next((each for each in known if each.day.isoformat() == on), None)


def _finding(facts: Facts, series: Series, charge: Movement | None, *, before: int, now: int) -> Finding:
    name, currency = short(series.description), currency_of(facts, series.account_id)
    on = str(series.known.price_changed_on)
    return Finding(
        about=f"{series.name_key} {on}",
        title="Price increase",
        description=f"{name} charged {money(now, currency)} on {day(on)}: {money(now - before, currency)} more than "
        f"the normal amount of {money(before, currency)}.",
        accounts=(facts.accounts[series.account_id].guid,),
        transactions=(charge.guid,) if charge else (),
        categories=(series.category_guid,),
        merchants=(series.merchant_guid,) if series.merchant_guid else (),
    )


RULE = Rule(
    template="SubscriptionPriceIncrease",
    name="Subscription Price Increase",
    groups=(Group.PROTECT,),
    triggers=(Trigger.TRANSACTION,),
    when=f"The price of a subscription that has not ended rose by {MORE_PERCENT} % or more within the last "
    f"{RECENT_DAYS} days.",
    source="ours",
    find=_find,
)
