"""A high share of the limits of all credit cards together is used."""

from collections.abc import Iterator

from fanlight.planning.counted import DOLLAR
from fanlight.planning.facts import Account, Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.insights.rules.credit_card_close_to_limit import is_close
from fanlight.planning.wording import count, money, percent

PERCENT = 30
WINDOW = 30
ABOUT = "all cards"


def find(facts: Facts) -> Iterator[Finding]:
    cards = _cards(facts)
    if not _is_high(cards) or (len(cards) == 1 and is_close(cards[0])):
        return
    owed, limit = _sums(cards)
    currency, share = cards[0].currency, percent(owed, limit)
    yield Finding(
        about=ABOUT,
        title=f"{share}% of your credit is used",
        description=f"{money(owed, currency)} of {money(limit, currency)} on {count(len(cards), 'credit card')} are "
        f"used. Above {PERCENT}% a credit score may suffer.",
        micro_title="Credit utilization is high",
        accounts=tuple(each.guid for each in cards),
    )


def _cards(facts: Facts) -> list[Account]:
    """The open cards with a limit, of one currency, those on which most is owed first."""
    open_ = [each for each in facts.accounts.values() if each.type == "CREDIT_CARD" and not each.is_closed]
    limited = [each for each in open_ if each.credit_limit and each.credit_limit > 0 and each.balance is not None]
    currencies = {each.currency for each in limited}
    chosen = DOLLAR if DOLLAR in currencies else min(currencies, default=DOLLAR)
    return sorted(
        (each for each in limited if each.currency == chosen), key=lambda each: (-(each.balance or 0), each.id)
    )


def _sums(cards: list[Account]) -> tuple[int, int]:
    """What is owed and what could be; a card that was paid too much owes nothing."""
    return sum(max(0, each.balance or 0) for each in cards), sum(each.credit_limit or 0 for each in cards)


def _is_high(cards: list[Account]) -> bool:
    owed, limit = _sums(cards)
    return limit > 0 and owed * 100 >= limit * PERCENT


def is_over(facts: Facts, _kept: Kept) -> bool:
    """Less is used."""
    return not _is_high(_cards(facts))


RULE = Rule(
    template="CreditUtilization",
    name="Credit Utilization",
    groups=(Group.BORROW, Group.PROTECT),
    triggers=(Trigger.ACCOUNT,),
    when="The balances of all open credit cards with a limit come to 30 % of their limits or more; not for a single "
    "card of which CreditCardCloseToLimit tells. Not again within 30 days.",
    source="ours",
    find=find,
    window=WINDOW,
    is_over=is_over,
)
