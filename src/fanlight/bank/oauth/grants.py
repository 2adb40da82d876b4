"""Grants: what a customer allowed a client, and the tokens that stand for it.

A token carries its grant; memory only holds what ended and which refresh token is the current one. After a restart
an unknown grant is therefore taken as it is written in the token.
"""

import secrets
from collections import OrderedDict
from typing import TypeVar

import msgspec

from fanlight.bank.sealing import Sealer
from fanlight.base.clock import Clock

K = TypeVar("K")
V = TypeVar("V")

ACCESS_LIFETIME = 900
REFRESH_LIFETIME = 180 * 86_400
REMEMBERED = 50_000


class Grant(msgspec.Struct, array_like=True, frozen=True):
    """A customer's consent, whole in every token made from it."""

    id: str
    brand: str
    username: str
    client_id: str
    scope: str
    accounts: tuple[str, ...]
    granted_at: int


class SealedToken(msgspec.Struct, array_like=True, frozen=True):
    """The content of a token; `rotation` counts the refreshes of its grant."""

    grant: Grant
    rotation: int
    expires_at: int
    serial: str


class TokenPair(msgspec.Struct, frozen=True):
    """A fresh access token and the refresh token that replaces all before it."""

    access: str
    refresh: str


class Grants:
    """Issues, rotates and ends the tokens of all brands."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._clock = clock
        self._access = Sealer(seed, "access token")
        self._refresh = Sealer(seed, "refresh token")
        self._rotations: OrderedDict[str, int] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._revoked_users: OrderedDict[tuple[str, str], int] = OrderedDict()

    def begin(self, brand: str, username: str, client_id: str, scope: str, accounts: tuple[str, ...]) -> Grant:
        """A new grant; it counts as later than any revocation of its user, even within the same second."""
        granted_at = max(self._clock(), self._revoked_users.get((brand, username), -1) + 1)
        return Grant(secrets.token_urlsafe(16), brand, username, client_id, scope, accounts, granted_at)

    def issue(self, grant: Grant, rotation: int = 0) -> TokenPair:
        """Tokens of a grant; the refresh token of this rotation is the only one that still works."""
        now = self._clock()
        _remember(self._rotations, grant.id, rotation)
        access = SealedToken(grant, rotation, now + ACCESS_LIFETIME, secrets.token_urlsafe(6))
        refresh = SealedToken(grant, rotation, now + REFRESH_LIFETIME, "")
        return TokenPair(self._access.seal(access), self._refresh.seal(refresh))

    def of_access_token(self, text: str) -> Grant | None:
        """The grant behind an access token that is live."""
        token = self._live(self._access.open(text, SealedToken))
        return None if token is None or token.serial in self._ended else token.grant

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
