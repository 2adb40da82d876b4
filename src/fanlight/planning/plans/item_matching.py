"""Which transactions belong to which item of an iteration: each to one at most. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from fanlight.base import money
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import INCOME, RETURNED_PURCHASE, TRANSFER, UNCATEGORIZED
from fanlight.planning.branches import Branches
from fanlight.planning.paying.payees import Moved, Payee
from fanlight.planning.plans.item_rows import Item, Kind


class Counted(NamedTuple):
    """What belongs to an item: the sum in millionths, and guids, oldest first."""

    amount: int
    guids: list[str]


class _Place(NamedTuple):
    """What a category is to a plan: the line of categories above it, whether it is income, whether it counts."""

    line: list[str]
    is_income: bool
    is_open: bool
    counts: bool


_ORDER = (Kind.RECURRING_EXPENSE, Kind.INCOME, Kind.PLANNED_EXPENSE, None, Kind.OTHER_EXPENSE)
"""Whose category is asked first where several items have it."""


def counted(
    items: Sequence[Item], moved: Iterable[Moved], payees: Mapping[str, Payee], known: Branches
) -> dict[int, Counted]:
    """What belongs to each item, by its key; nothing for those to which nothing does.

    `payees` are those of scheduled payments, by guid. A transaction goes to the item of its payment, else to the one of
    its category or of the nearest above it, else to the first one of income or of other expenses that has neither.
    """
    paying, place_of = _Paying(items, payees), _places(known)
    income, expenses = _Side(items, is_income=True), _Side(items, is_income=False)
    found: dict[int, Counted] = {}
    for each in moved:
        place = place_of(each.category_guid)
        if not place.counts:
            continue
        is_income = place.is_income or (place.is_open and each.type is Type.CREDIT)
        item, amount = paying.item_of(each), each.amount
        if item is None:
            item = (income if is_income else expenses).item_of(place.line)
            amount = each.amount if is_income is (each.type is Type.CREDIT) else -each.amount
        if item is not None:
            before = found.get(item.id) or Counted(0, [])
            before.guids.append(each.guid)
            found[item.id] = before._replace(amount=money.within(before.amount + amount))
    return found


class _Paying:
    """Items by what the transactions of their payments have in common."""

    def __init__(self, items: Iterable[Item], payees: Mapping[str, Payee]) -> None:
        self._by: dict[object, list[tuple[Item, Payee]]] = {}
        for item in sorted(items, key=lambda each: each.origin is None):
            payee = payees.get(item.scheduled_payment_guid or "")
            if payee is not None:
                for key in _keys(payee):
                    self._by.setdefault(key, []).append((item, payee))

    def item_of(self, moved: Moved) -> Item | None:
        for key in (moved.guid, moved.merchant_guid, moved.words, *map(_of_word, moved.words.split())):
            for item, payee in self._by.get(key, ()) if key is not None else ():
                if payee.has(moved):
                    return item
        return None


class _Side:
    """The items of income, or those of expenses, by their categories."""

    def __init__(self, items: Sequence[Item], *, is_income: bool) -> None:
        self._by: dict[str, Item] = {}
        self._rest: Item | None = None
        rest = Kind.INCOME if is_income else Kind.OTHER_EXPENSE
        of_side = (each for each in items if each.item_type is None or (each.item_type is Kind.INCOME) is is_income)
        for item in sorted(of_side, key=lambda each: _ORDER.index(each.item_type)):
            category = item.category_guid or item.top_level_category_guid
            if item.scheduled_payment_guid is not None:
                continue
            if category is not None:
                self._by.setdefault(category, item)
            elif item.item_type is rest and self._rest is None:
                self._rest = item

    def item_of(self, line: Iterable[str]) -> Item | None:
        return next((self._by[each] for each in line if each in self._by), self._rest)


def _keys(payee: Payee) -> Iterator[str]:
    yield from payee.recent
    if payee.merchant_guid is not None:
        yield payee.merchant_guid
    else:
        yield from payee.words or (_of_word(max(payee.named, key=len, default="")),)


def _of_word(word: str) -> str:
    """The key of what is known by the words of its description alone: its longest one finds it."""
    return f"word {word}"


def _places(known: Branches) -> Callable[[str], _Place]:
    @cache
    def place_of(guid: str) -> _Place:
        line = known.line(guid)
        is_income = line[-1] == INCOME and guid != RETURNED_PURCHASE
        return _Place(line, is_income, line[-1] == UNCATEGORIZED, line[-1] != TRANSFER)

    return place_of
