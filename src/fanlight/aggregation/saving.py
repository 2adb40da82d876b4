"""Saving: what was gathered becomes accounts, transactions, numbers and owners, inside one unit."""

from collections.abc import Sequence
from datetime import date

import msgspec

from fanlight.aggregation import merge
from fanlight.aggregation.gather import Gathered
from fanlight.aggregation.merge import Owner
from fanlight.core import account_numbers, account_owners, accounts, transactions
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_owners import Person
from fanlight.core.members import Member
from fanlight.institutions.port import FeedAccount, FeedTransaction
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault


def save(
    unit: Unit, vault: Vault, member: Member, gathered: Sequence[Gathered], *, complete_from: date, now: int
) -> None:
    """Bring the member's data up to date; the transactions of each account are complete from a day on."""
    known, taken = accounts.known(unit, member.user_id, member.id), set[int]()
    for each in gathered:
        row = _save_account(unit, member, each.account, known, taken, now=now)
        if row is None:
            continue
        if each.transactions is not None:
            _save_transactions(unit, row, each.transactions, complete_from, now=now)
        if each.numbers is not None:
            fresh = [Numbers(**msgspec.structs.asdict(number)) for number in each.numbers]
            account_numbers.replace(unit, vault, row, fresh, now=now)
        if each.owners is not None:
            people = [Person(**msgspec.structs.asdict(owner)) for owner in each.owners]
            account_owners.replace(unit, vault, row, people)


def _save_account(
    unit: Unit, member: Member, feed: FeedAccount, known: Sequence[accounts.Row], taken: set[int], *, now: int
) -> accounts.Row | None:
    """Add or update an account; None for one that the client has deleted, which stays deleted."""
    facts = merge.account_facts(feed)
    row = merge.match_account(feed, known, taken)
    if row is None:
        fresh = accounts.new(member.user_id, member.id, feed.provider_id, facts, is_closed=feed.is_closed, now=now)
        return msgspec.structs.replace(fresh, id=accounts.add(unit, fresh))
    taken.add(row.id)
    if row.deleted_at is not None:
        return None
    accounts.update_feed(unit, row, feed.provider_id, facts, is_closed=feed.is_closed, now=now)
    return row


def _save_transactions(
    unit: Unit, row: accounts.Row, fetched: Sequence[FeedTransaction], complete_from: date, *, now: int
) -> None:
    known = transactions.known(unit, row.user_id, row.id, merge.reach(complete_from))
    owner = Owner(row.user_id, row.member_id, row.id)
    merged = merge.merge(owner, known, fetched, complete_from=complete_from, now=now)
    transactions.add_all(unit, merged.added)
    transactions.update_all(unit, merged.changed)
    transactions.delete_all(unit, row.user_id, merged.gone, now=now)
