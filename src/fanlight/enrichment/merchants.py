"""The catalogue of merchants: well-known brands, each with its category and its guid for good.

Two tables make it. `brands.tsv` is imported from an open index of brands (tools/brands.py), `supplement.tsv` is our
own: online services, utilities, banks and others that have no shops, and what banks print for the best-known shops.
Where both know a name, ours says what it is and theirs who it is.
"""

from functools import cache
from hashlib import sha1
from typing import NamedTuple
from uuid import UUID

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.spelling import compact, compacted
from fanlight.enrichment.tables import rows

_NAMESPACE = UUID("6a1dbd43-9c0c-5e0e-a3b5-5d9f2f9f1b6e")
"""Guids of merchants are made from their ids in the tables with it: never to be changed."""
SUBSCRIPTION, BILL, GUARDED, OWN = "s", "b", "?", "o"
"""Traits: sold by subscription; a bill; a name that is also a common word; from our own table."""


class Merchant(NamedTuple):
    """Who is paid."""

    guid: str
    name: str
    category_guid: str
    website_url: str | None


class Entry(NamedTuple):
    """A merchant with all that it is recognised by."""

    merchant: Merchant
    aliases: tuple[tuple[str, str], ...]
    """Other names, each with the guid of the category it means."""
    own_aliases: int
    """How many of them, from the first on, are from our own table."""
    rank: int
    """How near to us: 0 for our own table, American and worldwide brands; 1 for other English ones; 2 for Europe."""
    traits: str


class _Line(NamedTuple):
    id: str
    name: str
    key: str
    rank: int
    site: str
    aliases: str
    traits: str
    own_aliases: int = 0


def catalogue() -> tuple[Merchant, ...]:
    """All merchants in the order of their names."""
    return _in_order()


def by_guid(guid: str) -> Merchant | None:
    return _by_guid().get(guid)


@cache
def entries() -> tuple[Entry, ...]:
    """Our own first, then by nearness."""
    theirs = [
        _Line(identity, name, key, int(rank), site, aliases, "")
        for identity, name, key, rank, site, aliases in rows("brands.tsv", 6)
    ]
    theirs.sort(key=lambda line: (line.rank, line.id))
    keys = compacted([line.name for line in theirs])
    known = dict(zip(reversed(keys), reversed(theirs), strict=True))
    ours = [_ours(line, known) for line in rows("supplement.tsv", 5)]
    told = {line.id for line in ours} | set(compacted([line.name for line in ours]))
    others = (line for key, line in zip(keys, theirs, strict=True) if line.id not in told and key not in told)
    return tuple(map(_entry, (*ours, *others)))


def _ours(cells: list[str], known: dict[str, _Line]) -> _Line:
    name, key, traits, site, aliases = cells
    same = known.get(compact(name))
    joined = "|".join(filter(None, (aliases, same.aliases if same else "")))
    identity = same.id if same else f"fanlight:{compact(name)}"
    count = len([alias for alias in aliases.split("|") if alias])
    return _Line(identity, name, key, 0, site or (same.site if same else ""), joined, traits + OWN, count)


def _entry(line: _Line) -> Entry:
    category = BY_KEY[line.key].guid
    site = f"https://{line.site}" if line.site else None
    merchant = Merchant(_guid(line.id), line.name, category, site)
    aliases = tuple(_alias(text, category) for text in line.aliases.split("|") if text)
    return Entry(merchant, aliases, line.own_aliases, line.rank, line.traits)


def _guid(identity: str) -> str:
    """`uuid5`, written out because ten thousand of them are made before the first answer."""
    digest = bytearray(sha1(_NAMESPACE.bytes + identity.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"MCH-{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _alias(text: str, category: str) -> tuple[str, str]:
    name, _, key = text.partition("=")
    return name, BY_KEY[key].guid if key else category


@cache
def _in_order() -> tuple[Merchant, ...]:
    return tuple(sorted((entry.merchant for entry in entries()), key=lambda one: (one.name.casefold(), one.guid)))


@cache
def _by_guid() -> dict[str, Merchant]:
    return {merchant.guid: merchant for merchant in _in_order()}
