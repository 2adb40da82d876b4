"""Account owners: whom an account belongs to, as the institution knows them; sealed from the first moment."""

import logging
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from fanlight.core import accounts as core_accounts
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import account_owners, accounts, members, users
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

PURPOSE = "account owner"

log = logging.getLogger(__name__)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an owner. Never printed."""

    owner_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Person([redacted])"


class Owner(NamedTuple):
    """An owner of an account, sealed, with the guids it shows."""

    user_id: int
    account_id: int
    sealed: bytes
    account_guid: str
    member_guid: str
    user_guid: str


@statement
def _insert() -> Clause:
    return insert(account_owners).values(binds(("user_id", "member_id", "account_id", "sealed")))


@statement
def _of_member() -> Clause:
    joined = (
        account_owners.join(accounts, accounts.c.id == account_owners.c.account_id)
        .join(members, members.c.id == account_owners.c.member_id)
        .join(users, users.c.id == account_owners.c.user_id)
    )
    own = (account_owners.c.user_id, account_owners.c.account_id, account_owners.c.sealed)
    return (
        select(*own, accounts.c.guid, members.c.guid, users.c.guid)
        .select_from(joined)
        .where(
            account_owners.c.user_id == bindparam("user_id"),
            account_owners.c.member_id == bindparam("member_id"),
            accounts.c.deleted_at.is_(None),
            members.c.deleted_at.is_(None),
        )
        .order_by(account_owners.c.id)
    )


@statement
def _erase_of_account() -> Clause:
    return delete(account_owners).where(
        account_owners.c.user_id == bindparam("user_id"), account_owners.c.account_id == bindparam("account_id")
    )


@statement
def _erase() -> Clause:
    return delete(account_owners).where(
        account_owners.c.user_id == bindparam("user_id"), account_owners.c.member_id == bindparam("member_id")
    )


def replace(unit: Unit, vault: Vault, account: core_accounts.Row, people: Iterable[Person]) -> None:
    """Keep the owners of an account in place of those known before."""
    erase_of_account(unit, account.user_id, account.id)
    for person in people:
        sealed = vault.seal(PURPOSE, _context(account.user_id, account.id), msgspec.json.encode(person))
        ids = {"user_id": account.user_id, "member_id": account.member_id, "account_id": account.id}
        unit.insert(_insert, **ids, sealed=sealed)


def of_member(unit: Unit, user_id: int, member_id: int) -> list[Owner]:
    return unit.all(Owner, _of_member, user_id=user_id, member_id=member_id)


def person(vault: Vault, owner: Owner) -> Person:
    """The owner in the clear. Raises VaultError (another key)."""
    return msgspec.json.decode(
        vault.open(PURPOSE, _context(owner.user_id, owner.account_id), owner.sealed), type=Person
    )


def readable(vault: Vault, owners: Iterable[Owner]) -> list[tuple[Owner, Person]]:
    """Owners in the clear, without those that cannot be opened: the next identification brings them again."""
    found: list[tuple[Owner, Person]] = []
    for owner in owners:
        try:
            found.append((owner, person(vault, owner)))
        except VaultError as error:
            log.error("an owner of account %s cannot be read: %s", owner.account_id, error)  # noqa: TRY400
    return found


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Forget every owner of a member's accounts."""
    unit.run(_erase, user_id=user_id, member_id=member_id)


def erase_of_account(unit: Unit, user_id: int, account_id: int) -> None:
    """The same for one account."""
    unit.run(_erase_of_account, user_id=user_id, account_id=account_id)


def _context(user_id: int, account_id: int) -> str:
    return f"user={user_id}|account={account_id}"
