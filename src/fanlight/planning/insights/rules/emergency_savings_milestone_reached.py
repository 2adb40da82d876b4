"""EmergencySavingsMilestoneReached: the emergency savings passed a round sum."""

from collections.abc import Iterator

from fanlight.core.transactions import Status
from fanlight.planning.facts import Facts
from fanlight.planning.insights import emergency
from fanlight.planning.insights.movements import recent
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.planning.wording import money, short

RECENT_DAYS = 14
UNIT = 1_000_000
MILESTONES = (500, 1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000)
"""In whole units of the account's currency, of UNIT millionths each."""


def _find(facts: Facts) -> Iterator[Finding]:
    account = emergency.fund(facts)
    if account is None or account.balance is None:
        return
    moved = [each for each in recent(facts, RECENT_DAYS, account_id=account.id) if each.status is Status.POSTED]
    was = account.balance - sum(-each.amount if each.is_debit else each.amount for each in moved)
    reached = max((each for each in MILESTONES if was < each * UNIT <= account.balance), default=None)
    if reached is None:
        return
    deposit = next(each for each in moved if not each.is_debit)
    sum_ = money(reached * UNIT, account.currency)
    yield Finding(
        about=f"{account.guid} {reached}",
        title=f"{sum_} saved for emergencies",
        description=f"{short(account.name)} now holds {money(account.balance, account.currency)}: your emergency "
        f"savings passed {sum_}.",
        accounts=(account.guid,),
        transactions=(deposit.guid,),
    )


def _is_over(facts: Facts, kept: Kept) -> bool:
    guid, reached = kept.about.split(" ")
    account = next((each for each in facts.accounts.values() if each.guid == guid), None)
    return account is None or (account.balance is not None and account.balance < int(reached) * UNIT)


RULE = Rule(
    template="EmergencySavingsMilestoneReached",
    name="Emergency Savings Milestone Reached",
    groups=(Group.SAVE,),
    triggers=(Trigger.ACCOUNT, Trigger.TRANSACTION),
    when='The balance of the savings account with "emergency" or "rainy day" in its name, or else of the only savings '
    f"account, rose above one of {', '.join(f'{each:,}' for each in MILESTONES)} by what was posted "
    f"to it within the last {RECENT_DAYS} days; the highest of them is told, each once. Over when the balance is below "
    "it again.",
    source="ours",
    find=_find,
    is_over=_is_over,
)
