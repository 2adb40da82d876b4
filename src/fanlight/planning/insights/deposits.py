"""Deposits: what rules say of money that came in. Pure."""

from fanlight.planning.facts import Account, Movement
from fanlight.planning.insights.port import Finding
from fanlight.planning.insights.wording import day, merchants, money, short

LEAST = 10_000_000
"""What a deposit into savings is above, as it is documented for 529 accounts."""


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
