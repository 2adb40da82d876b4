"""The registry: an institution's entry as an operator writes it in TOML, and the connector of its protocol."""

import tomllib
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from fanlight.base.errors import OperatorError
from fanlight.institutions.fdx.connector import FdxConnector, FdxDetails
from fanlight.institutions.http import Certificate, Way
from fanlight.institutions.line import Line
from fanlight.institutions.ofx.connector import OfxConnector, OfxDetails
from fanlight.institutions.port import Connector, Ids, Limits

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Support = Literal["verification", "identification", "history"]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class OAuthServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authorization server, pinned: what discovery said on the day the operator added it (RFC 8414)."""

    issuer: Text
    authorization_endpoint: Text
    token_endpoint: Text
    jwks_uri: Text | None = None
    pushed_authorization_request_endpoint: Text | None = None
    revocation_endpoint: Text | None = None
    client_id: Text
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"  # noqa: S105
    scope: str = "openid offline_access"
    authorization_response_iss_parameter_supported: bool = True
    id_token_signing_alg: Literal["ES256", "PS256", "RS256", "EdDSA"] | None = "ES256"  # noqa: S105
    """The only algorithm taken; null for a server that gives no id_token."""
    refresh_is_repeatable: bool = False
    """Whether a refresh with an unknown outcome may be sent again (the server does not rotate refresh tokens)."""


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to speak to an institution, without its secrets."""

    protocol: Literal["fdx", "ofx", "none"]
    allow_private: bool = False
    transaction_ids: Ids | None = None
    """How far ids of transactions are to be trusted; null where merge has to see it."""
    oauth: OAuthServer | None = None
    fdx: FdxDetails | None = None
    ofx: OfxDetails | None = None


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What only this server may know of an institution. Sealed at rest, never printed."""

    client_secret: str = ""
    client_key: str = ""
    """The private key that signs client assertions and request objects: a JWK as JSON, or PEM."""
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return "Secrets([redacted])"


class CredentialEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is asked for at sign-in: `field_type` is 0 TEXT, 1 PASSWORD or 3 LOGIN."""

    guid: Annotated[str, msgspec.Meta(pattern=r"^CRD-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    field_name: str
    field_type: int
    label: str
    display_order: int


class EntryFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole entry as it stands in a TOML file."""

    code: Code
    name: Text
    guid: str | None = None
    aliases: tuple[Text, ...] = ()
    """Other names that people look for."""
    url: str | None = None
    routing_number: str | None = None
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "US"
    forgot_password_url: str | None = None
    forgot_username_url: str | None = None
    trouble_signing_in_url: str | None = None
    is_test: bool = False
    popularity: int = 0
    supports: tuple[Support, ...] | None = None
    """Which jobs beside aggregation the institution can do; null means all that the protocol has."""
    protocol: Literal["fdx", "ofx", "none"] = "fdx"
    allow_private: bool = False
    transaction_ids: Ids | None = None
    client_secret: str = ""
    oauth: OAuthServer | None = None
    fdx: FdxDetails | None = None
    ofx: OfxDetails | None = None
    credentials: tuple[CredentialEntry, ...] = ()

    @property
    def details(self) -> Details:
        return Details(
            protocol=self.protocol,
            allow_private=self.allow_private,
            transaction_ids=self.transaction_ids,
            oauth=self.oauth,
            fdx=self.fdx,
            ofx=self.ofx,
        )

    def can(self, what: Support) -> bool:
        """Whether the institution can do a job beside aggregation."""
        return what in (SUPPORTS[self.protocol] if self.supports is None else self.supports)


# What each protocol has words for.
SUPPORTS: dict[str, tuple[Support, ...]] = {
    "fdx": ("verification", "identification", "history"),
    "ofx": ("verification", "history"),
    "none": (),
}


class EntryError(OperatorError):
    """An entry cannot be used; the message says which field and why."""


def parse_entry(text: str) -> EntryFile:
    """Read a TOML entry; raises EntryError."""
    try:
        entry = msgspec.convert(tomllib.loads(text), EntryFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise EntryError(f"The entry cannot be read: {error}") from error
    check(entry)
    return entry


def check(entry: EntryFile) -> None:
    """Refuse endpoints that a grant must not be sent to: anything but https, unless the entry allows private hosts."""
    if entry.protocol == "fdx" and (entry.fdx is None or entry.oauth is None):
        raise EntryError("An fdx entry needs the tables [oauth] and [fdx].")
    if entry.protocol == "ofx":
        _check_sign_on(entry)
    for url in _endpoints(entry):
        parts = urlsplit(url)
        plain = parts.scheme == "http" and entry.allow_private
        if not (parts.scheme == "https" or plain) or not parts.hostname or parts.username or parts.fragment:
            raise EntryError(f"{url} must be an https URL without user information and fragment.")


def _check_sign_on(entry: EntryFile) -> None:
    if entry.ofx is None or not entry.credentials:
        raise EntryError("An ofx entry needs the tables [ofx] and [[credentials]].")
    missing = {entry.ofx.user_field, entry.ofx.password_field} - {field.field_name for field in entry.credentials}
    if missing:
        raise EntryError(f"The sign-on needs [[credentials]] with the field_name {' and '.join(sorted(missing))}.")


@lru_cache(maxsize=4096)
def parse_details(text: str) -> Details:
    """The details of an institution as they are kept in the database."""
    return msgspec.json.decode(text, type=Details)


def way(details: Details, secrets: Secrets) -> Way:
    """How requests reach the institution."""
    return Way(details.allow_private, secrets.certificate)


def connector(details: Details, line: Line, limits: Limits) -> Connector | None:
    """What speaks the institution's protocol; None when nothing does yet."""
    if details.fdx is not None:
        return FdxConnector(details.fdx, line, limits)
    if details.ofx is not None:
        return OfxConnector(details.ofx, line, limits)
    return None


def _endpoints(entry: EntryFile) -> list[str]:
    server, data, ofx = entry.oauth, entry.fdx, entry.ofx
    urls = ([data.base_url] if data else []) + ([ofx.url] if ofx else [])
    if server:
        urls += [server.issuer, server.authorization_endpoint, server.token_endpoint]
        optional = (server.jwks_uri, server.pushed_authorization_request_endpoint, server.revocation_endpoint)
        urls += [url for url in optional if url]
    return urls
