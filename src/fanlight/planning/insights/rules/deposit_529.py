"""A deposit into an account of a 529 plan."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fanlight.core.account_types import ACCOUNT_SUBTYPES
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import count, day, money, short

ABOVE = 10_000_000
DAYS_BACK, YEAR = 90, 365
"""What came in so many days is counted, and is projected to a year."""
PLAN_529 = next(key for key, name in ACCOUNT_SUBTYPES.items() if name == "PLAN_529")
_NAME = re.compile(r"\s529\s|\(529\)|\b529-\d\b|plan.*529|529.*plan", re.IGNORECASE | re.DOTALL)


def is_529(account: Account) -> bool:
    """Whether an account is of a 529 plan, by its type or by its name."""
    if "PREPAID" in account.name.upper():
        return False
    return account.subtype == PLAN_529 or _NAME.search(account.name) is not None


def find(facts: Facts) -> Iterator[Finding]:
    plans = {key for key, account in facts.accounts.items() if is_529(account)}
    for each in facts.recent if plans else ():
        if each.account_id in plans and not each.is_debit and each.amount > ABOVE:
            yield _finding(facts, facts.accounts[each.account_id], each)


def _finding(facts: Facts, account: Account, deposit: Movement) -> Finding:
    since = deposit.day - timedelta(days=DAYS_BACK)
    known = [each for each in facts.by_account[account.id] if not each.is_debit and since < each.day <= deposit.day]
    total, amount = sum(each.amount for each in known), money(deposit.amount, account.currency)
    projected, name = money(total * YEAR // DAYS_BACK, account.currency), short(account.name)
    return Finding(
        about=deposit.guid,
        title=f"{amount} into {name}",
        description=f"On {day(deposit.day)} {amount} came into {name}. The {count(len(known), 'deposit')} of the last "
        f"{DAYS_BACK} days come to {projected} in a year at that pace.",
        micro_title="529 deposit",
        accounts=(account.guid,),
        transactions=(deposit.guid,),
    )


RULE = Rule(
    template="Deposit529",
    name="Deposit 529",
    groups=(Group.SAVE, Group.INFORM),
    triggers=(Trigger.TRANSACTION,),
    when="A credit of more than 10 on an account whose subtype is PLAN_529 or whose name has ` 529 `, Plan and 529, "
    "`(529)` or `529-` with a digit, and not PREPAID; no higher-ranking insight tells of the deposit. The projected "
    "amount is what came in the last 90 days, taken for a year (ours).",
    source="documented",
    find=find,
)
