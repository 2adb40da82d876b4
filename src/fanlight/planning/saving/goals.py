"""Goals: what a user saves for or pays off, in the order in which it gets the money that is left each month.

Positions count from 1, the first goal to get money, without gaps. A goal is seen while its account is there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base import money
from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core import accounts
from fanlight.core.account_types import ACCOUNT_TYPES, LIABILITIES
from fanlight.core.accounts import Account
from fanlight.planning import staleness
from fanlight.planning.saving import cash_flow
from fanlight.planning.saving.goal_projection import GoalType, Held, Standing, owed, projected, reached
from fanlight.planning.written import Written
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import goals
from fanlight.storage.unit import Unit

MAX_GOALS = 100
"""Of one user."""
_UNKNOWN = 0


class MetaType(IntEnum):
    """What a goal is for."""

    AUTOMOBILE = 1
    COLLEGE = 2
    ELECTRONIC = 3
    EMERGENCY_FUND = 4
    HOUSE = 5
    OTHER = 6
    RECREATIONAL_VEHICLE = 7
    RETIREMENT = 8
    SETUP_BUDGETS = 9
    START_MONEY_MANAGEMENT = 10
    VACATION = 11


class Row(msgspec.Struct, frozen=True):
    """What the table holds. Amounts in millionths; `started_with` is what was owed when a PAYOFF was made."""

    id: int
    user_id: int
    account_id: int
    guid: str
    amount: int
    goal_type: GoalType
    meta_type: MetaType
    name: str
    position: int
    started_with: int | None
    is_complete: bool
    has_been_spent: bool
    completed_at: int | None
    metadata: str | None
    revision: int
    created_at: int
    updated_at: int

    @property
    def track(self) -> str:
        """The name of the track that the goal belongs to."""
        if self.goal_type is GoalType.PAYOFF:
            return "DEBT_TRACK"
        return _TRACKS.get(self.meta_type, "SAVINGS_TRACK")


class Goal(NamedTuple):
    """A goal with its account, what was reached of it (millionths), and when all of it will be."""

    row: Row
    account: Account
    current: int
    projected_on: date | None


RULES = (
    Written(
        "goal: contribution",
        "Making, changing and repositioning goals needs a contribution in use above 0: goals_contribution of the "
        "monthly cash flow profile, or estimated_goals_contribution where uses_estimated_goals_contribution is true. "
        "Else 422. Reading and deleting do not need it.",
        "documented",
    ),
    Written(
        "goal.account_guid",
        "An account of the user that is there, else 422. PAYOFF is for accounts on which one owes, SAVE_AMOUNT for all "
        "others, else 422; an account of the type UNKNOWN takes both. A goal is not seen once its account is gone.",
        "ours",
    ),
    Written(
        "goal.position",
        "1 to the number of goals without gaps; 1 gets money first. A new goal stands at the end unless a position is "
        "sent; one that is there moves those behind it, one beyond the end means the end. Deleting closes the gap.",
        "ours",
    ),
    Written(
        "goals/reposition",
        "All goals with the positions 1 to their number, each once; else 422, and nothing is changed.",
        "ours",
    ),
    Written(
        "goal.track_type_name",
        "PAYOFF: DEBT_TRACK. SAVE_AMOUNT: EMERGENCY_FUND_TRACK for EMERGENCY_FUND, RETIREMENT_TRACK for RETIREMENT, "
        "else SAVINGS_TRACK.",
        "ours",
    ),
    Written(
        "goal.is_complete and completed_at",
        "Set when current_amount reaches amount, and they stay when it falls again. A client may set them: is_complete "
        "alone means now, completed_at alone means complete, is_complete false takes both back, unless the amount is "
        "reached.",
        "ours",
    ),
    Written("goal.has_been_spent", "False until a client says otherwise.", "ours"),
)

_TRACKS = {MetaType.EMERGENCY_FUND: "EMERGENCY_FUND_TRACK", MetaType.RETIREMENT: "RETIREMENT_TRACK"}
_CHANGED = (
    ("account_id", "amount", "goal_type", "meta_type", "name", "started_with", "is_complete", "has_been_spent")
    + ("completed_at", "metadata", "revision", "updated_at")
)  # fmt: skip
_row = row_of(Row)
_NAMED = (goals.c.id == bindparam("of")) & (goals.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(goals).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    of_user = goals.c.user_id == bindparam("user_id")
    return select(*columns(goals, Row)).where(of_user).order_by(goals.c.position, goals.c.id)


@statement
def _update() -> Clause:
    return update(goals).where(_NAMED).values(**{name: bindparam(f"new_{name}") for name in _CHANGED})


@statement
def _place() -> Clause:
    return update(goals).where(_NAMED).values(position=bindparam("place"))


@statement
def _delete() -> Clause:
    return delete(goals).where(_NAMED)


def list_all(unit: Unit, user_id: int, today: date) -> list[Goal]:
    """The user's goals by their positions."""
    kept = unit.all(_row, _all, user_id=user_id)
    if not kept:
        return []
    known = {each.id: each for each in accounts.list_all(unit, user_id)}
    seen = [row for row in kept if row.account_id in known]
    rows = [msgspec.structs.replace(row, position=place) for place, row in enumerate(seen, 1)]
    held = {key: held_on(known[key]) for key in {row.account_id for row in rows}}
    current = reached([_standing(row) for row in rows], held)
    rests = [0 if row.is_complete else row.amount - each for row, each in zip(rows, current, strict=True)]
    ends = projected(today, rests, cash_flow.contribution(unit, user_id))
    return [
        Goal(row, known[row.account_id], reached_now, end)
        for row, reached_now, end in zip(rows, current, ends, strict=True)
    ]


def read(unit: Unit, user_id: int, guid: str, today: date) -> Goal:
    for goal in list_all(unit, user_id, today):
        if goal.row.guid == guid:
            return goal
    raise NotFound("There is no such goal.")


def create(
    unit: Unit, user_id: int, account: Account, said: Mapping[str, Any], today: date, *, position: int | None, now: int
) -> Goal:  # fmt: skip
    """A goal of what is said: `amount`, `goal_type`, `meta_type`, `name`, and more of a row's fields.

    Raises Unprocessable without a contribution, for an account that does not fit, and beyond MAX_GOALS.
    """
    _require_contribution(unit, user_id)
    known = list_all(unit, user_id, today)
    if len(known) >= MAX_GOALS:
        raise Unprocessable(f"A user may have {MAX_GOALS} goals.")
    row = Row(
        id=0,
        user_id=user_id,
        account_id=account.id,
        guid=new_guid("GOL"),
        position=len(known) + 1,
        started_with=_started_with(said["goal_type"], account),
        revision=1,
        created_at=now,
        updated_at=now,
        **{"is_complete": False, "has_been_spent": False, "completed_at": None, "metadata": None, **said},
    )
    _refuse_unfit(row.goal_type, account)
    row = _completed(row, said, now=now)
    order = [goal.row for goal in known]
    order.insert(len(order) if position is None else position - 1, row)
    key = unit.insert_row(_insert, row)
    _arrange(unit, user_id, [each.id or key for each in order])
    return _settled(unit, row, today, now=now)


def change(
    unit: Unit, goal: Goal, said: Mapping[str, Any], today: date, *, account: Account | None = None,
    position: int | None = None, now: int,
) -> Goal:  # fmt: skip
    """Change what is said of a row's fields, its account or its position; raises Unprocessable as `create` does."""
    row, user_id = goal.row, goal.row.user_id
    _require_contribution(unit, user_id)
    account = account or goal.account
    new = msgspec.structs.replace(row, **said, account_id=account.id, revision=row.revision + 1, updated_at=now)
    if (new.account_id, new.goal_type) != (row.account_id, row.goal_type):
        _refuse_unfit(new.goal_type, account)
        new = msgspec.structs.replace(new, started_with=_started_with(new.goal_type, account))
    new = _completed(new, said, now=now)
    unit.run(_update, of=row.id, user=user_id, **{f"new_{name}": getattr(new, name) for name in _CHANGED})
    if position is not None:
        order = [each.row.id for each in list_all(unit, user_id, today) if each.row.id != row.id]
        order.insert(position - 1, row.id)
        _arrange(unit, user_id, order)
    return _settled(unit, new, today, now=now)


def reposition(unit: Unit, user_id: int, asked: Sequence[tuple[str, int]], today: date, *, now: int) -> None:
    """Give every goal (by its guid) a new position.

    Raises NotFound for a guid that is none of the user's goals, Unprocessable unless each of them has its own
    position from 1 to their number.
    """
    known = {goal.row.guid: goal.row.id for goal in list_all(unit, user_id, today)}
    if any(guid not in known for guid, _ in asked):
        raise NotFound("There is no such goal.")
    _require_contribution(unit, user_id)
    places = dict(asked)
    if len(asked) != len(known) or len(places) != len(known):
        raise Unprocessable("goals must name every goal of the user once.")
    if sorted(places.values()) != list(range(1, len(known) + 1)):
        raise Unprocessable(f"The positions must be 1 to {len(known)}, each once.")
    _arrange(unit, user_id, [known[guid] for guid in sorted(places, key=places.__getitem__)])
    _note(unit, user_id, today, now=now)


def remove(unit: Unit, goal: Goal, today: date, *, now: int) -> None:
    """Forget a goal; those behind it move up."""
    user_id = goal.row.user_id
    unit.run(_delete, of=goal.row.id, user=user_id)
    _arrange(unit, user_id, [each.row.id for each in list_all(unit, user_id, today)])
    _note(unit, user_id, today, now=now)


def settle(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """Complete the goals that are reached, and keep what debts began with once that is known."""
    for goal in list_all(unit, user_id, today):
        new = goal.row
        if goal.current >= new.amount and not new.is_complete:
            new = msgspec.structs.replace(new, is_complete=True, completed_at=now, updated_at=now)
        if new.started_with is None:
            new = msgspec.structs.replace(new, started_with=_started_with(new.goal_type, goal.account))
        if new != goal.row:
            unit.run(_update, of=new.id, user=user_id, **{f"new_{name}": getattr(new, name) for name in _CHANGED})


def held_on(account: Account) -> Held:
    """What a goal looks at of its account."""
    balance = account.facts["balance"].value
    return Held(_type(account), None if balance is None else money.to_micros(Decimal(balance)))


def _note(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """A change moves what others are given of a balance they share, so it may complete them."""
    settle(unit, user_id, today, now=now)
    staleness.mark(unit, user_id, goals.name)


def _settled(unit: Unit, row: Row, today: date, *, now: int) -> Goal:
    _note(unit, row.user_id, today, now=now)
    return read(unit, row.user_id, row.guid, today)


def _arrange(unit: Unit, user_id: int, order: Sequence[int]) -> None:
    """Give goals (by their keys) positions in this order."""
    unit.many(_place, ({"of": key, "user": user_id, "place": place} for place, key in enumerate(order, 1)))


def _completed(row: Row, said: Mapping[str, Any], *, now: int) -> Row:
    """What follows from what a client says of its completion."""
    if said.get("completed_at") is not None:
        if said.get("is_complete") is False:
            raise Unprocessable("completed_at: a goal that is not complete has none.")
        return msgspec.structs.replace(row, is_complete=True)
    moment = (row.completed_at or now) if row.is_complete else None
    return msgspec.structs.replace(row, completed_at=moment)


def _started_with(goal_type: GoalType, account: Account) -> int | None:
    """What is owed, for a goal to pay it off; None where nobody knows it."""
    held = held_on(account)
    return owed(held) if goal_type is GoalType.PAYOFF and held.balance is not None else None


def _require_contribution(unit: Unit, user_id: int) -> None:
    if cash_flow.contribution(unit, user_id) <= 0:
        raise Unprocessable(
            "Goals need a contribution above 0 in the monthly cash flow profile: set goals_contribution, or "
            "uses_estimated_goals_contribution where estimated_goals_contribution is above 0."
        )


def _refuse_unfit(goal_type: GoalType, account: Account) -> None:
    kind = _type(account)
    if kind != _UNKNOWN and (goal_type is GoalType.PAYOFF) != (kind in LIABILITIES):
        raise Unprocessable(f"account_guid: an account of the type {ACCOUNT_TYPES[kind]} has no {goal_type.name} goal.")


def _standing(row: Row) -> Standing:
    return Standing(row.goal_type, row.account_id, row.amount, row.started_with, row.is_complete, row.has_been_spent)


def _type(account: Account) -> int:
    kind = account.facts["account_type"].value
    return kind if kind in ACCOUNT_TYPES else _UNKNOWN
