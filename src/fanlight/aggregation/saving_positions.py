"""Saving positions: what accounts hold is compared between units like transactions, and written in parts with them."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from fanlight.aggregation import positions
from fanlight.core import holdings
from fanlight.core.accounts import Row as AccountRow
from fanlight.core.holdings import Row
from fanlight.institutions.port import Positions
from fanlight.storage.unit import Unit


class Held(NamedTuple):
    """What an institution tells an account to hold, and under which id each of its ids is kept."""

    account: AccountRow
    told: Positions
    kept_id: Callable[[str], str]


class Changed(NamedTuple):
    """A position as it was when it was compared, and as it is to be."""

    before: Row
    after: Row


class Found(NamedTuple):
    """What has to be written; what is gone is among what changed."""

    added: list[Row]
    changed: list[Changed]


def compare(held: Held, known: Sequence[Row], *, now: int) -> Found:
    """What has to be written of one account. Pure, and long for a large depot."""
    found = [
        each if each.provider_id is None else msgspec.structs.replace(each, provider_id=held.kept_id(each.provider_id))
        for each in held.told.holdings
    ]
    merged = positions.merge(held.account, known, held.told._replace(holdings=found), now=now)
    before = {row.id: row for row in known}
    return Found(merged.added, [Changed(before[row.id], row) for row in merged.changed])


def save(unit: Unit, living: Mapping[int, AccountRow], found: Found, *, now: int) -> None:
    """Write a part of what was found. What a user said of a position meanwhile stays.

    Of accounts that are not among the living nothing more is written.
    """
    holdings.add_all(unit, (row for row in found.added if row.account_id in living))
    wanted = {each.after.account_id for each in found.changed} & living.keys()
    kept = {row.id: row for key in wanted for row in holdings.known(unit, living[key])}
    pairs = ((kept[each.after.id], each) for each in found.changed if each.after.id in kept)
    holdings.write_all(
        unit, (each.after if row == each.before else _again(row, each.after, now) for row, each in pairs)
    )


def _again(kept: Row, found: Row, now: int) -> Row:
    """What is kept now, as its feed has it."""
    if found.deleted_at is not None:
        return holdings.gone(kept, now=now)
    return holdings.told(kept, found.provider_id, found.feed, now=now)
