"""Where it happened, as the end of a description says: town, region, country, postal code, telephone."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.tables import listed, rows

REGIONS = {region: land.upper() for land in ("us", "ca", "au") for region in sorted(listed(f"regions-{land}"))}
_ALSO_AUSTRALIAN = {"WA", "SA", "NT"}
_WORDS = listed("region-words")
"""Regions whose codes are also words: alone they tell nothing."""
COUNTRIES = dict(pair.split("=") for pair in sorted(listed("countries")))
_NOT_BEFORE_A_TOWN = listed("not-before-a-town")
_ALSO_KNOWN = dict(pair.replace("-", " ").split("=") for pair in sorted(listed("also-known")))
_AMBIGUOUS = listed("ambiguous-towns")
"""Towns whose names are also words, brands or people: not without their region."""
_IN_COLUMNS = {"US", "CA", "AU"}
_SHORT = {"FORT": "FT", "SAINT": "ST", "MOUNT": "MT", "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W"}
_LONGEST_TOWN = 4
"""Words."""


class Place(NamedTuple):
    """Where it happened, as far as the description says."""

    city: str | None
    region_code: str | None
    country: str | None
    phone_number: str | None
    postal_code: str | None


Where = tuple[str | None, str | None, str | None]
"""Town, region, country."""
Tail = tuple[int, Where]
"""Where the place begins, and which."""
NOWHERE: Where = (None, None, None)


@cache
def _towns() -> dict[str, set[str]]:
    """By region, and by country for those that are named without one."""
    towns: dict[str, set[str]] = {}
    for country, region, names in rows("cities.tsv", 3):
        every = {name.rstrip("*") for name in names.split("|")}
        if country in _IN_COLUMNS:
            every |= {form for name in every if " " in name for form in _written(name)}
        towns.setdefault(region or country, set()).update(every)
        if region:
            towns.setdefault(f"in {country}", set()).update(every)
    towns["NY"] |= {"NEW YORK", "NEWYORK", "NY"}
    towns["ID"] |= {"COEUR D ALENE", "COEURDALENE"}
    return towns


def _written(town: str) -> set[str]:
    """Other ways to write a town of several words: joined by a bank's columns, its first word made short."""
    first, _, rest = town.partition(" ")
    forms = {town.replace(" ", "")}
    short = _SHORT.get(first)
    return forms | {f"{short} {rest}", f"{short}{rest}".replace(" ", "")} if short else forms


@cache
def _known() -> dict[str, str]:
    """The country of towns that everybody knows without one."""
    known: dict[str, str] = {}
    for country, _, names in reversed(list(rows("cities.tsv", 3))):
        known |= {name[:-1]: country for name in names.split("|") if name[-1] == "*"}
    return {name: country for name, country in {**known, **_ALSO_KNOWN}.items() if name not in _AMBIGUOUS}


@cache
def every_town() -> frozenset[str]:
    return frozenset(town for some in _towns().values() for town in some)


@cache
def last_words() -> frozenset[str]:
    """The last word of every town, region and country: whatever ends otherwise names no place."""
    towns = [town for some in _towns().values() for town in some]
    return frozenset(town.rsplit(" ", 1)[-1] for town in [*towns, *_known()]) | REGIONS.keys() | COUNTRIES.keys()


@cache
def _known_ends() -> frozenset[str]:
    abroad = [town for land in set(COUNTRIES.values()) for town in _towns().get(land, _towns().get(f"in {land}", ()))]
    return frozenset(town.rsplit(" ", 1)[-1] for town in [*abroad, *_known()])


def tail(words: Sequence[str], start: int, end: int) -> Tail:
    """The place at the end of the words (capital letters) from `start` to `end`; at least one is left before it."""
    least = start + 1
    country = COUNTRIES.get(words[end - 1]) if end > least else None
    if country is not None:
        end -= 1
    word = words[end - 1]
    if end > least and (word in REGIONS or word in _ALSO_AUSTRALIAN):
        found = _in_region(words, least, end - 1, country)
        if found is not None:
            return found
    if country == "CA" or end <= least:
        return end, (None, None, country) if country else NOWHERE
    return _by_town(words, least, end, country)


def _in_region(words: Sequence[str], least: int, end: int, country: str | None) -> Tail | None:
    region = words[end]
    land = country or ("AU" if region == "SA" else REGIONS.get(region, "AU"))
    begin = _town_before(words, least, end, region)
    if begin is not None:
        return begin, (" ".join(words[begin:end]).title(), region, land)
    if region == "CA":  # the country's code too
        begin = _town_before(words, least, end, "in CA")
        if begin is not None:
            return begin, (" ".join(words[begin:end]).title(), None, "CA")
    if region in _WORDS and country is None:
        return None
    return end, (None, region, land)


def _town_before(words: Sequence[str], least: int, end: int, region: str) -> int | None:
    """Where the longest town of a region (or land) begins that ends here."""
    longest = _ends(region).get(words[end - 1], 0)
    for begin in range(max(least, end - longest), end):
        if " ".join(words[begin:end]) in _towns()[region]:
            return begin
    return None


@cache
def _ends(region: str) -> dict[str, int]:
    """The last words of a region's towns, with how many words the longest of them has."""
    ends: dict[str, int] = {}
    for town in _towns().get(region, ()):
        last = town.rsplit(" ", 1)[-1]
        ends[last] = max(ends.get(last, 0), town.count(" ") + 1)
    return ends


def _by_town(words: Sequence[str], least: int, end: int, country: str | None) -> Tail:
    if words[end - 1] in _known_ends():
        known = _known()
        abroad = _towns().get(country, _towns().get(f"in {country}", ())) if country else ()
        for begin in range(max(least, end - _LONGEST_TOWN), end):
            town = " ".join(words[begin:end])
            there = country if town in abroad else known.get(town)
            if there is not None and words[begin - 1] not in _NOT_BEFORE_A_TOWN:
                return begin, (town.title(), None, there)
    return end, (None, None, country) if country else NOWHERE
