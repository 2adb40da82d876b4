"""GovernmentDeposit: a benefit of the state came in."""

import re
from collections.abc import Iterator

from fanlight.enrichment.categories import BY_KEY, PAYCHECK, RETURNED_PURCHASE, TRANSFER
from fanlight.planning.facts import RECENT_DAYS, Facts, Movement
from fanlight.planning.insights.deposits import deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

_BENEFITS = re.compile(
    r"\b(ssa treas|ssi treas|(xx)?soc sec|social security|supp sec|supplemental security|vacp treas|va benef\w*"
    r"|veterans benef\w*|rrb treas|opm1? treas|unemp\w* (benef\w*|comp\w*|ins\w*)|ui benefits?|ui payment|edd ui"
    r"|dwp|universal credit(?! loan)|child benefit|state pension|jobseekers?|centrelink|service canada|canada fed"
    r"|treas 310 misc pay|calfresh|tanf|stimulus)\b",
    re.IGNORECASE,
)
_OTHERS = (PAYCHECK, RETURNED_PURCHASE)
_BRANCHES = (TRANSFER, BY_KEY["TAXES"].guid)


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if _is_benefit(each):
            yield finding(each, account, "Government payment", "A government payment")


def _is_benefit(movement: Movement) -> bool:
    if movement.category_guid in _OTHERS or movement.top_category_guid in _BRANCHES or movement.twin is not None:
        return False
    return _BENEFITS.search(movement.feed_description) is not None


RULE = Rule(
    template="GovernmentDeposit",
    name="Government Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when="A credit whose text names a public benefit (social security, veterans' benefits, unemployment benefit, "
    "state pension and the like) was posted to a checking, savings, cash "
    f"or prepaid account within the last {RECENT_DAYS} days; taxes, pay, transfers and returned purchases are none.",
    source="ours",
    find=_find,
)
