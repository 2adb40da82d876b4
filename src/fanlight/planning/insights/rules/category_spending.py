"""CategorySpending: a category grew well above what is usual; a limit is suggested."""

from collections.abc import Iterator

from fanlight.enrichment.categories import BY_KEY, UNCATEGORIZED
from fanlight.planning import days
from fanlight.planning.facts import Facts
from fanlight.planning.insights.months import WHOLE, are_whole, before, counted_accounts, sums
from fanlight.planning.insights.movements import largest_first, recent
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger, no_longer
from fanlight.planning.wording import merchants, money, percent, short

MONTHS = 3
"""How many earlier months are compared with."""
SPENT_MONTHS = 2
"""In how many of them something was spent on the category at least."""
PERCENT = 150
"""What is spent this month, in percent of the average, at least."""
MORE = 50_000_000
"""And above it by so much at least."""
STEP = 10_000_000
"""The suggested limit is the average, rounded up to a multiple of it."""
SHOWN = 5
_OTHERS = frozenset((UNCATEGORIZED, BY_KEY["TAXES"].guid, BY_KEY["FEES_CHARGES"].guid, BY_KEY["INCOME"].guid))
"""Taxes come when they come, and nobody plans fees."""


def _find(facts: Facts) -> Iterator[Finding]:
    earlier = before(facts, MONTHS)
    if not are_whole(facts, earlier):
        return
    known = sums(facts, (*earlier, facts.month))
    planned = {facts.top_level(each.budget.category_guid) for each in facts.budgets}
    for (month, guid), spent in sorted(known.spent.items()):
        if month != facts.month or guid not in facts.category_names or guid in _OTHERS or guid in planned:
            continue
        was = [max(each, 0) for each in known.of_category(guid, earlier)]
        average = sum(was) // MONTHS
        is_usual = sum(each > 0 for each in was) >= SPENT_MONTHS
        if is_usual and spent * 100 >= average * PERCENT and spent - average >= MORE:
            yield _finding(facts, guid, spent=spent, average=average)


def _finding(facts: Facts, guid: str, *, spent: int, average: int) -> Finding:
    currency, name = facts.main_currency, short(facts.category_names[guid])
    counted = counted_accounts(facts, before(facts, MONTHS)[0])
    month = recent(facts, facts.today.day - 1)
    of_category = (each for each in month if each.top_category_guid == guid and each.account_id in counted)
    found = largest_first((each for each in of_category if each.is_debit), SHOWN)
    limit = -(-average // STEP) * STEP
    return Finding(
        about=f"{guid} {facts.month}",
        title=f"More spent on {name}",
        description=f"You spent {money(spent, currency)} on {name} in {days.first_of(facts.month):%B} so far: "
        f"{percent(spent - average, average)}% more than the {money(average, currency)} of an average month. "
        f"A limit of {money(limit, currency)} would keep it at what is usual.",
        micro_call_to_action="Set a limit",
        transactions=tuple(each.guid for each in found),
        categories=(guid,),
        merchants=merchants(found),
    )


def _is_over(facts: Facts, kept: Kept) -> bool:
    return not kept.about.endswith(facts.month) or no_longer(_find)(facts, kept)


RULE = Rule(
    template="CategorySpending",
    name="Category Spending",
    groups=(Group.SPEND,),
    triggers=(Trigger.TRANSACTION, Trigger.CLOCK),
    when=f"Spending on a top-level category this month is {PERCENT} % or more of the average of the {MONTHS} months "
    f"before, and at least 50.00 above it; something was spent on it in {SPENT_MONTHS} of them, no budget is in its "
    "branch, and it is none of Income, Transfer, Investments, Taxes, Fees & Charges, Uncategorized. Accounts count "
    f"whose history began earlier. Told {WHOLE}, once for a category and month; over with the month, or when it does "
    "not hold any more.",
    source="ours",
    find=_find,
    is_over=_is_over,
)
