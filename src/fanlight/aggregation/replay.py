"""Replay: the newest run of a member (or another kept one) read again from its recording, with the code of today.

Nobody is spoken to. What merge and enrichment make of the answers now is compared with what is kept; applying it
writes with the units of an aggregation, and gives way to one that begins meanwhile.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from fanlight.aggregation import differences, saving
from fanlight.aggregation.differences import Difference, Told
from fanlight.aggregation.gather import Budget, Gathered, Span, gather
from fanlight.aggregation.merge import Merged
from fanlight.aggregation.saving import Fetched, Findings, Known, Part
from fanlight.base.errors import Conflict, NotFound, OperatorError
from fanlight.core import (
    account_numbers,
    account_owners,
    accounts,
    credentials,
    enriching_again,
    institutions,
    jobs,
    members,
    raw_payloads,
)
from fanlight.core.institutions import Institution
from fanlight.core.jobs import Job
from fanlight.core.members import Member
from fanlight.core.transactions import Row
from fanlight.institutions import registry
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.port import Access, Challenged, Limits, Login
from fanlight.institutions.recording import Recording, ReplayHttp
from fanlight.settings import Settings
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

MARK = 8
"""How many digits of a fingerprint stand for an owner: enough to see that they changed, and no more."""


class Run(NamedTuple):
    """A run as it was recorded, and whose it was."""

    member: Member
    institution: Institution
    login: Login
    """Stands for the member's, but for what it was exchanged for, which tells where the answers came from."""
    job: Job
    recording: Recording
    recorded_at: int
    is_newest: bool
    """Whether no later run that is kept brought data."""

    @property
    def span(self) -> Span:
        return Span(self.recording.first, self.recording.last)


class Heard(NamedTuple):
    """What a run brings today: accounts with what is of them, or why there are none."""

    gathered: list[Gathered]
    said: str | None
    unused: int


class Saved(NamedTuple):
    """What is left to compare once the accounts are written, and how they differ."""

    fetched: list[Fetched]
    guids: dict[int, str]
    accounts: list[Difference]


class Compared(NamedTuple):
    """What is to be written of transactions and positions, and how it differs from what is kept."""

    parts: list[Part]
    transactions: list[Difference]
    holdings: list[Difference]
    findings: dict[str, Findings]
    """By account, where something else is found in its feed than is noted."""


class _Access:
    """Stands for a grant: nobody looks at it."""

    consent_id = "replay"

    def __init__(self, http: ReplayHttp) -> None:
        self._http = http
        self._line = http.line()

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        """What the run was answered; it had another token if anything came after a refusal."""
        reply = await self._ask(method, url, headers, content)
        if reply.status != 401:
            return reply
        if not self._http.unused:
            raise Said(Saying.CONSENT_EXPIRED, "the institution took the token no more")
        return await self._ask(method, url, headers, content)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        if method == "GET":
            return await self._line.get(url, headers)
        return await self._line.send(method, url, content, headers)


def find(unit: Unit, vault: Vault, member_guid: str, job_guid: str | None, *, now: int) -> Run:
    """The newest recorded run of a member, or of one of its jobs. Raises NotFound."""
    member = members.by_guid(unit, member_guid, now=now)
    kept = [
        (payload, Recording.decoded(raw_payloads.content(vault, member, payload)))
        for payload in raw_payloads.of_member(unit, member)
    ]
    at = next((at for at, (payload, _) in enumerate(kept) if job_guid in (None, payload.job_guid)), None)
    if at is None:
        of_job = "" if job_guid is None else f" in the job {job_guid}"
        raise NotFound(f"Of what the institution of {member_guid} answered{of_job} nothing is kept.")
    payload, recording = kept[at]
    fields = institutions.credentials(unit, member.institution_id)
    login = credentials.login(unit, vault, member)
    return Run(
        member=member,
        institution=institutions.by_id(unit, member.institution_id),
        login=Login(
            values=dict.fromkeys((field.field_name for field in fields), "replay"),
            exchanged=None if login is None else login.exchanged,
        ),
        job=jobs.read(unit, member.user_id, payload.job_guid),
        recording=recording,
        recorded_at=payload.created_at,
        is_newest=all(newer.end is not None for _, newer in kept[:at]),
    )


async def hear(run: Run, settings: Settings) -> Heard:
    """Read the recording as the run read the institution. Raises NoAnswer where it asks for what is not there."""
    http = ReplayHttp(run.recording)
    limits = Limits(settings.institution_max_pages, settings.institution_max_records)
    connector = registry.connector(registry.parse_details(run.institution.details), http.line(), limits)
    if connector is None:
        raise OperatorError(f"Nothing speaks the protocol of {run.institution.code}.")
    budget = Budget(settings.institution_max_accounts, settings.institution_max_records)
    try:
        session = await connector.session(_access(run, http))
        gathered = await gather(session, run.job, run.span, budget)
    except (Said, Challenged) as said:
        return Heard([], str(said), http.unused)
    return Heard(gathered, None, http.unused)


def refuse_old(run: Run) -> None:
    """An older feed would bring back what newer ones have overcome. Raises OperatorError."""
    if not run.is_newest:
        raise OperatorError("A later run brought data: only the newest that did can be applied.")


def save_accounts(unit: Unit, vault: Vault, run: Run, gathered: Sequence[Gathered], *, now: int) -> Saved:
    """Write the accounts, and say how they differ from what was kept."""
    member = _idle(unit, run, now)
    before = _told(unit, vault, member)
    fetched = saving.save_accounts(unit, vault, member, gathered, now=now)
    after = _told(unit, vault, member)
    guids = {key: row.guid for key, row in after.accounts.items()}
    return Saved(fetched, guids, differences.of_accounts(before, after))


def known(unit: Unit, run: Run, fetched: Sequence[Fetched]) -> Known:
    """What there is to compare with."""
    return saving.known(unit, run.member.user_id, fetched, run.span.first)


def compare(run: Run, saved: Saved, kept: Known, *, now: int) -> Compared:
    """What merge and enrichment make of it now; rows that merge leaves alone are enriched again too. Pure."""
    parts = saving.compare(saved.fetched, kept, complete_from=run.span.first, now=now)
    rows = {row.id: row for row in chain.from_iterable(kept.rows)}
    taken = {row.id for part in parts for row in part.merged.changed}.union(*(part.merged.gone for part in parts))
    again = [row for row in _enriched_again(saved.fetched, kept) if row.id not in taken]
    fresh = [msgspec.structs.replace(row, updated_at=now) for row in again if row != rows[row.id]]
    size = saving.PART_ROWS
    parts += [Part(Merged([], fresh[at : at + size], []), kept.says) for at in range(0, len(fresh), size)]
    merged = [part.merged for part in parts]
    added = [row for each in merged for row in each.added]
    changed = [row for each in merged for row in each.changed]
    gone = [key for each in merged for key in each.gone]
    findings = {saved.guids[key]: found for part in parts for key, found in part.findings.items()}
    return Compared(parts, differences.of_transactions(rows, added, changed, gone), _of_holdings(kept, parts), findings)


def save_part(unit: Unit, run: Run, part: Part, *, now: int) -> None:
    """Write a part, unless an aggregation began since. Raises Conflict."""
    saving.save_part(unit, _idle(unit, run, now), part, now=now)


def _of_holdings(kept: Known, parts: Sequence[Part]) -> list[Difference]:
    added = chain.from_iterable(part.held.added for part in parts)
    changed = (each.after for part in parts for each in part.held.changed)
    return differences.of_holdings(chain.from_iterable(kept.held), added, changed)


def _access(run: Run, http: ReplayHttp) -> Access | Login:
    if run.member.is_oauth:
        return _Access(http)
    return run.login


def _enriched_again(fetched: Sequence[Fetched], kept: Known) -> list[Row]:
    pairs = ((each, row) for each, rows in zip(fetched, kept.rows, strict=True) for row in rows)
    return [enriching_again.enriched(kept.says, row, each.account_type) for each, row in pairs]


def _idle(unit: Unit, run: Run, now: int) -> Member:
    """The member while nothing came between. Raises Conflict."""
    member = members.by_id(unit, run.member.user_id, run.member.id, now=now)
    if member.is_being_aggregated or member.job_guid != run.member.job_guid:
        raise Conflict("A job of this member runs, or has run meanwhile: replay again when it has ended.")
    return member


def _told(unit: Unit, vault: Vault, member: Member) -> Told:
    """Every account of the user, since one may come from another member; of secrets only marks."""
    rows = {row.id: row for row in accounts.list_all(unit, member.user_id)}
    marks: dict[int, dict[str, str]] = {key: {} for key in rows}
    for number in account_numbers.of_member(unit, member.user_id, member.id):
        _mark(marks[number.account_id], "account_numbers", number.guid)
    for owner in account_owners.of_member(unit, member.user_id, member.id):
        person = msgspec.json.encode(account_owners.person(vault, owner)).decode()
        mark = vault.blind("replay", str(owner.account_id), person).hex()[:MARK]
        _mark(marks[owner.account_id], "account_owners", mark)
    return Told(rows, marks)


def _mark(marks: dict[str, str], name: str, mark: str) -> None:
    marks[name] = f"{marks[name]} {mark}" if name in marks else mark
