"""The monthly cash flow profile on the Nexus wire."""

from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import read_rooted
from fanlight.api.nexus.kit import Call, Route, shown
from fanlight.base import money
from fanlight.base.errors import MissingParams
from fanlight.planning.saving import cash_flow

ROOT, OLD_ROOT = "monthly_cash_flow_profile", "institution"
"""What the profile stands under, and what a schema of the sister API names instead."""


class MonthlyCashFlowProfile(msgspec.Struct):
    budgeted_expenses: Decimal
    budgeted_income: Decimal
    estimated_goals_contribution: Decimal | None
    goals_contribution: Decimal
    guid: str
    user_guid: str
    uses_estimated_goals_contribution: bool


class ProfileBody(fields.ChangeBody, kw_only=True):
    goals_contribution: Any | msgspec.UnsetType = msgspec.UNSET
    uses_estimated_goals_contribution: Any | msgspec.UnsetType = msgspec.UNSET


def read(call: Call) -> msgspec.Struct:
    return _wire(call, cash_flow.read(call.unit, call.user_id, now=call.now))


def update(call: Call) -> msgspec.Struct:
    document = call.document()
    root = OLD_ROOT if OLD_ROOT in document and ROOT not in document else ROOT
    said = fields.sent(read_rooted(document, root, ProfileBody), _READERS)
    said = {name: value for name, value in said.items() if value is not None or name == "goals_contribution"}
    if not said:
        raise MissingParams("goals_contribution or uses_estimated_goals_contribution")
    return _wire(call, cash_flow.change(call.unit, call.user_id, **said, now=call.now))


def _wire(call: Call, profile: cash_flow.Profile) -> msgspec.Struct:
    estimate = profile.estimated_goals_contribution
    return shown(
        MonthlyCashFlowProfile,
        profile,
        budgeted_expenses=money.from_micros(profile.budgeted_expenses),
        budgeted_income=money.from_micros(profile.budgeted_income),
        estimated_goals_contribution=None if estimate is None else money.from_micros(estimate),
        goals_contribution=money.from_micros(profile.goals_contribution),
        user_guid=call.session.user_guid,
    )


_READERS: dict[str, fields.Reader] = {
    "goals_contribution": fields.micros,
    "uses_estimated_goals_contribution": fields.flag,
}

_TAG, _PATH = "monthly cash flow profile", "/monthly_cash_flow_profile"
ROUTES = (
    Route(
        _TAG, "GET", _PATH, read, "Read the monthly cash flow profile", ROOT, MonthlyCashFlowProfile, errors=(401,),
        note="Made when it is first read. Income and expenses are those of the user's budgets.",
    ),
    Route(
        _TAG, "PUT", _PATH, update, "Update the monthly cash flow profile", ROOT, MonthlyCashFlowProfile,
        takes=ProfileBody, body_root=ROOT, root_optional=True, errors=(400, 401),
        note="null takes a goals_contribution back: it is the estimate again. The root may also be institution.",
    ),
)  # fmt: skip
