"""LargeDeposit: a large sum came in from outside."""

from collections.abc import Iterator

from fanlight.enrichment.categories import RETURNED_PURCHASE, TRANSFER
from fanlight.planning.facts import RECENT_DAYS, Facts, Movement
from fanlight.planning.insights.deposits import deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

LARGE = 500_000_000
"""What comes in at least, in millionths."""


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if _is_large(each):
            yield finding(each, account, "Large deposit", "A deposit")


def _is_large(movement: Movement) -> bool:
    is_own = movement.twin is not None or movement.top_category_guid == TRANSFER
    return movement.amount >= LARGE and not is_own and movement.category_guid != RETURNED_PURCHASE


RULE = Rule(
    template="LargeDeposit",
    name="Large Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when="A credit of 500.00 or more was posted to a checking, savings, cash or prepaid account within the last "
    f"{RECENT_DAYS} days; transfers and returned purchases are none. The sum is that of Large Transactions.",
    source="ours",
    find=_find,
)
