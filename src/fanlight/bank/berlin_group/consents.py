"""Consents: what a client asked for, who gave it, how often it was used today, and how it ended.

They are kept in memory alone: a bank that is started anew knows none of them, and people have to give them again.
"""

import datetime as dt
import secrets
from collections import Counter, OrderedDict

import msgspec

from fanlight.bank.berlin_group.answers import Xs2aError
from fanlight.base.clock import DAY, Clock, date_of

REMEMBERED = 10_000
RECEIVED, VALID, REJECTED = "received", "valid", "rejected"
REVOKED, EXPIRED, TERMINATED = "revokedByPsu", "expired", "terminatedByTpp"
FIRST_HOUR = 3600
"""Seconds after the sign-in in which older transactions may be read (Regulation (EU) 2018/389, article 10)."""


class Consent(msgspec.Struct):
    """A consent; `username` and `given_at` are there once somebody has signed in for it."""

    id: str
    brand: str
    valid_until: dt.date
    calls_per_day: int
    recurring: bool
    access: dict[str, object]
    return_uri: str
    decline_uri: str
    status: str = RECEIVED
    username: str = ""
    given_at: int = 0
    day: dt.date = dt.date.min
    used: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def tells_owners(self) -> bool:
        return "ownerName" in str(self.access) or "WithOwnerName" in str(self.access)


class Consents:
    """The consents of all brands."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._consents: OrderedDict[str, Consent] = OrderedDict()

    def begin(self, consent: Consent) -> None:
        self._consents[consent.id] = consent
        if len(self._consents) > REMEMBERED:
            self._consents.popitem(last=False)

    def find(self, brand: str, consent_id: str) -> Consent | None:
        """A consent with its status of this moment."""
        consent = self._consents.get(consent_id)
        if consent is None or consent.brand != brand:
            return None
        if consent.status in (RECEIVED, VALID) and date_of(self._clock()) > consent.valid_until:
            consent.status = EXPIRED
        return consent

    def give(self, consent: Consent, username: str) -> None:
        """A person gives it. A recurring one ends the one before, without a word to anybody."""
        if consent.recurring:
            for each in self._consents.values():
                is_same_person = (each.brand, each.username) == (consent.brand, username)
                if each.recurring and is_same_person and each.status == VALID:
                    each.status = EXPIRED
        consent.username, consent.given_at, consent.status = username, self._clock(), VALID

    def revoke_user(self, brand: str, username: str) -> None:
        """End every consent of a person, as they do in the bank's own settings."""
        for each in self._consents.values():
            if (each.brand, each.username, each.status) == (brand, username, VALID):
                each.status = REVOKED

    def use(self, consent: Consent, what: str, *, attended: bool) -> None:
        """Count a call. Raises Xs2aError when an unattended one is one too many today."""
        today = date_of(self._clock())
        if consent.day != today:
            consent.day, consent.used = today, Counter()
        if attended:
            return
        if consent.used[what] >= consent.calls_per_day:
            wait = str(DAY - self._clock() % DAY).encode()
            raise Xs2aError(429, "ACCESS_EXCEEDED", "The accesses of this day are used up.", [(b"retry-after", wait)])
        consent.used[what] += 1


def new_id() -> str:
    return secrets.token_urlsafe(24)
