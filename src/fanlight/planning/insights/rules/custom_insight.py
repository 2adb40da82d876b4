"""What a client wants its users to read."""

from collections.abc import Iterator

from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Finding, Kept, Rule, Trigger


def find(facts: Facts) -> Iterator[Finding]:
    today = facts.today.isoformat()
    for each in facts.campaigns:
        if each.from_date <= today <= each.to_date:
            yield Finding(
                about=each.guid,
                title=each.title,
                description=each.description,
                micro_call_to_action=each.call_to_action,
            )


def is_over(facts: Facts, kept: Kept) -> bool:
    """The campaign was removed, or its last day is over."""
    today = facts.today.isoformat()
    return not any(each.guid == kept.about and today <= each.to_date for each in facts.campaigns)


RULE = Rule(
    template="CustomInsights",
    name="Custom Insights",
    groups=(),
    triggers=(Trigger.CLOCK,),
    when="A campaign of the user's client (`fanlight client insight add`) runs on this day. Once for each user.",
    source="documented",
    find=find,
    is_over=is_over,
)
