"""Goals for tests of rules, with the account that they are on."""

from typing import Any

import msgspec

from fanlight.base import money
from fanlight.core import accounts
from fanlight.core.account_types import ACCOUNT_TYPES
from fanlight.core.provenance import to_json
from fanlight.planning.facts import Account
from fanlight.planning.saving.goal_projection import GoalType
from fanlight.planning.saving.goals import Goal, MetaType, Row
from unit.insights.facts_builder import account, ago, at, micros


def goal(of: Account | None = None, *, reached: str = "0", **more: Any) -> Goal:
    """A goal on account 1, a checking account unless said otherwise; `reached` is what was reached of it."""
    values: dict[str, Any] = {"id": 1, "user_id": 1, "account_id": 1, "guid": "GOL-1", "amount": micros("4500")} | {
        "goal_type": GoalType.SAVE_AMOUNT,
        "meta_type": MetaType.VACATION,
        "name": "Save for Europe",
        "position": 1,
        "started_with": None,
        "is_complete": False,
        "has_been_spent": False,
        "completed_at": None,
        "metadata": None,
        "revision": 1,
        "created_at": at(ago(90)),
        "updated_at": at(ago(90)),
    }
    return Goal(Row(**values | more), _known_as(of or account()), micros(reached), None)


def _known_as(facts_of: Account) -> accounts.Account:
    """An account as a goal has it."""
    types = {name: number for number, name in ACCOUNT_TYPES.items()}
    balance = None if facts_of.balance is None else str(money.from_micros(facts_of.balance))
    feed = to_json({"account_type": types[facts_of.type], "balance": balance})
    row = accounts.new(1, 1, "1", feed, is_closed=facts_of.is_closed, now=0)
    guids: dict[str, Any] = {"member_guid": "MBR-1", "institution_guid": "INS-1", "user_guid": "USR-1"}
    return accounts.Account(**msgspec.structs.asdict(row), **guids, member_is_managed_by_user=True, use_cases=None)
