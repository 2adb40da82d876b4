"""CostOfLivingToIncome: one kind of living costs takes a high share of what is earned."""

from collections.abc import Iterator
from typing import NamedTuple

from fanlight.enrichment.categories import BY_KEY
from fanlight.planning.facts import Facts
from fanlight.planning.insights.months import TELL_FROM, TELL_TO, WHOLE, are_whole, before, is_telling_time, sums
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger
from fanlight.planning.wording import money, percent

MONTHS = 3
"""How many months that are over are averaged."""
LEAST = 100_000_000
"""What was earned in each of them at least."""


class Kind(NamedTuple):
    """A kind of living costs: the branch of categories it is in, and the share of income above which it is high."""

    name: str
    category_guid: str
    high_percent: int


KINDS = (
    Kind("Housing", BY_KEY["HOME"].guid, 35),
    Kind("Transport", BY_KEY["AUTO_TRANSPORT"].guid, 20),
    Kind("Food", BY_KEY["FOOD_DINING"].guid, 20),
    Kind("Bills and utilities", BY_KEY["BILLS_UTILITIES"].guid, 15),
    Kind("Health", BY_KEY["HEALTH_FITNESS"].guid, 15),
)


def _find(facts: Facts) -> Iterator[Finding]:
    months = before(facts, MONTHS)
    if not is_telling_time(facts) or not are_whole(facts, months):
        return
    known = sums(facts, months)
    if any(known.earned.get(month, 0) < LEAST for month in months):
        return
    earned = sum(known.earned[month] for month in months)
    spent = {kind: sum(known.of_category(kind.category_guid, months)) for kind in KINDS}
    high = [kind for kind in KINDS if spent[kind] * 100 > earned * kind.high_percent]
    if not high:
        return
    worst = max(high, key=lambda kind: spent[kind] * 100 - earned * kind.high_percent)
    currency, share = facts.main_currency, percent(spent[worst], earned)
    yield Finding(
        about=worst.name,
        title=f"{worst.name}: {share}% of income",
        description=f"{worst.name} took {money(spent[worst] // MONTHS, currency)} a month in the last {MONTHS} months, "
        f"{share}% of your income of {money(earned // MONTHS, currency)}. More than {worst.high_percent}% is high.",
        categories=(worst.category_guid,),
    )


RULE = Rule(
    template="CostOfLivingToIncome",
    name="Cost of Living to Income",
    groups=(Group.SAVE,),
    triggers=(Trigger.CLOCK,),
    when=f"Between day {TELL_FROM} and day {TELL_TO} of a month, {WHOLE}: over the {MONTHS} months before, "
    "in each of which at least 100.00 was earned, one kind of costs took more of the income than "
    + ", ".join(f"{kind.name} {kind.high_percent} %" for kind in KINDS)
    + ". Only the kind that is furthest above its share is told.",
    source="ours",
    find=_find,
    window=90,
)
