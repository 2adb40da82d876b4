"""Saving: what was gathered becomes accounts, transactions, numbers and owners.

Requests wait while a unit runs, so only writing is done in units, and none writes more than a part of what a large
feed brings; comparing is done between them. Only which accounts are which is found where they are written, for they
are few. Parts that were written before a run broke off are known to the next one.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import msgspec

from fanlight.aggregation import balance_chain, merge, saving_positions
from fanlight.aggregation.account_identity import Identity, Seen, identify
from fanlight.aggregation.gather import Gathered
from fanlight.aggregation.merge import Merged, Owner
from fanlight.aggregation.saving_positions import Found, Held
from fanlight.core import (
    account_findings,
    account_numbers,
    account_owners,
    accounts,
    enriching,
    holdings,
    institutions,
    number_keys,
    transactions,
)
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_owners import Person
from fanlight.core.enriching import Says
from fanlight.core.members import Member
from fanlight.core.number_keys import Kind
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedTransaction, Ids
from fanlight.institutions.registry import parse_details
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

Findings = list[dict[str, Any]]

PART_ROWS = 2_000
"""How many rows of each kind (new, changed, gone) one unit writes."""
PROVIDER_ID_BYTES = 16

log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """What came of an account that is kept, and what tells how far its transactions are to be trusted.

    None is what was not asked for.
    """

    owner: Owner
    account_type: int
    transactions: Sequence[FeedTransaction] | None
    account: FeedAccount | None = None
    resembles: tuple[str, ...] = ()
    ids: Ids | None = None
    held: Held | None = None


class Known(NamedTuple):
    """What is kept of each account already, and the rules that hold for its user."""

    rows: list[list[Row]]
    says: Says
    findings: Sequence[Findings] = ()
    held: Sequence[Sequence[holdings.Row]] = ()


class Part(NamedTuple):
    """What one unit writes, and the rules that it was settled with."""

    merged: Merged
    says: Says
    findings: Mapping[int, Findings] = {}
    """By account, where they are not what they were."""
    held: Found = Found([], [])

    @property
    def is_of_transactions(self) -> bool:
        """Whether transactions come, change or go with it."""
        return any(self.merged)


def save_accounts(unit: Unit, vault: Vault, member: Member, gathered: Sequence[Gathered], *, now: int) -> list[Fetched]:
    """Bring the member's accounts with their numbers and owners up to date; what is left to compare."""
    seen = [_seen(vault, member, each) for each in gathered]
    rows = _under_current_key(accounts.known(unit, member.user_id, member.id), vault, member, gathered)
    identities = identify(rows, seen)
    ids = parse_details(institutions.by_id(unit, member.institution_id).details).transaction_ids
    fetched: list[Fetched] = []
    for each, told, identity in zip(gathered, seen, identities, strict=True):
        row = _save_account(unit, member, told, identity, now=now)
        if row is None:
            continue
        _save_details(unit, vault, row, each, now=now)
        held = None if each.positions is None else Held(row, each.positions, partial(kept_provider_id, vault, member))
        if held is not None or each.transactions is not None:
            owner, kind = Owner(row.user_id, row.member_id, row.id), each.account.account_type
            fetched.append(Fetched(owner, kind, each.transactions, each.account, identity.resembles, ids, held))
    return fetched


def known(unit: Unit, user_id: int, fetched: Sequence[Fetched], complete_from: date) -> Known:
    """What there is to compare with, as far back as a feed that is complete from a day on matters."""
    rows = [_known_rows(unit, each, complete_from) for each in fetched]
    findings = [account_findings.of_account(unit, user_id, each.owner.account_id) for each in fetched]
    held = [[] if each.held is None else holdings.known(unit, each.held.account) for each in fetched]
    return Known(rows, Says.of(unit, user_id), findings, held)


def compare(fetched: Sequence[Fetched], known: Known, *, complete_from: date, now: int) -> list[Part]:
    """What has to be written, in parts. Pure, and long for a large feed."""
    whole = Part(Merged([], [], []), known.says, {}, Found([], []))
    findings: dict[int, Findings] = {}
    for at, (each, rows) in enumerate(zip(fetched, known.rows, strict=True)):
        if each.held is not None:
            _extend(whole.held, saving_positions.compare(each.held, known.held[at], now=now))
        if each.transactions is None:
            continue
        merged = merge.merge(each.owner, rows, each.transactions, complete_from=complete_from, now=now, ids=each.ids)
        _extend(whole.merged, _told(merged, rows, known.says, each.account_type))
        found = _findings(each, merge.after(rows, merged))
        if known.findings and found != known.findings[at]:
            findings[each.owner.account_id] = found
    return _parts(whole, findings)


def save_part(unit: Unit, member: Member, part: Part, *, now: int) -> None:
    """Write a part. What a user said meanwhile stays: rows that changed since they were read are settled anew.

    Of an account that was deleted or blocked meanwhile nothing more is written.
    """
    user_id, (added, changed, gone) = member.user_id, part.merged
    living = {row.id: row for row in accounts.known(unit, user_id, member.id) if row.deleted_at is None}
    told = [*(row for row in added if row.account_id in living), *changed]
    enriching.write(unit, user_id, enriching.settle_again(unit, user_id, told, part.says), now=now)
    transactions.delete_all(unit, user_id, gone, now=now)
    saving_positions.save(unit, living, part.held, now=now)
    for account_id in part.findings.keys() & living:
        account_findings.note(unit, user_id, account_id, part.findings[account_id])


def _known_rows(unit: Unit, fetched: Fetched, complete_from: date) -> list[Row]:
    if fetched.transactions is None:
        return []
    owner, first = fetched.owner, merge.reach(complete_from, fetched.transactions)
    return transactions.known(unit, owner.user_id, owner.account_id, first)


def _told(merged: Merged, rows: Sequence[Row], says: Says, account_type: int) -> Merged:
    """What merge found, with all that comes of what was told."""
    before = {row.id: row for row in rows}
    return Merged(
        [says.told(row, None, account_type) for row in merged.added],
        [_told_again(row, before[row.id], says, account_type) for row in merged.changed],
        merged.gone,
    )


def _told_again(row: Row, before: Row, says: Says, account_type: int) -> Row:
    if (before.status, row.status) == (Status.PENDING, Status.POSTED):
        row = enriching.was_pending(row, before)
    return says.told(row, before, account_type)


def _extend(lists: Iterable[list[Any]], more: Iterable[list[Any]]) -> None:
    """Each list with what is of its kind."""
    for each, some in zip(lists, more, strict=True):
        each.extend(some)


def _parts(whole: Part, findings: Mapping[int, Findings]) -> list[Part]:
    """All that has to be written in parts of a bounded size; what was found in feeds comes with the last."""
    most = max(1 if findings else 0, *(len(each) for each in (*whole.merged, *whole.held)))
    parts = [_between(whole, start, start + PART_ROWS) for start in range(0, most, PART_ROWS)]
    return [*parts[:-1], parts[-1]._replace(findings=findings)] if parts else []


def _between(whole: Part, start: int, end: int) -> Part:
    (added, changed, gone), held = whole.merged, whole.held
    merged = Merged(added[start:end], changed[start:end], gone[start:end])
    return whole._replace(merged=merged, held=Found(held.added[start:end], held.changed[start:end]))


def _findings(fetched: Fetched, rows: Sequence[Row]) -> Findings:
    if fetched.account is None:
        return []
    found = balance_chain.findings(fetched.account, rows, fetched.resembles)
    if found:
        kinds = Counter(each["kind"] for each in found)
        log.warning("account %s needs a look: %s", fetched.owner.account_id, dict(kinds))
    return found


def kept_provider_id(vault: Vault, member: Member, provider_id: str) -> str:
    """The id under which an account is kept and shown: institutions' own may tell, or be made of, its number."""
    context = f"user={member.user_id}|institution={member.institution_id}"
    return vault.pseudonym(context, provider_id)[:PROVIDER_ID_BYTES].hex()


def _save_account(unit: Unit, member: Member, told: Seen, identity: Identity, *, now: int) -> accounts.Row | None:
    """Add or update an account; None for one that the client has deleted, which stays deleted."""
    facts, row, is_closed = merge.account_facts(told.feed), identity.row, told.feed.is_closed
    if row is None:
        fresh = accounts.new(
            member.user_id, member.id, told.provider_id, facts, is_closed=is_closed, now=now, number_key=told.number_key
        )
        if identity.resembles:
            log.warning("%s is kept apart from %s, which it may be", fresh.guid, ", ".join(identity.resembles))
        return msgspec.structs.replace(fresh, id=accounts.add(unit, fresh))
    if row.deleted_at is not None:
        return None
    accounts.update_feed(
        unit, row, told.provider_id, facts, is_closed=is_closed, now=now, number_key=_surer(told.number_key, row)
    )
    return row


def _seen(vault: Vault, member: Member, each: Gathered) -> Seen:
    """An account with the names under which it is known again; of its numbers only keyed fingerprints are kept."""
    number_key = next(iter(_number_keys(vault, member, each)), None)
    return Seen(each.account, kept_provider_id(vault, member, each.account.provider_id), number_key)


def recognised(
    known: Iterable[accounts.Row], vault: Vault, member: Member, told: Iterable[FeedAccount]
) -> list[Identity]:
    """Which of the member's accounts these are, before anything is saved."""
    gathered = [Gathered(account) for account in told]
    return identify(
        _under_current_key(known, vault, member, gathered), [_seen(vault, member, each) for each in gathered]
    )


def _under_current_key(
    known: Iterable[accounts.Row], vault: Vault, member: Member, gathered: Sequence[Gathered]
) -> list[accounts.Row]:  # fmt: skip
    """The known accounts; where the key of a number was made by an earlier index key, that of today is in its place."""
    anew: dict[str | None, str] = {}
    for each in gathered:
        made = _number_keys(vault, member, each)
        anew |= dict.fromkeys(made[1:], made[0]) if made else {}
    return [
        msgspec.structs.replace(row, number_key=anew[row.number_key]) if row.number_key in anew else row
        for row in known
    ]


def _number_keys(vault: Vault, member: Member, each: Gathered) -> list[str]:
    """Every key that an account's number may be kept under, that of today first; none without a number."""
    whole = each.account.whole_number or next(filter(None, map(_whole, each.numbers or ())), None)
    token = next((number.account_number for number in each.numbers or () if number.is_tokenized), None)
    kind, number = (Kind.TOKEN, token) if whole is None else (Kind.WHOLE, whole)
    return [] if number is None else number_keys.all_of(vault, member.user_id, kind, number)


def _whole(number: FeedAccountNumber) -> str | None:
    told = (number.routing_number, number.institution_number, number.transit_number, number.account_number)
    return None if number.is_tokenized else number_keys.whole(*told)


def _surer(number_key: str | None, row: accounts.Row) -> str | None:
    """A token does not take the place of a whole number."""
    is_whole = row.number_key is not None and row.number_key.startswith("whole.")
    return row.number_key if is_whole and number_key is not None and number_key.startswith("token.") else number_key


def _save_details(unit: Unit, vault: Vault, row: accounts.Row, each: Gathered, *, now: int) -> None:
    if each.numbers is not None:
        fresh = [_numbers(number) for number in each.numbers]
        account_numbers.replace(unit, vault, row, fresh, now=now)
    if each.owners is not None:
        people = [Person(**msgspec.structs.asdict(owner)) for owner in each.owners]
        account_owners.replace(unit, vault, row, people)


def _numbers(told: FeedAccountNumber) -> Numbers:
    return Numbers(**{name: getattr(told, name) for name in Numbers.__struct_fields__})
