"""Links: what a transaction is among others, the other side of a transfer and part of a series. Found, and kept.

It is looked for in all of a user's accounts at once, after an aggregation brought something new. What is found stands
on the system's side (`twin`, `is_recurring`), so that rules and edits stay above it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from fanlight.core import accounts, enriching, transactions
from fanlight.core.enriching import BY_TWIN, Says
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, Type
from fanlight.enrichment import recurring, transfers
from fanlight.enrichment.categories import BY_GUID, TRANSFER
from fanlight.enrichment.pipeline import By
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import accounts as accounts_
from fanlight.storage.tables import members
from fanlight.storage.tables import transactions as table
from fanlight.storage.unit import Unit

DAYS_BACK = 800
"""Two years and some weeks, so that what comes once a year is seen three times."""


class Movement(NamedTuple):
    """What links are found by."""

    id: int
    guid: str
    account_id: int
    transaction_type: int
    amount: int
    date: str
    description_key: str
    currency: str | None
    system: str


class Link(NamedTuple):
    """What one transaction is among others."""

    id: int
    twin: str | None
    is_recurring: bool


class _System(msgspec.Struct):
    """What of the system's side matters here."""

    by: str = By.NOTHING
    category_guid: str = ""
    merchant_guid: str | None = None
    twin: str | None = None
    is_recurring: bool = False


_DECODER = msgspec.json.Decoder(_System)


@statement
def _movements() -> Clause:
    """Of living accounts; the children of a split are part of their parent."""
    currency = func.json_extract(table.c.feed, "$.currency_code")
    shown = (table.c.transaction_type, table.c.amount, table.c.date, table.c.description_key, currency, table.c.system)
    living = accounts_.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
    return (
        select(table.c.id, table.c.guid, table.c.account_id, *shown)
        .select_from(
            table.join(accounts_, accounts_.c.id == table.c.account_id).join(
                members, members.c.id == accounts_.c.member_id
            )
        )
        .where(
            living,
            table.c.user_id == bindparam("user_id"),
            table.c.deleted_at.is_(None),
            table.c.parent_id.is_(None),
            table.c.date >= bindparam("from_date"),
        )
        .order_by(table.c.date, table.c.id)
    )


def movements(unit: Unit, user_id: int, today: date) -> list[Movement]:
    """The user's movements that may belong together."""
    first = date.fromordinal(today.toordinal() - DAYS_BACK).isoformat()
    return unit.all(Movement, _movements, user_id=user_id, from_date=first)


def find(known: Sequence[Movement]) -> list[Link]:
    """What has to be written: the links of those that have others than they had. Pure, and long for a large history."""
    systems = [_DECODER.decode(each.system or "{}") for each in known]
    twins = _twins(known, systems)
    again = recurring.recurring(
        recurring.Movement(each.id, _alike(each, system), date.fromisoformat(each.date), each.amount)
        for each, system in zip(known, systems, strict=True)
    )
    links = (Link(each.id, twins.get(each.id), each.id in again) for each in known)
    return [
        link
        for link, system in zip(links, systems, strict=True)
        if (link.twin, link.is_recurring) != (system.twin, system.is_recurring)
    ]


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
    transactions.update_all(unit, changed)


def _unlinked(row: Row) -> Row:
    system = row.facts_of_system()
    kept = {name: value for name, value in system.items() if name not in ("twin", "is_recurring")}
    return msgspec.structs.replace(row, system=to_json(kept))


def _linked(row: Row, link: Link, now: int) -> Row:
    system = row.facts_of_system() | {"is_recurring": link.is_recurring or None}
    if link.twin is not None:
        system = enriching.with_twin(system, link.twin)
    return msgspec.structs.replace(row, system=to_json(system), updated_at=now)


def _twins(known: Sequence[Movement], systems: Sequence[_System]) -> dict[int, str]:
    found = transfers.pair(
        transfers.Movement(
            key=at,
            account=each.account_id,
            is_credit=each.transaction_type == Type.CREDIT,
            amount=each.amount,
            currency=each.currency,
            day=date.fromisoformat(each.date).toordinal(),
            says=_says(systems[at]),
        )
        for at, each in enumerate(known)
    )
    twins: dict[int, str] = {}
    for debit, credit in found:
        twins[known[debit].id], twins[known[credit].id] = known[credit].guid, known[debit].guid
    return twins


def _says(system: _System) -> transfers.Says:
    """What a movement says by itself, whatever its other side made of it."""
    if system.by in (By.NOTHING, BY_TWIN):
        return transfers.Says.NOTHING
    category = BY_GUID.get(system.category_guid)
    is_transfer = category is not None and TRANSFER in (category.guid, category.parent_guid)
    return transfers.Says.TRANSFER if is_transfer else transfers.Says.SOMETHING_ELSE


def _alike(each: Movement, system: _System) -> Any:
    return each.account_id, each.transaction_type, system.merchant_guid or each.description_key
