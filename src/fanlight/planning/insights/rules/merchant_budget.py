"""How much of what usually goes to a merchant in a month is spent, when that is more than the month is old."""

from collections import Counter
from collections.abc import Iterator, Sequence

from fanlight.enrichment.categories import INCOME, INVESTMENTS, TRANSFER
from fanlight.planning import days
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.months import WHOLE, are_whole, before, counted_accounts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.insights.rules.category_budget import LEAST, tier_of
from fanlight.planning.wording import currency_of, merchants, money, month, short

MONTHS_BEFORE = 3
LEAST_TIMES = 2
"""Purchases in each of those months: a bill is none of this rule's."""
LEAST_USUAL = 50_000_000
MOST = 3
"""Merchants of a month: those where most is usually spent."""


def find(facts: Facts) -> Iterator[Finding]:
    months = before(facts, MONTHS_BEFORE)
    counted = counted_accounts(facts, months[0])
    if not counted or not are_whole(facts, months):
        return
    known = {guid: [each for each in found if each.account_id in counted] for guid, found in facts.by_merchant.items()}
    usual = {guid: amount for guid, found in known.items() if (amount := _usual(facts, found)) is not None}
    for guid in sorted(usual, key=lambda each: (-usual[each], each))[:MOST]:
        bought = [each for each in known[guid] if _is_of(each, facts.month)]
        spent = sum(each.amount for each in bought)
        is_ahead = spent * days.days_of(facts.month) > facts.today.day * usual[guid]
        if bought and spent * 100 > LEAST * usual[guid] and is_ahead:
            yield _finding(facts, bought, spent, usual[guid])


def _usual(facts: Facts, found: Sequence[Movement]) -> int | None:
    """What goes to a merchant in a month, the average of the last three; None where too little is known."""
    if len(found) < LEAST_TIMES * MONTHS_BEFORE:
        return None
    first, end = days.first_of(days.later(facts.month, -MONTHS_BEFORE)), days.first_of(facts.month)
    bought = [each for each in found if first <= each.day < end and _is_purchase(each)]
    average = sum(each.amount for each in bought) // MONTHS_BEFORE
    times = Counter(each.day.month for each in bought)
    is_usual = len(times) == MONTHS_BEFORE and min(times.values()) >= LEAST_TIMES
    return average if is_usual and average >= LEAST_USUAL else None


def _is_purchase(each: Movement) -> bool:
    return each.is_debit and each.twin is None and each.top_category_guid not in (TRANSFER, INCOME, INVESTMENTS)


def _is_of(each: Movement, of_month: str) -> bool:
    return _is_purchase(each) and days.month_of(each.day) == of_month


def _finding(facts: Facts, bought: Sequence[Movement], spent: int, usual: int) -> Finding:
    newest = bought[-1]
    currency, name = currency_of(facts, newest.account_id), short(newest.description)
    paid, normal = money(spent, currency), money(usual, currency)
    word = "more than" if spent > usual else "of"
    return Finding(
        about=f"{newest.merchant_guid}.{facts.month}.{tier_of(spent, usual)}",
        title=f"{name}: more than usual" if spent > usual else f"{name}: {spent * 100 // usual}% of a usual month",
        description=f"You spent {paid} at {name} in {month(facts.month)}, {word} the {normal} of a usual month.",
        micro_title=f"Spending at {name}",
        micro_description=f"{paid} spent, {word} the usual {normal}.",
        accounts=tuple(dict.fromkeys(facts.accounts[each.account_id].guid for each in reversed(bought))),
        transactions=tuple(each.guid for each in reversed(bought)),
        categories=(newest.category_guid,),
        merchants=merchants(bought),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """The month is over."""
    return kept.about.rsplit(".", 2)[1] != facts.month


RULE = Rule(
    template="MerchantBudgets",
    name="Merchant Budgets",
    groups=(Group.GUIDE,),
    triggers=(Trigger.TRANSACTION, Trigger.CLOCK),
    when="Nobody sets a budget for a merchant, so it is the average of what was spent there in each of the last three "
    "months: two purchases or more in each of them, 50 or more in the average, the three merchants with most. More "
    "than 25 % of it is spent this month, and a larger share than that of the month's days that have begun. Accounts "
    f"count whose history began earlier. Told {WHOLE}, once for each "
    "merchant, month and tier: 25 to 49, 50 to 74, 75 to 100, more than 100 %.",
    source="ours",
    find=find,
    is_over=is_over,
)
