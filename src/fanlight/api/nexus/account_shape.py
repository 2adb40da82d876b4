"""How an account looks on the Nexus wire: every field of the sheet, and which side each value comes from."""

from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api.nexus.kit import shown
from fanlight.api.nexus.shapes import Field, add_names, resolve, struct_of, typed
from fanlight.base.clock import timestamp
from fanlight.core import accounts
from fanlight.core.account_types import ACCOUNT_SUBTYPES, ACCOUNT_TYPES, PROPERTY_TYPES

DECIMALS = (
    ("apr", "apy", "available_balance", "balance", "cash_balance", "cash_surrender_value", "credit_limit")
    + ("death_benefit", "holdings_value", "interest_rate", "last_payment", "loan_amount", "minimum_balance")
    + ("minimum_payment", "original_balance", "payoff_balance", "statement_balance", "total_account_value")
)
SETTABLE: dict[str, Field] = {name: Field(Decimal) for name in DECIMALS} | {
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
_UNKNOWN: dict[str, Any] = {
    "account_holder_name": str,
    "account_ownership": str,
    "annuity_policy_to_date": str,
    "annuity_provider": str,
    "annuity_term_year": int,
    "calculated_apr": Decimal,
    "federal_insurance_status": str,
    "margin_balance": Decimal,
    "today_ugl_amount": Decimal,
    "today_ugl_percentage": Decimal,
    "total_account_value_ugl": Decimal,
}
"""What no institution tells over the protocols that are there."""
_ONE_SIDED: dict[str, Any] = {
    "insured_name": str,
    "metadata": str,
    "pay_out_amount": Decimal,
    "premium_amount": Decimal,
    "property_type": int,
}
"""What only users and partners say: the wire has no twins of it."""
_FLAGS = ("is_business", "is_hidden")
_PLAIN: dict[str, Any] = {name: kind | None for name, kind in (_UNKNOWN | _ONE_SIDED).items()} | {
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
    "property_type_name": str | None,
    "updated_at": str | None,
    "user_guid": str | None,
}
_NAMES = (("account_type", ACCOUNT_TYPES), ("account_subtype", ACCOUNT_SUBTYPES), ("property_type", PROPERTY_TYPES))
_MOMENTS = ("last_payment_at", "payment_due_at")

Account = struct_of("Account", SETTABLE, _PLAIN)


def wire(account: accounts.Account) -> msgspec.Struct:
    facts = account.facts
    values = resolve(facts, SETTABLE)
    for name in _MOMENTS:
        values[name] = timestamp(values[name])
        values[f"feed_{name}"] = timestamp(values[f"feed_{name}"])
    values |= {name: typed(facts[name].value, kind) for name, kind in _ONE_SIDED.items()}
    values |= {name: bool(facts[name].value) for name in _FLAGS}
    values |= {"is_closed": bool(values["is_closed"])}
    add_names(values, _NAMES)
    return shown(
        Account,
        account,
        **values,
        **dict.fromkeys(_UNKNOWN),
        external_guid=None if account.is_manual else account.provider_id,
        imported_at=None if account.is_manual else timestamp(account.imported_at),
    )
