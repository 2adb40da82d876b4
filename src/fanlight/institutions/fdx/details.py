"""The `[fdx]` table of an institution's entry: which version is spoken, and each deviation by its name."""

from typing import Annotated, Literal

import msgspec

DATA_CLUSTERS = ("ACCOUNT_DETAILED", "TRANSACTIONS", "INVESTMENTS", "PAYMENT_SUPPORT", "CUSTOMER_CONTACT")

Version = Literal["auto", "5.0", "5.1", "5.2", "5.3", "6.0", "6.1", "6.2", "6.3", "6.4"]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]


class FdxDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An FDX data provider as its entry describes it; deviations are named here, never coded."""

    base_url: str
    version: Version = "6.4"
    """`auto` asks `/capability` once a run."""
    page_size: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 100
    paging: Literal["cursor", "offset"] = "cursor"
    """`offset`: the provider gives no cursor, pages are counted by `offset` and `limit`."""
    accounts: Literal["details", "lightweight"] = "details"
    """`lightweight`: the list never has figures, each account is asked for by itself."""
    dates: Literal["date", "time", "day"] | None = None
    """`startDate`/`endDate` (since 6.3), `startTime`/`endTime` as instants (before), or the latter as mere days; by the
    version where it is left out."""
    history_days: Days | None = None
    """How far back transactions go, where it is known; else it is found out by asking (FDX code 703)."""
    card_balance: Literal["owed", "signed"] = "owed"
    """Whether a card's currentBalance is positive when owed (the standard) or negative."""
    balance_after: str | None = None
    """Which field of a transaction tells the balance after it; the standard has none."""
    consent: Literal["authorization_details"] | None = None
    """Set where the provider wants FDX's consent request in the authorization request (RFC 9396)."""
    data_clusters: tuple[str, ...] = DATA_CLUSTERS
    """What such a consent is asked for."""
    consent_resource: bool = False
    """Whether the provider has `/consents/{id}`: how a consent stands is read there, and it is ended there."""
