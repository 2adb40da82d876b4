"""What an operator does to a server's data from the outside: used by the command line and by the sandbox."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from fanlight.base.errors import Conflict
from fanlight.base.guids import new_guid
from fanlight.core import challenges, credentials, institutions, jobs, members
from fanlight.core.connection_status import NEXT, Status
from fanlight.core.institutions import Credential, Entry, Institution
from fanlight.core.members import Member
from fanlight.institutions.registry import EntryFile, Secrets
from fanlight.oauth.servers import seal_secrets
from fanlight.runtime import database_path
from fanlight.settings import Settings
from fanlight.storage import schema, vault
from fanlight.storage.engine import run_once
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

R = TypeVar("R")


def run(settings: Settings, work: Callable[[Unit], R]) -> R:
    """Run one unit on the settings' database, beside a server that may be running on it."""
    path = database_path(settings)
    schema.prepare(path)
    return run_once(path, work)


def open_vault(settings: Settings) -> Vault:
    """The vault of the settings' key, proven to be this database's. Raises VaultError."""
    opened = vault.load(settings.key_path)
    path = database_path(settings)
    schema.prepare(path)
    schema.check_key(path, opened)
    return opened


def put_institution(unit: Unit, sealing: Vault, entry: EntryFile, *, now: int) -> Institution:
    """Add an institution from its entry, or bring it up to date; its secret is sealed."""
    known = institutions.find(unit, entry.code)
    guid = known.guid if known else entry.guid or new_guid("INS")
    sealed = seal_secrets(sealing, guid, Secrets(client_secret=entry.client_secret)) if entry.client_secret else None
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
            supports_oauth=entry.oauth is not None,
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


# What an operator may say of an institution: what becomes of its members, and whether new ones may be made.
INSTITUTION_WORDS: dict[str, tuple[Status | None, bool]] = {
    "disable": (Status.DISABLED, True),
    "discontinue": (Status.DISCONTINUED, True),
    "migrate": (Status.RECONNECTED, False),
    "enable": (None, False),
}
# What an operator may say of a member; none is the way back from a pause.
MEMBER_WORDS: dict[str, Status | None] = {
    "close": Status.CLOSED,
    "import": Status.IMPORTED,
    "pause": Status.DISABLED,
    "resume": None,
}


def set_institution(unit: Unit, code: str, word: str, *, now: int) -> int:
    """Say a word of an institution; how many members it changed. New members only where it is not hidden."""
    status, is_hidden = INSTITUTION_WORDS[word]
    institution = institutions.by_code(unit, code)
    institutions.set_hidden(unit, institution, is_hidden=is_hidden, now=now)
    found = members.at_institution(unit, institution.id, now=now)
    return sum(_say(unit, member, status, now=now) for member in found)


def set_member(unit: Unit, guid: str, word: str, *, now: int) -> Member:
    """Say a word of a member. Raises NotFound; Conflict where its status does not let it."""
    member = members.by_guid(unit, guid, now=now)
    status = MEMBER_WORDS[word]
    if status == Status.IMPORTED and member.is_oauth:
        raise Conflict("An OAuth member holds no credentials that could be given anew; send it through a window.")
    if not _say(unit, member, status, now=now):
        raise Conflict(f"A member that is {_name(member.status)} cannot take the word {word}.")
    if status == Status.IMPORTED:
        credentials.erase(unit, member.id)
    return members.by_id(unit, member.user_id, member.id, now=now)


def _say(unit: Unit, member: Member, status: Status | None, *, now: int) -> bool:
    """Change a member's status by an operator's word where the table of statuses has it."""
    if status is None:
        status = _before_the_pause(member)
    if member.status is None or status is None or status not in NEXT[member.status]:
        return False
    if member.status == Status.CHALLENGED:
        member = _put_down(unit, member, now=now)
    members.set_connection(unit, member, now=now, status=status, challenged_until=None)
    return True


def _before_the_pause(member: Member) -> Status | None:
    """A paused member comes back as connected as it ever was."""
    if member.status != Status.DISABLED:
        return None
    return Status.RECONNECTED if member.successfully_aggregated_at is None else Status.CONNECTED


def _put_down(unit: Unit, member: Member, *, now: int) -> Member:
    """End the job that waits for an answer: nobody will be asked any more."""
    challenges.erase(unit, member.user_id, member.id)
    if member.job_guid is not None:
        job = jobs.read(unit, member.user_id, member.job_guid)
        jobs.advance(unit, job, jobs.Status.HALTED, now=now, error="ended by the operator")
    return members.set_connection(unit, member, now=now, is_being_aggregated=False)


def _name(status: Status | None) -> str:
    return "held by a partner" if status is None else status.name
