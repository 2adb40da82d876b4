"""DPoP: proof, with every request, of the private key that tokens are bound to (RFC 9449).

A grant has a key of its own. The nonces that servers give are kept by origin on the line's `nonces`.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit, urlunsplit

from joserfc.jwk import Key

from fanlight.base.clock import Clock
from fanlight.institutions.answers import Reply, Said
from fanlight.oauth import jose

ALGORITHM = "ES256"
LONGEST_NONCE = 1024


class Prover:
    """Makes the proofs of one key. `nonces` are what servers asked to see, by origin."""

    def __init__(self, key: str, nonces: MutableMapping[str, str], clock: Clock) -> None:
        self._key: Key = jose.private_key(key)
        self._nonces = nonces
        self._clock = clock

    @property
    def thumbprint(self) -> str:
        """`dpop_jkt` (RFC 9449 section 10)."""
        return self._key.thumbprint()

    def proof(self, method: str, url: str, access_token: str | None = None) -> str:
        """The value of the DPoP header for one try of one request; another try needs another proof."""
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": target(url), "iat": self._clock()}
        nonce = self._nonces.get(origin(url))
        if nonce is not None:
            claims["nonce"] = nonce
        if access_token is not None:
            claims["ath"] = token_hash(access_token)
        jwk = {name: value for name, value in jose.public_jwk(self._key).items() if name in ("kty", "crv", "x", "y")}
        return jose.sign(claims, self._key, ALGORITHM, typ="dpop+jwt", header={"jwk": jwk})

    def remember(self, url: str, reply: Reply) -> None:
        """Keep the nonce that an answer gives for the next request to its origin (RFC 9449 section 8.2)."""
        nonce = reply.headers.get("dpop-nonce", "")
        if 0 < len(nonce) <= LONGEST_NONCE:
            self._nonces[origin(url)] = nonce


def wants_nonce(reply: Reply) -> bool:
    """Whether an OAuth endpoint, or a resource, refused a proof only for the nonce that it now gives."""
    if not reply.headers.get("dpop-nonce"):
        return False
    if reply.status == 401:
        return "use_dpop_nonce" in reply.headers.get("www-authenticate", "") or _error(reply) == "use_dpop_nonce"
    return reply.status == 400 and _error(reply) == "use_dpop_nonce"


def _error(reply: Reply) -> object:
    try:
        answer = reply.json()
    except Said:
        return None
    return answer.get("error") if isinstance(answer, Mapping) else None


def target(url: str) -> str:
    """`htu`: the address without query and fragment (RFC 9449 section 4.2)."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def token_hash(access_token: str) -> str:
    """`ath`: base64url of the SHA-256 of the token (RFC 9449 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()
