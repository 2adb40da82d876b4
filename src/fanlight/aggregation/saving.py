"""Saving: what was gathered becomes accounts, transactions, numbers and owners.

Requests wait while a unit runs, so only writing is done in units, and none writes more than a part of what a large
feed brings; comparing is done between them. Parts that were written before a run broke off are known to the next one.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from fanlight.aggregation import merge
from fanlight.aggregation.gather import Gathered
from fanlight.aggregation.merge import KnownAccounts, Merged, Owner
from fanlight.core import account_numbers, account_owners, accounts, enriching, transaction_edits, transactions
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_owners import Person
from fanlight.core.enriching import Says
from fanlight.core.members import Member
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedTransaction
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PART_ROWS = 2_000
"""How many rows of each kind (new, changed, gone) one unit writes."""
PROVIDER_ID = "provider id"
PROVIDER_ID_BYTES = 16


class Fetched(NamedTuple):
    """The transactions that came of an account that is kept."""

    owner: Owner
    account_type: int
    transactions: Sequence[FeedTransaction]


class Known(NamedTuple):
    """What is kept of each account already, and the rules that hold for its user."""

    rows: list[list[Row]]
    says: Says


class Part(NamedTuple):
    """What one unit writes, and the rules that it was settled with."""

    merged: Merged
    says: Says


def save_accounts(unit: Unit, vault: Vault, member: Member, gathered: Sequence[Gathered], *, now: int) -> list[Fetched]:
    """Bring the member's accounts with their numbers and owners up to date; what is left to compare."""
    known = KnownAccounts(accounts.known(unit, member.user_id, member.id))
    fetched: list[Fetched] = []
    for each in gathered:
        row = _save_account(unit, vault, member, each.account, known, now=now)
        if row is None:
            continue
        _save_details(unit, vault, row, each, now=now)
        if each.transactions is not None:
            owner = Owner(row.user_id, row.member_id, row.id)
            fetched.append(Fetched(owner, each.account.account_type, each.transactions))
    return fetched


def known(unit: Unit, user_id: int, fetched: Sequence[Fetched], complete_from: date) -> Known:
    """What there is to compare with, as far back as a feed that is complete from a day on matters."""
    first = merge.reach(complete_from)
    rows = [transactions.known(unit, each.owner.user_id, each.owner.account_id, first) for each in fetched]
    return Known(rows, Says.of(unit, user_id))


def compare(fetched: Sequence[Fetched], known: Known, *, complete_from: date, now: int) -> list[Part]:
    """What has to be written, in parts. Pure, and long for a large feed."""
    whole = Merged([], [], [])
    for each, rows in zip(fetched, known.rows, strict=True):
        merged = merge.merge(each.owner, rows, each.transactions, complete_from=complete_from, now=now)
        before = {row.id: row for row in rows}
        whole.added.extend(_settled(row, None, known.says, each.account_type) for row in merged.added)
        whole.changed.extend(_settled(row, before[row.id], known.says, each.account_type) for row in merged.changed)
        whole.gone.extend(merged.gone)
    ends = range(PART_ROWS, max(len(whole.added), len(whole.changed), len(whole.gone)) + PART_ROWS, PART_ROWS)
    return [Part(_between(whole, end - PART_ROWS, end), known.says) for end in ends]


def save_part(unit: Unit, member: Member, part: Part, *, now: int) -> None:
    """Write a part. What a user said meanwhile stays: rows that changed since they were read are settled anew."""
    (added, changed, gone), says = part
    transactions.add_all(unit, enriching.settle_again(unit, member.user_id, added, says))
    changed = enriching.settle_again(unit, member.user_id, changed, says)
    transactions.update_all(unit, changed)
    transaction_edits.fit_children(unit, member.user_id, [row for row in changed if row.has_been_split], now=now)
    transactions.delete_all(unit, member.user_id, gone, now=now)


def _settled(row: Row, before: Row | None, says: Says, account_type: int) -> Row:
    """With what the system says of it. What is read anew follows the rules of its new words."""
    if before is not None and before.facts_of_feed().get("description") != row.facts_of_feed().get("description"):
        row = msgspec.structs.replace(row, rule_id=None)
    if before is not None and (before.status, row.status) == (Status.PENDING, Status.POSTED):
        row = enriching.was_pending(row, before)
    return says.settled(says.enriched(row, account_type))


def kept_provider_id(vault: Vault, member: Member, provider_id: str) -> str:
    """The id under which an account is kept and shown: institutions' own may tell, or be made of, its number."""
    context = f"user={member.user_id}|institution={member.institution_id}"
    return vault.blind(PROVIDER_ID, context, provider_id)[:PROVIDER_ID_BYTES].hex()


def _between(whole: Merged, start: int, end: int) -> Merged:
    return Merged(whole.added[start:end], whole.changed[start:end], whole.gone[start:end])


def _save_account(
    unit: Unit, vault: Vault, member: Member, feed: FeedAccount, known: KnownAccounts, *, now: int
) -> accounts.Row | None:
    """Add or update an account; None for one that the client has deleted, which stays deleted."""
    facts, provider_id = merge.account_facts(feed), kept_provider_id(vault, member, feed.provider_id)
    row = known.take(feed, provider_id)
    if row is None:
        fresh = accounts.new(member.user_id, member.id, provider_id, facts, is_closed=feed.is_closed, now=now)
        return msgspec.structs.replace(fresh, id=accounts.add(unit, fresh))
    if row.deleted_at is not None:
        return None
    accounts.update_feed(unit, row, provider_id, facts, is_closed=feed.is_closed, now=now)
    return row


def _save_details(unit: Unit, vault: Vault, row: accounts.Row, each: Gathered, *, now: int) -> None:
    if each.numbers is not None:
        fresh = [Numbers(**msgspec.structs.asdict(number)) for number in each.numbers]
        account_numbers.replace(unit, vault, row, fresh, now=now)
    if each.owners is not None:
        people = [Person(**msgspec.structs.asdict(owner)) for owner in each.owners]
        account_owners.replace(unit, vault, row, people)
