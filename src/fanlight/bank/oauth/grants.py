"""Grants: what a customer allowed a client, and the tokens that stand for it.

A token carries its grant; memory only holds what ended and which refresh token is the current one. After a restart
an unknown grant is therefore taken as it is written in the token.
"""

import secrets
from collections import OrderedDict
from typing import TypeVar

import msgspec

from fanlight.bank.sealing import Sealer
from fanlight.base.clock import DAY, Clock

K = TypeVar("K")
V = TypeVar("V")

ACCESS_LIFETIME = 900
REFRESH_LIFETIME = 180 * 86_400
REMEMBERED = 50_000


class Grant(msgspec.Struct, array_like=True, frozen=True):
    """A customer's consent, whole in every token made from it.

    Without a `username` it is what a client may do for itself (client_credentials). `intent_id` is the consent that
    was made before, `details` the authorization_details as JSON text, `ends_at` 0 where there is no end.
    """

    id: str
    brand: str
    username: str
    client_id: str
    scope: str
    accounts: tuple[str, ...]
    granted_at: int
    intent_id: str = ""
    details: str = ""
    ends_at: int = 0


class SealedToken(msgspec.Struct, array_like=True, frozen=True):
    """The content of a token; `rotation` counts the refreshes of its grant, `jkt` is the key that it is bound to."""

    grant: Grant
    rotation: int
    expires_at: int
    serial: str
    jkt: str = ""


class Tokens(msgspec.Struct, frozen=True):
    """A fresh access token, and the refresh token that replaces all before it."""

    access: str
    refresh: str | None
    jkt: str
    lifetime: int


class Grants:
    """Issues, rotates and ends the tokens of all brands."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._clock = clock
        self._access = Sealer(seed, "access token")
        self._refresh = Sealer(seed, "refresh token")
        self._rotations: OrderedDict[str, int] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._revoked_users: OrderedDict[tuple[str, str], int] = OrderedDict()

    def begin(
        self, brand: str, username: str, client_id: str, scope: str, accounts: tuple[str, ...], *,
        intent_id: str = "", details: str = "", days: int = 0,
    ) -> Grant:  # fmt: skip
        """A new grant; it counts as later than any revocation of its user, even within the same second."""
        granted_at = max(self._clock(), self._revoked_users.get((brand, username), -1) + 1)
        ends_at = granted_at + days * DAY if days else 0
        identity = secrets.token_urlsafe(16)
        return Grant(identity, brand, username, client_id, scope, accounts, granted_at, intent_id, details, ends_at)

    def issue(self, grant: Grant, rotation: int = 0, jkt: str | None = None, lifetime: int = ACCESS_LIFETIME) -> Tokens:
        """Tokens of a grant; the refresh token of this rotation is the only one that still works.

        The access token is bound to the key with this thumbprint. The refresh token is not: it is the client's, which
        authenticates (RFC 9449 5). A client's own grant has none.
        """
        now = self._clock()
        _remember(self._rotations, grant.id, rotation)
        ends_at = grant.ends_at or now + REFRESH_LIFETIME
        life = min(now + lifetime, ends_at)
        access = self._access.seal(SealedToken(grant, rotation, life, secrets.token_urlsafe(6), jkt or ""))
        refresh = SealedToken(grant, rotation, min(now + REFRESH_LIFETIME, ends_at), "")
        return Tokens(access, self._refresh.seal(refresh) if grant.username else None, jkt or "", life - now)

    def access(self, text: str) -> SealedToken | None:
        """An access token that is live."""
        token = self._live(self._access.open(text, SealedToken))
        return None if token is None or token.serial in self._ended else token

    def peek(self, text: str) -> SealedToken | None:
        """A live token of either kind, looked at without being used."""
        refresh = self._live(self._refresh.open(text, SealedToken))
        if refresh is not None and refresh.rotation < self._rotations.get(refresh.grant.id, 0):
            return None
        return refresh or self.access(text)

    def of_refresh_token(self, text: str) -> SealedToken | None:
        """A refresh token that may be used now; using one that was rotated away ends its grant (RFC 9700 4.14)."""
        token = self._live(self._refresh.open(text, SealedToken))
        if token is not None and token.rotation < self._rotations.get(token.grant.id, 0):
            self.end(token.grant.id)
            return None
        return token

    def owner(self, text: str) -> Grant | None:
        """The grant that a token of either kind was made for, ended or not."""
        token = self._access.open(text, SealedToken) or self._refresh.open(text, SealedToken)
        return None if token is None else token.grant

    def revoke(self, text: str) -> None:
        """End an access token, or with a refresh token its whole grant (RFC 7009 2.1)."""
        access = self._access.open(text, SealedToken)
        if access is not None:
            _remember(self._ended, access.serial, None)
            return
        refresh = self._refresh.open(text, SealedToken)
        if refresh is not None:
            self.end(refresh.grant.id)

    def end(self, grant_id: str) -> None:
        _remember(self._ended, grant_id, None)

    def revoke_user(self, brand: str, username: str) -> None:
        """End every grant that the user gave so far, also those from before a restart."""
        _remember(self._revoked_users, (brand, username), self._clock())

    def _live(self, token: SealedToken | None) -> SealedToken | None:
        if token is None or token.expires_at <= self._clock() or token.grant.id in self._ended:
            return None
        revoked_at = self._revoked_users.get((token.grant.brand, token.grant.username))
        return None if revoked_at is not None and token.grant.granted_at <= revoked_at else token


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
