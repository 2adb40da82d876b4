"""The registry: an institution's entry as an operator writes it in TOML, and the connector of its protocol."""

import tomllib
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from fanlight.institutions import addresses
from fanlight.institutions.addresses import BadAddress, Target
from fanlight.institutions.berlin_group.connector import BerlinGroupConnector
from fanlight.institutions.berlin_group.details import CALLS_PER_DAY, BerlinGroupDetails
from fanlight.institutions.fdx.connector import FdxConnector
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.http import Way
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import EntryError, OAuthServer, Secrets, Text, check_server
from fanlight.institutions.ofx.connector import OfxConnector, OfxDetails
from fanlight.institutions.port import Connector, Ids, Limits
from fanlight.institutions.simplefin.connector import SimpleFinConnector
from fanlight.institutions.simplefin.details import RUNS_PER_DAY, SimpleFinDetails
from fanlight.institutions.uk.connector import UkConnector
from fanlight.institutions.uk.details import RECONFIRMED_AFTER_DAYS, UkDetails

Protocol = Literal["fdx", "ofx", "uk_open_banking", "berlin_group", "simplefin", "none"]
Support = Literal["verification", "identification", "history"]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to speak to an institution, without its secrets."""

    protocol: Protocol
    allow_private: bool = False
    transaction_ids: Ids | None = None
    """How far ids of transactions are to be trusted; null where merge has to see it."""
    subject_is_stable: bool = True
    """False where the institution's name of a person changes with each authorization (`sub` in the UK): a renewal is
    then known by its accounts."""
    consent_days: Days | None = None
    """For how many days a consent is given, where the institution does not tell its end itself."""
    refresh_idle_days: Days | None = None
    """After how many days without a refresh a grant dies, where the institution does not tell it itself."""
    reconfirm_after_days: Days | None = None
    """After how many days the person has to confirm here that the consent goes on (90 in the UK)."""
    unattended_calls_per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """How often a day the same may be asked of one member while nobody is there (4 by the European rules)."""
    oauth: OAuthServer | None = None
    fdx: FdxDetails | None = None
    ofx: OfxDetails | None = None
    uk_open_banking: UkDetails | None = None
    berlin_group: BerlinGroupDetails | None = None
    simplefin: SimpleFinDetails | None = None


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
    protocol: Protocol = "fdx"
    allow_private: bool = False
    transaction_ids: Ids | None = None
    subject_is_stable: bool = True
    consent_days: Days | None = None
    refresh_idle_days: Days | None = None
    reconfirm_after_days: Days | None = None
    unattended_calls_per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None
    client_secret: str = ""
    """Secrets come better from a file or the environment; relative names of files stand beside the entry."""
    client_secret_file: Text | None = None
    client_secret_env: Text | None = None
    client_key_file: Text | None = None
    """A private key, PEM or JWK, that signs client assertions and request objects."""
    client_key_env: Text | None = None
    certificate_file: Text | None = None
    """What is shown where a server wants mutual TLS, with `certificate_key_file`: PEM."""
    certificate_key_file: Text | None = None
    ca_file: Text | None = None
    """The certificate authority that a private installation's servers are believed by, beside no other: PEM."""
    oauth: OAuthServer | None = None
    fdx: FdxDetails | None = None
    ofx: OfxDetails | None = None
    uk_open_banking: UkDetails | None = None
    berlin_group: BerlinGroupDetails | None = None
    simplefin: SimpleFinDetails | None = None
    credentials: tuple[CredentialEntry, ...] = ()

    @property
    def details(self) -> Details:
        reconfirmed = RECONFIRMED_AFTER_DAYS if self.uk_open_banking is not None else None
        return Details(
            protocol=self.protocol,
            allow_private=self.allow_private,
            transaction_ids=self.transaction_ids or TRANSACTION_IDS.get(self.protocol),
            subject_is_stable=self.subject_is_stable,
            consent_days=self.consent_days,
            refresh_idle_days=self.refresh_idle_days,
            reconfirm_after_days=self.reconfirm_after_days or reconfirmed,
            unattended_calls_per_day=self.unattended_calls_per_day or UNATTENDED_CALLS_PER_DAY.get(self.protocol),
            oauth=self.oauth,
            fdx=self.fdx,
            ofx=self.ofx,
            uk_open_banking=self.uk_open_banking,
            berlin_group=self.berlin_group,
            simplefin=self.simplefin,
        )

    @property
    def has_windows(self) -> bool:
        """Whether people connect by a window: at an authorization server, or by a consent with a redirect."""
        return self.oauth is not None or self.berlin_group is not None

    def can(self, what: Support) -> bool:
        """Whether the institution can do a job beside aggregation."""
        return what in (SUPPORTS[self.protocol] if self.supports is None else self.supports)


# What each protocol has words for.
SUPPORTS: dict[str, tuple[Support, ...]] = {
    "fdx": ("verification", "identification", "history"),
    "ofx": ("verification", "history"),
    "uk_open_banking": ("verification", "identification", "history"),
    "berlin_group": ("verification", "history"),
    "simplefin": ("history",),
    "none": (),
}
# What is so wherever a protocol is spoken, unless an entry says something else.
TRANSACTION_IDS: dict[str, Ids] = {"simplefin": Ids.SHIFTING}
UNATTENDED_CALLS_PER_DAY: dict[str, int] = {"berlin_group": CALLS_PER_DAY, "simplefin": RUNS_PER_DAY}


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
    if entry.protocol == "uk_open_banking" and (entry.uk_open_banking is None or entry.oauth is None):
        raise EntryError("A uk_open_banking entry needs the tables [oauth] and [uk_open_banking].")
    if entry.protocol == "ofx":
        _check_sign_on(entry)
    if entry.protocol == "berlin_group" and (entry.berlin_group is None or entry.oauth is not None):
        raise EntryError("A berlin_group entry needs the table [berlin_group], and no [oauth]: consents are redirects.")
    if entry.protocol == "simplefin":
        _check_setup_token(entry)
    if entry.oauth is not None:
        check_server(entry.oauth)
    for url in _endpoints(entry):
        try:
            scheme = addresses.read_url(url).scheme
        except BadAddress as error:
            raise EntryError(f"{url} must be an https URL without user information and fragment: {error}.") from error
        if scheme != "https" and not entry.allow_private:
            raise EntryError(f"{url} must be an https URL; http needs allow_private, and a host on a private address.")


def _check_sign_on(entry: EntryFile) -> None:
    if entry.ofx is None or not entry.credentials:
        raise EntryError("An ofx entry needs the tables [ofx] and [[credentials]].")
    missing = {entry.ofx.user_field, entry.ofx.password_field} - {field.field_name for field in entry.credentials}
    if missing:
        raise EntryError(f"The sign-on needs [[credentials]] with the field_name {' and '.join(sorted(missing))}.")


def _check_setup_token(entry: EntryFile) -> None:
    names = {field.field_name for field in entry.credentials}
    if entry.simplefin is None or entry.simplefin.token_field not in names:
        raise EntryError("A simplefin entry needs the table [simplefin] and [[credentials]] with its token_field.")
    if entry.allow_private and not entry.simplefin.servers:
        # A token is anybody's text: it must not lead into the operator's own networks.
        raise EntryError("A simplefin entry with allow_private needs servers in [simplefin].")


@lru_cache(maxsize=4096)
def parse_details(text: str) -> Details:
    """The details of an institution as they are kept in the database."""
    return msgspec.json.decode(text, type=Details)


def way(details: Details, secrets: Secrets) -> Way:
    """How requests reach the institution: over the ports of its own URLs, and no others."""
    ports = frozenset(addresses.read_url(url).port for url in _endpoints(details))
    return Way(details.allow_private, secrets.certificate, secrets.authority, ports)


def targets(details: Details) -> list[Target]:
    """Every host and port that the institution's own URLs name, each once."""
    read = [addresses.read_url(url) for url in _endpoints(details)]
    return list({target[:3]: target for target in read}.values())


def data_url(details: Details) -> str | None:
    """A resource of the institution's data that nobody sees without a token; None where there is no such address."""
    if details.fdx is not None:
        return f"{details.fdx.base_url.rstrip('/')}/accounts"
    if details.uk_open_banking is not None:
        return f"{details.uk_open_banking.root}/accounts"
    return details.berlin_group.url("/accounts") if details.berlin_group is not None else None


def connector(details: Details, line: Line, limits: Limits) -> Connector | None:
    """What speaks the institution's protocol; None when nothing does yet."""
    if details.fdx is not None:
        return FdxConnector(details.fdx, line, limits, consent_days=details.consent_days)
    if details.ofx is not None:
        return OfxConnector(details.ofx, line, limits)
    if details.uk_open_banking is not None:
        return UkConnector(details.uk_open_banking, line, limits, consent_days=details.consent_days)
    if details.berlin_group is not None:
        return BerlinGroupConnector(
            details.berlin_group, line, limits, consent_days=details.consent_days,
            calls_per_day=details.unattended_calls_per_day,
        )  # fmt: skip
    if details.simplefin is not None:
        return SimpleFinConnector(details.simplefin, line, limits)
    return None


def _endpoints(entry: EntryFile | Details) -> list[str]:
    server, data, ofx, uk = entry.oauth, entry.fdx, entry.ofx, entry.uk_open_banking
    urls = ([data.base_url] if data else []) + ([ofx.url] if ofx else []) + ([uk.base_url] if uk else [])
    urls += [entry.berlin_group.base_url] if entry.berlin_group else []
    urls += entry.simplefin.servers if entry.simplefin else []
    if server:
        urls += server.endpoints()
    return urls
