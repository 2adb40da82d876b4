"""A withdrawal from an account of a 529 plan."""

from collections.abc import Iterator

from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.insights.rules.deposit_529 import is_529
from fanlight.planning.wording import day, money, short


def find(facts: Facts) -> Iterator[Finding]:
    plans = {key: account for key, account in facts.accounts.items() if is_529(account)}
    for each in facts.recent if plans else ():
        if each.is_debit and each.account_id in plans:
            account = plans[each.account_id]
            amount, name = money(each.amount, account.currency), short(account.name)
            yield Finding(
                about=each.guid,
                title=f"{amount} out of {name}",
                description=f"On {day(each.day)} {amount} went out of {name}.",
                micro_title="529 withdrawal",
                accounts=(account.guid,),
                transactions=(each.guid,),
            )


RULE = Rule(
    template="Withdrawal529",
    name="Withdrawal 529",
    groups=(Group.SAVE, Group.INFORM),
    triggers=(Trigger.TRANSACTION,),
    when="A debit on an account whose subtype is PLAN_529 or whose name has ` 529 `, Plan and 529, `(529)` or `529-` "
    "with a digit, and not PREPAID.",
    source="documented",
    find=find,
)
