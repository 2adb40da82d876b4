"""Number keys: keyed fingerprints of account numbers, by which an account is known again whatever its id.

`whole.<id of the index key>.<fingerprint>`, or `token.` for a tokenised number; a bare key file's were once kept
without the id.
"""

from enum import StrEnum

from fanlight.storage.vault import FINGERPRINT_BYTES, Vault

PURPOSE = "account number"
KEPT_BYTES = 16


class Kind(StrEnum):
    WHOLE = "whole"
    TOKEN = "token"  # noqa: S105 - a kind of number


def whole(routing: str | None, institution: str | None, transit: str | None, number: str | None) -> str | None:
    """Where an account is and its number there, as one text; None when it is not all said."""
    place = routing or (institution or "") + (transit or "")
    return f"{place}:{number}" if place and number else None


def all_of(vault: Vault, user_id: int, kind: Kind, number: str) -> list[str]:
    """Every key that a number may be kept under, that of today first."""
    folded = "".join(character for character in number.upper() if character.isalnum() or character == ":")
    return [_key(kind, blind) for blind in vault.blinds(PURPOSE, f"user={user_id}", folded)]


def _key(kind: Kind, blind: bytes) -> str:
    key_id, fingerprint = blind[:-FINGERPRINT_BYTES].hex(), blind[-FINGERPRINT_BYTES:][:KEPT_BYTES].hex()
    return ".".join(filter(None, (kind.value, key_id, fingerprint)))
