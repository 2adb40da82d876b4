"""Little is left on an account."""

from collections.abc import Iterator
from datetime import timedelta

from fanlight.planning.facts import Account, Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import money, short

BELOW = 100_000_000
DAYS_USED = 30
WINDOW = 14
TYPES = frozenset(("CHECKING", "SAVINGS", "PREPAID"))


def is_low(account: Account) -> bool:
    """Whether less than 100 is left; below nothing is another matter (OverdraftWarning)."""
    of_type = account.type in TYPES and not account.is_closed
    return of_type and account.balance is not None and 0 <= account.balance < BELOW


def find(facts: Facts) -> Iterator[Finding]:
    since = facts.today - timedelta(days=DAYS_USED)
    for account in facts.accounts.values():
        known = facts.by_account[account.id]
        if is_low(account) and known and known[-1].day > since:
            yield _finding(account)


def _finding(account: Account) -> Finding:
    left, name = money(account.balance or 0, account.currency), short(account.name)
    return Finding(
        about=account.guid,
        title=f"{name}: {left} left",
        description=f"The balance of {name} is {left}, below {money(BELOW, account.currency)}.",
        micro_title="Low balance",
        accounts=(account.guid,),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """The account is gone, or there is more on it again."""
    return not any(each.guid == kept.about and is_low(each) for each in facts.accounts.values())


RULE = Rule(
    template="LowAccountBalances",
    name="Low Account Balances",
    groups=(Group.PROTECT,),
    triggers=(Trigger.ACCOUNT,),
    when="The balance of an open checking, savings or prepaid account is below 100 (the documented threshold) and not "
    "below 0, and something moved on it within the last 30 days. Not again for the account within 14 days.",
    source="documented",
    find=find,
    window=WINDOW,
    is_over=is_over,
)
