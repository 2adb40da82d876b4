"""A server's data from the outside, for the command line and the sandbox: units on its database, its vault, entries."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import msgspec

from fanlight.base.boundary import UnitsOfWork
from fanlight.base.errors import OperatorError
from fanlight.base.guids import new_guid
from fanlight.core import institutions
from fanlight.core.institutions import Credential, Entry, Institution
from fanlight.institutions.oauth_entry import Secrets
from fanlight.institutions.registry import EntryFile
from fanlight.oauth import client_authentication
from fanlight.oauth.reach import seal_secrets
from fanlight.runtime import database_path
from fanlight.settings import Settings
from fanlight.storage import schema, vault
from fanlight.storage.engine import connect, run_once
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

R = TypeVar("R")


class NoDatabase(OperatorError):
    """A command that only looks was sent where nothing is."""


def run(settings: Settings, work: Callable[[Unit], R]) -> R:
    """Run one unit on the settings' database, beside a server that may be running on it."""
    path = database_path(settings)
    schema.prepare(path)
    return run_once(path, work)


def try_out(settings: Settings, work: Callable[[Unit], R]) -> R:
    """Run one unit and undo it: what would come of it."""
    path = database_path(settings)
    schema.prepare(path)
    with closing(connect(path)) as connection, UnitsOfWork():
        connection.execute("BEGIN IMMEDIATE")
        try:
            return work(Unit(connection))
        finally:
            connection.execute("ROLLBACK")


def look(settings: Settings, work: Callable[[Unit], R]) -> R:
    """Run one unit that only reads. Raises NoDatabase where there is none: looking makes nothing."""
    path = database_path(settings)
    if schema.version(path) is None:
        raise NoDatabase(f"There is no database in {settings.data_path}: is this the right directory (--data)?")
    schema.prepare(path)
    with closing(connect(path, readonly=True)) as connection, UnitsOfWork():
        unit = Unit(connection)
        with unit.atomic():
            return work(unit)


def open_vault(settings: Settings) -> Vault:
    """The vault of the settings' key, proven to be this database's. Raises VaultError."""
    opened = vault.load(settings.key_path)
    path = database_path(settings)
    schema.prepare(path)
    schema.check_key(path, opened)
    return opened


def put_institution(
    unit: Unit, sealing: Vault, entry: EntryFile, *, now: int, secrets: Secrets | None = None
) -> Institution:
    """Add an institution from its entry, or bring it up to date; its secrets are sealed.

    `secrets` are those of the files that the entry names. Raises EntryError where the entry's lines need others.
    """
    own = secrets or Secrets(client_secret=entry.client_secret)
    if entry.oauth is not None:
        client_authentication.check(entry.oauth, own)
    known = institutions.find(unit, entry.code)
    guid = known.guid if known else entry.guid or new_guid("INS")
    sealed = seal_secrets(sealing, guid, own) if own != Secrets() else None
    institution = institutions.put(
        unit,
        Entry(
            guid=guid,
            code=entry.code,
            name=entry.name,
            aliases="\n".join(entry.aliases) or None,
            url=entry.url,
            routing_number=entry.routing_number,
            country=entry.country,
            forgot_password_url=entry.forgot_password_url,
            forgot_username_url=entry.forgot_username_url,
            trouble_signing_in_url=entry.trouble_signing_in_url,
            protocol=entry.protocol,
            details=msgspec.json.encode(entry.details).decode(),
            secrets=sealed,
            supports_oauth=entry.has_windows,
            supports_account_verification=entry.can("verification"),
            supports_account_identification=entry.can("identification"),
            supports_transaction_history=entry.can("history"),
            is_test=entry.is_test,
            popularity=entry.popularity,
        ),
        now=now,
    )
    for field in entry.credentials:
        values = msgspec.structs.asdict(field)
        credential = Credential(id=0, **values, created_at=now, updated_at=now)
        institutions.add_credential(unit, institution.id, credential)
    return institution
