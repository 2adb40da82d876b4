"""Account access consents: what a client may read of whom, made before the customer is asked.

A consent's id carries its content, so that it outlives the process. Memory only holds what was decided about it; after
a restart an older one is taken as authorised, for only its tokens can still use it.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from fanlight.bank.sealing import Sealer
from fanlight.bank.uk.words import PERMISSIONS, Status
from fanlight.base.clock import Clock

REMEMBERED = 50_000
_CODES = tuple(PERMISSIONS)


class Consent(msgspec.Struct, array_like=True, frozen=True):
    """What a client asked for; moments in Unix seconds, 0 where there is none. `bits` are the permissions."""

    brand: str
    client: bytes
    bits: int
    expires_at: int
    first: int
    last: int
    created_at: int
    serial: bytes

    @property
    def permissions(self) -> tuple[str, ...]:
        return tuple(code for place, code in enumerate(_CODES) if self.bits >> place & 1)

    def allows(self, *permissions: str) -> bool:
        """Whether it holds any of these."""
        return not frozenset(permissions).isdisjoint(self.permissions)


class Asked(msgspec.Struct, frozen=True):
    """The checked `Data` of a request."""

    permissions: frozenset[str]
    expires_at: int = 0
    first: int = 0
    last: int = 0


class Consents:
    """The consents of all brands; the issuers ask it what a customer is to decide, and tell it what was decided."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._clock = clock
        self._since = clock()
        self._sealer = Sealer(seed, "uk consent")
        self._statuses: OrderedDict[str, tuple[Status, int]] = OrderedDict()

    def create(self, brand: str, client_id: str, asked: Asked) -> str:
        """A consent that awaits its customer; the id that stands for it."""
        bits = sum(1 << place for place, code in enumerate(_CODES) if code in asked.permissions)
        consent = Consent(
            brand, _client(client_id), bits, asked.expires_at, asked.first, asked.last, self._clock(),
            secrets.token_bytes(6),
        )  # fmt: skip
        consent_id = self._sealer.seal(consent)
        self._remember(consent_id, Status.AWAITING)
        return consent_id

    def find(self, brand: str, client_id: str, consent_id: str) -> Consent | None:
        """A consent of this client at this brand."""
        consent = self._sealer.open(consent_id, Consent)
        return (
            consent if consent is not None and (consent.brand, consent.client) == (brand, _client(client_id)) else None
        )

    def status(self, consent_id: str, consent: Consent) -> tuple[Status, int]:
        """How it stands, and since when."""
        default = Status.AUTHORISED if consent.created_at < self._since else Status.AWAITING
        status, since = self._statuses.get(consent_id, (default, consent.created_at))
        if status is Status.AUTHORISED and 0 < consent.expires_at <= self._clock():
            return Status.EXPIRED, consent.expires_at
        return status, since

    def cancel(self, consent_id: str) -> None:
        self._remember(consent_id, Status.CANCELLED)

    def wanted(self, brand: str, client_id: str, intent_id: str) -> Sequence[str] | None:
        """What the customer is asked for, line by line; None where no such consent of this client awaits a decision."""
        consent = self.find(brand, client_id, intent_id)
        if consent is None or self.status(intent_id, consent)[0] is not Status.AWAITING:
            return None
        return [PERMISSIONS[code] for code in consent.permissions]

    def decided(self, brand: str, intent_id: str, username: str, accounts: Sequence[str] | None) -> None:  # noqa: ARG002
        """The customer's decision; which accounts they chose is in the tokens."""
        self._remember(intent_id, Status.REJECTED if accounts is None else Status.AUTHORISED)

    def _remember(self, consent_id: str, status: Status) -> None:
        self._statuses[consent_id] = (status, self._clock())
        self._statuses.move_to_end(consent_id)
        if len(self._statuses) > REMEMBERED:
            self._statuses.popitem(last=False)


def _client(client_id: str) -> bytes:
    """Short: a ConsentId has at most 128 characters."""
    return hashlib.blake2b(client_id.encode(), digest_size=8).digest()
