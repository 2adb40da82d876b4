"""A large payment."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import INVESTMENTS, TRANSFER
from fanlight.planning.counted import is_spent_from
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import day, merchants, money, short

LEAST = 500_000_000


def find(facts: Facts) -> Iterator[Finding]:
    for each in facts.recent:
        is_spent = is_spent_from(facts.accounts[each.account_id].type)
        if is_spent and each.amount >= LEAST and each.is_debit and each.status is Status.POSTED and not _is_moved(each):
            yield _finding(facts, each)


def _is_moved(each: Movement) -> bool:
    """Whether it stays the person's own."""
    return each.twin is not None or each.top_category_guid in (TRANSFER, INVESTMENTS)


def _finding(facts: Facts, paid: Movement) -> Finding:
    account = facts.accounts[paid.account_id]
    amount, name = money(paid.amount, account.currency), short(paid.description)
    return Finding(
        about=paid.guid,
        title=f"Large payment: {amount}",
        description=f"{amount} went to {name} from {short(account.name)} on {day(paid.day)}.",
        micro_title="Large transaction",
        accounts=(account.guid,),
        transactions=(paid.guid,),
        categories=(paid.category_guid,),
        merchants=merchants((paid,)),
    )


RULE = Rule(
    template="LargeTransactions",
    name="Large Transactions",
    groups=(Group.PROTECT,),
    triggers=(Trigger.TRANSACTION,),
    when="A posted debit of 500 or more on an account that is spent from, and no transfer or investment. The threshold "
    "is documented.",
    source="documented",
    find=find,
)
