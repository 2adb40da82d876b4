"""PaycheckDeposit: pay came in."""

from collections.abc import Iterator

from fanlight.enrichment.categories import PAYCHECK
from fanlight.planning.facts import RECENT_DAYS, Facts
from fanlight.planning.insights.deposits import deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if each.category_guid == PAYCHECK:
            yield finding(each, account, "Paycheck", "A paycheck")


RULE = Rule(
    template="PaycheckDeposit",
    name="Paycheck Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when="A credit of the category Paycheck was posted to a checking, savings, cash or prepaid account within "
    f"the last {RECENT_DAYS} days.",
    source="ours",
    find=_find,
)
