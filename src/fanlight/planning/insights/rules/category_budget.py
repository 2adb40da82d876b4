"""How much of a budget is used, when that is more than the month is old."""

from collections.abc import Iterator

from fanlight.planning import days
from fanlight.planning.budgeting.budget_figures import Figures
from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import money, month, short

LEAST = 25
"""Percent that have to be passed."""
TIERS = ((100, "over"), (75, "75"), (50, "50"), (25, "25"))
"""From how many percent on, and how `about` says it; what is over begins above 100."""


def find(facts: Facts) -> Iterator[Finding]:
    passed = facts.today.day * 100
    for each in facts.budgets:
        used = each.spent * 100
        is_ahead = used * days.days_of(facts.month) > passed * each.budget.amount
        if each.budget.amount > 0 and not each.is_income and used > LEAST * each.budget.amount and is_ahead:
            yield _finding(facts, each)


def tier_of(spent: int, amount: int) -> str:
    """25-49, 50-74, 75-100 or more than 100 percent."""
    share = spent * 100
    if share > 100 * amount:
        return "over"
    return next((name for least, name in TIERS[1:] if share >= least * amount), "")


def _finding(facts: Facts, figures: Figures) -> Finding:
    budget = figures.budget
    name = short(facts.category_names.get(budget.category_guid, "Budget"))
    used = figures.spent * 100 // budget.amount
    spent, planned = money(figures.spent), money(budget.amount)
    left = budget.amount - figures.spent
    if figures.is_exceeded:
        title, rest = f"{name}: over budget", f"{money(left)} more than planned"
    else:
        title = f"{name}: {used}% of the budget used"
        rest = f"{money(left)} are left" if left else "nothing is left"
    return Finding(
        about=f"{budget.guid}.{facts.month}.{tier_of(figures.spent, budget.amount)}",
        title=title,
        description=f"You spent {spent} of the {planned} planned for {name} in {month(facts.month)}: {rest}.",
        micro_title=f"Budget: {name}",
        micro_description=f"{spent} of {planned} spent: {rest}.",
        categories=(budget.category_guid,),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """The month is over, the budget is gone, or another tier is reached."""
    guid, of_month, tier = kept.about.rsplit(".", 2)
    if of_month != facts.month:
        return True
    own = [each for each in facts.budgets if each.budget.guid == guid]
    return not own or tier_of(own[0].spent, own[0].budget.amount) != tier


RULE = Rule(
    template="CategoryBudget",
    name="Category Budget",
    groups=(Group.SPEND, Group.GUIDE),
    triggers=(Trigger.BUDGET, Trigger.TRANSACTION, Trigger.CLOCK),
    when="More than 25 % of a budget is used, and a larger share than that of the month's days that have begun; the "
    "category is not Income. Once for each budget, month and tier: 25 to 49, 50 to 74, 75 to 100, more than 100 %.",
    source="documented",
    find=find,
    is_over=is_over,
)
