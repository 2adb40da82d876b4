"""Microdeposits on the Nexus wire: order two small credits, watch them arrive, tell their amounts."""

import re
import unicodedata
from functools import partial
from typing import Annotated

import msgspec

from fanlight.api.codec import Redacted
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Reply, Route, shown
from fanlight.base import money
from fanlight.base.errors import Forbidden, Malformed, MissingParams
from fanlight.base.paging import Paged
from fanlight.core import clients, microdeposits, routing_numbers
from fanlight.core.microdeposit_status import AccountType, Person
from fanlight.core.microdeposits import BankAccount, Microdeposit

NAME_LENGTH = 50
EMAIL_LENGTH = 100
ACCOUNT_NUMBER_DIGITS = 17
ROUTING_NUMBER_DIGITS = 9
MAX_CENTS = 99

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH)]
Email = Annotated[str, msgspec.Meta(max_length=EMAIL_LENGTH)]
AccountNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=ACCOUNT_NUMBER_DIGITS)]
AccountNumberAsNumber = Annotated[int, msgspec.Meta(ge=0, lt=10**ACCOUNT_NUMBER_DIGITS)]
RoutingNumber = Annotated[str, msgspec.Meta(min_length=ROUTING_NUMBER_DIGITS, max_length=ROUTING_NUMBER_DIGITS)]
RoutingNumberAsNumber = Annotated[int, msgspec.Meta(ge=0, lt=10**ROUTING_NUMBER_DIGITS)]
Amount = Annotated[str, msgspec.Meta(max_length=20)]

_DIGITS = re.compile(r"[0-9]+")
_CENTS = re.compile(r"[0-9]{2}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_IN_NAMES = " -'\N{RIGHT SINGLE QUOTATION MARK}."
_TYPES = {str(kind.value): kind for kind in AccountType} | {kind.name: kind for kind in AccountType}


class MicroDeposit(msgspec.Struct):
    account_name: str | None
    account_number: str | None
    account_type: int | None
    account_type_name: str | None
    created_at: str | None
    email: str
    error_code: str | None
    error_message: str | None
    first_name: str
    guid: str
    institution_name: str | None
    last_name: str
    routing_number: str | None
    status: int
    status_name: str
    updated_at: str | None
    verified_at: str | None


class MicroDepositBody(Redacted, kw_only=True):
    """Numbers of accounts and banks are texts; as JSON numbers they are taken too, without their leading zeros."""

    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    account_number: AccountNumber | AccountNumberAsNumber | None = None
    routing_number: RoutingNumber | RoutingNumberAsNumber | None = None
    account_type: int | str | None = None
    account_type_name: str | None = None
    account_name: Name | None = None


class DepositAmounts(Redacted, kw_only=True):
    """Amounts as numbers or texts; two digits alone are those behind the point."""

    deposit_amount_1: float | Amount | None = None
    deposit_amount_2: float | Amount | None = None


def list_all(call: Call) -> list[MicroDeposit] | Paged[MicroDeposit]:
    _check_enabled(call)
    found = microdeposits.list_all(call.unit, call.runtime.vault, call.user_id, now=call.now)
    return call.paged(found, partial(_wire, call))


def read(call: Call) -> MicroDeposit:
    _check_enabled(call)
    return _wire(call, _deposit_of(call))


def create(call: Call) -> MicroDeposit:
    """With an account the credits are ordered; without one the microdeposit waits for it."""
    _check_enabled(call)
    body = call.body("micro_deposit", MicroDepositBody)
    person, account = _person(body), _account(body)
    settings = call.runtime.settings
    retention, most = settings.microdeposit_retention, settings.microdeposits_per_user
    if account is None:
        return _wire(
            call,
            microdeposits.preinitiate(call.unit, call.user_id, person, now=call.now, retention=retention, most=most),
        )
    if not settings.simulated_ach:
        raise Forbidden("No ACH provider is attached to this server (setting simulated_ach).")
    made = microdeposits.create(
        call.unit,
        call.runtime.vault,
        call.session,
        person,
        account,
        most=most,
        now=call.now,
        retention=retention,
        accounts_per_email=settings.microdeposit_accounts_per_email,
    )
    return _wire(call, made)


def verify(call: Call) -> MicroDeposit:
    _check_enabled(call)
    found = _deposit_of(call)
    body = call.body("micro_deposit", DepositAmounts)
    _check_present(body, ("deposit_amount_1", "deposit_amount_2"))
    cents = (_cents("deposit_amount_1", body.deposit_amount_1), _cents("deposit_amount_2", body.deposit_amount_2))
    attempts = call.runtime.settings.microdeposit_attempts
    return _wire(
        call, microdeposits.verify(call.unit, call.runtime.vault, found, cents, attempts=attempts, now=call.now)
    )


def delete(call: Call) -> Reply:
    _check_enabled(call)
    retention = call.runtime.settings.microdeposit_retention
    microdeposits.delete_microdeposit(call.unit, _deposit_of(call), now=call.now, retention=retention)
    return Reply(200, {})


def _check_enabled(call: Call) -> None:
    clients.require(call.unit, call.session.client_id, "microdeposits")


def _deposit_of(call: Call) -> Microdeposit:
    guid = call.params["micro_deposit_guid"]
    return microdeposits.read(call.unit, call.runtime.vault, call.user_id, guid, now=call.now)


def _wire(call: Call, found: Microdeposit) -> MicroDeposit:
    return shown(
        MicroDeposit,
        found,
        account_number=microdeposits.account_number(call.runtime.vault, found),
        account_type_name=None if found.account_type is None else found.account_type.name,
        status_name=found.status.name,
    )


def _person(body: MicroDepositBody) -> Person:
    _check_present(body, ("first_name", "last_name", "email"))
    person = Person(body.first_name or "", body.last_name or "", body.email or "")
    for field in ("first_name", "last_name"):
        _check_name(field, getattr(person, field))
    if not _EMAIL.fullmatch(person.email):
        raise Malformed("email is not an e-mail address.")
    return person


def _account(body: MicroDepositBody) -> BankAccount | None:
    """The account, whole; None when no field of one was sent."""
    kinds = [kind for kind in (body.account_type, body.account_type_name) if kind is not None]
    given = {
        "account_number": body.account_number,
        "routing_number": body.routing_number,
        "account_type": kinds or None,
    }
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given) and body.account_name is None:
        return None
    if missing:
        raise MissingParams(*missing)
    number = str(body.account_number)
    if not _DIGITS.fullmatch(number):
        raise Malformed("account_number has digits only.")
    routing_number = routing_numbers.check(str(body.routing_number).zfill(ROUTING_NUMBER_DIGITS))
    return BankAccount(number, routing_number, _account_type(kinds), body.account_name)


def _account_type(kinds: list[int | str]) -> AccountType:
    """From the number or the name, or from both where they agree."""
    told = {_TYPES.get(str(kind).upper()) for kind in kinds}
    kind, *others = told
    if kind is None or None in others:
        raise Malformed("account_type must be 1 or 2 (CHECKING or SAVINGS).")
    if others:
        raise Malformed("account_type and account_type_name must say the same.")
    return kind


def _check_present(body: msgspec.Struct, names: tuple[str, ...]) -> None:
    missing = [name for name in names if getattr(body, name) is None]
    if missing:
        raise MissingParams(*missing)


def _check_name(field: str, text: str) -> None:
    kinds = {unicodedata.category(character)[0] for character in text if character not in _IN_NAMES}
    if "L" not in kinds or kinds - {"L", "M"}:
        raise Malformed(f"{field} has letters, spaces, hyphens, apostrophes and full stops only.")


def _cents(field: str, given: object) -> int:
    if isinstance(given, str) and _CENTS.fullmatch(given):
        given = f".{given}"
    amount = money.parse(given)
    if amount is None or amount * 100 % 1 or not 1 <= amount * 100 <= MAX_CENTS:
        raise Malformed(f"{field} is an amount from 0.01 to 0.99.")
    return int(amount * 100)


ROUTES = (
    Route(
        "microdeposits", "POST", "/micro_deposits", create, "Create or preinitiate a microdeposit",
        "micro_deposit", MicroDeposit, takes=MicroDepositBody, body_root="micro_deposit",
        errors=(400, 401, 403, 409, 422), durable=True,
        note="Names and e-mail alone: PREINITIATED. The ACH network is simulated and pays nothing: account numbers "
        "that begin with 3333 are DEPOSITED after two minutes, those that also end in 4444 ERRORED, others REJECTED. "
        "409 while the account has one under way, and for 21 days after PREVENTED; 422 for a blocked routing number, a "
        "fourth account of an e-mail, and beyond 25 unfinished ones.",
    ),
    Route(
        "microdeposits", "GET", "/micro_deposits", list_all, "List microdeposits",
        "micro_deposits", MicroDeposit, many=True, may_page=True, query=PAGE, errors=(401, 403), note=WHOLE,
    ),
    Route(
        "microdeposits", "GET", "/micro_deposits/{micro_deposit_guid}", read,
        "Read a microdeposit; brings its status up to date", "micro_deposit", MicroDeposit, errors=(401, 403, 404),
    ),
    Route(
        "microdeposits", "DELETE", "/micro_deposits/{micro_deposit_guid}", delete, "Delete a microdeposit",
        errors=(401, 403, 404), durable=True,
        note="Wrong tries and the limit of an e-mail address outlast it for 21 days (setting microdeposit_retention).",
    ),
    Route(
        "microdeposits", "PUT", "/micro_deposits/{micro_deposit_guid}", verify, "Verify a microdeposit",
        "micro_deposit", MicroDeposit, takes=DepositAmounts, body_root="micro_deposit", root_optional=True,
        errors=(400, 401, 403, 404, 409), also=(("PUT", "/micro_deposits/{micro_deposit_guid}/verify"),), durable=True,
        note="In either order. The simulated network pays 0.09 and 0.09; 0.0A and 0.0B to account numbers ending in "
        "0A0B (3333...0102: 0.01 and 0.02). Wrong: DENIED, the third time PREVENTED. 409 unless DEPOSITED or DENIED.",
    ),
)  # fmt: skip
