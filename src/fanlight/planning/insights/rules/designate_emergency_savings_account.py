"""DesignateEmergencySavingsAccount: no account is for emergencies: one to choose, to change or to open."""

from collections.abc import Iterator

from fanlight.planning.facts import Facts
from fanlight.planning.insights import emergency
from fanlight.planning.insights.months import WHOLE, are_whole, before, sums
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger, no_longer
from fanlight.planning.wording import money, short

MONTHS = 2
"""Of how many months that are over the spending has to be known."""
LEAST = 100_000_000
"""What was spent in each of them at least."""
FUND_MONTHS = 3
"""For how many months emergency savings should last."""


def _find(facts: Facts) -> Iterator[Finding]:
    if are_whole(facts, before(facts, MONTHS)):
        yield from _suggested(facts)


def _suggested(facts: Facts) -> Iterator[Finding]:
    if emergency.designated(facts) is not None:
        return
    months = before(facts, MONTHS)
    known = sums(facts, months)
    spent = [known.spending(month) for month in months]
    if min(spent) < LEAST:
        return
    needed = money(sum(spent) // MONTHS * FUND_MONTHS, facts.main_currency)
    savings, closed = emergency.savings(facts), emergency.closed(facts)
    if savings:
        best = savings[0]
        begun = f"{short(closed.name)} is closed. " if closed else ""
        yield Finding(
            about="change" if closed else "choose",
            title="Choose another account for emergencies" if closed else "Choose an account for emergencies",
            description=f"{begun}{FUND_MONTHS} months of your spending come to {needed}. {short(best.name)} holds "
            f'{money(best.balance or 0, best.currency)}: give it a name with "emergency" to follow it as your '
            "emergency savings.",
            micro_call_to_action="Choose account",
            accounts=(best.guid,),
        )
    elif any(each.is_cash and not each.is_closed for each in facts.accounts.values()):
        yield Finding(
            about="open",
            title="Open an account for emergencies",
            description=f"{FUND_MONTHS} months of your spending come to {needed}, and none of your accounts is for "
            "savings. A savings account of its own keeps what is for emergencies apart.",
        )


RULE = Rule(
    template="DesignateEmergencySavingsAccount",
    name="Designate Emergency Savings Account",
    groups=(Group.SAVE,),
    triggers=(Trigger.ACCOUNT, Trigger.CLOCK),
    when='No open savings account (certificates of deposit apart) has "emergency" or "rainy day" in its name, and at '
    f"least 100.00 was spent in each of the last {MONTHS} months. With other savings accounts the one with the largest "
    "balance is suggested, as a change where one for emergencies is closed; with none of them, opening one. Told "
    f"{WHOLE}. Over when that is done.",
    source="ours",
    find=_find,
    window=180,
    is_over=no_longer(_suggested),
)
