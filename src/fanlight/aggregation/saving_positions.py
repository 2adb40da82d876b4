"""Saving positions: what accounts hold is compared between units like transactions, and written in parts with them."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from fanlight.aggregation import positions
from fanlight.aggregation.positions import Merged
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


def compare(held: Held, known: Iterable[Row], *, now: int) -> Merged:
    """What has to be written of one account. Pure, and long for a large depot."""
    found = [
        each if each.provider_id is None else msgspec.structs.replace(each, provider_id=held.kept_id(each.provider_id))
        for each in held.told.holdings
    ]
    return positions.merge(held.account, known, held.told._replace(holdings=found), now=now)


def save(unit: Unit, living: Mapping[int, AccountRow], merged: Merged, *, now: int) -> None:
    """Write a part of what was found. What a user said of a position meanwhile stays.

    Of accounts that are not among the living nothing more is written.
    """
    holdings.add_all(unit, (row for row in merged.added if row.account_id in living))
    wanted = {row.account_id for row in merged.changed} & living.keys()
    kept = {row.id: row for key in wanted for row in holdings.known(unit, living[key])}
    pairs = ((kept[row.id], row) for row in merged.changed if row.id in kept)
    fresh = ((before, _again(before, row, now)) for before, row in pairs)
    holdings.write_all(unit, (after for before, after in fresh if after is not before))


def _again(kept: Row, found: Row, now: int) -> Row:
    """What is kept now, as its feed has it."""
    if found.deleted_at is not None:
        return holdings.gone(kept, now=now)
    return holdings.told(kept, found.provider_id, found.feed, now=now)
