"""`authorization_details` (RFC 9396) as FDX uses them: a consent request that names clusters of data."""

from typing import Any

import msgspec

DETAILS_TYPE = "fdx_v1.0"
LONGEST_CONSENT = 365
"""Days: FDX lets an authorization last a year at most."""
_CLUSTERS = {
    "ACCOUNT_BASIC": "fdx:accountbasic:read",
    "ACCOUNT_DETAILED": "fdx:accountdetailed:read",
    "TRANSACTIONS": "fdx:transactions:read",
    "INVESTMENTS": "fdx:investments:read",
    "PAYMENT_SUPPORT": "fdx:paymentsupport:read",
    "ACCOUNT_PAYMENTS": "fdx:paymentsupport:read",
    "CUSTOMER_CONTACT": "fdx:customercontact:read",
    "CUSTOMER_PERSONAL": "fdx:customerpersonal:read",
    "STATEMENTS": "fdx:statements:read",
}
_DURATIONS = frozenset(("ONE_TIME", "TIME_BOUND", "PERSISTENT"))
_MOST_RESOURCES = 20
_LONGEST = 2000
"""Characters of the whole text: every token carries it."""


# Strict: an unknown member would be granted without being understood (RFC 9396 5).
class Resource(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Clusters of data, of accounts or of the customer."""

    data_clusters: list[str]
    resource_type: str | None = None
    resource_id: str | None = None


class ConsentRequest(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What FDX puts into an authorization detail; durations in days."""

    duration_type: str
    resources: list[Resource]
    duration_period: int | None = None
    lookback_period: int | None = None


class Detail(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """One of the details."""

    type: str
    consent_request: ConsentRequest


class Asked(msgspec.Struct, frozen=True):
    """A checked request: the scopes that its clusters stand for, how long it asks for, and the text to give back."""

    scopes: tuple[str, ...]
    days: int
    text: str


def read(text: str) -> Asked | None:
    """The details of a request; None where they are not to be granted (`invalid_authorization_details`)."""
    if len(text) > _LONGEST:
        return None
    try:
        (detail,) = msgspec.json.decode(text, type=list[Detail])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    asked = detail.consent_request
    clusters = [cluster for resource in asked.resources for cluster in resource.data_clusters]
    period = asked.duration_period
    rules = (
        detail.type == DETAILS_TYPE,
        asked.duration_type in _DURATIONS,
        period is None or 1 <= period <= LONGEST_CONSENT,
        asked.duration_type != "TIME_BOUND" or period is not None,
        0 < len(asked.resources) <= _MOST_RESOURCES,
        0 < len(clusters) <= _MOST_RESOURCES * len(_CLUSTERS),
        all(cluster in _CLUSTERS for cluster in clusters),
    )
    if not all(rules):
        return None
    scopes = dict.fromkeys(_CLUSTERS[cluster] for cluster in clusters)
    return Asked(tuple(scopes), period or 0, msgspec.json.encode([detail]).decode())


def shown(text: str) -> list[dict[str, Any]]:
    """The details as a token answer or an introspection tells them."""
    told: list[dict[str, Any]] = msgspec.json.decode(text)
    return told
