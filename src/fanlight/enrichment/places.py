"""Where it happened, as the end of a description says: town, region, country, postal code, telephone."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.tables import rows

_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI"
    " SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU"
)
REGIONS = {
    **dict.fromkeys(_STATES.split(), "US"),
    **dict.fromkeys("AB BC MB NB NL NS ON PE QC SK YT NT NU".split(), "CA"),
    **dict.fromkeys("NSW QLD VIC TAS ACT".split(), "AU"),
}
_ALSO_AUSTRALIAN = {"WA", "SA", "NT"}
_WORDS = {"IN", "OR", "ME", "HI", "OK", "OH", "LA", "DE", "CO", "PA", "MA", "AL", "ID", "ON", "MO", "AR", "VI", "MS", "MD"}
"""Regions whose codes are also words: alone they tell nothing."""
_COUNTRIES = {
    **dict.fromkeys(("US", "USA"), "US"),
    **dict.fromkeys(("GB", "GBR", "UK"), "GB"),
    **dict.fromkeys(("CAN", "CANADA"), "CA"),
    **dict.fromkeys(("AU", "AUS", "AUSTRALIA"), "AU"),
    **dict.fromkeys(("NZ", "NZL"), "NZ"),
    **dict.fromkeys(("IE", "IRL"), "IE"),
    **dict.fromkeys(("FR", "FRA"), "FR"),
    **dict.fromkeys(("DEU", "DEUTSCHLAND"), "DE"),
    **dict.fromkeys(("ES", "ESP"), "ES"),
    **dict.fromkeys(("ITA",), "IT"),
    **dict.fromkeys(("NLD",), "NL"),
    **dict.fromkeys(("LU", "LUX"), "LU"),
    **{"BEL": "BE", "AUT": "AT", "CHE": "CH", "PRT": "PT", "SWE": "SE", "NOR": "NO", "DNK": "DK", "FIN": "FI", "JPN": "JP"},
    **{"MEX": "MX", "SGP": "SG", "HKG": "HK", "EE": "EE", "CYP": "CY", "MLT": "MT", "LTU": "LT"},
}
_NOT_BEFORE_A_TOWN = {"OF", "DE", "DU", "DI", "THE", "FROM", "TO", "AND", "NEW", "AT", "FOR", "ST", "SAINT", "FORT", "PORT", "&"}
_ALSO_KNOWN = {"NEW YORK": "US", "WASHINGTON": "US", "LAS VEGAS": "US", "SAN FRAN": "US", "DEN HAAG": "NL", "KOLN": "DE"}
_ALSO_KNOWN |= {"MUNCHEN": "DE", "MUENCHEN": "DE", "WIEN": "AT", "ZUERICH": "CH", "BRUXELLES": "BE", "LISBOA": "PT"}
_ALSO_KNOWN |= {"ROMA": "IT", "MILANO": "IT", "FIRENZE": "IT", "SEVILLA": "ES", "DUESSELDORF": "DE", "KOBENHAVN": "DK"}
_AMBIGUOUS = set(
    "READING BATH NICE ORANGE MOBILE INDEPENDENCE ENTERPRISE BEST COMMERCE HOVE HALIFAX LINCOLN CHESTER WELLS STAINES POOLE"
    " BARROW CAMBRIDGE SPLIT ESSEN SUNRISE SURPRISE GARLAND PARADISE CENTRAL ANGERS TOURS BREST BERN WAYNE HAYES HALE LEE"
    " SALE DEAL RUGBY CRAWLEY ASHFORD STAFFORD CHURCHILL VICTORIA AURORA PHOENIX EUGENE HENDERSON JACKSON COLUMBUS MADISON"
    " WALSALL CORK TURIN LENS ALTONA MITTE FAVORITEN CHARLOTTENBURG WARREN OXFORD BRISTOL PRESTON YORK ASHTON".split()
)
"""Towns whose names are also words, brands or people: not without their region."""
_LONGEST_TOWN = 4
"""Words."""


class Place(NamedTuple):
    """Where it happened, as far as the description says."""

    city: str | None
    region_code: str | None
    country: str | None
    phone_number: str | None
    postal_code: str | None


class Tail(NamedTuple):
    """How many of the words come before the place, and the place."""

    before: int
    place: Place | None


@cache
def _towns() -> dict[str, set[str]]:
    """By region, and by country for those that are named without one."""
    towns: dict[str, set[str]] = {}
    for country, region, names in rows("cities.tsv", 3):
        every = {name.rstrip("*") for name in names.split("|")}
        towns.setdefault(region or country, set()).update(every)
        if region:
            towns.setdefault(f"in {country}", set()).update(every)
    towns["NY"] |= {"NEW YORK", "NY"}
    return towns


@cache
def _known() -> dict[str, str]:
    """The country of towns that everybody knows without one."""
    known = {}
    for country, _, names in reversed(list(rows("cities.tsv", 3))):
        known |= {name[:-1]: country for name in names.split("|") if name[-1] == "*"}
    return {name: country for name, country in {**known, **_ALSO_KNOWN}.items() if name not in _AMBIGUOUS}


@cache
def last_words() -> frozenset[str]:
    """The last word of every town, region and country: whatever ends otherwise names no place."""
    towns = [town for some in _towns().values() for town in some]
    return frozenset(town.rsplit(" ", 1)[-1] for town in [*towns, *_known()]) | REGIONS.keys() | _COUNTRIES.keys()


def tail(words: Sequence[str], end: int) -> Tail:
    """The place at the end of the first `end` words (capital letters); at least one word is left before it."""
    country = _COUNTRIES.get(words[end - 1]) if end > 1 else None
    if country is not None:
        end -= 1
    word = words[end - 1]
    region = word if end > 1 and (word in REGIONS or word in _ALSO_AUSTRALIAN) else None
    if region is not None:
        found = _in_region(words, end - 1, region, country)
        if found is not None:
            return found
    if country == "CA" or end < 2:
        return Tail(end, Place(None, None, country, None, None) if country else None)
    return _by_town(words, end, country)


def _in_region(words: Sequence[str], end: int, region: str, country: str | None) -> Tail | None:
    lands = (country,) if country else ("AU" if region == "SA" else REGIONS.get(region, "AU"),)
    names = _towns().get(region, set())
    start = _town_before(words, end, names)
    if start is None and region == "CA":
        start, lands = _town_before(words, end, _towns()["in CA"]), ("CA",)
        if start is not None:
            return Tail(start, Place(" ".join(words[start:end]).title(), None, "CA", None, None))
        lands = ("US",)
    if start is not None:
        return Tail(start, Place(" ".join(words[start:end]).title(), region, lands[0], None, None))
    if region in _WORDS and country is None:
        return None
    return Tail(end, Place(None, region, lands[0], None, None))


def _town_before(words: Sequence[str], end: int, names: set[str]) -> int | None:
    """Where the longest town begins that ends here."""
    for start in range(max(1, end - _LONGEST_TOWN), end):
        if " ".join(words[start:end]) in names:
            return start
    return None


def _by_town(words: Sequence[str], end: int, country: str | None) -> Tail:
    known = _known()
    for start in range(max(1, end - _LONGEST_TOWN), end):
        town = " ".join(words[start:end])
        there = country if country and town in _towns().get(country, _towns().get(f"in {country}", ())) else known.get(town)
        if there is not None and words[start - 1] not in _NOT_BEFORE_A_TOWN:
            return Tail(start, Place(town.title(), None, there, None, None))
    return Tail(end, Place(None, None, country, None, None) if country else None)
