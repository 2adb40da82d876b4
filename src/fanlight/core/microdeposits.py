"""Microdeposits: a person proves an account by telling which two small credits arrived on it.

How far the credits have come is looked up whenever somebody asks, and by the sweep; `updated_at` is the moment of the
change, not of the look. What nobody finishes runs out.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, case, delete, func, insert, literal_column, not_, null, or_, select, update
from sqlalchemy.sql import ColumnElement

from fanlight.base.errors import Conflict, NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core import clients, microdeposit_numbers
from fanlight.core.microdeposit_status import (
    UNDER_WAY,
    UNFINISHED,
    UNSETTLED,
    VERIFIABLE,
    AccountType,
    Person,
    Status,
    credits_of,
    standing,
)
from fanlight.core.sessions import Session
from fanlight.storage.statements import Clause, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import institutions, micro_deposits
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault


class Microdeposit(msgspec.Struct, frozen=True):
    """What the table holds. A pre-initiated one has no account yet."""

    id: int
    user_id: int
    guid: str
    status: Status
    first_name: str
    last_name: str
    email: str
    sealed: bytes | None
    blind: bytes | None
    routing_number: str | None
    account_type: AccountType | None
    account_name: str | None
    institution_name: str | None
    error_code: str | None
    error_message: str | None
    attempts: int
    verified_at: int | None
    created_at: int
    updated_at: int
    expires_at: int | None
    deleted_at: int | None


class BankAccount(NamedTuple):
    """The account that is to be proved. Never printed."""

    number: str
    routing_number: str
    type: AccountType
    name: str | None

    def __repr__(self) -> str:
        return "BankAccount([redacted])"


class _Earlier(NamedTuple):
    status: int
    attempts: int


_row = row_of(Microdeposit)


def _is(statuses: tuple[Status, ...]) -> ColumnElement[bool]:
    return or_(*(micro_deposits.c.status == status.value for status in statuses))


_KEPT = micro_deposits.c.deleted_at.is_(None)
_UNENDED = or_(micro_deposits.c.expires_at.is_(None), micro_deposits.c.expires_at > bindparam("now"))
_EVER = _UNENDED & (micro_deposits.c.user_id == bindparam("user_id"))
_OF_USER = _EVER & _KEPT
_SAME = keys_in(func.hex(micro_deposits.c.blind), "blinds")
_NAMED = (micro_deposits.c.id == bindparam("of")) & (micro_deposits.c.user_id == bindparam("user"))
# Literal, so that the planner sees that the index on the status fits.
_UNSETTLED = _KEPT & (micro_deposits.c.status <= literal_column(str(max(UNSETTLED).value)))


@statement
def _insert() -> Clause:
    return insert(micro_deposits).values(binds(Microdeposit.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    return select(*columns(micro_deposits, Microdeposit)).where(_OF_USER).order_by(micro_deposits.c.id)


@statement
def _read() -> Clause:
    named = micro_deposits.c.guid == bindparam("guid")
    return select(*columns(micro_deposits, Microdeposit)).where(_OF_USER, named)


@statement
def _unsettled_of_user() -> Clause:
    of_user = micro_deposits.c.user_id == bindparam("user_id")
    return select(*columns(micro_deposits, Microdeposit)).where(_UNSETTLED, of_user)


@statement
def _unsettled() -> Clause:
    return select(*columns(micro_deposits, Microdeposit)).where(_UNSETTLED)


@statement
def _under_way() -> Clause:
    return select(func.count()).select_from(micro_deposits).where(_OF_USER, _is(UNDER_WAY), _SAME)


@statement
def _unfinished() -> Clause:
    return select(func.count()).select_from(micro_deposits).where(_OF_USER, _is(UNFINISHED))


@statement
def _earlier() -> Clause:
    """The last one for an account; what it holds of wrong tries is of those before it too."""
    lately = micro_deposits.c.updated_at > bindparam("since")
    return (
        select(micro_deposits.c.status, micro_deposits.c.attempts)
        .where(_EVER, _SAME, lately)
        .order_by(micro_deposits.c.id.desc())
        .limit(literal_column("1"))
    )


@statement
def _other_accounts() -> Clause:
    return select(func.count(micro_deposits.c.blind.distinct())).where(
        _EVER,
        func.lower(micro_deposits.c.email) == func.lower(bindparam("email")),
        micro_deposits.c.blind.is_not(None),
        not_(_SAME),
    )


@statement
def _institution_name() -> Clause:
    return (
        select(institutions.c.name)
        .where(institutions.c.routing_number == bindparam("routing_number"), institutions.c.is_hidden == 0)
        .order_by(institutions.c.popularity.desc(), institutions.c.id)
        .limit(literal_column("1"))
    )


@statement
def _settle() -> Clause:
    return (
        update(micro_deposits)
        .where(_NAMED, micro_deposits.c.status == bindparam("was"))
        .values(
            status=bindparam("new_status"),
            error_code=bindparam("code"),
            error_message=bindparam("message"),
            updated_at=bindparam("at"),
            expires_at=bindparam("until"),
        )
    )


@statement
def _confirm() -> Clause:
    return (
        update(micro_deposits)
        .where(_NAMED, _is(VERIFIABLE))
        .values(
            status=Status.VERIFIED.value,
            verified_at=bindparam("now"),
            updated_at=bindparam("now"),
            expires_at=null(),
        )
    )


@statement
def _deny() -> Clause:
    is_last = micro_deposits.c.attempts + 1 >= bindparam("allowed")
    return (
        update(micro_deposits)
        .where(_NAMED, _is(VERIFIABLE))
        .values(
            status=case((is_last, Status.PREVENTED.value), else_=Status.DENIED.value),
            attempts=micro_deposits.c.attempts + 1,
            updated_at=bindparam("now"),
            expires_at=case((is_last, null()), else_=micro_deposits.c.expires_at),
        )
    )


@statement
def _mark_deleted() -> Clause:
    """Which account it was stays known where wrong amounts were told: deleting must not give new tries."""
    was_tried = micro_deposits.c.attempts > 0
    return (
        update(micro_deposits)
        .where(_NAMED, _KEPT)
        .values(
            deleted_at=bindparam("now"),
            sealed=null(),
            blind=case((was_tried, micro_deposits.c.blind), else_=null()),
            expires_at=func.coalesce(micro_deposits.c.expires_at, micro_deposits.c.updated_at + bindparam("retention")),
        )
    )


@statement
def _expire() -> Clause:
    ended = micro_deposits.c.expires_at <= bindparam("now")
    return (
        update(micro_deposits)
        .where(ended, _KEPT | micro_deposits.c.blind.is_not(None))
        .values(deleted_at=func.coalesce(micro_deposits.c.deleted_at, bindparam("now")), sealed=null(), blind=null())
    )


@statement
def _purge() -> Clause:
    return delete(micro_deposits).where(
        micro_deposits.c.deleted_at <= bindparam("deleted_before"), micro_deposits.c.blind.is_(None)
    )


def preinitiate(unit: Unit, user_id: int, person: Person, *, now: int, retention: int, most: int) -> Microdeposit:
    """A microdeposit that knows its person and no account yet. Raises Unprocessable beyond the limit of a user."""
    _check_room(unit, user_id, most, now=now)
    return _add(unit, user_id, new_guid("MIC"), Status.PREINITIATED, person, now=now, expires_at=now + retention)


def create(
    unit: Unit, vault: Vault, session: Session, person: Person, account: BankAccount, *,
    now: int, retention: int, accounts_per_email: int, most: int,
) -> Microdeposit:  # fmt: skip
    """Order two small credits.

    Raises Unprocessable for a routing number that the client blocked, for one account too many under the e-mail
    address, and beyond the limit of a user; Conflict while another microdeposit of the user for the same account is
    under way, or was PREVENTED within the retention. Wrong tries are counted on from one that was deleted.
    """
    bring_up_to_date(unit, vault, session.user_id, now=now)
    if account.routing_number in clients.registered(unit, session.client_id, clients.BLOCKED_ROUTING_NUMBER):
        raise Unprocessable("routing_number is not taken: CLIENT_BLOCKED.")
    blinds = microdeposit_numbers.fingerprints(vault, session.user_id, account.routing_number, account.number)
    same: dict[str, Any] = {"user_id": session.user_id, "blinds": blinds, "now": now}
    if unit.scalar(_under_way, **same):
        raise Conflict("A microdeposit for this account is under way.")
    attempts = _attempts(unit, same, retention=retention)
    if unit.scalar(_other_accounts, **same, email=person.email) >= accounts_per_email:
        raise Unprocessable(f"email has {accounts_per_email} accounts already, which is as many as it may have.")
    _check_room(unit, session.user_id, most, now=now)
    guid = new_guid("MIC")
    return _add(
        unit,
        session.user_id,
        guid,
        Status.INITIATED,
        person,
        now=now,
        expires_at=now + retention,
        attempts=attempts,
        sealed=microdeposit_numbers.seal(vault, session.user_id, guid, account.number),
        blind=microdeposit_numbers.fingerprint(vault, session.user_id, account.routing_number, account.number),
        routing_number=account.routing_number,
        account_type=int(account.type),
        account_name=account.name,
        institution_name=unit.scalar(_institution_name, routing_number=account.routing_number),
    )


def list_all(unit: Unit, vault: Vault, user_id: int, *, now: int) -> list[Microdeposit]:
    bring_up_to_date(unit, vault, user_id, now=now)
    return unit.all(_row, _all, user_id=user_id, now=now)


def read(unit: Unit, vault: Vault, user_id: int, guid: str, *, now: int) -> Microdeposit:
    """The user's microdeposit as it stands now; raises NotFound for another user's as for none."""
    bring_up_to_date(unit, vault, user_id, now=now)
    found = unit.one(_row, _read, user_id=user_id, guid=guid, now=now)
    if found is None:
        raise NotFound("There is no such microdeposit.")
    return found


def verify(
    unit: Unit, vault: Vault, found: Microdeposit, cents: tuple[int, int], *, attempts: int, now: int
) -> Microdeposit:
    """Compare the two amounts in either order: VERIFIED, else DENIED, and PREVENTED when no attempt is left.

    Raises Conflict when there is nothing to compare with: the credits are not there, or the matter is closed.
    """
    number = account_number(vault, found)
    if number is None or found.status not in VERIFIABLE:
        wanted = " or ".join(status.name for status in VERIFIABLE)
        raise Conflict(f"Amounts are taken when the status is {wanted}; it is {found.status.name}.")
    if sorted(cents) == sorted(credits_of(number)):
        unit.run(_confirm, of=found.id, user=found.user_id, now=now)
    else:
        unit.run(_deny, of=found.id, user=found.user_id, allowed=attempts, now=now)
    return read(unit, vault, found.user_id, found.guid, now=now)


def delete_microdeposit(unit: Unit, found: Microdeposit, *, now: int, retention: int) -> None:
    """Invisible at once, the account number erased at once; the rest goes with `sweep`, wrong tries after it."""
    unit.run(_mark_deleted, of=found.id, user=found.user_id, now=now, retention=retention)


def account_number(vault: Vault, found: Microdeposit) -> str | None:
    """The number in the clear; None for one without an account, or whose number cannot be opened (another key)."""
    return microdeposit_numbers.opened(vault, found.user_id, found.guid, found.sealed)


def bring_up_to_date(unit: Unit, vault: Vault, user_id: int, *, now: int) -> None:
    """Keep how far the user's credits have come."""
    for found in unit.all(_row, _unsettled_of_user, user_id=user_id):
        _bring_on(unit, vault, found, now=now)


def sweep(unit: Unit, vault: Vault, *, now: int, deleted_before: int) -> None:
    """Bring everybody's up to date, delete what ran out, remove what was deleted long enough ago."""
    for found in unit.all(_row, _unsettled):
        _bring_on(unit, vault, found, now=now)
    unit.run(_expire, now=now)
    unit.run(_purge, deleted_before=deleted_before)


def _add(
    unit: Unit, user_id: int, guid: str, status: Status, person: Person, *, now: int, expires_at: int, **account: object
) -> Microdeposit:  # fmt: skip
    fields = dict.fromkeys(Microdeposit.__struct_fields__[1:]) | person._asdict() | {"attempts": 0} | account
    fields |= {"user_id": user_id, "guid": guid, "status": int(status)}
    unit.insert(_insert, **fields | {"created_at": now, "updated_at": now, "expires_at": expires_at})
    found = unit.one(_row, _read, user_id=user_id, guid=guid, now=now)
    assert found is not None  # noqa: S101 - it was just made
    return found


def _check_room(unit: Unit, user_id: int, most: int, *, now: int) -> None:
    if unit.scalar(_unfinished, user_id=user_id, now=now) >= most:
        raise Unprocessable(f"A user has at most {most} unfinished microdeposits; delete some first.")


def _attempts(unit: Unit, same: dict[str, Any], *, retention: int) -> int:
    """How many wrong tries an account begins with. Raises Conflict when it has none left."""
    earlier = unit.one(_Earlier, _earlier, **same, since=same["now"] - retention)
    if earlier is None or earlier.status == Status.VERIFIED:
        return 0
    if earlier.status == Status.PREVENTED:
        days = -(-retention // 86_400)
        raise Conflict(f"Too many wrong amounts were told for this account: no new order within {days} days of them.")
    return earlier.attempts


def _bring_on(unit: Unit, vault: Vault, found: Microdeposit, *, now: int) -> None:
    number = account_number(vault, found)
    if number is None:
        return
    step = standing(number, now - found.created_at)
    if step.status == found.status:
        return
    unit.run(
        _settle,
        of=found.id,
        user=found.user_id,
        was=int(found.status),
        new_status=int(step.status),
        code=step.error_code,
        message=step.error_message,
        at=found.created_at + step.after,
        until=found.expires_at if step.status in UNFINISHED else None,
    )
