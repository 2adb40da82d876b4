"""Places of merchants, as descriptions of transactions tell them: the same shop is the same place for everybody.

A guid is made of what is known of a place, so that whoever finds it again needs no look at what is kept.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import bindparam, insert, select

from fanlight.base.errors import NotFound
from fanlight.base.folding import fold
from fanlight.enrichment.pipeline import Place
from fanlight.storage.statements import Clause, array, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import merchant_locations
from fanlight.storage.unit import Unit

_NAMESPACE = UUID("8b7c0b52-5b0e-5c0d-9d0e-1d2f6f6f2a44")
"""Guids of places are made with it: never to be changed."""


class Location(msgspec.Struct, frozen=True):
    """What the table holds; no description tells a street or a position."""

    guid: str
    merchant_guid: str
    street_address: str | None
    city: str | None
    region_code: str | None
    postal_code: str | None
    country: str | None
    phone_number: str | None
    latitude: str | None
    longitude: str | None
    created_at: int
    updated_at: int


_location = row_of(Location)


@statement
def _insert() -> Clause:
    return insert(merchant_locations).prefix_with("OR IGNORE").values(binds(Location.__struct_fields__))


@statement
def _known() -> Clause:
    return select(merchant_locations.c.guid).where(keys_in(merchant_locations.c.guid, "guids"))


@statement
def _read() -> Clause:
    return select(*columns(merchant_locations, Location)).where(merchant_locations.c.guid == bindparam("guid"))


def guid_of(merchant_guid: str, place: Place) -> str:
    """The guid of a merchant's place, always the same one. A region tells its country too."""
    told = (place.city, place.region_code or place.country, place.postal_code, place.phone_number)
    return f"MCL-{uuid5(_NAMESPACE, chr(0).join((merchant_guid, *(fold(each or '') for each in told))))}"


def note_all(unit: Unit, places: Mapping[str, tuple[str, Place]], *, now: int) -> None:
    """Keep the places, each with its merchant, that are not kept yet; `places` is by guid."""
    if not places:
        return
    guids = array(places)
    known = {guid for (guid,) in unit.all(lambda guid: (guid,), _known, guids=guids)}
    unit.many(_insert, (_row(guid, *places[guid], now) for guid in places if guid not in known))


def read(unit: Unit, guid: str) -> Location:
    location = unit.one(_location, _read, guid=guid)
    if location is None:
        raise NotFound("There is no such merchant location.")
    return location


def _row(guid: str, merchant_guid: str, place: Place, now: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("street_address", "latitude", "longitude"))
    own = {"guid": guid, "merchant_guid": merchant_guid, "created_at": now, "updated_at": now}
    return own | nothing | place._asdict()
