"""MicroDeposit: tiny deposits came in, as somebody makes them who verifies an account."""

import re
from collections.abc import Iterator

from fanlight.enrichment.categories import BY_KEY, RETURNED_PURCHASE
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.deposits import deposits
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import day, merchants, money, short

LIMIT = 1_000_000
"""What a micro deposit is below, in millionths."""
RECENT_DAYS = 7
APART_DAYS = 3
"""How many days two deposits that belong together are apart at most."""
_SAID = re.compile(r"acct\W?ver|account verif|verif(y|ication)|micro\W?dep|trial dep|test dep", re.IGNORECASE)
_OTHERS = frozenset((BY_KEY["INTEREST_INCOME"].guid, BY_KEY["DIVIDEND_CAP_GAINS"].guid, RETURNED_PURCHASE))
_LETTERS = re.compile(r"[^a-z]+")
_HOLDING = ("CHECKING", "SAVINGS")


def _find(facts: Facts) -> Iterator[Finding]:
    senders: dict[tuple[int, str], list[Movement]] = {}
    for each, account in deposits(facts):
        is_tiny = 0 < each.amount < LIMIT and account.type in _HOLDING
        if is_tiny and each.twin is None and each.category_guid not in _OTHERS:
            senders.setdefault((each.account_id, _sender(each)), []).append(each)
    for (key, sender), found in senders.items():
        together = [each for each in found if (found[0].day - each.day).days <= APART_DAYS]
        is_new = (facts.today - found[0].day).days <= RECENT_DAYS
        if is_new and (len(together) > 1 or _SAID.search(found[0].feed_description)):
            yield _finding(facts.accounts[key], sender, together[::-1])


def _sender(movement: Movement) -> str:
    """Who sent it: the same for both of a pair, whatever numbers stand in the text."""
    return movement.merchant_guid or _LETTERS.sub(" ", movement.feed_description.casefold()).strip()


def _finding(account: Account, sender: str, found: list[Movement]) -> Finding:
    sums = [money(each.amount, account.currency) for each in found]
    listed = sums[0] if len(sums) == 1 else f"{', '.join(sums[:-1])} and {sums[-1]}"
    made = "A small deposit" if len(found) == 1 else "Small deposits"
    return Finding(
        about=f"{account.guid} {sender}",
        title="Small test deposit" if len(found) == 1 else "Small test deposits",
        description=f"{made} of {listed} came into {short(account.name)} by {day(found[-1].day)} from "
        f"{short(found[0].description)}. Such deposits verify an account: ask your bank if you expected none.",
        accounts=(account.guid,),
        transactions=tuple(each.guid for each in found),
        merchants=merchants(found),
    )


RULE = Rule(
    template="MicroDeposit",
    name="Micro Deposit",
    groups=(Group.PROTECT,),
    triggers=(Trigger.TRANSACTION,),
    when="Credits below 1.00 were posted to a checking or savings account within the last "
    f"{RECENT_DAYS} days: two or more of the same sender at most {APART_DAYS} days apart, or one that calls itself a "
    "verification. Interest, dividends, returned purchases and transfers of one's own are none.",
    source="ours",
    find=_find,
    window=30,
)
