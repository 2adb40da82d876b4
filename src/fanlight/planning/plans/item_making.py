"""Which items an iteration has: what is made of payments and budgets, and what a user's items become. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from fanlight.base import money
from fanlight.base.guids import new_guid
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import INCOME, TRANSFER
from fanlight.planning import days
from fanlight.planning.branches import Branches
from fanlight.planning.budgeting.budgets import Row as Budget
from fanlight.planning.paying import occurrences
from fanlight.planning.paying.payment_rows import Row as Payment
from fanlight.planning.paying.series import Series
from fanlight.planning.plans.item_rows import Item, Kind
from fanlight.planning.plans.plan_rows import Iteration

OTHER, OTHER_INCOME = "other", "income"
"""`origin` of the items that collect what belongs to no other one."""
_OF_BUDGET = "budget:"


class Source(NamedTuple):
    """What an item is made of."""

    origin: str
    kind: Kind
    planned_amount: int
    category_guid: str | None = None
    top_level_category_guid: str | None = None
    scheduled_payment_guid: str | None = None


class Refreshed(NamedTuple):
    """What is to be written: new items, changed ones, and those that go."""

    new: list[Item]
    changed: list[Item]
    gone: list[Item]


def sources(
    payments: Iterable[Payment], series: Mapping[str, Series], budgets: Iterable[Budget], month: str, known: Branches
) -> list[Source]:
    """What there is to make items of in a month (YYYY-MM); `series` by key."""
    made = (_of_payment(each, series.get(each.series_key or ""), month, known) for each in payments)
    found = [each for each in made if each is not None]
    tops = [(each, known.top(each.category_guid)) for each in budgets if each.parent_id is None]
    planned = [
        Source(f"{_OF_BUDGET}{each.guid}", Kind.PLANNED_EXPENSE, _left(each, top, found), each.category_guid, top)
        for each, top in tops
        if top not in (INCOME, TRANSFER)
    ]
    rest = [Source(OTHER_INCOME, Kind.INCOME, 0), Source(OTHER, Kind.OTHER_EXPENSE, 0)]
    return found + planned + rest


def begun(
    previous: Iterable[Item], edited: Mapping[str, Item], made_of: Iterable[Source], iteration: Iteration, *, now: int
) -> list[Item]:
    """The items of a new iteration.

    What a user changed of one that was made is so again (`edited`, by origin), and what a user made comes along, but
    for other expenses.
    """
    made = [_made(each, iteration, now) for each in made_of]
    made = [as_edited(each, edited.get(each.origin or "")) for each in made]
    own = (each for each in previous if each.origin is None and each.item_type is not Kind.OTHER_EXPENSE)
    return made + [_again(each, iteration, now) for each in own]


def refreshed(items: Sequence[Item], made_of: Sequence[Source], iteration: Iteration, *, now: int) -> Refreshed:
    """What becomes of an iteration's items (deleted ones too) by what there is to make them of now.

    What a user changed or deleted stays so.
    """
    known, there = {each.origin for each in items}, {each.origin: each for each in made_of}
    untouched = [each for each in items if each.origin and not each.has_been_edited and each.deleted_at is None]
    after = [(each, _as_made(each, there[each.origin], now)) for each in untouched if each.origin in there]
    return Refreshed(
        new=[_made(each, iteration, now) for each in made_of if each.origin not in known],
        changed=[later for before, later in after if later is not before],
        gone=[each for each in untouched if each.origin not in there],
    )


def as_edited(item: Item, edited: Item | None) -> Item:
    """An item that is made, as its user changed it when it was made before."""
    if edited is None:
        return item
    return msgspec.structs.replace(
        item,
        item_type=edited.item_type,
        planned_amount=edited.planned_amount,
        category_guid=edited.category_guid,
        top_level_category_guid=edited.top_level_category_guid,
        scheduled_payment_guid=edited.scheduled_payment_guid,
        has_been_edited=True,
    )


def is_of_budget(item: Item) -> bool:
    """Whether an item was made of a budget."""
    return item.origin is not None and item.origin.startswith(_OF_BUDGET)


def days_in(payment: Payment, second_day: int | None, month: str) -> list[date]:
    """The days of a month on which a recurring payment falls."""
    if payment.recurrence_type is None or payment.recurrence_day is None:
        return []
    first, last = days.first_of(month), days.last_of(month)
    anchor, start = date.fromisoformat(payment.occurs_on), date.fromisoformat(payment.starts_on)
    found = occurrences.between(
        payment.recurrence_type, payment.recurrence_day, anchor, max(first, start), last, second_day=second_day
    )
    begins = {start} if payment.is_own and first <= start <= last else set()
    return sorted(begins | set(found))


def _of_payment(payment: Payment, series: Series | None, month: str, known: Branches) -> Source | None:
    count = len(days_in(payment, series.second_day if series else None, month))
    if not count:
        return None
    is_income = payment.transaction_type is Type.CREDIT
    return Source(
        origin=f"payment:{payment.guid}",
        kind=Kind.INCOME if is_income else Kind.RECURRING_EXPENSE,
        planned_amount=money.within(payment.amount * count),
        category_guid=series.category_guid if series else None,
        top_level_category_guid=known.top(series.category_guid) if series else None,
        scheduled_payment_guid=payment.guid,
    )


def _left(budget: Budget, top: str, found: Iterable[Source]) -> int:
    """What a budget plans beside the recurring expenses of its category, which are items of their own."""
    recurring = (each for each in found if each.kind is Kind.RECURRING_EXPENSE and each.top_level_category_guid == top)
    return max(0, budget.amount - sum(each.planned_amount for each in recurring))


def _made(source: Source, iteration: Iteration, now: int) -> Item:
    return Item(
        id=0,
        user_id=iteration.user_id,
        iteration_id=iteration.id,
        guid=new_guid("SII"),
        origin=source.origin,
        item_type=source.kind,
        planned_amount=source.planned_amount,
        actual_amount=None,
        category_guid=source.category_guid,
        top_level_category_guid=source.top_level_category_guid,
        scheduled_payment_guid=source.scheduled_payment_guid,
        transaction_guids=None,
        has_been_edited=False,
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )


def _as_made(item: Item, source: Source, now: int) -> Item:
    after = msgspec.structs.replace(
        item,
        item_type=source.kind,
        planned_amount=source.planned_amount,
        category_guid=source.category_guid,
        top_level_category_guid=source.top_level_category_guid,
        scheduled_payment_guid=source.scheduled_payment_guid,
    )
    return item if after == item else msgspec.structs.replace(after, updated_at=now)


def _again(item: Item, iteration: Iteration, now: int) -> Item:
    return msgspec.structs.replace(
        item,
        id=0,
        iteration_id=iteration.id,
        guid=new_guid("SII"),
        actual_amount=None,
        transaction_guids=None,
        created_at=now,
        updated_at=now,
    )
