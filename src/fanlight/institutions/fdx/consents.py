"""Consents of FDX: a consent request inside the authorization request, and the consent that comes of it.

Sources: FDX consent API (`/consents/{id}`, `/consents/{id}/revocation`), RFC 9396 for `authorization_details`.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec

from fanlight.base.clock import DAY, date_of
from fanlight.institutions import values
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.fdx.refusals import refusal
from fanlight.institutions.port import Access, Consent, ConsentRequest, ConsentState

TYPE = "fdx_v1.0"
LONGEST = 365
"""Days: an authorization lasts a year at most."""
_STATUSES: dict[str, ConsentState] = {
    "ACTIVE": ConsentState(status="active"),
    "PENDING": ConsentState(status="waiting"),
    "REJECTED": ConsentState(status="rejected"),
    "EXPIRED": ConsentState(status="ended"),
    "REVOKED": ConsentState(status="ended"),
}
_GONE = frozenset((404, 409, 410))


class FdxConsents:
    """What one provider does with consents."""

    def __init__(self, details: FdxDetails, consent_days: int | None) -> None:
        self._details = details
        self._days = min(consent_days or LONGEST, LONGEST)

    async def create(self, wanted: ConsentRequest, access: Access) -> Consent:  # noqa: ARG002 - nothing is asked yet
        """The consent request that goes with the authorization request; its id comes with the tokens, as `grant_id`."""
        if self._details.consent is None:
            return Consent(id=None)
        asked = {
            "durationType": "TIME_BOUND",
            "durationPeriod": self._days,
            "lookbackPeriod": (date_of(wanted.now) - wanted.history_from).days,
            "resources": [{"resourceType": "ACCOUNT", "dataClusters": list(self._details.data_clusters)}],
        }
        details = [{"type": TYPE, "consentRequest": asked}]
        return Consent(id=None, parameters={"authorization_details": details}, expires_at=wanted.now + self._days * DAY)

    async def read(self, consent_id: str, access: Access) -> ConsentState:
        """How it stands. A provider without the resource is believed by its tokens alone: active while they work."""
        if not self._details.consent_resource:
            return ConsentState(status="active")
        reply = await access.request("GET", self._url(consent_id), _headers())
        if reply.status != 200:
            raise refusal(reply)
        document = values.mapping(reply.json())
        state = _STATUSES.get(values.text_of(document, "status") or "")
        if state is None:
            raise Said(Saying.GIBBERISH, "a consent of an unknown status")
        return msgspec.structs.replace(state, expires_at=_end(document))

    async def revoke(self, consent_id: str, access: Access) -> None:
        """End it; a provider without the resource ends it with the tokens."""
        if not self._details.consent_resource:
            return
        content = msgspec.json.encode({"reason": "USER_ACTION", "initiator": "DATA_RECIPIENT"})
        url = f"{self._url(consent_id)}/revocation"
        reply = await access.request("PUT", url, {**_headers(), "content-type": "application/json"}, content)
        if not _is_ended(reply):
            raise refusal(reply)

    def _url(self, consent_id: str) -> str:
        return f"{self._details.base_url.rstrip('/')}/consents/{quote(consent_id, safe='')}"


def _is_ended(reply: Reply) -> bool:
    return 200 <= reply.status < 300 or reply.status in _GONE


def _end(document: Mapping[str, Any]) -> int | None:
    """When a consent ends; a day alone counts to its end."""
    end = values.instant_of(document, "expirationTime")
    if end is not None and len(values.text_of(document, "expirationTime") or "") == len("2026-01-31"):
        end += dt.timedelta(days=1)
    return None if end is None else int(end.timestamp())


def _headers() -> dict[str, str]:
    return {"x-fapi-interaction-id": str(uuid4())}
