"""A fee was charged on an account."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.fees import WHAT_IS_NONE, is_fee
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import day, money, short


def find(facts: Facts) -> Iterator[Finding]:
    for each in facts.recent:
        if each.status is Status.POSTED and is_fee(each):
            yield _finding(facts, each)


def _finding(facts: Facts, fee: Movement) -> Finding:
    account = facts.accounts[fee.account_id]
    amount, name, what = money(fee.amount, account.currency), short(account.name), short(fee.description)
    return Finding(
        about=fee.guid,
        title=f"{amount} fee on {name}",
        description=f"{name} was charged {amount} on {day(fee.day)}: {what}.",
        micro_title="Fee charged",
        accounts=(account.guid,),
        transactions=(fee.guid,),
        categories=(fee.category_guid,),
    )


RULE = Rule(
    template="FeeDetected",
    name="Fee Detected",
    groups=(Group.SPEND, Group.PROTECT),
    triggers=(Trigger.TRANSACTION,),
    when=f"A posted debit is in the branch Fees & Charges, but not {WHAT_IS_NONE}; or it is an overdraft fee.",
    source="ours",
    find=find,
)
