"""What is told: from facts to events. Pure: the same facts and profiles, the same events."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from fanlight.base.clock import DAY, date_of
from fanlight.base.money import MICROS
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import TRANSFER
from fanlight.planning.budgeting.budget_figures import Figures
from fanlight.planning.counted import is_spent_from
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.fees import WHAT_IS_NONE, is_fee
from fanlight.planning.notifications.kinds import Kind
from fanlight.planning.notifications.profiles import Profiles
from fanlight.planning.notifications.store import ONCE, OPEN
from fanlight.planning.saving.goal_projection import owed
from fanlight.planning.saving.goals import Goal, held_on
from fanlight.planning.wording import currency_of, day, money, short
from fanlight.planning.written import Written

RECENT_DAYS = 7
"""How many days back the day of a transaction may be that is told of."""
FIRST_DAYS = 2
"""The same on an account that was not looked at before, and of what came with one: a history is no news."""
GRACE = 3600
"""Seconds for which a transaction may have waited to be written when others, or its account, were there already."""
DUE_DAYS = 5
"""How many days before a payment is due it is told of."""
ROOM = 80
"""How many characters of a description or name are said."""
MOST_OF_A_RULE = 20
"""How many things of a kind are told at once: more are a flood, not news."""
MARGIN_PERCENT = 5
"""By how much of its amount a budget has to be likely to be passed to be told of: a projection is no exact figure."""

_UNIT = int(MICROS)


class Event(NamedTuple):
    """One thing to tell. `key` is the same for the same event; `account_guid` says whose profile holds, if any."""

    kind: Kind
    key: str
    subject: str
    account_guid: str = ""
    entity_guid: str | None = None
    deep_link_guid: str | None = None
    threshold: int | None = None


def find(facts: Facts, profiles: Profiles, goals: Iterable[Goal]) -> list[Event]:
    """What there is to tell that the user wants to hear of, whether or not it was told; of many alike the newest."""
    found = (event for rule in _RULES for event in islice(rule(facts, profiles), MOST_OF_A_RULE))
    wanted = (*found, *of_goals(facts, goals))
    return [each for each in wanted if profiles.of(each.kind, each.account_guid).is_enabled]


def over(facts: Facts, profiles: Profiles, goals: Iterable[Goal]) -> set[str]:
    """The keys of what lasts, was looked at and does not hold (any more).

    Of an account that is out of sight or has no balance now nobody knows, and what is switched off may last.
    """
    known = list(goals)
    holds = {each.key for each in (*low_balances(facts, profiles), *of_goals(facts, known))}
    accounts = (each for each in facts.accounts.values() if _can_be_low(each))
    low = {_low_key(each) for each in accounts}
    return (low | {_off_key(each) for each in known if _can_be_off(facts, each)}) - holds


def budgets(facts: Facts, _profiles: Profiles) -> Iterator[Event]:
    """Budgets that were passed this month, and those that will be; one of income is meant to be."""
    currency = facts.main_currency
    for each in facts.budgets:
        if each.is_income or not (each.is_exceeded or _is_likely(each)):
            continue
        kind = Kind.BUDGET_EXCEEDED if each.is_exceeded else Kind.BUDGET_OFF_TARGET
        guid, planned, spent = each.budget.guid, each.budget.amount, money(each.spent, currency)
        name = short(facts.category_names.get(each.budget.category_guid, "your budget"), ROOM)
        spent_of = f"{spent} of {money(planned, currency)}"
        if each.is_exceeded:
            subject = f"You spent {spent_of} for {name} this month: {money(each.spent - planned, currency)} too much."
        else:
            excess = money(each.projected - planned, currency)
            subject = f"You are likely to pass your budget for {name} by {excess}; you spent {spent_of}."
        yield Event(kind, f"{ONCE}{kind.name}/{guid}/{facts.month}", subject, entity_guid=guid, deep_link_guid=guid)


def debts(facts: Facts, _profiles: Profiles) -> Iterator[Event]:
    """Payments that are due soon on accounts on which something is owed."""
    for account in facts.accounts.values():
        if not account.is_liability or account.is_closed or account.payment_due_at is None:
            continue
        due = date_of(account.payment_due_at)
        owes_nothing = account.balance is not None and account.balance <= 0
        if owes_nothing or not facts.today <= due <= facts.today + timedelta(days=DUE_DAYS):
            continue
        least = f"at least {money(account.minimum_payment, account.currency)}" if account.minimum_payment else ""
        subject = f"A payment on {_name(account)} is due on {day(due)}{least and ': '}{least}."
        key = f"{ONCE}{Kind.DEBT_PAYMENT_REMINDER.name}/{account.guid}/{due.isoformat()}"
        yield Event(Kind.DEBT_PAYMENT_REMINDER, key, subject, account.guid, account.guid)


def low_balances(facts: Facts, profiles: Profiles) -> Iterator[Event]:
    """Accounts of cash with less on them than their threshold, for as long as that lasts."""
    for account in facts.accounts.values():
        threshold = profiles.threshold(Kind.ACCOUNT_BALANCE_LOW, account.guid)
        if account.balance is None or not _can_be_low(account) or account.balance >= threshold * _UNIT:
            continue
        amount, name = money(account.balance, account.currency), _name(account)
        if account.balance < 0:
            subject = f"{name} is overdrawn by {amount}."
        else:
            subject = f"There is {amount} left on {name}, less than {money(threshold * _UNIT, account.currency)}."
        key = _low_key(account)
        yield Event(Kind.ACCOUNT_BALANCE_LOW, key, subject, account.guid, account.guid, threshold=threshold)


def _can_be_low(account: Account) -> bool:
    return account.is_cash and not account.is_closed and account.balance is not None


def _low_key(account: Account) -> str:
    return f"{OPEN}{Kind.ACCOUNT_BALANCE_LOW.name}/{account.guid}"


def deposits(facts: Facts, profiles: Profiles) -> Iterator[Event]:
    """Large amounts that came in on accounts of cash from elsewhere."""
    for each, account in _new(facts):
        threshold = profiles.threshold(Kind.ACCOUNT_DEPOSIT_LARGE, account.guid)
        if each.type is not Type.CREDIT or not account.is_cash or _is_transfer(each):
            continue
        if each.amount > threshold * _UNIT:
            subject = f"{_amount(facts, each)} came in on {_name(account)}: {short(each.description, ROOM)}."
            yield _of_movement(Kind.ACCOUNT_DEPOSIT_LARGE, each, account, subject, threshold)


def _is_likely(budget: Figures) -> bool:
    """Whether a budget will be passed, and not by a little."""
    amount = budget.budget.amount
    return (budget.projected - amount) * 100 > MARGIN_PERCENT * amount


def expenses(facts: Facts, profiles: Profiles) -> Iterator[Event]:
    """Large amounts that were spent."""
    for each, account in _new(facts):
        threshold = profiles.threshold(Kind.TRANSACTION_EXPENSE_LARGE, account.guid)
        if not each.is_debit or not is_spent_from(account.type) or _is_transfer(each):
            continue
        if each.amount > threshold * _UNIT:
            subject = f"You spent {_amount(facts, each)}: {short(each.description, ROOM)}, from {_name(account)}."
            yield _of_movement(Kind.TRANSACTION_EXPENSE_LARGE, each, account, subject, threshold)


def fees(facts: Facts, profiles: Profiles) -> Iterator[Event]:
    """Fees, on accounts from which money is spent."""
    for each, account in _new(facts):
        threshold = profiles.threshold(Kind.TRANSACTION_FEE_CHARGE, account.guid)
        if not is_fee(each) or not is_spent_from(account.type):
            continue
        if each.amount > threshold * _UNIT:
            said = f"{_amount(facts, each)} was charged on {_name(account)}"
            subject = f"A fee of {said}: {short(each.description, ROOM)}."
            yield _of_movement(Kind.TRANSACTION_FEE_CHARGE, each, account, subject, threshold)


def of_goals(facts: Facts, goals: Iterable[Goal]) -> Iterator[Event]:
    """Goals that were reached lately, and debts that grew since their goal to pay them off was made."""
    for each in goals:
        account, row = facts.accounts.get(each.row.account_id), each.row
        name, currency = short(row.name, ROOM), account.currency if account else facts.main_currency
        if _is_reached(facts, each):
            subject = f"You reached your goal {name}: {money(row.amount, currency)}."
            yield _of_goal(Kind.GUIDE_ME_STEP_COMPLETE, _reached_key(each), each, subject)
        more = _more_owed(each) if _can_be_off(facts, each) else 0
        if more > 0:
            subject = f"You owe {money(more, currency)} more than when you began with your goal {name}."
            yield _of_goal(Kind.GUIDE_ME_OFF_TARGET, _off_key(each), each, subject)


def _is_reached(facts: Facts, goal: Goal) -> bool:
    """Whether it was reached lately by what is on its account: a client may call any goal complete, or spent."""
    row = goal.row
    is_late = row.completed_at is not None and row.completed_at >= facts.now - RECENT_DAYS * DAY
    return row.is_complete and is_late and goal.current >= row.amount and not row.has_been_spent


def _can_be_off(facts: Facts, goal: Goal) -> bool:
    account = facts.accounts.get(goal.row.account_id)
    return account is not None and account.balance is not None and goal.row.started_with is not None


def _more_owed(goal: Goal) -> int:
    """How much more is owed than when a goal was made; nothing once it is complete."""
    return 0 if goal.row.is_complete else owed(held_on(goal.account)) - (goal.row.started_with or 0)


def _reached_key(goal: Goal) -> str:
    return f"{ONCE}{Kind.GUIDE_ME_STEP_COMPLETE.name}/{goal.row.guid}"


def _off_key(goal: Goal) -> str:
    return f"{OPEN}{Kind.GUIDE_ME_OFF_TARGET.name}/{goal.row.guid}"


def _of_goal(kind: Kind, key: str, goal: Goal, subject: str) -> Event:
    return Event(kind, key, subject, entity_guid=goal.row.guid, deep_link_guid=goal.row.guid)


def _of_movement(kind: Kind, movement: Movement, account: Account, subject: str, threshold: int) -> Event:
    key = f"{ONCE}{kind.name}/{movement.guid}"
    return Event(kind, key, subject, account.guid, account.guid, movement.guid, threshold)


def _new(facts: Facts) -> Iterator[tuple[Movement, Account]]:
    """Movements that came since the facts were looked at before, and happened lately; a part of one is nothing new."""
    recent, first = (facts.today - timedelta(days=days) for days in (RECENT_DAYS, FIRST_DAYS))
    for each in reversed(facts.movements):
        if each.day < recent:
            break
        account = facts.accounts[each.account_id]
        is_history = account.created_at >= facts.since or each.created_at < account.created_at + GRACE
        is_new = each.created_at >= facts.since - GRACE and each.parent_id is None
        if is_new and (each.day >= first or not is_history):
            yield each, account


def _is_transfer(movement: Movement) -> bool:
    """Whether it only moved between a person's own accounts."""
    return movement.twin is not None or movement.top_category_guid == TRANSFER


def _amount(facts: Facts, movement: Movement) -> str:
    return money(movement.amount, currency_of(facts, movement.account_id))


def _name(account: Account) -> str:
    return short(account.name, ROOM) or "your account"


_RULES: tuple[Callable[[Facts, Profiles], Iterator[Event]], ...] = (
    budgets,
    debts,
    low_balances,
    deposits,
    expenses,
    fees,
)
_NEVER = (
    Kind.SYSTEM_NOTIFICATION, Kind.USER_SUMMARY, Kind.OFFER, Kind.PASSWORD_RESET_TOKEN, Kind.PASSWORD_CHANGED,
    Kind.EMAIL_VERIFICATION, Kind.EMAIL_VERIFIED, Kind.WELCOME,
)  # fmt: skip
RULES: tuple[Written, ...] = (
    Written("Notifications at once", f"Of one kind {MOST_OF_A_RULE} at most, the newest.", "ours"),
    Written(
        "BUDGET_EXCEEDED",
        "Spending of a budget this month is above its amount; not for budgets of income. Once for a budget and month.",
        "documented",
    ),
    Written(
        "BUDGET_OFF_TARGET",
        f"Projected spending of a budget this month is above its amount by more than {MARGIN_PERCENT} % of it, and "
        "spending has not passed it yet; not for budgets of income. Once for a budget and month. The margin is ours: a "
        "projection is no exact figure.",
        "documented",
    ),
    Written(
        "DEBT_PAYMENT_REMINDER",
        f"payment_due_at of an open account of debt is today or at most {DUE_DAYS} days ahead (its day in UTC), unless "
        "its balance says that nothing is owed. Once for an account and day.",
        "ours",
    ),
    Written(
        "GUIDE_ME_STEP_COMPLETE",
        f"A goal was completed within the last {RECENT_DAYS} days and its current_amount is its amount; not where a "
        "client said that it is complete or was spent. Once for a goal.",
        "ours",
    ),
    Written(
        "GUIDE_ME_OFF_TARGET",
        "More is owed on the account of a goal to pay something off than when the goal was made. Told again only after "
        "that was seen to be over.",
        "ours",
    ),
    Written(
        "ACCOUNT_BALANCE_LOW",
        "The balance of an open account (checking, savings, cash, prepaid) is below its threshold, by default 100. "
        "Told again only after the balance was seen not to be below it: an account that was hidden or had no balance "
        "meanwhile is the same matter.",
        "documented",
    ),
    Written(
        "ACCOUNT_DEPOSIT_LARGE",
        "A new credit on a checking, savings, cash or prepaid account is above the threshold, by default 500, and is "
        "neither half of a transfer nor in a category of transfers. Once for a transaction.",
        "documented",
    ),
    Written(
        "TRANSACTION_EXPENSE_LARGE",
        "A new debit on a checking, savings, cash, prepaid, credit card or line of credit account is above the "
        "threshold, by default 100, and is neither half of a transfer nor in a category of transfers. Once for a "
        "transaction.",
        "documented",
    ),
    Written(
        "TRANSACTION_FEE_CHARGE",
        "A new debit in Fees & Charges or below it, on an account that is spent from, is above the threshold, by "
        f"default 0. Ours: not {WHAT_IS_NONE}; and an overdraft fee is one in whatever category. Once for a "
        "transaction, beside TRANSACTION_EXPENSE_LARGE where that holds too.",
        "documented",
    ),
    Written(
        "New transactions",
        "A transaction is told of when it came since the user's planning was brought up to date before, and its day is "
        f"at most {RECENT_DAYS} days back; on an account that was not looked at before, and of what came within an "
        f"hour of its account, at most {FIRST_DAYS}. The parts of a split are not told of.",
        "ours",
    ),
    Written("API_NOTIFICATION", "Made over the API alone.", "documented"),
    Written(", ".join(each.name for each in _NEVER), "Never made: nothing here is their cause.", "ours"),
)  # fmt: skip
