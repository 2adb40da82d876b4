"""Under which names merchants are known: every name and alias, folded, and how far it may be trusted."""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from itertools import groupby

from fanlight.enrichment.merchants import GUARDED, OWN, Entry, Merchant, entries
from fanlight.enrichment.spelling import compact, compacted, unaccented
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


class Name:
    """A merchant's name; how far it may be trusted is asked of few of them."""

    __slots__ = ("_entry", "_is_own", "_text", "_trust", "category_guid")

    def __init__(self, entry: Entry, text: str, category_guid: str, *, is_own: bool) -> None:
        self.category_guid = category_guid
        self._entry, self._text, self._is_own = entry, text, is_own
        self._trust: Trust | None = None

    @property
    def merchant(self) -> Merchant:
        return self._entry.merchant

    @property
    def traits(self) -> str:
        return self._entry.traits

    @property
    def trust(self) -> Trust:
        if self._trust is None:
            self._trust = _trust(self._entry, self._text, self._is_own)
        return self._trust


@cache
def known() -> dict[str, Name]:
    """All names by their folded form; of two that claim one, the nearer merchant's own name wins."""
    names: dict[str, Name] = {}
    for _, alike in groupby(entries(), key=lambda entry: 0 if OWN in entry.traits else 1 + entry.rank):
        same = list(alike)
        claims = [(entry, entry.merchant.name, entry.merchant.category_guid, OWN in entry.traits) for entry in same]
        claims += [
            (entry, alias, category, at < entry.own_aliases and OWN in entry.traits)
            for entry in same
            for at, (alias, category) in enumerate(entry.aliases)
        ]
        folded = compacted([text for _, text, _, _ in claims])
        for key, (entry, text, category, is_own) in zip(folded, claims, strict=True):
            least = 1 if is_own else _SHORT
            for form in _forms(text, key):
                if form not in names and len(form) >= least:
                    names[form] = Name(entry, text, category, is_own=is_own)
    return names


def _forms(text: str, key: str) -> Sequence[str]:
    plus = "+" in text
    if not plus and "&" not in text:
        return (key, key[3:]) if key.startswith("the") and len(key) > _LONG and text[3:4] == " " else (key,)
    full = compact(text.replace("&", " and ").replace("+", " plus"))
    forms = [full] if text[-1] == "+" else [key, full]  # "ESPN" is not "ESPN+"
    return [*forms, key[3:]] if key.startswith("the") and len(key) > _LONG and text[3:4] == " " else forms


def _trust(entry: Entry, text: str, is_own: bool) -> Trust:
    if is_own and " " in text:
        return Trust.SURE
    parts = [compact(part) for part in unaccented(text).split()]
    key = "".join(parts)
    if is_own:
        return Trust.PLAIN if GUARDED in entry.traits or len(key) <= 4 else Trust.SURE
    telling = [part for part in parts if part and not generic(part)]
    if len(telling) == 0:
        return Trust.ALONE
    if len(parts) == 1:
        long = len(key) >= _LONG and key not in _COMMON and entry.rank < 2
        return Trust.FIRM if long else Trust.PLAIN if len(key) > 3 and entry.rank < 2 else Trust.ALONE
    if entry.rank == 2 and len(key) < 10:
        return Trust.ALONE
    return Trust.FIRM if len(telling) > 1 or len(key) > 9 else Trust.PLAIN
