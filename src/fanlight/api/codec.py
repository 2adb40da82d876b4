"""JSON in and out, the same for every face: decimals are plain numbers, bodies are objects."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from fanlight.base.errors import Malformed, MissingParams
from fanlight.base.redaction import MASK

S = TypeVar("S", bound=msgspec.Struct)

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_ENCODER = msgspec.json.Encoder(decimal_format="number")
DIGITS_OF_WHOLE = 19
"""Longer numbers are no ids or counts: they stay decimals, for an exponent may stand for millions of digits."""
LONGEST_NUMBER = 64
"""Characters of a number; longer ones take long to compare."""
MAX_VALUES = 20_000
"""Values of a body: more than the largest list that any operation takes, and few enough to be read between others."""
_PLACE = re.compile(r"(?s)(.*) - at `\$\.?(.*)`")


class Redacted(msgspec.Struct):
    """A body that holds secrets. Never printed."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK})"


def _exact(literal: str) -> Decimal | int:
    """A number with a point or an exponent as it was written, not as the nearest float; `1.0` is a whole number."""
    if len(literal) > LONGEST_NUMBER:
        raise Malformed(f"A number in the body has more than {LONGEST_NUMBER} characters.")
    number = Decimal(literal)
    is_whole = number.adjusted() < DIGITS_OF_WHOLE and number == number.to_integral_value()
    return int(number) if is_whole else number


_DECODER = msgspec.json.Decoder(float_hook=_exact)


def encode(value: Any) -> bytes:
    return _ENCODER.encode(value)


def read_object(body: bytes) -> dict[str, Any]:
    """The body's JSON object, empty for an empty body; raises Malformed."""
    if not body.strip():
        return {}
    if body.count(b",") > MAX_VALUES:
        raise Malformed(f"The body has more than {MAX_VALUES} values.")
    try:
        document = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        raise Malformed("The body is not valid JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object.")
    return document


def read_rooted(document: dict[str, Any], root: str, shape: type[S]) -> S:
    """The object under its root, or unrooted as old clients send it. Unknown fields are ignored.

    Raises MissingParams when there is neither the root nor any field of the shape, Malformed for wrong types.
    """
    if root in document:
        return convert(document[root], shape)
    if not document.keys() & set(shape.__struct_encode_fields__):
        raise MissingParams(root)
    return convert(document, shape)


def convert(value: Any, shape: type[S]) -> S:
    """A value as a struct; booleans and numbers may come as texts. Raises Malformed naming the field."""
    if not isinstance(value, dict):
        raise Malformed("The body's root must be a JSON object.")
    try:
        return msgspec.convert(value, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(_told(str(error))) from error


def _told(text: str) -> str:
    """A message of msgspec with the field first: `account_type: expected int <= 2`."""
    found = _PLACE.fullmatch(text)
    what, place = found.groups() if found else (text, "")
    what = what.replace("`", "")
    return f"{place}: {what[:1].lower()}{what[1:]}" if place else what


def read_flag(value: object, name: str) -> bool | None:
    """A boolean from a query or a body; None when it is not given, or empty. Raises Malformed naming it."""
    if value is None or value == "":
        return None
    known = _BOOLEANS.get(str(value).lower())
    if known is None:
        raise Malformed(f"{name} must be true or false.")
    return known
