"""Discovery: a server's metadata fetched on an operator's word, compared with what is pinned, approved or left.

A running server never fetches metadata: what it uses is what an operator wrote or approved.
"""

from typing import NamedTuple

import msgspec

from fanlight.base.errors import OperatorError
from fanlight.core import institution_metadata
from fanlight.core.institutions import Institution
from fanlight.institutions.answers import Reply
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import OAuthServer, check_server
from fanlight.institutions.registry import Details, parse_details
from fanlight.oauth import metadata
from fanlight.oauth.metadata import Change, Metadata, MetadataError
from fanlight.storage.unit import Unit


class Found(NamedTuple):
    """A document, and where it was."""

    url: str
    metadata: Metadata


class Compared(NamedTuple):
    """What a document would change of an entry, what it says otherwise than the pinned one, and what does not fit."""

    changes: list[Change]
    said: list[Change]
    concerns: list[str]

    @property
    def is_same(self) -> bool:
        return not self.changes and not self.said


class NothingWaits(OperatorError):
    """There is no document to approve."""


async def fetch(http: Http, way: Way, place: str) -> Found:
    """The document of an issuer, or at an address of a document. Raises MetadataError, Said."""
    issuer = metadata.issuer_of(place)
    line, reply, url = Line(http, way), None, place
    for url in [place] if issuer is not None else metadata.addresses_of(place):
        reply = await line.get(url, {})
        if reply.status not in (404, 405, 410):
            break
    found = metadata.read(_answered(reply))
    expected = place if issuer is None else issuer
    if found.issuer.rstrip("/") != expected.rstrip("/"):
        raise MetadataError(f"The document at {url} is of another issuer, {found.issuer[:200]!r}.")
    return Found(url, found)


def _answered(reply: Reply | None) -> Reply:
    if reply is None:
        raise MetadataError("There is no address to ask at.")
    if 300 <= reply.status < 400:
        raise MetadataError(f"The server answers {reply.status}: redirects are not followed; give the final address.")
    return reply


async def fetch_for(http: Http, way: Way, details: Details) -> Found:
    """The document of an institution's configured issuer, exact. Raises MetadataError, Said."""
    server = configured(details)
    found = await fetch(http, way, server.issuer)
    metadata.check(found.metadata, server.issuer, server.endpoint_hosts, allow_plain=details.allow_private)
    return found


def configured(details: Details) -> OAuthServer:
    """The `[oauth]` table; raises MetadataError where there is none."""
    if details.oauth is None:
        raise MetadataError("The institution has no authorization server.")
    return details.oauth


def take_note(unit: Unit, institution: Institution, found: Found, *, now: int) -> Compared:
    """Compare a document with what holds. One that changes nothing is pinned; any other waits for approval."""
    compared = compare(unit, institution, found.metadata)
    document = metadata.encoded(found.metadata)
    kept = institution_metadata.of(unit, institution)
    is_first = kept is None or kept.pinned is None
    if not compared.changes and (is_first or not compared.said):
        institution_metadata.pin(unit, institution, found.url, document, now=now)
    else:
        institution_metadata.let_wait(unit, institution, found.url, document, now=now)
    return compared


def compare(unit: Unit, institution: Institution, found: Metadata) -> Compared:
    """What a document would change, without keeping anything."""
    server = configured(parse_details(institution.details))
    kept = institution_metadata.of(unit, institution)
    changes = metadata.differences(server, metadata.merged(server, found))
    pinned = None if kept is None or kept.pinned is None else metadata.decoded(kept.pinned)
    said = [] if pinned is None else metadata.differences(pinned, found)
    return Compared(changes, said, metadata.concerns(server, found))


def approve(unit: Unit, institution: Institution, *, now: int) -> Compared:
    """Make the document that waits the one that holds: the very one that was shown, not one fetched anew.

    Raises NothingWaits, and MetadataError or EntryError where its lines cannot be used.
    """
    kept = institution_metadata.of(unit, institution)
    if kept is None or kept.pending is None:
        raise NothingWaits("No document waits for approval: fetch one with `fanlight institution discover`.")
    found = metadata.decoded(kept.pending)
    details = parse_details(institution.details)
    server = configured(details)
    metadata.check(found, server.issuer, server.endpoint_hosts, allow_plain=details.allow_private)
    compared = compare(unit, institution, found)
    renewed = msgspec.structs.replace(details, oauth=metadata.merged(server, found))
    check_server(configured(renewed))
    institution_metadata.set_details(unit, institution, msgspec.json.encode(renewed).decode(), now=now)
    institution_metadata.pin(unit, institution, kept.url, kept.pending, now=now)
    return compared
