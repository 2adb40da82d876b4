"""A large part of a credit card's limit is used."""

from collections.abc import Iterator

from fanlight.planning.facts import Account, Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import money, percent, short

PERCENT = 75
WINDOW = 30


def is_close(account: Account) -> bool:
    """Whether 75 % or more of a card's limit are used."""
    limit, owed = account.credit_limit or 0, account.balance or 0
    return account.type == "CREDIT_CARD" and not account.is_closed and limit > 0 and owed * 100 >= limit * PERCENT


def find(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts.values():
        if is_close(account):
            yield _finding(account)


def _finding(account: Account) -> Finding:
    limit, owed, name = account.credit_limit or 0, account.balance or 0, short(account.name)
    left = f"{money(limit - owed, account.currency)} are left." if owed < limit else "Nothing is left of it."
    used = f"{money(owed, account.currency)} of {money(limit, account.currency)}"
    return Finding(
        about=account.guid,
        title=f"{name} is close to its limit" if owed < limit else f"{name} is at its limit",
        description=f"{used} are used on {name}, {percent(owed, limit)}% of the limit. {left}",
        micro_title="Card close to its limit" if owed < limit else "Card at its limit",
        accounts=(account.guid,),
    )


def is_over(facts: Facts, kept: Kept) -> bool:
    """The card is gone, or there is room again."""
    return not any(each.guid == kept.about and is_close(each) for each in facts.accounts.values())


RULE = Rule(
    template="CreditCardCloseToLimit",
    name="Credit Card Close to Limit",
    groups=(Group.BORROW, Group.PROTECT),
    triggers=(Trigger.ACCOUNT,),
    when="The balance of an open credit card is 75 % of its limit or more. Not again for the card within 30 days.",
    source="documented",
    find=find,
    window=WINDOW,
    is_over=is_over,
)
