"""HsaDeposit: money was put into a health savings account."""

import re
from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.facts import RECENT_DAYS, Facts
from fanlight.planning.insights.deposits import LEAST, finding
from fanlight.planning.insights.movements import recent
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

_NAMED = re.compile(r"\bhsa\b|\bhealth savings\b", re.IGNORECASE)
_INTEREST = (BY_KEY["INTEREST_INCOME"].guid, BY_KEY["DIVIDEND_CAP_GAINS"].guid)


def _find(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts.values():
        if account.is_liability or not _NAMED.search(account.name):
            continue
        for each in recent(facts, RECENT_DAYS, account_id=account.id):
            is_deposit = not each.is_debit and each.status is Status.POSTED and each.amount > LEAST
            if is_deposit and each.category_guid not in _INTEREST:
                yield finding(each, account, "Health savings", "A deposit")


RULE = Rule(
    template="HsaDeposit",
    name="HSA Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when='A credit above 10.00 was posted to an account with "HSA" or "health savings" in its name within the last '
    f"{RECENT_DAYS} days; interest and dividends are none.",
    source="ours",
    find=_find,
)
