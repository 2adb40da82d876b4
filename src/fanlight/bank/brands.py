"""Who is at the bank's two sides: the brands that it trades under, and the clients registered with it."""

from typing import NamedTuple


class Brand(NamedTuple):
    """One institution of the simulated bank, an OAuth issuer of its own."""

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
