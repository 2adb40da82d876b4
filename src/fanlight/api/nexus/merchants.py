"""Merchants and their places on the Nexus wire: a catalogue, the same for every user."""

from decimal import Decimal

import msgspec

from fanlight.api.nexus.countries import name_of
from fanlight.api.nexus.kit import PAGE, Call, Route, shown
from fanlight.base.errors import NotFound
from fanlight.base.paging import Paged
from fanlight.core import merchant_locations
from fanlight.enrichment import merchants

CATALOGUE_MADE_AT = "2026-09-18T00:00:00+00:00"
"""Day of the index of brands that the catalogue was made from (enrichment/data/brands.tsv)."""


class Merchant(msgspec.Struct):
    created_at: str
    guid: str
    logo_updated_at: str | None
    logo_url: str
    name: str
    updated_at: str
    website_url: str


class MerchantLocation(msgspec.Struct):
    city: str | None
    country: str | None
    created_at: str
    guid: str
    latitude: Decimal | None
    longitude: Decimal | None
    merchant_guid: str
    phone_number: str | None
    postal_code: str | None
    region_code: str | None
    street_address: str | None
    updated_at: str


def list_all(call: Call) -> Paged[msgspec.Struct]:
    everything, page = merchants.catalogue(), call.page
    found = everything[page.offset :][: page.size]
    return Paged([wire(call, each) for each in found], page, len(everything))


def read(call: Call) -> msgspec.Struct:
    merchant = merchants.by_guid(call.params["merchant_guid"])
    if merchant is None:
        raise NotFound("There is no such merchant.")
    return wire(call, merchant)


def read_location(call: Call) -> msgspec.Struct:
    location = merchant_locations.read(call.unit, call.params["merchant_location_guid"])
    latitude, longitude = (None if text is None else Decimal(text) for text in (location.latitude, location.longitude))
    country = name_of(location.country)
    return shown(MerchantLocation, location, country=country, latitude=latitude, longitude=longitude)


def wire(call: Call, merchant: merchants.Merchant) -> msgspec.Struct:
    return Merchant(
        created_at=CATALOGUE_MADE_AT,
        guid=merchant.guid,
        logo_updated_at=None,
        logo_url=f"{call.runtime.public_url}/logos/merchants/{merchant.guid}.png",
        name=merchant.name,
        updated_at=CATALOGUE_MADE_AT,
        website_url=merchant.website_url or "",
    )


ROUTES = (
    Route(
        "merchants", "GET", "/merchants", list_all, "List merchants", "merchants", Merchant, many=True, paged=True,
        query=PAGE, errors=(401,), reads=True,
        note="In the order of names. logo_url leads to a plain picture of our own, a disc in the merchant's colour: "
        "no logos of others are kept, and logo_updated_at is null. website_url is empty where none is known.",
    ),
    Route("merchants", "GET", "/merchants/{merchant_guid}", read, "Read a merchant", "merchant", Merchant, reads=True),
    Route(
        "merchants", "GET", "/merchant_locations/{merchant_location_guid}", read_location, "Read a merchant's location",
        "merchant_location", MerchantLocation,
        note="A place is known from descriptions of transactions, the same for every user. What they do not tell is "
        "null: street and position always.",
    ),
)  # fmt: skip
