"""SavingsAccountDeposit: money was put into savings."""

from collections.abc import Iterator

from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.facts import RECENT_DAYS, Facts
from fanlight.planning.insights.deposits import LEAST, deposits, finding
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger

_INTEREST = (BY_KEY["INTEREST_INCOME"].guid, BY_KEY["DIVIDEND_CAP_GAINS"].guid)


def _find(facts: Facts) -> Iterator[Finding]:
    for each, account in deposits(facts):
        if account.type == "SAVINGS" and each.amount > LEAST and each.category_guid not in _INTEREST:
            yield finding(each, account, "Saved", "A deposit")


RULE = Rule(
    template="SavingsAccountDeposit",
    name="Savings Account Deposit",
    groups=(Group.INFORM,),
    triggers=(Trigger.TRANSACTION,),
    when=f"A credit above 10.00 was posted to a savings account within the last {RECENT_DAYS} days; interest and "
    "dividends are none.",
    source="ours",
    find=_find,
)
