"""Under which names merchants are known: every name and alias, folded, and how far it may be trusted."""

from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.merchants import GUARDED, OWN, Entry, Merchant, entries
from fanlight.enrichment.spelling import compact, unaccented
from fanlight.enrichment.tables import listed
from fanlight.enrichment.words import generic

_LONG = 8
"""From so many letters on, a single word is no accident."""
_SHORT = 3
"""Names of fewer letters are too common, but for those of our own table."""
_COMMON = listed("common")
"""Long words that are also names of chains."""


class Trust(IntEnum):
    """What may follow a name."""

    ALONE = 0
    """Nothing: a word like others."""
    PLAIN = 1
    """What stores add: "express", "online", a town."""
    FIRM = 2
    """Anything, when the text begins with it."""
    SURE = 3
    """Anything, wherever it stands: a name of our own table."""


class Name(NamedTuple):
    """A merchant's name."""

    merchant: Merchant
    category_guid: str
    trust: Trust
    traits: str


@cache
def known() -> dict[str, Name]:
    """All names by their folded form; of two that claim one, the nearer merchant's own name wins."""
    names: dict[str, Name] = {}
    for rank in range(4):
        for entry in entries():
            own = 0 if OWN in entry.traits else 1 + entry.rank
            if own == rank:
                _add(names, entry, entry.merchant.name, entry.merchant.category_guid)
        for entry in entries():
            own = 0 if OWN in entry.traits else 1 + entry.rank
            if own == rank:
                for at, (alias, category) in enumerate(entry.aliases):
                    _add(names, entry, alias, category, is_own=at < entry.own_aliases)
    return names


def _add(names: dict[str, Name], entry: Entry, text: str, category: str, *, is_own: bool = True) -> None:
    is_own = is_own and OWN in entry.traits
    trust = _trust(entry, text, is_own)
    for key in _forms(text):
        if len(key) >= _SHORT or is_own:
            names.setdefault(key, Name(entry.merchant, category, trust, entry.traits))


def _forms(text: str) -> Iterator[str]:
    key = compact(text)
    if not text.endswith("+"):  # "ESPN" is not "ESPN+"
        yield key
    if "&" in text or "+" in text:
        yield compact(text.replace("&", " and ").replace("+", " plus"))
    if key.startswith("the") and len(key) > _LONG and text[3:4] == " ":
        yield key[3:]


def _trust(entry: Entry, text: str, is_own: bool) -> Trust:
    parts = [compact(part) for part in unaccented(text).split()]
    key = "".join(parts)
    if is_own:
        single = len(parts) == 1 and (GUARDED in entry.traits or len(key) <= 4)
        return Trust.PLAIN if single else Trust.SURE
    telling = [part for part in parts if part and not generic(part)]
    if len(telling) == 0:
        return Trust.ALONE
    if len(parts) == 1:
        long = len(key) >= _LONG and key not in _COMMON and entry.rank < 2
        return Trust.FIRM if long else Trust.PLAIN if len(key) > 3 and entry.rank < 2 else Trust.ALONE
    if entry.rank == 2 and len(key) < 10:
        return Trust.ALONE
    return Trust.FIRM if len(telling) > 1 or len(key) > 9 else Trust.PLAIN
