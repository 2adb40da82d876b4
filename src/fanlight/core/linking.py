"""Links: what a transaction is among others, the other side of a transfer and part of a series. Found, and kept.

It is looked for in all of a user's accounts at once, after an aggregation brought something new: in everything, or in
what the new may touch. What is found stands on the system's side (`twin`, `is_recurring`), so that rules and edits
stay above it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from fanlight.core import accounts, enriching, transactions
from fanlight.core.enriching import BY_TWIN, WEAK, Says
from fanlight.core.movements import Look, Movement, System
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, Type
from fanlight.enrichment import recurrence, transfers
from fanlight.enrichment.categories import BY_GUID, TRANSFER
from fanlight.storage.unit import Unit

_TO_ONESELF = frozenset(
    ("TRANSFER", "AUTO_PAYMENT", "STUDENT_LOAN", "MORTGAGE_RENT", "FINANCIAL", "INVESTMENTS", "DEPOSIT", "WITHDRAWAL")
)
"""Where money also goes that reaches another account of the same person: their loan, or what they invest."""


class Link(NamedTuple):
    """What one transaction is among others."""

    id: int
    twin: str | None
    is_recurring: bool


def find(look: Look) -> list[Link]:
    """What has to be written: the links of those that have others than they had. Pure, and long for a large history."""
    twins, again = _twins(_candidates(look)), _again(look)
    links = ((each.system, _link(each, twins, again)) for each in look.movements)
    return [link for was, link in links if (link.twin, link.is_recurring) != (was.twin, was.is_recurring)]


def keep(unit: Unit, user_id: int, links: Iterable[Link], *, now: int) -> None:
    """Write links on the system's side, and what follows from them; rules and edits are those of this moment."""
    by_id = {link.id: link for link in links}
    says = Says.of(unit, user_id)
    types = {account.id: account.facts["account_type"].value for account in accounts.list_all(unit, user_id)}
    changed = []
    for row in transactions.by_keys(unit, user_id, by_id):
        if row.deleted_at is None:
            alone = says.enriched(_unlinked(row), types.get(row.account_id))
            changed.append(says.settled(_linked(alone, by_id[row.id], now)))
    enriching.write(unit, user_id, changed, now=now)


def _unlinked(row: Row) -> Row:
    system = row.facts_of_system()
    kept = {name: value for name, value in system.items() if name not in ("twin", "is_recurring")}
    return msgspec.structs.replace(row, system=to_json(kept))


def _linked(row: Row, link: Link, now: int) -> Row:
    system = row.facts_of_system() | {"is_recurring": link.is_recurring or None}
    if link.twin is not None:
        system = enriching.with_twin(system, link.twin)
    return msgspec.structs.replace(row, system=to_json(system), updated_at=now)


def _link(each: Movement, twins: Mapping[int, str | None], again: Mapping[int, bool]) -> Link:
    """Its links as they are now: those that were looked for, the others as they were."""
    return Link(each.id, twins.get(each.id, each.system.twin), again.get(each.id, each.system.is_recurring))


def _candidates(look: Look) -> list[Movement]:
    """The movements that may be half of a transfer; not those whose other half is out of sight."""
    if look.change is None:
        return list(look.movements)
    days, amounts = look.change.days, look.change.amounts
    near = [each for each in look.movements if each.date in days and each.amount in amounts]
    guids = {None, *(each.guid for each in near)}
    return [each for each in near if each.system.twin in guids or each.id in look.left]


def _twins(known: Sequence[Movement]) -> dict[int, str | None]:
    """The other half of each, or None."""
    found = transfers.pair(
        transfers.Movement(
            key=at,
            account=each.account_id,
            is_credit=each.transaction_type == Type.CREDIT,
            amount=each.amount,
            currency=each.currency,
            day=date.fromisoformat(each.date).toordinal(),
            says=_says(each.system),
        )
        for at, each in enumerate(known)
    )
    twins: dict[int, str | None] = {each.id: None for each in known}
    for debit, credit in found:
        twins[known[debit].id], twins[known[credit].id] = known[credit].guid, known[debit].guid
    return twins


def _says(system: System) -> transfers.Says:
    """What a movement says by itself, whatever its other side made of it."""
    category = BY_GUID.get(system.category_guid)
    if system.by == BY_TWIN or category is None:
        return transfers.Says.NOTHING
    if category.key in _TO_ONESELF or category.parent_guid == TRANSFER:
        return transfers.Says.TRANSFER
    return transfers.Says.NOTHING if system.by in WEAK else transfers.Says.SOMETHING_ELSE


def _again(look: Look) -> dict[int, bool]:
    """Whether each comes again and again."""
    within = None if look.change is None else look.change.series
    known = [(each, each.series) for each in look.movements]
    asked = [
        recurrence.Occurrence(each.id, series, date.fromisoformat(each.date), each.amount)
        for each, series in known
        if within is None or series in within
    ]
    found = recurrence.recurring(asked)
    return {each.key: each.key in found for each in asked}
