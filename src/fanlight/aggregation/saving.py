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
from fanlight.core import account_numbers, account_owners, accounts, transactions
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_owners import Person
from fanlight.core.members import Member
from fanlight.core.transactions import Row
from fanlight.institutions.port import FeedAccount, FeedTransaction
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PART = 2_000
"""How many rows of each kind (new, changed, gone) one unit writes."""
PROVIDER_ID = "provider id"
PROVIDER_ID_BYTES = 16


class Fetched(NamedTuple):
    """The transactions that came of an account that is kept."""

    owner: Owner
    transactions: Sequence[FeedTransaction]


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
            fetched.append(Fetched(Owner(row.user_id, row.member_id, row.id), each.transactions))
    return fetched


def known_rows(unit: Unit, fetched: Sequence[Fetched], complete_from: date) -> list[list[Row]]:
    """What is kept of each account already, as far back as a feed that is complete from a day on matters."""
    first = merge.reach(complete_from)
    return [transactions.known(unit, each.owner.user_id, each.owner.account_id, first) for each in fetched]


def compare(
    fetched: Sequence[Fetched], known: Sequence[Sequence[Row]], *, complete_from: date, now: int
) -> list[Merged]:
    """What has to be written, in parts. Pure, and long for a large feed."""
    whole = Merged([], [], [])
    for each, rows in zip(fetched, known, strict=True):
        merged = merge.merge(each.owner, rows, each.transactions, complete_from=complete_from, now=now)
        whole.added.extend(merged.added)
        whole.changed.extend(merged.changed)
        whole.gone.extend(merged.gone)
    ends = range(PART, max(len(whole.added), len(whole.changed), len(whole.gone)) + PART, PART)
    return [_between(whole, end - PART, end) for end in ends]


def save_part(unit: Unit, member: Member, part: Merged, *, now: int) -> None:
    """Write a part. A row's edits are not touched, so that what a user says meanwhile stays."""
    transactions.add_all(unit, part.added)
    transactions.update_all(unit, part.changed)
    transactions.delete_all(unit, member.user_id, part.gone, now=now)


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
