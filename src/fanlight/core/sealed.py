"""What is sealed, and where: the one list that rotating, checking and scanning go by.

A test compares it with the columns that there are: what is sealed and not listed here would be left behind by a
rotation.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, select

from fanlight.core import (
    account_numbers,
    account_owners,
    challenges,
    check_images,
    credentials,
    jobs,
    microdeposit_numbers,
    raw_payloads,
)
from fanlight.storage import tables
from fanlight.storage.vault import Vault


class Sealed(NamedTuple):
    """A column of sealed values: what they are for, and to whom each is bound.

    `context` is filled in with columns of the row, or with what `beside` says they are.
    """

    table: Table
    column: str
    purpose: str
    context: str
    names: tuple[str, ...]
    beside: tuple[tuple[str, ColumnElement[Any]], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column}"

    @property
    def value(self) -> ColumnElement[bytes]:
        found: ColumnElement[bytes] = self.table.c[self.column]
        return found

    @property
    def bound_to(self) -> list[ColumnElement[Any]]:
        """The columns that the context is filled in with, in the order of its names."""
        beside = dict(self.beside)
        return [beside[name] if name in beside else self.table.c[name] for name in self.names]

    def context_of(self, values: tuple[Any, ...]) -> str:
        return self.context.format(**dict(zip(self.names, values, strict=True)))


class Fingerprints(NamedTuple):
    """A column of keyed fingerprints of what is sealed in another one of the same table.

    `make` is given the vault, the value in the clear and the columns named `given`.
    """

    of: Sealed
    column: str
    given: tuple[ColumnElement[Any], ...]
    make: Callable[..., bytes]

    @property
    def name(self) -> str:
        return f"{self.of.table.name}.{self.column}"

    @property
    def value(self) -> ColumnElement[bytes]:
        found: ColumnElement[bytes] = self.of.table.c[self.column]
        return found


def _parent(column: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(column).where(condition).scalar_subquery()


_user_of_credential = _parent(tables.members.c.user_id, tables.members.c.id == tables.member_credentials.c.member_id)
_field_of_credential = _parent(
    tables.institution_credentials.c.guid,
    tables.institution_credentials.c.id == tables.member_credentials.c.institution_credential_id,
)
_kind_of_credential = _parent(
    tables.institution_credentials.c.field_type,
    tables.institution_credentials.c.id == tables.member_credentials.c.institution_credential_id,
)

CREDENTIALS = Sealed(
    tables.member_credentials, "sealed", credentials.PURPOSE, "user={user_id}|member={member_id}|field={field}",
    ("user_id", "member_id", "field"), (("user_id", _user_of_credential), ("field", _field_of_credential)),
)  # fmt: skip
MICRODEPOSITS = Sealed(
    tables.micro_deposits,
    "sealed",
    microdeposit_numbers.PURPOSE,
    "user={user_id}|microdeposit={guid}",
    ("user_id", "guid"),
)
SEALED = (
    Sealed(tables.institutions, "secrets", "institution", "{guid}", ("guid",)),
    Sealed(
        tables.grants, "sealed", "grant",
        "client={client_id}|user={user_id}|member={member_id}|generation={generation}",
        ("client_id", "user_id", "member_id", "generation"),
    ),
    Sealed(
        tables.oauth_states, "sealed", "window", "user={user_id}|member={member_id}|state={id}",
        ("user_id", "member_id", "id"),
    ),
    CREDENTIALS,
    CREDENTIALS._replace(column="exchanged", context="user={user_id}|member={member_id}|exchanged={field}"),
    Sealed(
        tables.challenges, "answer", challenges.PURPOSE, "user={user_id}|member={member_id}|challenge={guid}",
        ("user_id", "member_id", "guid"),
    ),
    Sealed(
        tables.jobs, "conversation", jobs.PURPOSE, "user={user_id}|member={member_id}|job={guid}",
        ("user_id", "member_id", "guid"),
    ),
    MICRODEPOSITS,
    Sealed(
        tables.account_numbers, "sealed", account_numbers.PURPOSE, "user={user_id}|number={guid}", ("user_id", "guid")
    ),
    Sealed(
        tables.account_owners, "sealed", account_owners.PURPOSE, "user={user_id}|account={account_id}",
        ("user_id", "account_id"),
    ),
    Sealed(
        tables.raw_payloads, "sealed", raw_payloads.PURPOSE, "user={user_id}|member={member_id}|job={job_guid}",
        ("user_id", "member_id", "job_guid"),
    ),
    Sealed(
        tables.transactions, "check_image", check_images.CHECK_IMAGE, "user={user_id}|transaction={guid}",
        ("user_id", "guid"),
    ),
)  # fmt: skip


def _of_credential(vault: Vault, value: str, user_id: int, field: str, kind: int) -> bytes:
    return credentials.fingerprint(vault, user_id, field, value) if kind == credentials.LOGIN else b""


def _of_microdeposit(vault: Vault, number: str, user_id: int, routing_number: str) -> bytes:
    return microdeposit_numbers.fingerprint(vault, user_id, routing_number, number)


FINGERPRINTS = (
    Fingerprints(
        CREDENTIALS, "blind", (_user_of_credential, _field_of_credential, _kind_of_credential), _of_credential
    ),
    Fingerprints(
        MICRODEPOSITS, "blind", (tables.micro_deposits.c.user_id, tables.micro_deposits.c.routing_number),
        _of_microdeposit,
    ),
)  # fmt: skip
OUTLIVING = (tables.members.c.last_login, tables.micro_deposits.c.blind)
"""Fingerprints of what is gone: they end by themselves, `deleted_retention` or `microdeposit_retention` after it."""
