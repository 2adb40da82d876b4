"""JWTs that clients sign: assertions, request objects, DPoP proofs. What they have in common is checked here."""

import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
"""What FAPI 2.0 (5.4.1) lets sign; `Ed25519` is the name that RFC 9864 gives to EdDSA with that curve."""
CLOCK_SKEW = 10
"""Seconds that a client's clock may be ahead (FAPI 2.0 5.3.2.1)."""
LONGEST = 8192
_NO_JWT = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error)
_SMALLEST_RSA = 2048


class _Registry(JWSRegistry):
    """These algorithms, and header parameters that it does not know, but no `crit` one (RFC 7515 4).

    `EdDSA` has another name now, and clients will go on using this one: no warning about it.
    """

    def __init__(self) -> None:
        super().__init__(strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_REGISTRY = _Registry()


class BadJwtError(Exception):
    """A JWT that is refused; the text says why, without what it holds."""


class Jwt(NamedTuple):
    """A JWT whose signature is right; its claims are not checked yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def header_of(text: str) -> Mapping[str, Any]:
    """The header, before anything is checked; raises BadJwtError."""
    if len(text) > LONGEST:
        raise BadJwtError("the JWT is too long")
    try:
        return jws.extract_compact(text.encode()).headers()
    except _NO_JWT as error:
        raise BadJwtError("it is not a JWT") from error


def peeked(text: str) -> Mapping[str, Any]:
    """The claims by the JWT's own word, to find the client whose keys it is checked with; raises BadJwtError."""
    header_of(text)
    try:
        claims = msgspec.json.decode(jws.extract_compact(text.encode()).payload)
    except _NO_JWT as error:
        raise BadJwtError("it has no claims") from error
    if not isinstance(claims, dict):
        raise BadJwtError("it has no claims")
    return claims


def verified(text: str, jwks: Mapping[str, Any]) -> Jwt:
    """A JWT signed with one of a client's registered keys; the one of its `kid` where it has one."""
    kid = header_of(text).get("kid")
    keys = [key for key in _public_keys(jwks) if kid is None or key.kid == kid]
    for key in keys:
        try:
            return verified_with(text, key)
        except BadJwtError:
            continue
    raise BadJwtError("it is not signed with a key of this client")


def verified_with(text: str, key: ECKey | RSAKey | OKPKey) -> Jwt:
    """A JWT signed with this key, by an algorithm that is asymmetric and strong enough."""
    try:
        token = jwt.decode(text, key, registry=_REGISTRY)
    except _NO_JWT as error:
        raise BadJwtError("its signature does not fit") from error
    if isinstance(key, RSAKey) and key.private_key is None and key.public_key.key_size < _SMALLEST_RSA:
        raise BadJwtError("its key is too short")
    return Jwt(token.header, token.claims)


def check_times(claims: Mapping[str, Any], now: int, *, longest: int) -> int:
    """`exp` must be there, at most `longest` seconds ahead; `nbf` and `iat` not in the future. Gives `exp`."""
    exp = _number(claims, "exp")
    if exp is None or exp <= now:
        raise BadJwtError("exp is missing or past")
    if exp > now + longest + CLOCK_SKEW:
        raise BadJwtError(f"exp is more than {longest} seconds ahead")
    for name in ("nbf", "iat"):
        moment = _number(claims, name)
        if moment is not None and moment > now + CLOCK_SKEW:
            raise BadJwtError(f"{name} is in the future")
    return exp


def audience(claims: Mapping[str, Any]) -> list[str]:
    """`aud` as a list, whatever form it has."""
    given = claims.get("aud")
    listed = given if isinstance(given, list) else [given]
    return [each for each in listed if isinstance(each, str)]


def _public_keys(jwks: Mapping[str, Any]) -> list[ECKey | RSAKey | OKPKey]:
    keys = KeySet.import_key_set({"keys": list(jwks["keys"])}).keys
    return [key for key in keys if isinstance(key, ECKey | RSAKey | OKPKey)]


def _number(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 53:
        raise BadJwtError(f"{name} is not a time")
    return int(value)
