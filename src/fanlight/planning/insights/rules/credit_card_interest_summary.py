"""What interest on credit cards cost in the last 90 days."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fanlight.core.transactions import Status
from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.counted import DOLLAR
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import count, money

DAYS_BACK = 90
WINDOW = 90
LEAST = 1_000_000
_FINANCE_CHARGE = BY_KEY["FINANCE_CHARGE"].guid
_INTEREST = re.compile(r"\binterest\b", re.IGNORECASE)


def find(facts: Facts) -> Iterator[Finding]:
    since = facts.today - timedelta(days=DAYS_BACK)
    cards = [account for account in facts.accounts.values() if account.type == "CREDIT_CARD"]
    for currency in sorted({card.currency for card in cards}):
        own = [card for card in cards if card.currency == currency]
        charged = [each for card in own for each in facts.by_account[card.id] if each.day > since and is_interest(each)]
        total = sum(each.amount for each in charged)
        if total >= LEAST:
            charged.sort(key=lambda each: (each.day, each.id), reverse=True)
            guids = dict.fromkeys(facts.accounts[each.account_id].guid for each in charged)
            yield _finding(charged, tuple(guids), total, currency)


def is_interest(movement: Movement) -> bool:
    """Whether a movement on a card is interest."""
    if not movement.is_debit or movement.status is not Status.POSTED:
        return False
    return movement.category_guid == _FINANCE_CHARGE or _INTEREST.search(movement.feed_description) is not None


def _finding(charged: list[Movement], accounts: tuple[str, ...], total: int, currency: str) -> Finding:
    amount = money(total, currency)
    charges, cards = count(len(charged), "charge"), count(len(accounts), "credit card")
    return Finding(
        about="interest" if currency == DOLLAR else f"interest.{currency}",
        title=f"{amount} of card interest in {DAYS_BACK} days",
        description=f"Interest on {cards} cost you {amount} in the last {DAYS_BACK} days, in {charges}.",
        micro_title="Credit card interest",
        accounts=accounts,
        transactions=tuple(each.guid for each in charged),
        categories=tuple(dict.fromkeys(each.category_guid for each in charged)),
    )


RULE = Rule(
    template="CreditCardInterestSummary",
    name="Credit Card Interest Summary",
    groups=(Group.PROTECT,),
    triggers=(Trigger.TRANSACTION, Trigger.CLOCK),
    when="Posted debits on credit cards of the last 90 days that are finance charges, or say that they are interest, "
    "come to 1 or more. Not again within 90 days.",
    source="ours",
    find=find,
    window=WINDOW,
)
