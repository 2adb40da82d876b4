"""Who is at the bank's two sides: the brands that it trades under, and the clients registered with it."""

import hashlib
import re
from typing import NamedTuple


class Brand(NamedTuple):
    """One institution of the simulated bank; at those with OAuth, an issuer of its own."""

    code: str
    name: str
    routing_number: str
    theme: str = "harbor"
    slogan: str = "Banking that keeps its promises"


class BankClient(NamedTuple):
    """A confidential OAuth client; redirect URIs are compared as exact text."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


# Prefix 19 is assigned to no Federal Reserve district: valid check digits, and nobody's bank.
BRANDS = (
    Brand("mx_bank_oauth", "MX Bank (OAuth)", "190012348"),
    Brand("mxcu_oauth", "MXCU (OAuth)", "190056786", "orchard", "Your neighbors, your credit union"),
)

OFX_BRANDS = (
    Brand("mxbank", "MX Bank", "190034562"),
    Brand("mxcu_credential", "MXCU (Credential)", "190078900", "orchard", "Your neighbors, your credit union"),
)

_PREFIX = "19"
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_INVENTED = re.compile(r"sim-([a-z0-9-]{1,60})")
_BY_CODE = {brand.code: brand for brand in OFX_BRANDS}


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
