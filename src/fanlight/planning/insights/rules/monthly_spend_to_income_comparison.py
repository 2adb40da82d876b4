"""MonthlySpendToIncomeComparison: what was spent in the month that ended, against what was earned."""

from collections.abc import Iterator

from fanlight.planning import days
from fanlight.planning.facts import Facts
from fanlight.planning.insights.months import TELL_FROM, TELL_TO, WHOLE, are_whole, before, is_telling_time, sums
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import money, percent

LEAST = 100_000_000
"""What was earned, and spent, at least: with less a history is not whole."""
SHOWN = 3


def _find(facts: Facts) -> Iterator[Finding]:
    (month,) = before(facts, 1)
    if not is_telling_time(facts) or not are_whole(facts, (month,)):
        return
    known = sums(facts, (month,))
    earned, spent = known.earned.get(month, 0), known.spending(month)
    if earned < LEAST or spent < LEAST:
        return
    currency, name = facts.main_currency, f"{days.first_of(month):%B}"
    most = sorted((-amount, guid) for (_, guid), amount in known.spent.items() if amount > 0)
    left = earned - spent
    rest = money(left, currency) if left else "nothing"
    more = f"{rest} more than you earned" if left < 0 else f"{rest} was left"
    yield Finding(
        about=month,
        title=f"{name}: spent more than earned" if left < 0 else f"{name}: {percent(spent, earned)}% of income spent",
        description=f"You earned {money(earned, currency)} and spent {money(spent, currency)} in {name}: {more}.",
        categories=tuple(guid for _, guid in most[:SHOWN]),
    )


RULE = Rule(
    template="MonthlySpendToIncomeComparison",
    name="Monthly Spend to Income Comparison",
    groups=(Group.PROTECT,),
    triggers=(Trigger.CLOCK,),
    when=f"Once for each month that ended, between day {TELL_FROM} and day {TELL_TO} of the next, {WHOLE}: at least "
    "100.00 was earned and at least 100.00 was spent on accounts whose history began earlier. Returned purchases make "
    "less spent; transfers and investments are neither.",
    source="ours",
    find=_find,
)
