"""A bill is higher or lower than usual."""

from collections.abc import Iterator, Sequence

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import currency_of, money, percent, short

CATEGORIES = frozenset(BY_KEY[key].guid for key in ("BILLS_UTILITIES", "INTERNET", "MOBILE_PHONE", "UTILITIES"))
LEAST_KNOWN = 3
"""Transactions of the merchant and category in the last four months, this one among them."""
LEAST_CHANGE = 5
"""Percent: below that a bill is as usual."""


def find(facts: Facts) -> Iterator[Finding]:
    for bill in facts.recent:
        if bill.merchant_guid and bill.is_debit and bill.status is Status.POSTED and bill.category_guid in CATEGORIES:
            yield from _of_bill(facts, bill)


def _of_bill(facts: Facts, bill: Movement) -> Iterator[Finding]:
    known = [each for each in facts.by_merchant[bill.merchant_guid or ""] if each.category_guid == bill.category_guid]
    earlier = [each.amount for each in known if each.is_debit and (each.day, each.id) < (bill.day, bill.id)]
    if len(known) < LEAST_KNOWN or not earlier:
        return
    average = _average(earlier)
    change = percent(abs(bill.amount - average), average)
    if change < LEAST_CHANGE:
        return
    word = "higher" if bill.amount > average else "lower"
    currency = currency_of(facts, bill.account_id)
    paid, usual, name = money(bill.amount, currency), money(average, currency), short(bill.description)
    yield Finding(
        about=bill.guid,
        title=f"Bill {word} than usual",
        description=f"You paid {name} {paid}. That is {change}% {word} than your average of {usual}.",
        micro_description=f"{name}: {paid}, {change}% {word} than usual.",
        accounts=(facts.accounts[bill.account_id].guid,),
        transactions=(bill.guid,),
        categories=(bill.category_guid,),
        merchants=(bill.merchant_guid or "",),
    )


def _average(amounts: Sequence[int]) -> int:
    return (2 * sum(amounts) + len(amounts)) // (2 * len(amounts))


RULE = Rule(
    template="BillAmountNotStandard",
    name="Bill Amount Not Standard",
    groups=(Group.SPEND, Group.PROTECT),
    triggers=(Trigger.TRANSACTION,),
    when="A posted debit has a merchant and is in Bills & Utilities, Internet, Mobile Phone or Utilities; there is an "
    "earlier debit, and there are three or more transactions in the last four months, of the same merchant and "
    "category. It differs from the average of the earlier debits by 5 % or more (the 5 % are ours).",
    source="documented",
    find=find,
)
