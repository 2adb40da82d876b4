"""Wide structs built from tables: the wire's regular twins (`x_set_by`, `feed_x` ...) are not typed by hand.

Names and twins follow the sheets of accounts and transactions; fields stand in alphabetical order.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from fanlight.core.provenance import Facts, SetBy


class Field(NamedTuple):
    """A settable value: its type on the wire, and which twins it has there."""

    kind: Any
    set_by: bool = True
    feed: bool = True


def struct_of(name: str, settable: Mapping[str, Field], plain: Mapping[str, Any]) -> type[msgspec.Struct]:
    """A struct with every settable field, its twins, and the plain fields; all but those are nullable."""
    fields: dict[str, Any] = dict(plain)
    for field, spec in settable.items():
        fields[field] = spec.kind | None
        if spec.set_by:
            fields[f"{field}_set_by"] = int | None
            fields[f"{field}_set_by_name"] = str | None
        if spec.feed:
            fields[f"feed_{field}"] = spec.kind | None
    return msgspec.defstruct(name, sorted(fields.items()), module=__name__)


def resolve(facts: Facts, settable: Mapping[str, Field]) -> dict[str, Any]:
    """The values of every settable field and its twins."""
    values: dict[str, Any] = {}
    for field, spec in settable.items():
        value, set_by = facts[field]
        values[field] = typed(value, spec.kind)
        if spec.set_by:
            values[f"{field}_set_by"] = set_by
            values[f"{field}_set_by_name"] = None if set_by is None else SetBy(set_by).name
        if spec.feed:
            values[f"feed_{field}"] = typed(facts.feed.get(field), spec.kind)
    return values


def add_names(values: dict[str, Any], fields: Iterable[tuple[str, Mapping[int, str]]]) -> None:
    """Add the name beside an enumeration's integer, and beside its feed twin where there is one."""
    for field, names in fields:
        values[f"{field}_name"] = names.get(values[field])
        if f"feed_{field}" in values:
            values[f"feed_{field}_name"] = names.get(values[f"feed_{field}"])


def typed(value: Any, kind: Any) -> Any:
    """A kept value as the wire has it: decimals are kept as texts."""
    return Decimal(value) if kind is Decimal and value is not None else value
