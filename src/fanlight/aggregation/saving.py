"""Saving: what was gathered becomes accounts, transactions, numbers and owners.

Requests wait while a unit runs, so only writing is done in units, and none writes more than a part of what a large
feed brings; comparing is done between them. Parts that were written before a run broke off are known to the next one.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from fanlight.aggregation import balance_chain, merge, positions
from fanlight.aggregation.account_identity import Identity, Seen, identify
from fanlight.aggregation.gather import Gathered
from fanlight.aggregation.merge import Merged, Owner
from fanlight.core import (
    account_findings,
    account_numbers,
    account_owners,
    accounts,
    enriching,
    holdings,
    institutions,
    transaction_edits,
    transactions,
)
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_owners import Person
from fanlight.core.enriching import Says
from fanlight.core.members import Member
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedTransaction, Ids, Positions
from fanlight.institutions.registry import parse_details
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

Findings = list[dict[str, Any]]

PART_ROWS = 2_000
"""How many rows of each kind (new, changed, gone) one unit writes."""
PROVIDER_ID = "provider id"
PROVIDER_ID_BYTES = 16
NUMBER = "account number"
NUMBER_BYTES = 16

log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """The transactions that came of an account that is kept, and what tells how far they are to be trusted."""

    owner: Owner
    account_type: int
    transactions: Sequence[FeedTransaction]
    account: FeedAccount | None = None
    resembles: tuple[str, ...] = ()
    ids: Ids | None = None


class Known(NamedTuple):
    """What is kept of each account already, and the rules that hold for its user."""

    rows: list[list[Row]]
    says: Says
    findings: Sequence[Findings] = ()


class Part(NamedTuple):
    """What one unit writes, and the rules that it was settled with."""

    merged: Merged
    says: Says
    findings: Mapping[int, Findings] = {}
    """By account, where they are not what they were."""


def save_accounts(unit: Unit, vault: Vault, member: Member, gathered: Sequence[Gathered], *, now: int) -> list[Fetched]:
    """Bring the member's accounts with their numbers and owners up to date; what is left to compare."""
    seen = [_seen(vault, member, each) for each in gathered]
    identities = identify(accounts.known(unit, member.user_id, member.id), seen)
    ids = parse_details(institutions.by_id(unit, member.institution_id).details).transaction_ids
    fetched: list[Fetched] = []
    for each, told, identity in zip(gathered, seen, identities, strict=True):
        row = _save_account(unit, member, told, identity, now=now)
        if row is None:
            continue
        _save_details(unit, vault, row, each, now=now)
        if each.positions is not None:
            _save_positions(unit, vault, member, row, each.positions, now=now)
        if each.transactions is not None:
            owner = Owner(row.user_id, row.member_id, row.id)
            kind = each.account.account_type
            fetched.append(Fetched(owner, kind, each.transactions, each.account, identity.resembles, ids))
    return fetched


def known(unit: Unit, user_id: int, fetched: Sequence[Fetched], complete_from: date) -> Known:
    """What there is to compare with, as far back as a feed that is complete from a day on matters."""
    rows = [
        transactions.known(
            unit, each.owner.user_id, each.owner.account_id, merge.reach(complete_from, each.transactions)
        )
        for each in fetched
    ]
    findings = [account_findings.of_account(unit, user_id, each.owner.account_id) for each in fetched]
    return Known(rows, Says.of(unit, user_id), findings)


def compare(fetched: Sequence[Fetched], known: Known, *, complete_from: date, now: int) -> list[Part]:
    """What has to be written, in parts. Pure, and long for a large feed."""
    whole = Merged([], [], [])
    findings: dict[int, Findings] = {}
    for at, (each, rows) in enumerate(zip(fetched, known.rows, strict=True)):
        merged = merge.merge(each.owner, rows, each.transactions, complete_from=complete_from, now=now, ids=each.ids)
        before = {row.id: row for row in rows}
        whole.added.extend(_settled(row, None, known.says, each.account_type) for row in merged.added)
        whole.changed.extend(_settled(row, before[row.id], known.says, each.account_type) for row in merged.changed)
        whole.gone.extend(merged.gone)
        found = _findings(each, merge.after(rows, merged))
        if known.findings and found != known.findings[at]:
            findings[each.owner.account_id] = found
    most = max(len(whole.added), len(whole.changed), len(whole.gone), 1 if findings else 0)
    parts = [Part(_between(whole, start, start + PART_ROWS), known.says) for start in range(0, most, PART_ROWS)]
    return [*parts[:-1], parts[-1]._replace(findings=findings)] if parts else []


def save_part(unit: Unit, member: Member, part: Part, *, now: int) -> None:
    """Write a part. What a user said meanwhile stays: rows that changed since they were read are settled anew.

    Of an account that was deleted or blocked meanwhile nothing more is written.
    """
    (added, changed, gone), says, findings = part
    living = accounts.living(unit, member.user_id, member.id)
    added = [row for row in added if row.account_id in living]
    transactions.add_all(unit, enriching.settle_again(unit, member.user_id, added, says))
    changed = enriching.settle_again(unit, member.user_id, changed, says)
    transactions.update_all(unit, changed)
    enriching.note_places(unit, (*added, *changed), now=now)
    transaction_edits.fit_children(unit, member.user_id, [row for row in changed if row.has_been_split], now=now)
    transactions.delete_all(unit, member.user_id, gone, now=now)
    for account_id in findings.keys() & living:
        account_findings.note(unit, member.user_id, account_id, findings[account_id])


def _settled(row: Row, before: Row | None, says: Says, account_type: int) -> Row:
    """With what the system says of it. What is read anew follows the rules of its new words."""
    if before is not None and before.facts_of_feed().get("description") != row.facts_of_feed().get("description"):
        row = msgspec.structs.replace(row, rule_id=None)
    if before is not None and (before.status, row.status) == (Status.PENDING, Status.POSTED):
        row = enriching.was_pending(row, before)
    return says.settled(says.enriched(row, account_type))


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
    return vault.blind(PROVIDER_ID, context, provider_id)[:PROVIDER_ID_BYTES].hex()


def _between(whole: Merged, start: int, end: int) -> Merged:
    return Merged(whole.added[start:end], whole.changed[start:end], whole.gone[start:end])


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
    whole = each.account.whole_number or next(filter(None, map(_whole, each.numbers or ())), None)
    token = next((number.account_number for number in each.numbers or () if number.is_tokenized), None)
    key = _number_key(vault, member, "whole", whole) or _number_key(vault, member, "token", token)
    return Seen(each.account, kept_provider_id(vault, member, each.account.provider_id), key)


def _whole(number: FeedAccountNumber) -> str | None:
    """Where an account is and its number there, as one text."""
    place = number.routing_number or (number.institution_number or "") + (number.transit_number or "")
    return f"{place}:{number.account_number}" if place and number.account_number and not number.is_tokenized else None


def _number_key(vault: Vault, member: Member, kind: str, number: str | None) -> str | None:
    if number is None:
        return None
    folded = "".join(character for character in number.upper() if character.isalnum() or character == ":")
    return f"{kind}.{vault.blind(NUMBER, f'user={member.user_id}', folded)[:NUMBER_BYTES].hex()}"


def _surer(number_key: str | None, row: accounts.Row) -> str | None:
    """A token does not take the place of a whole number."""
    is_whole = row.number_key is not None and row.number_key.startswith("whole.")
    return row.number_key if is_whole and number_key is not None and number_key.startswith("token.") else number_key


def _save_positions(unit: Unit, vault: Vault, member: Member, row: accounts.Row, told: Positions, *, now: int) -> None:
    """Bring what the account holds up to date. Institutions make ids of positions of the account's own."""
    found = [
        each
        if each.provider_id is None
        else msgspec.structs.replace(each, provider_id=kept_provider_id(vault, member, each.provider_id))
        for each in told.holdings
    ]
    merged = positions.merge(row, holdings.known(unit, row), told._replace(holdings=found), now=now)
    holdings.add_all(unit, merged.added)
    holdings.write_all(unit, merged.changed)


def _save_details(unit: Unit, vault: Vault, row: accounts.Row, each: Gathered, *, now: int) -> None:
    if each.numbers is not None:
        fresh = [_numbers(number) for number in each.numbers]
        account_numbers.replace(unit, vault, row, fresh, now=now)
    if each.owners is not None:
        people = [Person(**msgspec.structs.asdict(owner)) for owner in each.owners]
        account_owners.replace(unit, vault, row, people)


def _numbers(told: FeedAccountNumber) -> Numbers:
    return Numbers(**{name: getattr(told, name) for name in Numbers.__struct_fields__})
