"""Account access consents: the resource that a person's authorization stands on, asked for with our own right."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.port import Access, Consent, ConsentRequest, ConsentState
from fanlight.institutions.uk.details import UkDetails
from fanlight.institutions.uk.pages import Refused, data, refused
from fanlight.institutions.values import moment_of, text_of

MAX_ID = 128
"""Characters of a ConsentId (OBReadConsentResponse1)."""

# Status of 3.1 and of 4.0; the former has no word for one that has run out.
_STATUSES: dict[str, Literal["waiting", "active", "rejected", "ended"]] = {
    "AwaitingAuthorisation": "waiting",
    "Authorised": "active",
    "Rejected": "rejected",
    "Revoked": "ended",
    "Expired": "ended",
    "AWAU": "waiting",
    "AUTH": "active",
    "RJCT": "rejected",
    "CANC": "ended",
    "EXPD": "ended",
}


class UkConsents:
    """`/account-access-consents` of one institution."""

    def __init__(self, details: UkDetails, consent_days: int | None) -> None:
        self._details = details
        self._days = consent_days

    async def create(self, wanted: ConsentRequest, access: Access) -> Consent:
        """The id of a consent that waits, which the authorization request names as openbanking_intent_id."""
        headers = {**headers_of(self._details), "content-type": "application/json"}
        if wanted.person_ip is not None:
            headers["x-fapi-customer-ip-address"] = wanted.person_ip
        if self._details.idempotency_keys:
            headers["x-idempotency-key"] = str(uuid4())
        content = msgspec.json.encode({"Data": asked_for(wanted, self._details, self._days), "Risk": {}})
        reply = await access.request("POST", self._url(), headers, content)
        if reply.status not in (200, 201):
            raise _not_taken(refused(reply))
        told = _consent(reply)
        if _state(told).status not in ("waiting", "active"):
            raise Said(Saying.CLIENT_REFUSED, "the institution refused the consent at once")
        return Consent(
            id=_id(told), parameters=self._claims(_id(told)), expires_at=moment_of(told, "ExpirationDateTime")
        )

    async def read(self, consent_id: str, access: Access) -> ConsentState:
        reply = await access.request("GET", self._url(consent_id), headers_of(self._details))
        if reply.status == 200:
            return _state(_consent(reply))
        no = refused(reply)
        if no.is_not_found or no.is_about_consent:
            return ConsentState(status="ended")
        raise _not_taken(no)

    async def revoke(self, consent_id: str, access: Access) -> None:
        reply = await access.request("DELETE", self._url(consent_id), headers_of(self._details))
        if reply.status in (200, 202, 204):
            return
        no = refused(reply)
        if not (no.is_not_found or no.is_about_consent):
            raise _not_taken(no)

    def _url(self, consent_id: str | None = None) -> str:
        root = f"{self._details.root}/account-access-consents"
        return root if consent_id is None else f"{root}/{quote(consent_id, safe='')}"

    def _claims(self, consent_id: str) -> dict[str, Any]:
        """The claims request of the Open Banking security profile (OpenID Connect Core 5.5)."""
        wanted: dict[str, Any] = {"openbanking_intent_id": {"value": consent_id, "essential": True}}
        if self._details.acr_values:
            wanted["acr"] = {"essential": True, "values": list(self._details.acr_values)}
        return {"claims": {"id_token": wanted}}


def asked_for(wanted: ConsentRequest, details: UkDetails, days: int | None = None) -> dict[str, Any]:
    """`Data` of an OBReadConsent1: permissions, from which day on, and the end where there is one."""
    asked: dict[str, Any] = {"Permissions": list(details.permissions)}
    if days is not None:
        asked["ExpirationDateTime"] = _moment(wanted.now + days * 86_400)
    if details.may_read("ReadTransactionsBasic", "ReadTransactionsDetail"):
        first = wanted.history_from
        if details.history_days is not None:
            today = dt.datetime.fromtimestamp(wanted.now, dt.UTC).date()
            first = max(first, today - dt.timedelta(days=details.history_days))
        asked["TransactionFromDateTime"] = f"{first.isoformat()}T00:00:00+00:00"
    return asked


def headers_of(details: UkDetails) -> dict[str, str]:
    """What every request carries: an id of its own, and the institution's where it wants to be told."""
    headers = {"x-fapi-interaction-id": str(uuid4())}
    return headers if details.financial_id is None else {**headers, "x-fapi-financial-id": details.financial_id}


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def _consent(reply: Reply) -> Mapping[str, Any]:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return data(document)


def _id(told: Mapping[str, Any]) -> str:
    found = text_of(told, "ConsentId")
    if found is None or len(found) > MAX_ID:
        raise Said(Saying.GIBBERISH, "a consent without ConsentId")
    return found


def _state(told: Mapping[str, Any]) -> ConsentState:
    status = _STATUSES.get(text_of(told, "Status") or "")
    if status is None:
        raise Said(Saying.GIBBERISH, "a consent with a status that the standard does not have")
    return ConsentState(status=status, expires_at=moment_of(told, "ExpirationDateTime"))


def _not_taken(no: Refused) -> Said:
    """Here nobody but this server is spoken to: a refusal is about its registration, or what its entry asks for."""
    saying = Saying.UNAVAILABLE if no.status == 404 else Saying.CLIENT_REFUSED
    return Said(saying, f"the consent resource answered {no.detail}")
