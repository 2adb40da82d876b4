"""The people behind an account: OBReadParty2 (one) and OBReadParty3 (several), addresses of 3.1 and 4.0. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import FeedOwner
from fanlight.institutions.values import mapping, text_of

MAX_PARTIES = 100
"""People of one account."""
MAX_LINES = 7
_HOME = frozenset(("HOME", "Residential"))


def owners(document: Mapping[str, Any]) -> list[FeedOwner]:
    """The parties of `/parties`, or the one of `/party`. Raises Said(GIBBERISH, TOO_MUCH)."""
    found = mapping(document.get("Data")).get("Party", [])
    parties = found if isinstance(found, list) else [found]
    if not all(isinstance(party, dict) for party in parties):
        raise Said(Saying.GIBBERISH, "a party that is not an object")
    if len(parties) > MAX_PARTIES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_PARTIES} parties")
    return [_owner(party) for party in parties]


def party_id(document: Mapping[str, Any]) -> str | None:
    """PartyId of `/party`: the institution's immutable name for whoever signed on."""
    return text_of(mapping(mapping(document.get("Data")).get("Party")), "PartyId")


def _owner(party: Mapping[str, Any]) -> FeedOwner:
    """One text is all there is of a name: it is not taken apart."""
    address = _address(party.get("Address"))
    return FeedOwner(
        owner_name=text_of(party, "FullLegalName") or text_of(party, "Name"),
        address=_street(address),
        city=text_of(address, "TownName"),
        state=text_of(address, "CountrySubDivision"),
        postal_code=text_of(address, "PostCode"),
        country=text_of(address, "Country"),
        email=text_of(party, "EmailAddress"),
        phone=text_of(party, "Mobile") or text_of(party, "Phone"),
    )


def _address(found: Any) -> Mapping[str, Any]:
    """Where they live, or the first address of another kind."""
    told: Sequence[Mapping[str, Any]] = [each for each in found if isinstance(each, dict)] if _is_list(found) else []
    home = next((each for each in told if text_of(each, "AddressType") in _HOME), None)
    return home or next(iter(told), {})


def _street(address: Mapping[str, Any]) -> str | None:
    """House and street, or the free lines of institutions that have no parts of it."""
    house = " ".join(filter(None, (text_of(address, "BuildingNumber"), text_of(address, "StreetName"))))
    parts = [text_of(address, "UnitNumber"), text_of(address, "BuildingName"), house or None]
    named = ", ".join(part for part in parts if part is not None)
    if house or not _is_list(address.get("AddressLine")):
        return named or None
    lines = [text_of({"line": line}, "line") for line in address["AddressLine"][:MAX_LINES]]
    return ", ".join(line for line in lines if line is not None) or named or None


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
