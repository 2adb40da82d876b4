"""Consents of the Berlin Group: a resource that the person authorises at the bank, by a redirect without OAuth.

There is no code and no state in it. What comes back through the browser proves nothing; only the status that the bank
tells of the consent does.
"""

import datetime as dt
import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit
from uuid import uuid4

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.berlin_group.errors import is_gone, not_told, refusal
from fanlight.institutions.port import Access, Consent, ConsentRequest, ConsentState
from fanlight.institutions.values import date_of, mapping, text_of

MAX_LINK = 2048
MAX_ID = 256
FOREVER = dt.date(9000, 1, 1)
"""An end behind it is none: the standard writes it as 9999-12-31."""
DAY = 86_400
_STATES: dict[str, ConsentState] = {
    "received": ConsentState(status="waiting"),
    "partiallyAuthorised": ConsentState(status="waiting"),
    "valid": ConsentState(status="active"),
    "rejected": ConsentState(status="rejected"),
    "revokedByPsu": ConsentState(status="ended"),
    "expired": ConsentState(status="ended"),
    "terminatedByTpp": ConsentState(status="ended"),
}


class _Made(NamedTuple):
    """A consent as the bank answered it: its id, and the links to go on with."""

    id: str
    links: Mapping[str, Any]


class BerlinGroupConsents:
    """Consents at one institution."""

    def __init__(self, details: BerlinGroupDetails, *, days: int, calls_per_day: int) -> None:
        self._details = details
        self._days = days
        self._calls_per_day = calls_per_day

    async def create(self, wanted: ConsentRequest, access: Access) -> Consent:
        """`POST /v1/consents`. Raises Said(CLIENT_REFUSED) where the bank wants a sign-in without a redirect."""
        ends = dt.datetime.fromtimestamp(wanted.now, dt.UTC).date() + dt.timedelta(days=self._days)
        headers = self._redirect_headers(wanted)
        content = msgspec.json.encode(self._body(ends))
        reply = await access.request("POST", self._details.url("/consents"), headers, content)
        if reply.status != 201:
            raise refusal(reply)
        made = _made(_document(reply))
        location = await self._location(made, headers, access)
        return Consent(id=made.id, location=location, expires_at=_end_of(ends))

    async def read(self, consent_id: str, access: Access) -> ConsentState:
        """`GET /v1/consents/{id}`: its status, and the end as the bank has set it."""
        reply = await access.request("GET", self._url(consent_id), {"x-request-id": str(uuid4())})
        if reply.status != 200:
            if is_gone(reply):
                return ConsentState(status="ended")
            raise not_told(reply)
        document = _document(reply)
        state = _STATES.get(text_of(document, "consentStatus") or "")
        if state is None:
            raise Said(Saying.GIBBERISH, "a consent without a known consentStatus")
        ends = date_of(document, "validUntil")
        return msgspec.structs.replace(state, expires_at=None if ends is None else _end_of(ends))

    async def revoke(self, consent_id: str, access: Access) -> None:
        """`DELETE /v1/consents/{id}`; one that is gone or has ended is as good as revoked."""
        reply = await access.request("DELETE", self._url(consent_id), {"x-request-id": str(uuid4())})
        if not (200 <= reply.status < 300 or is_gone(reply)):
            raise not_told(reply)

    def _url(self, consent_id: str) -> str:
        return self._details.url(f"/consents/{quote(consent_id, safe='')}")

    def _body(self, ends: dt.date) -> dict[str, Any]:
        return {
            "access": self._access(),
            "recurringIndicator": True,
            "validUntil": ends.isoformat(),
            "frequencyPerDay": self._calls_per_day,
            "combinedServiceIndicator": False,
        }

    def _access(self) -> dict[str, Any]:
        with_owners = self._details.owner_names
        if self._details.access == "allPsd2":
            return {"allPsd2": "allAccountsWithOwnerName" if with_owners else "allAccounts"}
        # Empty lists ask for all: the person picks the accounts at the bank.
        asked: dict[str, Any] = {"accounts": [], "balances": [], "transactions": []}
        return {**asked, "additionalInformation": {"ownerName": []}} if with_owners else asked

    def _redirect_headers(self, wanted: ConsentRequest) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "x-request-id": str(uuid4()),
            "tpp-redirect-preferred": "true",
            "tpp-redirect-uri": wanted.return_uri,
            "tpp-nok-redirect-uri": wanted.decline_uri,
            "tpp-explicit-authorisation-preferred": "false",
        }
        address = _address(wanted.person_ip, self._details.tpp_ip_address)
        return {**headers, "psu-ip-address": address} if address else headers

    async def _location(self, made: _Made, headers: Mapping[str, str], access: Access) -> str:
        """Where the person signs in; a bank that begins the authorisation only when asked to is asked to."""
        links = made.links
        if "scaRedirect" not in links and "startAuthorisation" in links:
            url = self._same_origin(_href(links, "startAuthorisation"))
            fresh = {**headers, "x-request-id": str(uuid4())}
            reply = await access.request("POST", url, fresh, b"{}")
            if reply.status != 201:
                raise refusal(reply)
            links = mapping(_document(reply).get("_links"))
        if "scaRedirect" not in links:
            wanted = "OAuth (scaOAuth)" if "scaOAuth" in links else "the embedded or the decoupled approach"
            raise Said(Saying.CLIENT_REFUSED, f"the bank wants {wanted} for the sign-in instead of a redirect")
        return self._checked(_href(links, "scaRedirect"))

    def _same_origin(self, link: str) -> str:
        joined = _joined(self._details.url("/consents"), link)
        if urlsplit(joined)[:2] != urlsplit(self._details.base_url)[:2]:
            raise Said(Saying.GIBBERISH, "a link of the consent leads to another origin")
        return joined

    def _checked(self, link: str) -> str:
        """An address that a browser may be sent to: https, and nothing that makes it look like another one."""
        try:
            parts = urlsplit(link)
            is_bare = parts.username is None and parts.password is None and bool(parts.hostname)
            _ = parts.port
        except ValueError as error:
            raise Said(Saying.GIBBERISH, "scaRedirect is no address") from error
        plain = parts.scheme == "http" and self._details.base_url.startswith("http:")
        if not is_bare or not (parts.scheme == "https" or plain):
            raise Said(Saying.GIBBERISH, "scaRedirect is no https address, or has user information in it")
        return link


def _document(reply: Reply) -> Mapping[str, Any]:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return document


def _made(document: Mapping[str, Any]) -> _Made:
    consent_id = text_of(document, "consentId")
    if consent_id is None or len(consent_id) > MAX_ID:
        raise Said(Saying.GIBBERISH, "a consent without consentId")
    return _Made(consent_id, mapping(document.get("_links")))


def _href(links: Mapping[str, Any], name: str) -> str:
    """A link's address; it has only what addresses have, so that no header and no page is broken by it."""
    link = mapping(links.get(name)).get("href")
    if not isinstance(link, str) or not 0 < len(link) <= MAX_LINK or not all("!" <= each <= "~" for each in link):
        raise Said(Saying.GIBBERISH, f"{name} is no address")
    if "\\" in link:
        raise Said(Saying.GIBBERISH, f"{name} is no address")
    return link


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError as error:
        raise Said(Saying.GIBBERISH, "a link of the consent is no address") from error


def _address(person: str | None, own: str | None) -> str | None:
    """PSU-IP-Address: the standard's form is IPv4, so a person's IPv6 address is sent only where there is no other."""
    try:
        ip = ipaddress.ip_address(person) if person else None
    except ValueError:
        ip = None
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return own or (str(ip) if ip else None)


def _end_of(day: dt.date) -> int | None:
    """When a consent ends whose last day this is."""
    if day >= FOREVER:
        return None
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()) + DAY
