"""MonthlySpendToIncomeComparison: what was spent in the month that ended, against what was earned."""

from collections.abc import Iterator

from fanlight.planning import days
from fanlight.planning.facts import Facts
from fanlight.planning.insights.looking import main_currency
from fanlight.planning.insights.months import TELL_FROM, TELL_TO, before, is_telling_time, sums
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.insights.wording import money, percent

LEAST = 100_000_000
"""What was earned, and spent, at least: with less a history is not whole."""
SHOWN = 3


def _find(facts: Facts) -> Iterator[Finding]:
    if not is_telling_time(facts):
        return
    (month,) = before(facts, 1)
    known = sums(facts, (month,))
    earned, spent = known.earned.get(month, 0), known.spending(month)
    if earned < LEAST or spent < LEAST:
        return
    currency, name = main_currency(facts), f"{days.first_of(month):%B}"
    most = sorted((-amount, guid) for (_, guid), amount in known.spent.items() if amount > 0)
    left = earned - spent
    more = f"{money(left, currency)} more than you earned" if left < 0 else f"{money(left, currency)} was left"
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
    when=f"Once for each month that ended, between day {TELL_FROM} and day {TELL_TO} of the next: at least 100.00 was "
    "earned and at least 100.00 was spent on accounts whose history began earlier. Returned purchases make less spent; "
    "transfers and investments are neither.",
    source="ours",
    find=_find,
)
