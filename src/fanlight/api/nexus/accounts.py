"""Accounts on the Nexus wire."""

from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.api.nexus.shapes import Field, add_names, resolve, struct_of, typed
from fanlight.base.clock import timestamp
from fanlight.base.paging import Paged
from fanlight.core import accounts, members
from fanlight.core.account_types import ACCOUNT_SUBTYPES, ACCOUNT_TYPES

_DECIMALS = (
    ("apr", "apy", "available_balance", "balance", "cash_balance", "cash_surrender_value", "credit_limit")
    + ("death_benefit", "holdings_value", "interest_rate", "last_payment", "loan_amount", "minimum_balance")
    + ("minimum_payment", "original_balance", "payoff_balance", "statement_balance", "total_account_value")
)
SETTABLE: dict[str, Field] = {name: Field(Decimal) for name in _DECIMALS} | {
    "account_number": Field(str),
    "account_subtype": Field(int),
    "account_type": Field(int),
    "available_credit": Field(Decimal, feed=False),
    "currency_code": Field(str),
    "day_payment_is_due": Field(int),
    "is_closed": Field(bool),
    "last_payment_at": Field(str),
    "matures_on": Field(str),
    "name": Field(str),
    "nickname": Field(str),
    "payment_due_at": Field(str),
    "routing_number": Field(str, set_by=False),
    "started_on": Field(str),
}
_UNKNOWN_YET: dict[str, Any] = {
    "account_holder_name": str,
    "account_ownership": str,
    "annuity_policy_to_date": str,
    "annuity_provider": str,
    "annuity_term_year": int,
    "calculated_apr": Decimal,
    "federal_insurance_status": str,
    "margin_balance": Decimal,
    "property_type": int,
    "property_type_name": str,
    "today_ugl_amount": Decimal,
    "today_ugl_percentage": Decimal,
    "total_account_value_ugl": Decimal,
}
# What a partner says of an account that it holds.
_BY_PARTNER: dict[str, Any] = {
    "insured_name": str,
    "metadata": str,
    "pay_out_amount": Decimal,
    "premium_amount": Decimal,
}
_PLAIN: dict[str, Any] = {name: kind | None for name, kind in (_UNKNOWN_YET | _BY_PARTNER).items()} | {
    "account_subtype_name": str | None,
    "account_type_name": str | None,
    "created_at": str | None,
    "external_guid": str | None,
    "feed_account_subtype_name": str | None,
    "feed_account_type_name": str | None,
    "guid": str,
    "imported_at": str | None,
    "institution_guid": str | None,
    "is_business": bool,
    "is_hidden": bool,
    "is_manual": bool,
    "member_guid": str | None,
    "member_is_managed_by_user": bool,
    "updated_at": str | None,
    "user_guid": str | None,
}
_NAMES = (("account_type", ACCOUNT_TYPES), ("account_subtype", ACCOUNT_SUBTYPES))
_MOMENTS = ("last_payment_at", "payment_due_at")

Account = struct_of("Account", SETTABLE, _PLAIN)


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(accounts.list_all(call.unit, call.user_id), wire)


def of_member(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    member = members.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    return call.paged(accounts.of_member(call.unit, call.user_id, member.id), wire)


def read(call: Call) -> msgspec.Struct:
    return wire(accounts.read(call.unit, call.user_id, call.params["account_guid"]))


def wire(account: accounts.Account) -> msgspec.Struct:
    facts = account.facts
    values = resolve(facts, SETTABLE)
    for name in _MOMENTS:
        values[name] = timestamp(values[name])
        values[f"feed_{name}"] = timestamp(values[f"feed_{name}"])
    add_names(values, _NAMES)
    return shown(
        Account,
        account,
        **values,
        **dict.fromkeys(_UNKNOWN_YET),
        **{name: typed(facts.feed.get(name), kind) for name, kind in _BY_PARTNER.items()},
        external_guid=account.provider_id,
        is_business=False,
        is_hidden=bool(facts.feed.get("is_hidden")),
        is_manual=False,
    )


ROUTES = (
    Route(
        "members", "GET", "/members/{member_guid}/accounts", of_member, "List a member's accounts",
        "accounts", Account, many=True, may_page=True, query=PAGE, reads=True, note=WHOLE,
    ),
    Route(
        "accounts", "GET", "/accounts", list_all, "List accounts", "accounts", Account, many=True, may_page=True,
        query=PAGE, errors=(401,), reads=True, note=WHOLE,
    ),
    Route("accounts", "GET", "/accounts/{account_guid}", read, "Read an account", "account", Account, reads=True),
)  # fmt: skip
