"""Categories: the default ones, the same for everybody, and those that a user made below them."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from fanlight.base.errors import Forbidden, NotFound, Unprocessable
from fanlight.base.folding import fold
from fanlight.base.guids import new_guid
from fanlight.core.transactions import PARTNER, changed
from fanlight.enrichment.categories import BY_GUID, DEFAULTS
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import accounts, categories, members, transaction_rules, transactions
from fanlight.storage.unit import Unit

MAX_OWN = 1_000
"""Of one user."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    guid: str
    parent_guid: str
    name: str
    metadata: str | None
    created_at: int
    updated_at: int


class Category(msgspec.Struct, frozen=True):
    """A category of either kind; a default one has no moments and no metadata."""

    guid: str
    name: str
    parent_guid: str | None
    is_default: bool
    is_income: bool
    metadata: str | None = None
    created_at: int | None = None
    updated_at: int | None = None


_row = row_of(Row)
_DEFAULTS = {
    each.guid: Category(each.guid, each.name, each.parent_guid, is_default=True, is_income=each.is_income)
    for each in DEFAULTS
}
_OF_USER = categories.c.user_id == bindparam("user_id")
_NAMED = (categories.c.guid == bindparam("of")) & (categories.c.user_id == bindparam("user"))
_LIVING = (transactions.c.user_id == bindparam("user")) & transactions.c.deleted_at.is_(None)


@statement
def _insert() -> Clause:
    return insert(categories).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    return select(*columns(categories, Row)).where(_OF_USER).order_by(categories.c.id)


@statement
def _read() -> Clause:
    return select(*columns(categories, Row)).where(_OF_USER, categories.c.guid == bindparam("guid"))


@statement
def _update() -> Clause:
    names = ("name", "metadata", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(categories).where(_NAMED).values(**values)


@statement
def _delete() -> Clause:
    return delete(categories).where(_NAMED)


@statement
def _touch_transactions() -> Clause:
    """What shows a category's name has to be shown anew."""
    named = transactions.c.category_guid == bindparam("of")
    return update(transactions).where(_LIVING, named).values(updated_at=bindparam("now"), **changed())


@statement
def _forget_in_feeds() -> Clause:
    """What a partner said of it, where something else is shown: it would come back with the edit that hides it."""
    said = func.json_extract(transactions.c.feed, "$.category_guid") == bindparam("of")
    kept = func.json_remove(transactions.c.feed, "$.category_guid")
    of_partner = transactions.c.fingerprint == PARTNER
    return (
        update(transactions)
        .where(_LIVING, of_partner, said)
        .values(feed=kept, updated_at=bindparam("now"), **changed())
    )


@statement
def _rules() -> Clause:
    named = transaction_rules.c.category_guid == bindparam("guid")
    return select(transaction_rules.c.id).where(transaction_rules.c.user_id == bindparam("user_id"), named).limit(1)


@statement
def _in_use() -> Clause:
    """Those that are seen: nobody can give another category to what went with its member."""
    joined = transactions.join(accounts, accounts.c.id == transactions.c.account_id)
    joined = joined.join(members, members.c.id == transactions.c.member_id)
    seen = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
    named = transactions.c.category_guid == bindparam("of")
    return select(transactions.c.id).select_from(joined).where(_LIVING, named, seen).limit(1)


def defaults() -> list[Category]:
    return list(_DEFAULTS.values())


def list_all(unit: Unit, user_id: int) -> list[Category]:
    """The default ones and the user's own."""
    return [*_DEFAULTS.values(), *(_own(row) for row in unit.all(_row, _all, user_id=user_id))]


def read(unit: Unit, user_id: int, guid: str) -> Category:
    known = _DEFAULTS.get(guid)
    if known is not None:
        return known
    row = unit.one(_row, _read, user_id=user_id, guid=guid)
    if row is None:
        raise NotFound("There is no such category.")
    return _own(row)


def create(unit: Unit, user_id: int, name: str, parent_guid: str, metadata: str | None, *, now: int) -> Category:
    """A category below a default one of the top level.

    Raises NotFound without such a parent, Unprocessable where it is itself below another, has one of that name, or
    the user has too many.
    """
    parent = read(unit, user_id, parent_guid)
    if parent.parent_guid is not None:
        raise Unprocessable("parent_guid: categories are made below default ones of the top level only.")
    known = list_all(unit, user_id)
    if len(known) - len(_DEFAULTS) >= MAX_OWN:
        raise Unprocessable(f"A user may have {MAX_OWN} categories of their own.")
    _refuse_double(known, name, parent_guid, None)
    row = Row(
        id=0,
        user_id=user_id,
        guid=new_guid("CAT"),
        parent_guid=parent_guid,
        name=name,
        metadata=metadata,
        created_at=now,
        updated_at=now,
    )
    unit.insert_row(_insert, row)
    return _own(row)


def change(unit: Unit, user_id: int, category: Category, *, now: int, **changes: str | None) -> Category:
    """Change a name or the metadata of a user's own; raises Forbidden for a default one, Unprocessable for a double."""
    _refuse_default(category)
    new = msgspec.structs.replace(category, **changes, updated_at=now)
    _refuse_double(list_all(unit, user_id), new.name, new.parent_guid, new.guid)
    values = {"new_name": new.name, "new_metadata": new.metadata, "new_updated_at": now}
    unit.run(_update, of=new.guid, user=user_id, **values)
    if new.name != category.name:
        unit.run(_touch_transactions, of=new.guid, user=user_id, now=now)
    return new


def remove(unit: Unit, user_id: int, category: Category, *, now: int) -> None:
    """Delete a user's own; raises Forbidden for a default one, Unprocessable while something is in it."""
    _refuse_default(category)
    if unit.scalar(_in_use, user=user_id, of=category.guid) is not None:
        raise Unprocessable("The category has transactions; give them another one first.")
    if unit.scalar(_rules, user_id=user_id, guid=category.guid) is not None:
        raise Unprocessable("A transaction rule uses the category; change or delete it first.")
    unit.run(_forget_in_feeds, of=category.guid, user=user_id, now=now)
    unit.run(_delete, of=category.guid, user=user_id)


def _own(row: Row) -> Category:
    return Category(
        guid=row.guid,
        name=row.name,
        parent_guid=row.parent_guid,
        is_default=False,
        is_income=False,
        metadata=row.metadata,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _refuse_default(category: Category) -> None:
    if category.is_default:
        raise Forbidden("A default category cannot be changed or deleted.")


def _refuse_double(known: list[Category], name: str, parent_guid: str | None, guid: str | None) -> None:
    same = (each for each in known if each.parent_guid == parent_guid and each.guid != guid)
    if any(fold(each.name) == fold(name) for each in same):
        raise Unprocessable(f"name: {BY_GUID[parent_guid or ''].name} has a category of this name already.")
