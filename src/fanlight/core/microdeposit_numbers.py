"""The account number of a microdeposit: sealed, and found again by its fingerprint."""

import logging

from fanlight.storage.statements import hex_array
from fanlight.storage.vault import Vault, VaultError

PURPOSE = "microdeposit"

log = logging.getLogger(__name__)


def seal(vault: Vault, user_id: int, guid: str, number: str) -> bytes:
    return vault.seal(PURPOSE, _context(user_id, guid), number.encode())


def opened(vault: Vault, user_id: int, guid: str, sealed: bytes | None) -> str | None:
    """The number in the clear; None where there is no account, or none that can be read."""
    if sealed is None:
        return None
    try:
        return vault.open(PURPOSE, _context(user_id, guid), sealed).decode()
    except VaultError as error:
        log.error("microdeposit %s cannot be read: %s", guid, error)  # noqa: TRY400 - the message says it all
        return None


def fingerprint(vault: Vault, user_id: int, routing_number: str, number: str) -> bytes:
    """What tells that an account is the same one again."""
    return vault.blind(PURPOSE, f"user={user_id}", f"{routing_number}|{number}")


def fingerprints(vault: Vault, user_id: int, routing_number: str, number: str) -> str:
    """Every fingerprint that an account may be kept under, as one parameter."""
    return hex_array(vault.blinds(PURPOSE, f"user={user_id}", f"{routing_number}|{number}"))


def _context(user_id: int, guid: str) -> str:
    return f"user={user_id}|microdeposit={guid}"
