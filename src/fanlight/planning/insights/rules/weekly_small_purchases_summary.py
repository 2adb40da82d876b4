"""WeeklySmallPurchasesSummary: what the small purchases of the week that ended come to."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from fanlight.enrichment.categories import FEES_CHARGES, INCOME, INVESTMENTS, TRANSFER
from fanlight.enrichment.pipeline import Flags
from fanlight.planning.counted import is_spent_from
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.months import are_told
from fanlight.planning.insights.movements import recent
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import day, money, short

SMALL = 10_000_000
"""What a small purchase is below, in millionths."""
COUNT = 5
"""How many of them make a summary."""
TELL_DAYS = 3
"""The first days of a week, from Monday on, on which the one before it is told of."""
OFTEN = 3
"""How often one has to have bought at one place for it to be named."""
SHOWN = 3
_NO_PURCHASE = frozenset((FEES_CHARGES, INCOME, INVESTMENTS, TRANSFER))
_NO_FLAGS = Flags.BILL_PAY | Flags.SUBSCRIPTION | Flags.FEE


def _find(facts: Facts) -> Iterator[Finding]:
    weekday = facts.today.weekday()
    if weekday >= TELL_DAYS:
        return
    monday = facts.today - timedelta(days=weekday + 7)
    sunday = monday + timedelta(days=6)
    currency = facts.main_currency
    counted = {key for key, each in facts.accounts.items() if is_spent_from(each.type) and each.currency == currency}
    if not are_told(facts, counted, monday + timedelta(days=7)):
        return
    week = [each for each in recent(facts, weekday + 7) if each.day <= sunday and _is_small(each)]
    found = [each for each in week if each.account_id in counted][::-1]
    if len(found) < COUNT:
        return
    total = money(sum(each.amount for each in found), currency)
    yield Finding(
        about=monday.isoformat(),
        title=f"{len(found)} small purchases, {total} in all",
        description=f"Between {day(monday)} and {day(sunday)} you made {len(found)} purchases below "
        f"{money(SMALL, currency)}: {total} in all{_most(found)}.",
        accounts=tuple(dict.fromkeys(facts.accounts[each.account_id].guid for each in found)),
        transactions=tuple(each.guid for each in found),
        categories=_ranked(each.category_guid for each in found),
        merchants=_ranked(each.merchant_guid for each in found if each.merchant_guid),
    )


def _is_small(movement: Movement) -> bool:
    is_purchase = movement.is_debit and movement.top_category_guid not in _NO_PURCHASE
    return is_purchase and 0 < movement.amount < SMALL and not movement.flags & _NO_FLAGS and movement.twin is None


def _most(found: list[Movement]) -> str:
    name, times = Counter(each.description for each in found).most_common(1)[0]
    return f", {times} of them at {short(name)}" if times >= OFTEN else ""


def _ranked(guids: Iterator[str]) -> tuple[str, ...]:
    return tuple(guid for guid, _ in Counter(guids).most_common(SHOWN))


RULE = Rule(
    template="WeeklySmallPurchasesSummary",
    name="Weekly Small Purchases Summary",
    groups=(Group.PROTECT,),
    triggers=(Trigger.CLOCK,),
    when="Once for each week (Monday to Sunday) that ended, from Monday to Wednesday of the next, once "
    "every institution has told of the accounts that money is spent from in the main currency after the week ended: at "
    f"least {COUNT} debits below 10.00, that are no bills, subscriptions, fees, transfers or investments.",
    source="ours",
    find=_find,
)
