"""Deposits: money that came in, and what rules say of it. Pure."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.port import Finding
from fanlight.planning.wording import day, merchants, money, short

LEAST = 10_000_000
"""What a deposit into savings is above, as it is documented for 529 accounts."""


def deposits(facts: Facts) -> Iterator[tuple[Movement, Account]]:
    """What was posted of late to accounts that hold what may be spent, the newest first."""
    for each in reversed(facts.recent):
        if not each.is_debit and each.status is Status.POSTED:
            account = facts.accounts[each.account_id]
            if account.is_cash:
                yield each, account


def finding(movement: Movement, account: Account, title: str, what: str) -> Finding:
    """`what` came into an account, such as "A paycheck"; each deposit is told once."""
    amount = money(movement.amount, account.currency)
    return Finding(
        about=movement.guid,
        title=f"{title}: {amount}",
        description=f"{what} of {amount} came into {short(account.name)} on {day(movement.day)}: "
        f"{short(movement.description, 60)}.",
        accounts=(account.guid,),
        transactions=(movement.guid,),
        categories=(movement.category_guid,),
        merchants=merchants([movement]),
    )
