"""TaxDeposit: a refund of taxes came in."""

from collections.abc import Iterator

from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.facts import RECENT_DAYS, Facts
from fanlight.planning.insights.deposits import deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

TAXES = BY_KEY["TAXES"].guid


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if each.top_category_guid == TAXES and each.twin is None:
            yield finding(each, account, "Tax refund", "A tax refund")


RULE = Rule(
    template="TaxDeposit",
    name="Tax Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when="A credit in the branch of Taxes was posted to a checking, savings, cash or prepaid account within the "
    f"last {RECENT_DAYS} days; transfers of one's own are none.",
    source="ours",
    find=_find,
)
