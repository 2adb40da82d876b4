"""Signatures: made with this server's keys, and checked by one algorithm that the caller names.

What a token's header says chooses a key at most, never an algorithm (RFC 8725 3.1).
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from fanlight.institutions.answers import Said, Saying

_KINDS = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA", "EdDSA": "OKP"}
_BY_KIND = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}
# RFC 9864 gave Ed25519 a name of its own; both are in use for it.
_SPELLINGS = {"EdDSA": ("EdDSA", "Ed25519")}
_FAULTS = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
SMALLEST_RSA = 2048
"""Bits of an RSA key (FAPI 2.0 section 5.4.1)."""


class BadKey(Exception):
    """A private key that nothing can be signed with; the message never holds any of it."""


class _OneAlgorithm(jws.JWSRegistry):
    """Takes the one algorithm that is configured, and headers that it does not know, but no `crit` one."""

    def __init__(self, algorithm: str) -> None:
        self._spellings = _SPELLINGS.get(algorithm, (algorithm,))
        super().__init__(algorithms=self._spellings, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in self._spellings:
            raise UnsupportedAlgorithmError("another algorithm than the configured one")
        return self.algorithms[name]


_REGISTRIES = {algorithm: _OneAlgorithm(algorithm) for algorithm in _KINDS}


def private_key(text: str) -> Key:
    """A private key from a JWK as JSON, or from PEM: P-256, RSA of 2048 bits or more, or Ed25519. Raises BadKey."""
    try:
        key = _imported(text.strip())
        fits = key.is_private and _is_strong(key)
    except _FAULTS as error:
        raise BadKey("the key cannot be read: neither a PEM private key nor a JWK") from error
    if not fits:
        raise BadKey("the key must be a private one: P-256, RSA of at least 2048 bits, or Ed25519")
    return key


def _imported(text: str) -> Key:
    if text.startswith("{"):
        return JWKRegistry.import_key(json.loads(text))
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            return kind.import_key(text)
        except _FAULTS:
            continue
    raise ValueError("no private key in PEM")


def _is_strong(key: Key) -> bool:
    if isinstance(key, RSAKey):
        return key.raw_value.key_size >= SMALLEST_RSA
    return isinstance(key, ECKey | OKPKey) and key.curve_name in ("P-256", "Ed25519")


def new_key() -> str:
    """A fresh P-256 key, a private JWK as JSON."""
    return json.dumps(ECKey.generate_key("P-256").as_dict(private=True))


def algorithm_of(key: Key) -> str:
    """What a key signs with unless something else is said."""
    return _BY_KIND[key.key_type]


def suits(key: Key, algorithm: str) -> bool:
    return _KINDS[algorithm] == key.key_type


def key_id(key: Key) -> str:
    """The key's own `kid`, else its thumbprint (RFC 7638)."""
    return key.kid or key.thumbprint()


def public_jwk(key: Key) -> dict[str, Any]:
    """What others check this key's signatures with, without anything that is private."""
    return dict(key.as_dict(private=False))


def sign(claims: Mapping[str, Any], key: Key, algorithm: str, *, typ: str, header: Mapping[str, Any]) -> str:
    """A signed JWT in compact form."""
    whole = {"alg": algorithm, "typ": typ, **header}
    return jwt.encode(whole, dict(claims), key, registry=_REGISTRIES[algorithm])


def verified(token: str, keys: Mapping[str, Any], algorithm: str, what: str) -> dict[str, Any]:
    """The claims of a JWT that one of the server's keys signed; raises Said(GIBBERISH), which names `what` it was."""
    try:
        key = _choose(keys, peek_header(token, what).get("kid"), algorithm)
        return dict(jwt.decode(token, key, registry=_REGISTRIES[algorithm]).claims)
    except _FAULTS as error:
        raise Said(Saying.GIBBERISH, f"the {what} is not valid ({type(error).__name__})") from error


def peek_header(token: str, what: str) -> dict[str, Any]:
    """A JWT's header, not believed for anything but finding a key."""
    return _peek(token, 0, what)


def peek_claims(token: str, what: str) -> dict[str, Any]:
    """A JWT's claims, not believed for anything: the signature was not looked at."""
    return _peek(token, 1, what)


def _peek(token: str, part: int, what: str) -> dict[str, Any]:
    try:
        read = json.loads(_decoded(token.split(".")[part]))
    except (*_FAULTS, IndexError) as error:
        raise Said(Saying.GIBBERISH, f"the {what} is not a JWT") from error
    if not isinstance(read, dict):
        raise Said(Saying.GIBBERISH, f"the {what} is not a JWT")
    return read


def _choose(keys: Mapping[str, Any], kid: object, algorithm: str) -> Key:
    """The key that is named; where none is named there must be one only that could be meant (OIDC Core 10.1)."""
    able = [key for key in keys.get("keys", ()) if isinstance(key, dict) and _is_able(key, algorithm)]
    named = [key for key in able if kid is None or key.get("kid") == kid]
    if len(named) != 1:
        raise KeyError("no such key" if not named else "which key is not said")
    key = JWKRegistry.import_key(named[0])
    if not _is_strong(key):
        raise ValueError("a key that is too weak")
    return key


def _is_able(jwk: Mapping[str, Any], algorithm: str) -> bool:
    return (
        jwk.get("kty") == _KINDS[algorithm]
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg") in (None, *_SPELLINGS.get(algorithm, (algorithm,)))
    )


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
