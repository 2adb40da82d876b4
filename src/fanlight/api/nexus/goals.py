"""Goals on the Nexus wire."""

from decimal import Decimal
from enum import IntEnum
from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import convert
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.base import money
from fanlight.base.clock import start_of_day, timestamp
from fanlight.base.errors import Malformed, MissingParams, NotFound, Unprocessable
from fanlight.base.paging import Paged
from fanlight.core import accounts
from fanlight.planning.saving import goals
from fanlight.planning.saving.goal_projection import GoalType
from fanlight.planning.saving.goals import Goal as Found
from fanlight.planning.saving.goals import MetaType

LAST_POSITION = 1_000_000
REQUIRED = ("account_guid", "amount", "goal_type_name", "meta_type_name", "name")
Sent = Any | msgspec.UnsetType


class Goal(msgspec.Struct):
    account_guid: str
    amount: Decimal
    completed_at: str | None
    current_amount: Decimal
    goal_type_name: str
    guid: str
    has_been_spent: bool
    is_complete: bool
    meta_type_name: str
    metadata: str | None
    name: str
    position: int
    projected_to_complete_at: str | None
    track_type_name: str
    user_guid: str


class GoalBody(fields.ChangeBody, kw_only=True):
    account_guid: Sent = msgspec.UNSET
    amount: Sent = msgspec.UNSET
    completed_at: Sent = msgspec.UNSET
    goal_type_name: Sent = msgspec.UNSET
    has_been_spent: Sent = msgspec.UNSET
    is_complete: Sent = msgspec.UNSET
    meta_type_name: Sent = msgspec.UNSET
    metadata: Sent = msgspec.UNSET
    name: Sent = msgspec.UNSET
    position: Sent = msgspec.UNSET


class GoalPosition(fields.ChangeBody, kw_only=True):
    guid: Any = None
    position: Any = None


class GoalPositionsBody(msgspec.Struct, kw_only=True):
    goals: list[GoalPosition]


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(goals.list_all(call.unit, call.user_id, call.today), partial(_wire, call))


def read(call: Call) -> msgspec.Struct:
    return _wire(call, _named(call))


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    missing = [name for name in REQUIRED if name not in said]
    if missing:
        raise MissingParams(*missing)
    account, position = said.pop("account_guid"), said.pop("position", None)
    made = goals.create(call.unit, call.user_id, account, _kept(said), call.today, position=position, now=call.now)
    return _wire(call, made)


def update(call: Call) -> msgspec.Struct:
    goal, said = _named(call), _said(call)
    if not said:
        raise MissingParams("goal")
    account, position = said.pop("account_guid", None), said.pop("position", None)
    today = call.today
    changed = goals.change(call.unit, goal, _kept(said), today, account=account, position=position, now=call.now)
    return _wire(call, changed)


def delete(call: Call) -> None:
    goals.remove(call.unit, _named(call), call.today, now=call.now)


def reposition(call: Call) -> list[msgspec.Struct]:
    sent = call.document().get("goals")
    if not isinstance(sent, list) or not sent:
        raise MissingParams("goals")
    if len(sent) > goals.MAX_GOALS:
        raise Malformed(f"goals must hold no more than {goals.MAX_GOALS} entries.")
    asked = [_place(convert(each, GoalPosition)) for each in sent]
    goals.reposition(call.unit, call.user_id, asked, call.today, now=call.now)
    return [_wire(call, goal) for goal in goals.list_all(call.unit, call.user_id, call.today)]


def _place(sent: GoalPosition) -> tuple[str, int]:
    missing = [name for name in ("guid", "position") if getattr(sent, name) is None]
    if missing:
        raise MissingParams(*missing)
    return fields.guid(sent.guid, "guid"), _position(sent.position, "position")


def _wire(call: Call, goal: Found) -> msgspec.Struct:
    row = goal.row
    return shown(
        Goal,
        row,
        account_guid=goal.account.guid,
        amount=money.from_micros(row.amount),
        current_amount=money.from_micros(goal.current),
        goal_type_name=row.goal_type.name,
        meta_type_name=row.meta_type.name,
        projected_to_complete_at=None if goal.projected_on is None else timestamp(start_of_day(goal.projected_on)),
        track_type_name=row.track,
        user_guid=call.session.user_guid,
    )


def _named(call: Call) -> Found:
    return goals.read(call.unit, call.user_id, call.params["goal_guid"], call.today)


def _said(call: Call) -> dict[str, Any]:
    """What was sent; null says nothing but of the metadata, which it takes back. Raises Malformed, Unprocessable."""
    readers = _READERS | {"account_guid": partial(_account, call)}
    said = fields.sent(call.body("goal", GoalBody), readers)
    return {name: value for name, value in said.items() if value is not None or name == "metadata"}


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    """What was said by the names of a row's fields."""
    return {name.removesuffix("_name"): value for name, value in said.items()}


def _account(call: Call, value: Any, name: str) -> accounts.Account:
    try:
        return accounts.read(call.unit, call.user_id, fields.guid(value, name))
    except NotFound:
        raise Unprocessable(f"{name} names no account of this user.") from None


def _position(value: Any, name: str) -> int:
    return fields.whole(value, name, least=1, most=LAST_POSITION)


def _kind(kinds: type[IntEnum], value: Any, name: str) -> IntEnum:
    """One of an enumeration by its name; its ids are no part of the wire."""
    found = kinds.__members__.get(value.upper()) if isinstance(value, str) else None
    if found is None:
        raise Malformed(f"{name} must be one of {', '.join(kinds.__members__)}.")
    return found


_READERS: dict[str, fields.Reader] = {
    "amount": partial(fields.micros, least=Decimal("0.01")),
    "completed_at": fields.moment,
    "goal_type_name": partial(_kind, GoalType),
    "has_been_spent": fields.flag,
    "is_complete": fields.flag,
    "meta_type_name": partial(_kind, MetaType),
    "metadata": fields.metadata,
    "name": fields.name,
    "position": _position,
}

_GOAL = "/goals/{goal_guid}"
_TAKES: dict[str, Any] = {"takes": GoalBody, "body_root": "goal", "root_optional": True}
_NEEDS = "422 (4220) without a contribution above 0 in the monthly cash flow profile"
ROUTES = (
    Route(
        "goals", "GET", "/goals", list_all, "List goals", "goals", Goal, many=True, may_page=True, query=PAGE,
        errors=(401,), planned=True, note=f"By their positions. {WHOLE}",
    ),
    Route("goals", "GET", _GOAL, read, "Read a goal", "goal", Goal, planned=True),
    Route(
        "goals", "POST", "/goals", create, "Create a goal", "goal", Goal, **_TAKES, long=True, errors=(400, 401, 422),
        planned=True,
        note=f"{_NEEDS}, for an account that is none of the user's, and for PAYOFF on an account on which one does "
        "not owe or SAVE_AMOUNT on one on which one does. Without a position it stands at the end; with one, those "
        "behind it move.",
    ),
    Route(
        "goals", "PUT", _GOAL, update, "Update a goal", "goal", Goal, **_TAKES, long=True, errors=(400, 401, 404, 422),
        planned=True,
        note=f"{_NEEDS}, or for an account that does not fit. A new position moves those between. A goal whose amount "
        "is reached is complete, whatever is said.",
    ),
    Route(
        "goals", "DELETE", _GOAL, delete, "Delete a goal", long=True, empty=True, note="Those behind it move up.",
    ),
    Route(
        "goals", "PUT", "/goals/reposition", reposition, "Reposition goals", "goals", Goal, many=True,
        takes=GoalPositionsBody, long=True, errors=(400, 401, 404, 422), planned=True,
        note=f"All goals with the positions 1 to their number, each once; else 422 and nothing is changed. {_NEEDS}.",
    ),
)  # fmt: skip
