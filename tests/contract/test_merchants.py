"""The catalogue of merchants, their pictures, and the places that descriptions tell."""

import struct
import zlib
from typing import Any

from contract.bad import refused
from fanlight.api.nexus.countries import NAMES
from fanlight.core import merchant_locations
from fanlight.core.merchant_locations import Location, guid_of
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.pipeline import Place
from fanlight.enrichment.places import REGIONS
from fanlight.enrichment.tables import rows
from fanlight.storage.unit import Unit
from support.world import World

SHOP, OTHER = catalogue()[0].guid, catalogue()[1].guid
SAN_JOSE = Place("San Jose", "CA", "US", "(408) 555-0100", "95110")
NOWHERE = Place(None, None, None, None, None)


def listed(world: World, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = world.nexus.ok("GET", f"/merchants?{query}")
    return answer


def test_the_whole_catalogue_comes_page_by_page_in_order_of_names(world: World) -> None:
    first = listed(world, "records_per_page=1000")
    pages = [listed(world, f"records_per_page=1000&page={n}") for n in range(1, first["pagination"]["total_pages"] + 1)]

    names = [merchant["name"] for page in pages for merchant in page["merchants"]]
    assert names == [merchant.name for merchant in catalogue()]
    assert names == sorted(names, key=str.casefold)
    assert first["pagination"]["total_entries"] == len(names)
    assert len({merchant["guid"] for page in pages for merchant in page["merchants"]}) == len(names)


def test_every_field_is_there_for_a_merchant_of_whom_no_page_is_known(world: World) -> None:
    without = next(merchant for merchant in catalogue() if merchant.website_url is None)
    shown = world.nexus.ok("GET", f"/merchants/{without.guid}")["merchant"]

    assert shown["website_url"] == ""
    assert shown["created_at"] == shown["updated_at"] == "2026-09-18T00:00:00+00:00"


def test_the_picture_of_a_merchant_is_one_of_100_by_100(world: World) -> None:
    found = {}
    for merchant in listed(world, "records_per_page=10")["merchants"]:
        assert merchant["logo_url"].startswith(world.url)
        response = world.http.get(merchant["logo_url"])
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
        found[merchant["guid"]] = response.content
        assert world.http.get(merchant["logo_url"]).content == response.content
    assert len(set(found.values())) > 5  # a hue may come twice
    for picture in found.values():
        chunks = _chunks(picture)
        assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (100, 100, 1, 3)
        assert len(zlib.decompress(chunks[b"IDAT"])) == 100 * (1 + 13)


def test_nobody_has_no_picture(world: World) -> None:
    for name in ("MCH-nobody.png", "x", "%00.png"):
        assert world.http.get(f"{world.url}/logos/merchants/{name}").status_code == 404


def test_a_place_has_the_same_guid_for_ever() -> None:
    """Written out: a guid that changed would make every place that is kept a stranger."""
    guid = guid_of("MCH-1", Place("Boise", "ID", None, None, "83702"))
    assert guid == "MCL-ec9d1d61-3bfe-5bab-b6a4-65a7ffc8c367"
    assert guid == guid_of("MCH-1", Place("BOISE", "id", "US", None, "83702"))
    others = [Place("Boise", "ID", None, None, "83703"), Place("Boise", "ID", None, "1", "83702"), NOWHERE]
    assert len({guid, *(guid_of("MCH-1", place) for place in others), guid_of("MCH-2", SAN_JOSE)}) == 5
    assert guid_of("MCH-1", Place("London", None, "GB", None, None)) != guid_of(
        "MCH-1", Place("London", None, "CA", None, None)
    )
    assert guid_of("MCH-1", Place("a", "b", None, None, None)) != guid_of("MCH-1", Place("a b", "", None, None, None))


def test_places_are_noted_once_and_stay_as_they_were(world: World) -> None:
    now, places = world.clock(), {guid_of(SHOP, SAN_JOSE): (SHOP, SAN_JOSE), guid_of(OTHER, NOWHERE): (OTHER, NOWHERE)}
    for later in (0, 60):
        world.unit(merchant_locations.note_all, places, now=now + later)

    kept = [world.unit(merchant_locations.read, guid) for guid in places]
    assert kept[0] == Location(
        guid=guid_of(SHOP, SAN_JOSE),
        merchant_guid=SHOP,
        street_address=None,
        city="San Jose",
        region_code="CA",
        postal_code="95110",
        country="US",
        phone_number="(408) 555-0100",
        latitude=None,
        longitude=None,
        created_at=now,
        updated_at=now,
    )
    assert (kept[1].merchant_guid, kept[1].city, kept[1].created_at) == (OTHER, None, now)
    shown = world.nexus.ok("GET", f"/merchant_locations/{kept[1].guid}")["merchant_location"]
    assert {name for name, value in shown.items() if value is not None} == {
        "guid",
        "merchant_guid",
        "created_at",
        "updated_at",
    }


def test_every_country_of_a_place_has_a_name() -> None:
    told = set(REGIONS.values()) | {country for country, *_ in rows("cities.tsv", 3)}

    assert told <= NAMES.keys()
    assert all(name[0].isupper() and len(name) > 2 for name in NAMES.values())


def test_places_that_are_all_known_write_nothing(world: World) -> None:
    places = {guid_of(SHOP, place): (SHOP, place) for n in range(5_000) if (place := SAN_JOSE._replace(city=f"C{n}"))}

    def note(unit: Unit) -> tuple[int, int]:
        """How many rows each of two times wrote."""
        before = unit._connection.total_changes
        merchant_locations.note_all(unit, places, now=1)
        between = unit._connection.total_changes
        merchant_locations.note_all(unit, places, now=2)
        merchant_locations.note_all(unit, {}, now=2)
        return between - before, unit._connection.total_changes - between

    assert world.unit(note) == (5_000, 0)


def test_a_place_of_nobodys_is_not_there(world: World) -> None:
    refused(world.nexus.get(f"/merchant_locations/{guid_of(SHOP, NOWHERE._replace(city='Atlantis'))}"), 4040)


def _chunks(picture: bytes) -> dict[bytes, bytes]:
    """The parts of a PNG; fails where one is cut or its sum is wrong."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(picture):
        size, kind = struct.unpack(">I4s", picture[at : at + 8])
        body = picture[at + 8 : at + 8 + size]
        assert struct.unpack(">I", picture[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + body),)
        found[kind], at = body, at + 12 + size
    return found
