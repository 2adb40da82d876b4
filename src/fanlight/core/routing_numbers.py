"""Routing numbers of the American Bankers Association: nine digits, the last of which checks the others."""

import re

from fanlight.base.errors import Malformed

_FORM = re.compile(r"[0-9]{9}")
_WEIGHTS = (3, 7, 1) * 3
# Their digits are right; test plans for this wire know them as numbers that are refused.
_REFUSED = frozenset(("021000021", "222222226"))


def check(text: str) -> str:
    """The number; raises Malformed when it is none."""
    if text in _REFUSED or not adds_up(text):
        raise Malformed("routing_number is not a valid ABA routing number.")
    return text


def adds_up(text: str) -> bool:
    """Whether it has the form of a routing number and its check digit fits."""
    if not _FORM.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=True))
    return total > 0 and total % 10 == 0
