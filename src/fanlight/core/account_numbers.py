"""Account numbers: under which numbers money reaches an account, sealed from the first moment."""

import logging
from collections.abc import Iterable
from typing import TypeVar

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from fanlight.base.guids import new_guid
from fanlight.core import accounts as core_accounts
from fanlight.core import ibans, routing_numbers
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import account_numbers, accounts, members, users
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

PURPOSE = "account number"

R = TypeVar("R", bound="Row")

log = logging.getLogger(__name__)
MAX_DIGITS = 17


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers themselves; transit and institution numbers are Canadian. Never printed."""

    account_number: str | None = None
    routing_number: str | None = None
    transit_number: str | None = None
    institution_number: str | None = None

    def __repr__(self) -> str:
        return "Numbers([redacted])"

    @property
    def are_whole(self) -> bool:
        """Whether they say both the account and where it is: only such are shown."""
        if not self.account_number:
            return False
        return bool(self.routing_number or self.transit_number) or ibans.adds_up(self.account_number)


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    member_id: int
    account_id: int
    guid: str
    partner_id: str | None
    sealed: bytes
    passed_validation: bool | None
    created_at: int
    updated_at: int


class AccountNumber(Row, frozen=True):
    """A row with the guids it shows."""

    account_guid: str
    member_guid: str
    user_guid: str


_row = row_of(Row)
_number = row_of(AccountNumber)
_SHOWN = (accounts.c.guid, members.c.guid, users.c.guid)
_JOINED = (
    account_numbers.join(accounts, accounts.c.id == account_numbers.c.account_id)
    .join(members, members.c.id == account_numbers.c.member_id)
    .join(users, users.c.id == account_numbers.c.user_id)
)
_VISIBLE = (
    (account_numbers.c.user_id == bindparam("user_id"))
    & accounts.c.deleted_at.is_(None)
    & members.c.deleted_at.is_(None)
)


@statement
def _insert() -> Clause:
    return insert(account_numbers).values(binds(Row.__struct_fields__[1:]))


@statement
def _of_member() -> Clause:
    of_member = account_numbers.c.member_id == bindparam("member_id")
    chosen = select(*columns(account_numbers, Row), *_SHOWN).select_from(_JOINED).where(_VISIBLE, of_member)
    return chosen.order_by(account_numbers.c.id)


@statement
def _of_account() -> Clause:
    of_account = account_numbers.c.account_id == bindparam("account_id")
    chosen = select(*columns(account_numbers, Row), *_SHOWN).select_from(_JOINED).where(_VISIBLE, of_account)
    return chosen.order_by(account_numbers.c.id)


@statement
def _known() -> Clause:
    of_account = account_numbers.c.account_id == bindparam("account_id")
    return select(*columns(account_numbers, Row)).where(account_numbers.c.user_id == bindparam("user_id"), of_account)


@statement
def _delete() -> Clause:
    return delete(account_numbers).where(
        account_numbers.c.id == bindparam("of"), account_numbers.c.user_id == bindparam("user")
    )


@statement
def _erase() -> Clause:
    return delete(account_numbers).where(
        account_numbers.c.user_id == bindparam("user_id"), account_numbers.c.member_id == bindparam("member_id")
    )


@statement
def _erase_of_account() -> Clause:
    of_account = account_numbers.c.account_id == bindparam("account_id")
    return delete(account_numbers).where(account_numbers.c.user_id == bindparam("user_id"), of_account)


def replace(unit: Unit, vault: Vault, account: core_accounts.Row, fresh: Iterable[Numbers], *, now: int) -> None:
    """Bring an account's numbers up to date; a number that is still the same keeps its guid."""
    rows = unit.all(_row, _known, user_id=account.user_id, account_id=account.id)
    known = {told: row for row, told in readable(vault, rows)}
    kept = {row.id for row in known.values()}
    for lost in (row for row in rows if row.id not in kept):  # unreadable, or told twice
        delete_one(unit, lost)
    wanted = list(dict.fromkeys(fresh))
    for gone in known.keys() - set(wanted):
        unit.run(_delete, of=known[gone].id, user=account.user_id)
    for each in wanted:
        if each not in known:
            add(unit, vault, account, each, now=now)


def readable(vault: Vault, rows: Iterable[R]) -> list[tuple[R, Numbers]]:
    """Numbers in the clear, without those that cannot be opened: the next verification brings them again."""
    found: list[tuple[R, Numbers]] = []
    for row in rows:
        try:
            found.append((row, numbers(vault, row)))
        except VaultError as error:
            log.error("account number %s cannot be read: %s", row.guid, error)  # noqa: TRY400 - the message says it all
    return found


def add(
    unit: Unit, vault: Vault, account: core_accounts.Row, each: Numbers, *, now: int, partner_id: str | None = None
) -> str:
    """Keep one set of numbers of an account; its guid."""
    guid = new_guid("ACN")
    unit.insert(
        _insert,
        user_id=account.user_id,
        member_id=account.member_id,
        account_id=account.id,
        guid=guid,
        partner_id=partner_id,
        sealed=vault.seal(PURPOSE, _context(account.user_id, guid), msgspec.json.encode(each)),
        passed_validation=are_valid(each),
        created_at=now,
        updated_at=now,
    )
    return guid


def of_member(unit: Unit, user_id: int, member_id: int) -> list[AccountNumber]:
    return unit.all(_number, _of_member, user_id=user_id, member_id=member_id)


def of_account(unit: Unit, user_id: int, account_id: int) -> list[AccountNumber]:
    return unit.all(_number, _of_account, user_id=user_id, account_id=account_id)


def numbers(vault: Vault, row: Row) -> Numbers:
    """The numbers of a row in the clear. Raises VaultError (another key)."""
    return msgspec.json.decode(vault.open(PURPOSE, _context(row.user_id, row.guid), row.sealed), type=Numbers)


def delete_one(unit: Unit, row: Row) -> None:
    unit.run(_delete, of=row.id, user=row.user_id)


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Forget every number of a member."""
    unit.run(_erase, user_id=user_id, member_id=member_id)


def erase_of_account(unit: Unit, user_id: int, account_id: int) -> None:
    """The same for one account."""
    unit.run(_erase_of_account, user_id=user_id, account_id=account_id)


def are_valid(each: Numbers) -> bool | None:
    """`passed_validation`: the form of the numbers, and the check digit of a routing number; None when not whole."""
    if not each.are_whole:
        return None
    account = each.account_number or ""
    if each.routing_number is None and ibans.adds_up(account):
        return True
    if not (account.isascii() and account.isalnum() and len(account) <= MAX_DIGITS):
        return False
    if each.routing_number is not None:
        return routing_numbers.adds_up(each.routing_number)
    transit = each.transit_number or ""
    return transit.isascii() and transit.isdecimal() and len(transit) == 5


def _context(user_id: int, guid: str) -> str:
    return f"user={user_id}|number={guid}"
