"""What was reached of goals, and when the rest will be. Pure; amounts in millionths."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from fanlight.core.account_types import LIABILITIES
from fanlight.planning.days import day_within, later, month_of
from fanlight.planning.written import Written

MOST_MONTHS = 1_200
"""A goal that takes longer has no projection."""


class GoalType(IntEnum):
    """What is to be done with the amount."""

    SAVE_AMOUNT = 1
    PAYOFF = 2


class Standing(NamedTuple):
    """What matters of a goal; `started_with` is what was owed when a PAYOFF was made."""

    goal_type: GoalType
    account: int
    amount: int
    started_with: int | None
    is_complete: bool
    has_been_spent: bool


class Held(NamedTuple):
    """An account's type (its id) and balance, None where nobody knows it."""

    account_type: int
    balance: int | None


RULES = (
    Written(
        "goal.current_amount of SAVE_AMOUNT",
        "The balance of the account, not below 0 and not above amount. Where several goals have one account, its "
        "balance fills them in the order of their positions. A goal that is complete and was spent has its whole "
        "amount and takes no part of the balance. Without a balance it is 0.",
        "ours",
    ),
    Written(
        "goal.current_amount of PAYOFF",
        "amount, or what was owed when the goal was made (or when that was known first) if that was more, less what is "
        "owed now; not below 0 and not above amount. Owed is the balance of an account of a type on which one owes, "
        "and on one of the type UNKNOWN what its balance is below 0. Without a balance it is 0.",
        "ours",
    ),
    Written(
        "goal.projected_to_complete_at",
        "The contribution in use goes whole to the incomplete goal of the lowest position until that is reached, then "
        "to the next, and so on.",
        "documented",
    ),
    Written(
        "goal.projected_to_complete_at: the day",
        "Contributions come once a month, the first a month from today. It is the first moment (UTC) of the day of the "
        "contribution that reaches the goal; null for complete goals, without a contribution, and for a goal that "
        f"takes more than {MOST_MONTHS} months.",
        "ours",
    ),
)


def owed(held: Held) -> int:
    """What a person owes on an account; not below 0, and 0 where nobody knows it."""
    return max(0, -_own(held))


def reached(goals: Iterable[Standing], accounts: Mapping[int, Held]) -> list[int]:
    """What was reached of each goal, in the order of positions."""
    left = {key: max(0, _own(held)) for key, held in accounts.items()}
    found = []
    for each in goals:
        if each.is_complete and each.has_been_spent:
            found.append(each.amount)
        elif each.goal_type is GoalType.PAYOFF:
            found.append(_paid_off(each, accounts[each.account]))
        else:
            found.append(min(left[each.account], each.amount))
            left[each.account] -= found[-1]
    return found


def projected(today: date, rests: Iterable[int], contribution: int) -> list[date | None]:
    """The day on which each goal is reached, in the order of positions; a rest of 0 is a goal that needs nothing.

    `rests` are what the goals still need. None for one that needs nothing, or will not be reached.
    """
    return [None if each is None else _months_from(today, each) for each in months(list(rests), contribution)]


def months(rests: Sequence[int], contribution: int) -> list[int | None]:
    """How many contributions there are until each goal is reached."""
    found: list[int | None] = []
    total = 0
    for rest in rests:
        total += rest
        needed = -(-total // contribution) if contribution > 0 else MOST_MONTHS + 1
        found.append(needed if rest > 0 and needed <= MOST_MONTHS else None)
    return found


def _paid_off(goal: Standing, held: Held) -> int:
    if held.balance is None:
        return 0
    start = max(goal.amount, goal.started_with or 0)
    return max(0, min(start - owed(held), goal.amount))


def _own(held: Held) -> int:
    """What is a person's own on an account, below 0 what they owe."""
    balance = held.balance or 0
    return -balance if held.account_type in LIABILITIES else balance


def _months_from(today: date, number: int) -> date:
    return day_within(later(month_of(today), number), today.day)
