"""Balances checked against what moved them: gaps between running balances, and a debt that has the wrong sign. Pure.

A transaction leads from one balance to the next, so in a whole history every balance but the first and the last is both
what one left and what another found. What is left over is the edge of a gap, in whatever order the transactions stand.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from fanlight.aggregation import sights
from fanlight.base import money
from fanlight.core.account_types import LIABILITIES
from fanlight.core.transactions import Row, Status, Type
from fanlight.institutions.port import FeedAccount

CARDS = frozenset((4, 6))
MOST = 20
"""How many gaps of one account are told, the latest ones."""


class Step(NamedTuple):
    """From which balance to which a transaction leads, in millionths."""

    day: int
    before: int
    after: int


class Gap(NamedTuple):
    """Between which days something is missing, doubled or wrong, and how much; no day where there is no more after."""

    after: date
    before: date | None
    amount: int

    def told(self) -> dict[str, Any]:
        before = None if self.before is None else self.before.isoformat()
        amount = str(money.from_micros(self.amount))
        return {"kind": "gap", "after": self.after.isoformat(), "before": before, "amount": amount}


def steps(rows: Iterable[Row], account_type: int) -> list[Step]:
    """The steps of posted rows whose institution tells the balance after each."""
    sign = -1 if account_type in LIABILITIES else 1
    found = []
    for row in rows:
        if row.status == Status.POSTED and '"balance_after"' in row.feed:
            sight = sights.of_row(0, row)
            change = sign * sight.key.amount * (1 if sight.key.transaction_type == Type.CREDIT else -1)
            if sight.balance is not None:
                found.append(Step(sight.key.day, sight.balance - change, sight.balance))
    return found


def gaps(chain: Sequence[Step], balance: Decimal | None = None, held: int = 0) -> list[Gap]:
    """Where the chain breaks, and whether it leads to the account's balance, with or without what is pending."""
    before, after = Counter(each.before for each in chain), Counter(each.after for each in chain)
    starts = _edges(((each.day, each.before) for each in chain), before - after)
    ends = _edges(((each.day, each.after) for each in chain), after - before)
    found = [
        Gap(date.fromordinal(day), date.fromordinal(following), opening - left)
        for (day, left), (following, opening) in zip(ends, starts[1:], strict=False)
    ]
    closing = None if balance is None else money.to_micros(balance)
    if ends and closing is not None and closing - ends[-1][1] not in (0, held, -held):
        found.append(Gap(date.fromordinal(ends[-1][0]), None, closing - ends[-1][1]))
    return found[-MOST:]


def has_wrong_sign(account: FeedAccount) -> bool:
    """Whether a card's figures only fit when what is owed is taken with the other sign.

    What can be spent is the limit without what is owed and what is held; holds are small beside a debt.
    """
    balance, available, limit = account.balance, account.available_credit, account.credit_limit
    if account.account_type not in CARDS or balance is None or available is None or limit is None:
        return False
    as_told, turned = abs(limit - balance - available), abs(limit + balance - available)
    return turned * 4 < as_told


def _edges(told: Iterable[tuple[int, int]], left: Counter[int]) -> list[tuple[int, int]]:
    """Days and balances that are told once more than they are met, in order of time."""
    found = []
    for day, balance in sorted(told):
        if left[balance] > 0:
            left[balance] -= 1
            found.append((day, balance))
    return found


def findings(account: FeedAccount, rows: Sequence[Row], resembles: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What an operator should look at in an account and its rows of the time that a feed told of."""
    chain = steps(rows, account.account_type)
    held = sum(_held(row, account.account_type) for row in rows if chain and row.status == Status.PENDING)
    found = [gap.told() for gap in gaps(chain, account.balance, held)]
    if has_wrong_sign(account):
        found.append({"kind": "balance_sign"})
    if resembles:
        found.append({"kind": "resembles", "guids": list(resembles)})
    return found


def _held(row: Row, account_type: int) -> int:
    """What a pending row takes from a balance that counts it already."""
    sight = sights.of_row(0, row)
    is_more = (sight.key.transaction_type == Type.CREDIT) != (account_type in LIABILITIES)
    return sight.key.amount if is_more else -sight.key.amount
