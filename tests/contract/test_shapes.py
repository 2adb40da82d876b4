"""The structs of the wire against the reference sheets' field lists, where the reference is present.

Nothing of the sheets stands here but the differences that were decided, each with its reason.
"""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from contract.pattern import SHAPES
from fanlight.api.nexus import (
    account_numbers,
    account_owners,
    account_shape,
    beats,
    budgets,
    cash_flow_profile,
    categories,
    challenges,
    credentials,
    deliverables,
    goals,
    holdings,
    insights,
    institutions,
    iteration_items,
    jobs,
    members,
    merchants,
    micro_deposits,
    notifications,
    oauth_states,
    scheduled_payments,
    sessions,
    spending_plans,
    taggings,
    tags,
    transaction_rules,
    transaction_shape,
    user,
)

SHEETS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "nexus"
pytestmark = pytest.mark.skipif(not SHEETS.is_dir(), reason=f"the reference sheets are not there: {SHEETS}")


class Listed(NamedTuple):
    """Where a sheet lists an object's fields."""

    sheet: str
    keys: tuple[str, ...]


LISTED: dict[str, tuple[type[msgspec.Struct], Listed]] = {
    "user": (user.User, Listed("members.yaml", ("objects", "user", "fields"))),
    "member": (members.Member, Listed("members.yaml", ("objects", "member", "fields"))),
    "session": (sessions.Session, Listed("members.yaml", ("objects", "session", "fields"))),
    "oauth_window": (members.OAuthWindow, Listed("members.yaml", ("objects", "oauth_window", "fields"))),
    "credential": (credentials.Credential, Listed("members.yaml", ("objects", "credential", "fields"))),
    "challenge": (challenges.Challenge, Listed("members.yaml", ("objects", "challenge", "fields"))),
    "member_credential": (
        credentials.MemberCredential,
        Listed("members.yaml", ("objects", "member_credential", "fields")),
    ),
    "institution": (
        institutions.Institution,
        Listed("merchants-holdings-institutions.yaml", ("objects", "institution", "fields")),
    ),
    "account": (account_shape.Account, Listed("accounts.yaml", ("objects", "account", "fields"))),
    "transaction": (
        transaction_shape.Transaction,
        Listed("transactions-rules.yaml", ("objects", "transaction", "fields")),
    ),
    "category": (categories.Category, Listed("categories-tags.yaml", ("objects", "category", "fields"))),
    "category_total": (
        categories.CategoryTotal,
        Listed("categories-tags.yaml", ("objects", "date_range_category_total", "fields")),
    ),
    "transaction_rule": (
        transaction_rules.TransactionRule,
        Listed("transactions-rules.yaml", ("objects", "transaction_rule", "fields")),
    ),
    "tag": (tags.Tag, Listed("categories-tags.yaml", ("objects", "tag", "fields"))),
    "tagging": (taggings.Tagging, Listed("categories-tags.yaml", ("objects", "tagging", "fields"))),
    "merchant": (merchants.Merchant, Listed("merchants-holdings-institutions.yaml", ("objects", "merchant", "fields"))),
    "merchant_location": (
        merchants.MerchantLocation,
        Listed("merchants-holdings-institutions.yaml", ("objects", "merchant_location", "fields")),
    ),
    "micro_deposit": (
        micro_deposits.MicroDeposit,
        Listed("microdeposits.yaml", ("objects", "micro_deposit", "fields")),
    ),
    "job": (jobs.Job, Listed("jobs-verification-identity.yaml", ("objects", "job", "fields"))),
    "account_number": (
        account_numbers.AccountNumber,
        Listed("jobs-verification-identity.yaml", ("objects", "account_number", "fields")),
    ),
    "account_owner": (
        account_owners.AccountOwner,
        Listed("jobs-verification-identity.yaml", ("objects", "account_owner", "fields")),
    ),
    "holding": (holdings.Holding, Listed("merchants-holdings-institutions.yaml", ("objects", "holding", "fields"))),
    "budget": (budgets.Budget, Listed("budgets-goals-cashflow.yaml", ("objects", "budget", "fields"))),
    "goal": (goals.Goal, Listed("budgets-goals-cashflow.yaml", ("objects", "goal", "fields"))),
    "monthly_cash_flow_profile": (
        cash_flow_profile.MonthlyCashFlowProfile,
        Listed("budgets-goals-cashflow.yaml", ("objects", "monthly_cash_flow_profile", "fields")),
    ),
    "notification": (
        notifications.Notification,
        Listed("notifications-scheduled-payments.yaml", ("objects", "notification", "fields")),
    ),
    "deliverable_notification": (
        deliverables.DeliverableNotification,
        Listed("notifications-scheduled-payments.yaml", ("objects", "deliverable_notification", "fields")),
    ),
    "scheduled_payment": (
        scheduled_payments.ScheduledPayment,
        Listed("notifications-scheduled-payments.yaml", ("objects", "scheduled_payment", "fields")),
    ),
    "spending_plan": (
        spending_plans.SpendingPlan,
        Listed("spending-plan.yaml", ("objects", "spending_plan", "fields")),
    ),
    "spending_plan_account": (
        spending_plans.SpendingPlanAccount,
        Listed("spending-plan.yaml", ("objects", "spending_plan_account", "fields")),
    ),
    "iteration": (spending_plans.Iteration, Listed("spending-plan.yaml", ("objects", "iteration", "fields"))),
    "iteration_item": (
        iteration_items.IterationItem,
        Listed("spending-plan.yaml", ("objects", "iteration_item", "fields")),
    ),
    "beat": (beats.Beat, Listed("beats-insights.yaml", ("objects", "beat", "fields"))),
    "insight": (insights.Insight, Listed("beats-insights.yaml", ("objects", "insight", "fields"))),
    "oauth_state": (oauth_states.OAuthState, Listed("flow-oauth.yaml", ("oauth_state", "fields"))),
}
LEFT_OUT = {
    ("account", "account_guid"): "the sheet says that the JSON has guid; only an overview table names this",
    ("goal", "targeted_to_complete_at"): "the sheet says that only the sister API has it",
}
BEYOND: dict[tuple[str, str], str] = {}
WIDE = {"decimal", "integer", "boolean", "string"}


@pytest.mark.parametrize("name", LISTED)
def test_no_field_of_the_sheet_is_missing_and_none_is_beyond_it(name: str) -> None:
    struct, listed = LISTED[name]
    known, there = set(_fields(listed)), set(struct.__struct_fields__)

    left_out = {field for thing, field in LEFT_OUT if thing == name}
    beyond = {field for thing, field in BEYOND if thing == name}
    assert known - there == left_out
    assert there - known == beyond


@pytest.mark.parametrize("name", [name for name in LISTED if name in SHAPES])
def test_the_pattern_of_the_contract_has_the_fields_of_the_struct(name: str) -> None:
    assert set(SHAPES[name]) == set(LISTED[name][0].__struct_fields__)


@pytest.mark.parametrize("name", [name for name in LISTED if name in SHAPES])
def test_the_pattern_of_the_contract_has_the_types_of_the_sheet(name: str) -> None:
    fields = _fields(LISTED[name][1])

    wrong = [
        f"{field}: {SHAPES[name][field]} but the sheet says {told.get('type')}"
        for field, told in fields.items()
        if (name, field) not in LEFT_OUT and not _agrees(SHAPES[name][field], str(told.get("type", "")))
    ]
    assert wrong == []


def _fields(listed: Listed) -> dict[str, dict[str, Any]]:
    """A sheet's fields by name; one sheet has a mapping, the others lists of objects."""
    found: Any = yaml.safe_load((SHEETS / listed.sheet).read_text(encoding="utf-8"))
    for key in listed.keys:
        found = found[key]
    if isinstance(found, dict):
        return {name: {} for name in found}
    return {field["name"]: field for field in found if "name" in field}  # beside them a remark where a copy ends


def _agrees(pattern: str, told: str) -> bool:
    kind = pattern.strip("<>").removeprefix("null or ").split(":")[0].removeprefix("list of ")
    first = told.split(" ", maxsplit=1)[0].strip("(),")
    if kind == "any" or first not in WIDE:
        return True
    if first == "string":
        wanted = "time" if "time" in told else "date" if "date" in told else "text"
        return kind == wanted or (wanted == "text" and kind in {"guid", "time"})
    return kind == {"decimal": "number"}.get(first, first)
