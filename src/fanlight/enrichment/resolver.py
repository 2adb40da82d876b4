"""Which merchant a name means: its longest known beginning, or one cut off; none rather than a wrong one."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from fanlight.enrichment import places
from fanlight.enrichment.categories import BY_KEY, top_level
from fanlight.enrichment.names import Name, Trust, known
from fanlight.enrichment.tables import listed
from fanlight.enrichment.words import generic, telling

_LONGEST_NAME = 7
"""Words."""
_INSIDE = 5
"""Letters that a name of our own table has at least to be believed in the middle of a text."""
_BRIEF = 8
"""Letters of two words that may as well be the beginning of another name: "La Petite", "Lake View"."""
_CUT_OFF = 9
"""Letters of a name that a bank's column cut off."""
_ANYWHERE = {BY_KEY[key].guid for key in ("GIFT", "SHOPPING", "FEES_CHARGES")}
"""Trades whose words stand behind any name: a gift, a store, a fee."""
_OF_BANKS = {BY_KEY[key].guid for key in ("FINANCIAL", "CREDIT_CARD_PAYMENT", "INVESTMENTS", "TRANSFER")}
_SITES = ("com", "couk", "comau")
_PROCESSING = {"Transfer", "Financial"}
"""Branches of those who are named before somebody else whom they pay."""
_ENTRIES = listed("entries") | listed("entry-things")
"""What companies say of their entries behind their names."""
_FORMATS = listed("formats")
"""What chains add to their names."""


class Found(NamedTuple):
    """A merchant, and how many words of the name it took."""

    name: Name
    length: int
    start: int
    """Where it stood."""


def resolve(keys: Sequence[str], lead: Sequence[str]) -> Found | None:
    """The merchant that the words of a name mean; `lead` are those before the name."""
    if not keys:
        return None
    found = _at(keys, 0)
    if found is not None and not _is_contradicted(found, keys):
        return _behind_bank(found, keys) if found.name.category_guid in _OF_BANKS else found
    return _cut_off(keys) or _later(keys) or _before(lead)


def _behind_bank(found: Found, keys: Sequence[str]) -> Found | None:
    """The bank itself, if nobody else is named behind it: banks begin their lines with their own names."""
    rest = keys[found.length :]
    if all(key in _FORMATS or generic(key) or not key.isalpha() for key in rest):
        return found
    other = _at(rest, 0)
    if other is None or _is_contradicted(other, rest):
        return found if found.length > 1 else None
    return Found(other.name, other.length, other.start + found.length)


def of_bank(every: Sequence[str]) -> Found | None:
    """The bank or card that a payment, a fee or interest names first, even where its name is a common word."""
    names = known()
    text = ""
    best = None
    for length, key in enumerate(every[:3], 1):
        text += key
        name = names.get(text)
        if name is not None and name.category_guid in _OF_BANKS:
            best = Found(name, length, 0)
    return best


def _is_contradicted(found: Found, keys: Sequence[str]) -> bool:
    """A word or two at the beginning, and a word of another trade behind it: "Hilton Head Dental"."""
    rest = keys[found.length :]
    letters = sum(map(len, keys[: found.length]))
    if found.length > 2 or (found.length == 2 and letters > _BRIEF):
        return False
    if not rest or all(key in _FORMATS for key in rest):
        return False
    word = telling(rest)
    if word is None or word.weight < 2:
        return False
    return word.category_guid not in _ANYWHERE and top_level(word.category_guid) is not top_level(
        found.name.category_guid
    )


def _at(keys: Sequence[str], start: int, least: Trust = Trust.ALONE) -> Found | None:
    names = known()
    text = ""
    best = None
    for end in range(start, min(len(keys), start + _LONGEST_NAME)):
        text += keys[end]
        if text in names:
            name = names[text]
            if name.trust >= least and _may(name, keys, end + 1):
                best = Found(name, end + 1 - start, start)
    if best is not None:
        return best
    return _of_site(keys, start, least) if keys[start].endswith(_SITES) else None


def _of_site(keys: Sequence[str], start: int, least: Trust) -> Found | None:
    site = keys[start].removeprefix("www")
    for ending in _SITES:
        name = known().get(site.removesuffix(ending)) if site.endswith(ending) else None
        if name is not None and name.trust >= max(least, Trust.PLAIN):
            return Found(name, 1, start)
    return None


def _may(name: Name, keys: Sequence[str], end: int) -> bool:
    """Whether what follows the name lets it be meant."""
    if end == len(keys) or name.trust >= Trust.FIRM:
        return True
    if name.trust is Trust.ALONE:
        return False
    rest = keys[end:]
    if all(key in _FORMATS or not key.isalpha() or len(key) == 1 or _is_town(key) for key in rest):
        return True
    word = telling(rest)
    return word is not None and word.category_guid == name.category_guid


@cache
def _town_words() -> frozenset[str]:
    return frozenset(word.lower() for word in places.last_words())


def _is_town(key: str) -> bool:
    return key in _town_words() and not generic(key)


@cache
def _in_order() -> tuple[tuple[str, ...], tuple[Name, ...]]:
    """Names long enough to be known by their beginning, in order."""
    names = known()
    keys = sorted(key for key in names if len(key) > _CUT_OFF)
    return tuple(keys), tuple(names[key] for key in keys)


def _cut_off(keys: Sequence[str]) -> Found | None:
    """A name whose end the bank's column cut off, if it can be only one."""
    end = len(keys)
    while end > 1 and keys[end - 1] in _ENTRIES:
        end -= 1
    keys = keys[:end]
    text = "".join(keys)
    if len(text) < _CUT_OFF:
        return None
    order, names = _in_order()
    at = bisect_left(order, text)
    if at == len(order) or not order[at].startswith(text):
        return None
    begun = [names[other] for other in range(at, min(at + 8, len(order))) if order[other].startswith(text)]
    trusted = [name for name in begun if name.trust >= Trust.PLAIN]
    one = len({name.merchant.guid for name in trusted}) == 1
    return Found(trusted[0], len(keys), 0) if one else None


def _later(keys: Sequence[str]) -> Found | None:
    """A name of our own table that stands after other words."""
    for start in range(1, min(len(keys), 6)):
        if len(keys[start]) > 1:
            found = _at(keys, start, Trust.PLAIN)
            if found is not None and _is_meant(found, keys):
                return found
    return None


def _is_meant(found: Found, keys: Sequence[str]) -> bool:
    """Whether a name after other words is no part of a longer one: "Little Sprouts Montessori"."""
    if generic(" ".join(keys[found.start : found.start + found.length])):
        return False
    letters = sum(len(key) for key in keys[found.start : found.start + found.length])
    is_last = found.start + found.length == len(keys)
    if letters < _INSIDE - is_last or (found.name.trust is not Trust.SURE and letters < _CUT_OFF + 4):
        return False
    if found.length > 1:
        return True
    return not generic(keys[found.start - 1]) and not _is_contradicted(found, keys[found.start :])


def _before(lead: Sequence[str]) -> Found | None:
    """The processor or bank before the name, when the name means nobody: "Uber", "PayPal"."""
    for at in range(len(lead)):
        found = _at(lead, at, Trust.SURE)
        if found is not None and top_level(found.name.category_guid).name not in _PROCESSING:
            return found
    return None
