"""Money came back for a charge that was disputed."""

import re
from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import currency_of, day, merchants, money, short

_WORDS = re.compile(r"\b(disputed?|charge ?backs?|(provisional|temporary|temp) (credit|cr))\b", re.IGNORECASE)


def find(facts: Facts) -> Iterator[Finding]:
    for each in facts.recent:
        if each.is_debit or each.status is not Status.POSTED or each.twin is not None:
            continue
        if _WORDS.search(each.feed_description) or _WORDS.search(each.description):
            yield _finding(facts, each)


def _finding(facts: Facts, refund: Movement) -> Finding:
    charge = _charge(facts, refund)
    amount, on = money(refund.amount, currency_of(facts, refund.account_id)), day(refund.day)
    of_charge = f", for {short(charge.description)} of {day(charge.day)}" if charge else ""
    known = [refund, charge] if charge else [refund]
    return Finding(
        about=refund.guid,
        title=f"{amount} came back after a dispute",
        description=f"A credit of {amount} came on {on} for a charge that was disputed{of_charge}.",
        micro_title="Dispute refunded",
        accounts=(facts.accounts[refund.account_id].guid,),
        transactions=tuple(each.guid for each in known),
        merchants=merchants(known),
    )


def _charge(facts: Facts, refund: Movement) -> Movement | None:
    """The newest charge of exactly that amount on the account before it."""
    same = (
        each
        for each in reversed(facts.by_account[refund.account_id])
        if each.is_debit and each.amount == refund.amount and each.day <= refund.day
    )
    return next(same, None)


RULE = Rule(
    template="ChargeDisputeRefund",
    name="Charge Dispute Refund",
    groups=(Group.BORROW, Group.PROTECT),
    triggers=(Trigger.TRANSACTION,),
    when="A posted credit says in its description that it is for a dispute or a chargeback, or that it is provisional "
    "or temporary; it is no transfer of one's own. The newest charge of the same amount on the account is named.",
    source="ours",
    find=find,
)
