"""MonthlyCategoryTotal: what was spent on the largest category in the month that ended."""

from collections.abc import Iterator

from fanlight.enrichment.categories import INCOME, UNCATEGORIZED
from fanlight.planning import days
from fanlight.planning.facts import Facts
from fanlight.planning.insights.months import TELL_FROM, TELL_TO, WHOLE, are_whole, before, is_telling_time, sums
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import money, short

LEAST = 50_000_000
"""What was spent on it at least."""
_OTHERS = (UNCATEGORIZED, INCOME)


def _find(facts: Facts) -> Iterator[Finding]:
    earlier, month = before(facts, 2)
    if not is_telling_time(facts) or not are_whole(facts, (month,)):
        return
    known = sums(facts, (month,))
    most = max(((spent, guid) for (_, guid), spent in known.spent.items() if _is_named(facts, guid)), default=None)
    if most is None or most[0] < LEAST:
        return
    spent, guid = most
    currency, name, said = facts.main_currency, short(facts.category_names[guid]), f"{days.first_of(month):%B}"
    compared = _compared(sums(facts, (earlier, month)).of_category(guid, (earlier, month)), spent, earlier, currency)
    yield Finding(
        about=month,
        title=f"{said}: {money(spent, currency)} on {name}",
        description=f"You spent more on {name} than on anything else in {said}: {money(spent, currency)}{compared}.",
        categories=(guid,),
    )


def _is_named(facts: Facts, guid: str) -> bool:
    return guid not in _OTHERS and guid in facts.category_names


def _compared(both: list[int], spent: int, earlier: str, currency: str) -> str:
    """Against the month before; not where an account counts whose history does not go back so far."""
    was, now = both
    if was <= 0 or now != spent or was == now:
        return ""
    more = "more" if now > was else "less"
    return f", {money(now - was, currency)} {more} than in {days.first_of(earlier):%B}"


RULE = Rule(
    template="MonthlyCategoryTotal",
    name="Monthly category total",
    groups=(Group.INFORM,),
    triggers=(Trigger.CLOCK,),
    when=f"Once for each month that ended, between day {TELL_FROM} and day {TELL_TO} of the next, {WHOLE}: the "
    "top-level category (not Uncategorized, Income, Transfer or Investments) on which most was spent, at least 50.00, "
    "on accounts whose history began earlier.",
    source="ours",
    find=_find,
)
