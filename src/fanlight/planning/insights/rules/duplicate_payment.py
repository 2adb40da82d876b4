"""The same amount went to the same merchant twice on one day."""

from collections.abc import Iterator, Sequence
from datetime import date

from fanlight.core.transactions import Status
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import count, currency_of, day, money, short

USUAL_DAYS = 2
"""On how many other days the like has happened at a merchant where it is nothing to speak of, such as a bus."""

_Same = tuple[date, int]


def find(facts: Facts) -> Iterator[Finding]:
    newest = {each.merchant_guid for each in facts.recent if each.merchant_guid}
    first = facts.recent[0].day if facts.recent else facts.today
    for guid in sorted(newest):
        doubles = _doubles(facts.by_merchant[guid])
        on = {key[0] for key in doubles}
        for (of_day, _), same in sorted(doubles.items()):
            if of_day >= first and len(on - {of_day}) < USUAL_DAYS:
                yield _finding(facts, same)


def _doubles(found: Sequence[Movement]) -> dict[_Same, list[Movement]]:
    """Payments of one day and amount, where there are two or more; parts of a split are no payments of their own."""
    known: dict[_Same, list[Movement]] = {}
    for each in found:
        if each.is_debit and each.status is Status.POSTED and each.parent_id is None and each.twin is None:
            known.setdefault((each.day, each.amount), []).append(each)
    return {key: same for key, same in known.items() if len(same) > 1}


def _finding(facts: Facts, same: Sequence[Movement]) -> Finding:
    paid = same[0]
    name, on = short(paid.description), day(paid.day)
    amount = money(paid.amount, currency_of(facts, paid.account_id))
    return Finding(
        about=f"{paid.merchant_guid}.{paid.day}.{paid.amount}",
        title=f"{name}: charged twice?" if len(same) == 2 else f"{name}: charged {len(same)} times?",
        description=f"There are {count(len(same), 'payment')} of {amount} to {name} on {on}. One may be a mistake.",
        micro_title="Possible duplicate payment",
        accounts=tuple(dict.fromkeys(facts.accounts[each.account_id].guid for each in same)),
        transactions=tuple(each.guid for each in same),
        merchants=(paid.merchant_guid or "",),
    )


RULE = Rule(
    template="DuplicatePayment",
    name="Duplicate Payment",
    groups=(Group.SPEND, Group.PROTECT),
    triggers=(Trigger.TRANSACTION,),
    when="Two or more posted debits have the same date, amount and merchant. Not where the like has happened at the "
    "merchant on two other days of the last four months, and not for the parts of a split (both ours).",
    source="documented",
    find=find,
)
