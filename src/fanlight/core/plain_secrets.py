"""What is sealed in a database, in the clear and in pieces, so that a scan can look for it elsewhere. Never printed."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import null, select, union_all

from fanlight.core import resealing
from fanlight.core.sealed import SEALED, Sealed
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import micro_deposits, users
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

_WHOLE = frozenset(("credential", "answer", "microdeposit"))
_LEFT_OUT = frozenset(("raw payload", "check image"))
"""These hold what is shown anyhow, such as descriptions: what is secret in them is sealed elsewhere too."""
_PUBLIC = frozenset(
    ("token_type", "scope", "country", "state", "city", "redirect_uri", "routing_number", "institution_number")
    + ("transit_number", "authorization_details", "dpop_alg", "kty", "crv", "alg")
)
"""Fields beside secrets that are none, or are kept in the clear elsewhere because they are none."""


@statement
def _profiles() -> Clause:
    mine = (users.c.email, users.c.first_name, users.c.last_name, users.c.phone, users.c.external_id)
    theirs = (micro_deposits.c.email, micro_deposits.c.first_name, micro_deposits.c.last_name)
    return union_all(select(*mine), select(*theirs, null(), null()))


def of_column(unit: Unit, vault: Vault, sealed: Sealed, most: int) -> Iterator[tuple[str, bytes]]:
    """Kind and value of each secret in the newest values of a column, at most so many values."""
    if sealed.purpose in _LEFT_OUT:
        return
    after, left = 0, most
    while left > 0 and (found := resealing.values(unit, sealed, b"", after)):
        for each in found[:left]:
            try:
                opened = vault.open(sealed.purpose, each.context, each.sealed)
            except VaultError:
                continue
            yield from ((sealed.purpose, value) for value in _pieces(sealed, opened))
        after, left = found[-1].id, left - len(found)


def of_database(unit: Unit, vault: Vault, most: int) -> list[tuple[str, bytes]]:
    """Of every column; the keys themselves too, as bytes."""
    found = [pair for sealed in SEALED for pair in of_column(unit, vault, sealed, most)]
    return [*found, *((f"{key.use.value} key", key.secret) for key in vault.ring.keys)]


def profiles(unit: Unit) -> set[bytes]:
    """What clients say of their users, which is kept in the clear: an owner of an account may be called the same."""
    return {value.encode() for row in unit.all(lambda *row: row, _profiles) for value in row if value}


def _pieces(sealed: Sealed, opened: bytes) -> Iterator[bytes]:
    if sealed.purpose in _WHOLE and sealed.column != "exchanged":
        yield opened
        return
    try:
        yield from _texts(msgspec.json.decode(opened))
    except msgspec.DecodeError:
        yield opened


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        yield value.encode()
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in _PUBLIC:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
