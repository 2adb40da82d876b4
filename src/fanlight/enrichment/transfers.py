"""Transfers: two movements of one person that are one, from one of their accounts to another. Pure.

The same amount has to leave one account and reach another within a few days, and one of the two has to say that it is a
transfer while the other says nothing else: equal amounts alone are no proof, for people pay round sums.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import product
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")

DAYS_AFTER = 5
"""How many days after it left one account the money reaches the other."""
DAYS_BEFORE = 1
"""How many days before: banks date what comes in by the day on which it was announced."""
_BY_DISTANCE = sorted(range(-DAYS_BEFORE, DAYS_AFTER + 1), key=lambda days: (abs(days), days))


class Says(IntEnum):
    """What a movement says of itself."""

    SOMETHING_ELSE = -1
    NOTHING = 0
    TRANSFER = 1


class Movement(NamedTuple, Generic[K]):
    """One movement; `day` is an ordinal, `amount` in millionths, `currency` may be unknown."""

    key: K
    account: int
    is_credit: bool
    amount: int
    currency: str | None
    day: int
    says: Says


class _Place(NamedTuple):
    """What credits have in common that are as good as each other, the first of them first."""

    day: int
    says: Says
    account: int


def pair(movements: Iterable[Movement[K]]) -> list[tuple[K, K]]:
    """Debits with the credits that they became; each movement is in one pair at most.

    What says more of itself comes first, then what is nearer in days.
    """
    groups: dict[tuple[int, str | None], tuple[list[Movement[K]], list[Movement[K]]]] = defaultdict(lambda: ([], []))
    for movement in movements:
        if movement.amount > 0 and movement.says is not Says.SOMETHING_ELSE:
            groups[movement.amount, movement.currency][movement.is_credit].append(movement)
    return [found for out, into in groups.values() if out and into for found in _of_amount(out, into)]


def _of_amount(out: list[Movement[K]], into: list[Movement[K]]) -> Iterator[tuple[K, K]]:
    waiting: dict[_Place, deque[Movement[K]]] = defaultdict(deque)
    for credit in sorted(into, key=lambda movement: movement.day):
        waiting[_Place(credit.day, credit.says, credit.account)].append(credit)
    accounts = sorted({credit.account for credit in into})
    left = sorted(out, key=lambda movement: movement.day)
    for evidence, days in product((2, 1), _BY_DISTANCE):
        still = []
        for debit in left:
            found = _take(debit, waiting, accounts, evidence, days)
            if found is None:
                still.append(debit)
            else:
                yield debit.key, found.key
        left = still


def _take(
    debit: Movement[K], waiting: dict[_Place, deque[Movement[K]]], accounts: list[int], evidence: int, days: int
) -> Movement[K] | None:
    """The first credit so many days after on another account, where both together say so much."""
    says = evidence - debit.says
    if says not in (Says.NOTHING, Says.TRANSFER):
        return None
    for account in accounts:
        place = _Place(debit.day + days, Says(says), account)
        if account != debit.account and waiting.get(place):
            return waiting[place].popleft()
    return None
