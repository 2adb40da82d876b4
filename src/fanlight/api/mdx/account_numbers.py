"""Account numbers that a partner keeps, on MDX Real Time v5. No public page shows their paths: these are our choice."""

from typing import Annotated, Any

import msgspec

from fanlight.api.mdx.accounts import Number, RoutingNumber
from fanlight.api.mdx.kit import Id, account_of, body_of, new_id, read
from fanlight.api.partner import Call, Route
from fanlight.base.errors import Conflict, NotFound
from fanlight.core import account_numbers
from fanlight.core.account_numbers import AccountNumber, Numbers
from fanlight.core.accounts import Account

REQUIRED = ("id", "account_number")
FIELDS: dict[str, Any] = {
    "id": Id,
    "account_number": Number,
    "institution_number": Annotated[str, msgspec.Meta(pattern="^[0-9]{3}$")],
    "routing_number": RoutingNumber,
    "transit_number": Annotated[str, msgspec.Meta(pattern="^[0-9]{5}$")],
}
Body = body_of("account_number", REQUIRED, FIELDS)


def create(call: Call) -> dict[str, Any]:
    account = account_of(call)
    sent = read(call, "account_number", Body, REQUIRED)
    partner_id = new_id(sent)
    if _find(call, account, partner_id) is not None:
        raise Conflict("The account has an account number with this id already.")
    vault = call.runtime.vault
    account_numbers.add(call.unit, vault, account, Numbers(**sent), now=call.now, partner_id=partner_id)
    return _wire(call, _read(call, account, partner_id))


def show(call: Call) -> dict[str, Any]:
    return _wire(call, _named(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed. Another number has another guid."""
    account, known = account_of(call), _named(call)
    sent = read(call, "account_number", Body)
    sent.pop("id", None)
    before = account_numbers.numbers(call.runtime.vault, known)
    after = msgspec.structs.replace(before, **sent)
    if after != before:
        account_numbers.delete_one(call.unit, known)
        vault, partner_id = call.runtime.vault, known.partner_id
        account_numbers.add(call.unit, vault, account, after, now=call.now, partner_id=partner_id)
    return _wire(call, _named(call))


def delete(call: Call) -> None:
    """Gone whole; its id may be used again."""
    account_numbers.delete_one(call.unit, _named(call))


def _named(call: Call) -> AccountNumber:
    return _read(call, account_of(call), call.params["account_number_id"])


def _read(call: Call, account: Account, partner_id: str) -> AccountNumber:
    found = _find(call, account, partner_id)
    if found is None:
        raise NotFound("The account has no account number with this id (the partner's own id, not the guid).")
    return found


def _find(call: Call, account: Account, partner_id: str) -> AccountNumber | None:
    found = account_numbers.of_account(call.unit, account.user_id, account.id)
    return next((row for row in found if row.partner_id == partner_id), None)


def _wire(call: Call, row: AccountNumber) -> dict[str, Any]:
    shown = {
        "id": row.partner_id,
        "account_guid": row.account_guid,
        "guid": row.guid,
        "member_guid": row.member_guid,
        "passed_validation": row.passed_validation,
    }
    return {"account_number": shown | msgspec.structs.asdict(account_numbers.numbers(call.runtime.vault, row))}


_PATH = "/{client_id}/users/{user_id}/members/{member_id}/accounts/{account_id}/account_numbers"
ROUTES = (
    Route("POST", _PATH, create, "Create an account number, kept sealed (the path is our choice)", durable=True),
    Route("GET", f"{_PATH}/{{account_number_id}}", show, "Read an account number", reads=True),
    Route("PUT", f"{_PATH}/{{account_number_id}}", update, "Update an account number", durable=True),
    Route("DELETE", f"{_PATH}/{{account_number_id}}", delete, "Delete an account number", durable=True),
)
