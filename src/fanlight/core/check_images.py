"""Pictures of checks that a partner keeps with a transaction; they show an account number, so they are sealed."""

from sqlalchemy import bindparam, select, update

from fanlight.core.transactions import Row
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

CHECK_IMAGE = "check image"

_NAMED = (transactions.c.id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))


@statement
def _set() -> Clause:
    return update(transactions).where(_NAMED).values(check_image=bindparam("sealed"))


@statement
def _read() -> Clause:
    return select(transactions.c.check_image).where(_NAMED)


@statement
def _erase() -> Clause:
    of_account = (transactions.c.account_id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    return update(transactions).where(of_account, transactions.c.check_image.is_not(None)).values(check_image=None)


def keep(unit: Unit, vault: Vault, row: Row, data_uri: str | None) -> None:
    """Seal the picture of a check; None erases it."""
    sealed = None if data_uri is None else vault.seal(CHECK_IMAGE, _context(row), data_uri.encode())
    unit.run(_set, of=row.id, user=row.user_id, sealed=sealed)


def read(unit: Unit, vault: Vault, row: Row) -> str | None:
    """The picture as a data URI. Raises VaultError (another key)."""
    sealed = unit.scalar(_read, of=row.id, user=row.user_id)
    return None if sealed is None else vault.open(CHECK_IMAGE, _context(row), sealed).decode()


def erase(unit: Unit, user_id: int, account_id: int) -> None:
    """Every picture of an account."""
    unit.run(_erase, of=account_id, user=user_id)


def _context(row: Row) -> str:
    return f"user={row.user_id}|transaction={row.guid}"
