"""Provenance: for every value, what the feed said, what the user said, and who is believed.

A feed and the edits of a user are kept apart as JSON objects keyed by the wire's field names; decimals are texts.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


class SetBy(IntEnum):
    """`*_set_by`."""

    FEED = 1
    USER = 2
    SYSTEM = 3


class Value(NamedTuple):
    """A value and who set it; nobody when there is none."""

    value: Any
    set_by: SetBy | None


class Facts(msgspec.Struct, frozen=True):
    """What is known of one thing, from each side."""

    feed: dict[str, Any]
    edits: dict[str, Any]

    @classmethod
    def parse(cls, feed: str, edits: str) -> "Facts":
        return cls(msgspec.json.decode(feed), msgspec.json.decode(edits) if edits else {})

    def __getitem__(self, name: str) -> Value:
        """The user's word before the feed's."""
        if name in self.edits:
            return Value(self.edits[name], SetBy.USER)
        value = self.feed.get(name)
        return Value(value, None if value is None else SetBy.FEED)

    def edited(self, given: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> str:
        """The user's side with what they say now, as it is kept; None takes back what they said before.

        What is shown already is no edit, so that a client may send back all that it read. `shown` is what a client
        reads where that is not what these facts alone come to.
        """
        edits = dict(self.edits)
        for name, value in given.items():
            if value is None:
                edits.pop(name, None)
            elif not _is_same(self[name].value if shown is None else shown.get(name), value):
                edits[name] = value
        return to_json(edits) if edits else ""


def to_json(values: Mapping[str, Any]) -> str:
    """The form in which a side is kept: without nulls, in one order, so that equal facts are equal texts."""
    return _ENCODER.encode({name: value for name, value in values.items() if value is not None}).decode()


def _is_same(shown: Any, value: Any) -> bool:
    """Whether a value says what is shown: decimals are kept as texts, and a flag that nobody set is false."""
    if isinstance(value, Decimal):
        return shown is not None and Decimal(shown) == value
    if isinstance(value, bool):
        return bool(shown) is value
    return bool(shown == value)
