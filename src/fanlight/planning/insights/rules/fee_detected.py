"""A fee was charged on an account."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import BY_KEY, FEES_CHARGES
from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.insights.wording import day, money, short

_OTHERS = frozenset(BY_KEY[key].guid for key in ("FINANCE_CHARGE", "TRADE_COMMISSIONS"))
"""Of the branch of fees, but the price of credit or of a trade."""
_ATM_FEE = BY_KEY["ATM_FEE"].guid
MOST_OF_ATM = 15_000_000
"""What a machine takes at most: more is what was drawn from it, whatever its description makes of it."""


def is_fee(movement: Movement) -> bool:
    """Whether an account was charged a fee: what its user calls none is none."""
    is_one = movement.top_category_guid == FEES_CHARGES or Flags.OVERDRAFT_FEE in movement.flags
    is_drawn = movement.category_guid == _ATM_FEE and movement.amount > MOST_OF_ATM
    return is_one and not is_drawn and movement.is_debit and movement.category_guid not in _OTHERS


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
    when="A posted debit is in the branch Fees & Charges, but not a finance charge, a trade commission or an ATM fee "
    "above 15, which is the withdrawal itself; or it is an overdraft fee.",
    source="ours",
    find=find,
)
