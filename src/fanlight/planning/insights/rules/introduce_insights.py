"""A welcome for new users."""

from collections.abc import Iterator

from fanlight.base.clock import DAY
from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger

NEW_DAYS = 30


def _is_new(facts: Facts) -> bool:
    return facts.now - facts.user_created_at <= NEW_DAYS * DAY


def find(facts: Facts) -> Iterator[Finding]:
    if _is_new(facts) and facts.accounts:
        yield Finding(
            about="welcome",
            title="Insights are here",
            description="Here you will find what is worth knowing about your accounts: bills to come, unusual charges, "
            "low balances and what you spend.",
        )


def is_over(facts: Facts, _kept: Kept) -> bool:
    """The user is no longer new."""
    return not _is_new(facts)


RULE = Rule(
    template="IntroduceInsights",
    name="Introduce Insights",
    groups=(Group.PLAN,),
    triggers=(Trigger.ACCOUNT, Trigger.CLOCK),
    when="The user was made within the last 30 days and has an account that is shown. Once.",
    source="ours",
    find=find,
    is_over=is_over,
)
