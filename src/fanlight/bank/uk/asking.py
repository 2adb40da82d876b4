"""The body of `POST /account-access-consents`, and the moments in bodies and queries."""

import datetime as dt
from typing import Any

import msgspec

from fanlight.bank.uk.answers import UkError
from fanlight.bank.uk.consents import Asked
from fanlight.bank.uk.words import PERMISSIONS

MAX_BODY = 32 << 10
_DEPTHS = frozenset(("ReadTransactionsBasic", "ReadTransactionsDetail"))
_HALVES = frozenset(("ReadTransactionsCredits", "ReadTransactionsDebits"))
_YEARS = range(1970, 2200)


class Data(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    permissions: list[str]
    expiration_date_time: str | None = None
    transaction_from_date_time: str | None = None
    transaction_to_date_time: str | None = None


class Body(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """An OBReadConsent1; Risk is empty for account information."""

    data: Data
    risk: dict[str, Any]


def asked(content: bytes, now: int) -> Asked:
    """What a request asks for; raises UkError where no consent can be made of it."""
    try:
        data = msgspec.json.decode(content, type=Body).data
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UkError(400, "Resource.InvalidFormat", "The body is not an OBReadConsent1.") from error
    permissions = frozenset(data.permissions)
    _check(permissions)
    expires_at = _optional(data.expiration_date_time, "Data.ExpirationDateTime")
    if data.expiration_date_time is not None and expires_at <= now:
        raise UkError(400, "Field.InvalidDate", "The consent would be over.", path="Data.ExpirationDateTime")
    first = _optional(data.transaction_from_date_time, "Data.TransactionFromDateTime")
    last = _optional(data.transaction_to_date_time, "Data.TransactionToDateTime")
    return Asked(permissions, expires_at, first, last)


def moment(text: str, path: str) -> int:
    """Unix seconds of an ISO 8601 moment with an offset; raises UkError."""
    try:
        found = dt.datetime.fromisoformat(text[:40])
    except ValueError as error:
        raise UkError(400, "Field.InvalidDate", "This is not a date and time.", path=path) from error
    if found.tzinfo is None or found.year not in _YEARS:
        raise UkError(400, "Field.InvalidDate", "A date and time has an offset.", path=path)
    return int(found.timestamp())


def local_moment(text: str, path: str) -> int:
    """Unix seconds of a query's moment: the standard has an offset ignored, and the time may be left out."""
    try:
        found = dt.datetime.fromisoformat(text[:19])
    except ValueError as error:
        raise UkError(400, "Field.InvalidDate", "This is not a date and time.", path=path) from error
    if found.year not in _YEARS:
        raise UkError(400, "Field.InvalidDate", "This is not a year of banking.", path=path)
    return int(found.replace(tzinfo=dt.UTC).timestamp())


def _optional(text: str | None, path: str) -> int:
    return 0 if text is None else moment(text, path)


def _check(permissions: frozenset[str]) -> None:
    rules = (
        (bool(permissions) and permissions <= PERMISSIONS.keys(), "A permission is unknown, or there is none."),
        (
            bool(permissions & {"ReadAccountsBasic", "ReadAccountsDetail"}),
            "ReadAccountsBasic or ReadAccountsDetail is needed.",
        ),
        (
            bool(permissions & _DEPTHS) is bool(permissions & _HALVES),
            "Transactions need a depth (Basic or Detail) and a half (Credits or Debits).",
        ),
    )
    for kept, message in rules:
        if not kept:
            raise UkError(400, "Field.Invalid", message, path="Data.Permissions")
