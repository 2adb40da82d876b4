"""CheckDeposit: a check was paid in."""

import re
from collections.abc import Iterator

from fanlight.enrichment.categories import CHECK, TRANSFER
from fanlight.planning.facts import RECENT_DAYS, Facts, Movement
from fanlight.planning.insights.deposits import deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

_SAID = re.compile(
    r"\b(check|cheque|mobile|remote|remote online|image|photo) dep(osit)?\b|\bremote capture\b|\be-?deposit\b",
    re.IGNORECASE,
)


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if _is_check(each):
            yield finding(each, account, "Check deposited", "A check")


def _is_check(movement: Movement) -> bool:
    if movement.twin is not None or movement.top_category_guid == TRANSFER:
        return False
    return movement.category_guid == CHECK or _SAID.search(movement.feed_description) is not None


RULE = Rule(
    template="CheckDeposit",
    name="Check Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when="A credit of the category Check, or whose text says that a check or its picture was paid in, was posted to a "
    f"checking, savings, cash or prepaid account within the last {RECENT_DAYS} days; transfers of one's own are none.",
    source="ours",
    find=_find,
)
