"""DPoP (RFC 9449): proofs that the sender of a request holds a key, and the nonces that make them fresh."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from fanlight.bank.expiring import Expiring
from fanlight.bank.oauth.jwts import CLOCK_SKEW, BadJwtError, header_of, verified_with
from fanlight.bank.sealing import Sealer
from fanlight.base.asgi import Request
from fanlight.base.clock import Clock

HEADER = b"dpop"
NONCE_HEADER = b"dpop-nonce"
PROOF_LIFETIME = 60
NONCE_LIFETIME = 300
_LONGEST_JTI = 256
_MOST_PROOFS = 20_000


class BadProofError(Exception):
    """A proof that is refused with `invalid_dpop_proof` or `use_dpop_nonce`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class Proofs:
    """Checks proofs and remembers them; makes nonces that need no memory."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._clock = clock
        # The same for all brands: they are at one origin, and clients keep nonces by origin.
        self._nonces = Sealer(seed, "dpop nonce")
        self._seen: Expiring[bool] = Expiring(clock, PROOF_LIFETIME + 2 * CLOCK_SKEW, _MOST_PROOFS)

    def nonce(self) -> str:
        """A fresh nonce; those before it stay good until they are old."""
        return self._nonces.seal(self._clock())

    def check(self, request: Request, url: str, *, needs_nonce: bool, access_token: str | None = None) -> str | None:
        """The thumbprint (RFC 7638) of the key that a request's proof shows; None without a proof.

        `url` is where the request came to. Raises BadProofError.
        """
        proofs = [value for name, value in request.scope["headers"] if name == HEADER]
        if not proofs:
            return None
        if len(proofs) > 1:
            raise BadProofError("invalid_dpop_proof", "There is more than one proof.")
        try:
            return self._checked(proofs[0].decode("latin-1"), request.method, url, needs_nonce, access_token)
        except BadJwtError as error:
            raise BadProofError("invalid_dpop_proof", f"The DPoP proof is refused: {error}.") from error

    def _checked(self, text: str, method: str, url: str, needs_nonce: bool, access_token: str | None) -> str:
        key = _key(text)
        claims = verified_with(text, key).claims
        now, jti = self._clock(), claims.get("jti")
        rules = (
            (claims.get("htm") == method, "htm is another method"),
            (_bare(claims.get("htu")) == _bare(url), "htu is another address"),
            (_is_recent(claims.get("iat"), now), "iat is missing, old or early"),
            (isinstance(jti, str) and 0 < len(jti) <= _LONGEST_JTI, "jti is missing or too long"),
            (access_token is None or _fits(claims.get("ath"), access_token), "ath is not of this access token"),
        )
        broken = next((text for kept, text in rules if not kept), None)
        if broken is not None:
            raise BadJwtError(broken)
        if needs_nonce:
            self._check_nonce(claims.get("nonce"))
        thumbprint = key.thumbprint()
        place = f"{thumbprint} {jti}"
        if self._seen.get(place):
            raise BadJwtError("it was used before")
        self._seen.put(place, True)
        return thumbprint

    def _check_nonce(self, nonce: object) -> None:
        made = self._nonces.open(nonce, int) if isinstance(nonce, str) else None
        if made is None or not made <= self._clock() < made + NONCE_LIFETIME:
            raise BadProofError("use_dpop_nonce", "The DPoP proof needs the nonce of this answer.")


def _key(text: str) -> ECKey | RSAKey | OKPKey:
    header = header_of(text)
    jwk: Any = header.get("jwk")
    if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict):
        raise BadJwtError("typ or jwk is missing")
    if "d" in jwk or jwk.get("kty") == "oct":
        raise BadJwtError("jwk is not a public key")
    try:
        key = JWKRegistry.import_key(jwk)
    except Exception as error:  # the library raises many kinds for what a stranger made up
        raise BadJwtError("jwk is not a key") from error
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise BadJwtError("jwk is not a public key")
    return key


def _bare(url: object) -> tuple[str, str, str] | None:
    """Scheme, host with port and path: what of an address a proof is for (RFC 9449 4.3)."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    usual = {"https": 443, "http": 80}.get(parts.scheme.lower())
    host = (parts.hostname or "") + ("" if port in (None, usual) else f":{port}")
    return parts.scheme.lower(), host, parts.path or "/"


def _fits(ath: object, access_token: str) -> bool:
    digest = hashlib.sha256(access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return isinstance(ath, str) and hmac.compare_digest(ath.encode(), expected.encode())


def _is_recent(iat: object, now: int) -> bool:
    return isinstance(iat, int | float) and now - PROOF_LIFETIME <= iat <= now + CLOCK_SKEW
