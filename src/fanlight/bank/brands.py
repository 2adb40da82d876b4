"""Who is at the bank's two sides: the brands that it trades under, and the clients registered with it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

FDX_SCOPES: Mapping[str, str] = {
    "openid": "",
    "offline_access": "",
    "fdx:accountbasic:read": "Names and kinds of your accounts",
    "fdx:accountdetailed:read": "Balances and terms of your accounts",
    "fdx:transactions:read": "Up to 24 months of transactions",
    "fdx:investments:read": "Investments that you hold",
    "fdx:paymentsupport:read": "Account and routing numbers",
    "fdx:customercontact:read": "Your name, address, email and phone number",
    "fdx:customerpersonal:read": "Who you are to this bank",
    "fdx:statements:read": "The list of your statements",
}
UK_SCOPES: Mapping[str, str] = {"openid": "", "offline_access": "", "accounts": "What the consent names"}
SECRETS = ("client_secret_basic", "client_secret_post")
KEYS = ("private_key_jwt",)


class Policy(NamedTuple):
    """What an issuer asks of the clients that come to it.

    `scopes` are those that it knows, with the customer's words for what they show. `client_scopes` may be had
    without a customer (client_credentials). `intent_required`: a request names a consent that was made before
    (`claims.id_token.openbanking_intent_id`). `strict_audience`: a client assertion is for the issuer and nobody else.
    """

    scopes: Mapping[str, str] = FDX_SCOPES
    client_scopes: frozenset[str] = frozenset()
    auth_methods: tuple[str, ...] = (*SECRETS, *KEYS)
    par_required: bool = False
    request_object_required: bool = False
    intent_required: bool = False
    dpop_required: bool = False
    dpop_nonces: bool = False
    strict_audience: bool = False


PLAIN = Policy()
FAPI_2 = Policy(auth_methods=KEYS, par_required=True, dpop_required=True, dpop_nonces=True, strict_audience=True)
"""The FAPI 2.0 Security Profile with DPoP."""
OPEN_BANKING_UK = Policy(
    scopes=UK_SCOPES, client_scopes=frozenset(("accounts",)), request_object_required=True, intent_required=True
)
"""What the UK asks on top of OAuth: a consent resource first, then a signed request that names it."""


class Brand(NamedTuple):
    """One institution of the simulated bank; at those with OAuth, an issuer of its own."""

    code: str
    name: str
    routing_number: str
    theme: str = "harbor"
    slogan: str = "Banking that keeps its promises"
    policy: Policy = PLAIN


class BankClient(NamedTuple):
    """A confidential OAuth client; redirect URIs are compared as exact text.

    `jwks` are its public keys (RFC 7517): with them it may authenticate by `private_key_jwt` and sign requests. A
    client without a secret has no other way.
    """

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    jwks: Mapping[str, Any] | None = None


# Prefix 19 is assigned to no Federal Reserve district: valid check digits, and nobody's bank.
BRANDS = (
    Brand("mx_bank_oauth", "MX Bank (OAuth)", "190012348"),
    Brand("mxcu_oauth", "MXCU (OAuth)", "190056786", "orchard", "Your neighbors, your credit union"),
    Brand("mx_bank_fapi", "MX Bank (FAPI 2.0)", "190091233", policy=FAPI_2),
    Brand("mx_bank_uk", "MX Bank (UK)", "190045690", policy=OPEN_BANKING_UK),
    Brand("mxbs_uk", "MX Building Society (UK)", "190067898", "orchard", "Your town's savings", OPEN_BANKING_UK),
)

OFX_BRANDS = (
    Brand("mxbank", "MX Bank", "190034562"),
    Brand("mxcu_credential", "MXCU (Credential)", "190078900", "orchard", "Your neighbors, your credit union"),
)

BERLIN_GROUP_BRANDS = (Brand("mx_bank_berlin", "MX Bank (Berlin Group)", "190112235"),)
SIMPLEFIN_BRANDS = (
    Brand("mx_simplefin", "MX Bridge (SimpleFIN)", "190223344", "orchard", "All your banks in one place"),
)

_PREFIX = "19"
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_INVENTED = re.compile(r"sim-([a-z0-9-]{1,60})")
_BY_CODE = {brand.code: brand for brand in OFX_BRANDS}
OTHERS = {brand.code: brand for brand in (*BERLIN_GROUP_BRANDS, *SIMPLEFIN_BRANDS)}
"""Brands without an authorization server that speak something else than OFX."""


def ofx_brand(code: str) -> Brand | None:
    """The brand that speaks OFX under a code; every `sim-...` is one, invented from the code alone."""
    return _BY_CODE.get(code) or _invented(code)


def routing_number(eight: str) -> str:
    """Eight digits and the ninth that makes them a valid ABA number."""
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, eight, strict=True))
    return f"{eight}{-weighed % 10}"


def _invented(code: str) -> Brand | None:
    found = _INVENTED.fullmatch(code)
    if found is None:
        return None
    name = " ".join(found[1].replace("-", " ").split()).title() or "Nameless Bank"
    digest = hashlib.blake2b(code.encode(), digest_size=8).digest()
    return Brand(code, name, routing_number(f"{_PREFIX}{int.from_bytes(digest) % 10**6:06}"))
