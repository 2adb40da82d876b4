"""Metadata of authorization servers (RFC 8414, OpenID Connect Discovery 1.0): read, judged, compared. Pure.

Nothing that a document says is used before an operator approved it; see `fanlight.oauth.discovery`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from fanlight.base.errors import OperatorError
from fanlight.institutions import addresses
from fanlight.institutions.addresses import BadAddress
from fanlight.institutions.answers import Reply, Said
from fanlight.institutions.oauth_entry import MutualTlsEndpoints, OAuthServer

MAX_DOCUMENT = 1 << 18
"""Bytes of a document."""
_PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
# Below these, names are given to whoever comes: a host beside another there is somebody else's.
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc"))

Texts = tuple[str, ...]


class MetadataError(OperatorError):
    """A document cannot be used; the message says which line of it and why."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a document matters here. None is what it leaves out; the defaults of RFC 8414 are applied where used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    revocation_endpoint: str | None = None
    mtls_endpoint_aliases: MutualTlsEndpoints | None = None
    code_challenge_methods_supported: Texts | None = None
    token_endpoint_auth_methods_supported: Texts | None = None
    token_endpoint_auth_signing_alg_values_supported: Texts | None = None
    dpop_signing_alg_values_supported: Texts | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    authorization_response_iss_parameter_supported: bool = False
    authorization_signing_alg_values_supported: Texts | None = None
    request_object_signing_alg_values_supported: Texts | None = None
    require_signed_request_object: bool = False
    response_modes_supported: Texts | None = None
    response_types_supported: Texts | None = None
    grant_types_supported: Texts | None = None
    id_token_signing_alg_values_supported: Texts | None = None
    scopes_supported: Texts | None = None

    def endpoints(self) -> dict[str, str]:
        """Every address of the document by the name of its line."""
        aliases = self.mtls_endpoint_aliases or MutualTlsEndpoints()
        named = {name: getattr(self, name) for name in _ENDPOINTS}
        named |= {f"mtls_endpoint_aliases.{name}": getattr(aliases, name) for name in aliases.__struct_fields__}
        return {name: url for name, url in named.items() if url is not None}


_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "revocation_endpoint",
)


class Change(NamedTuple):
    """A line that is not what it was; None stands for a line that is not there."""

    line: str
    old: Any
    new: Any


def addresses_of(issuer: str) -> list[str]:
    """Where an issuer's document may be: appended (OpenID Connect Discovery 4), else inserted (RFC 8414 3.1)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    oidc, oauth = _PATHS
    origin = f"{parts.scheme}://{parts.netloc}"
    return list(dict.fromkeys((f"{origin}{path}{oidc}", f"{origin}{oauth}{path}")))


def issuer_of(address: str) -> str | None:
    """The issuer, without a slash at the end, whose document an address is for; None where it is no such address."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    for known in _PATHS:
        before, found, after = parts.path.partition(known)
        if found and not (before and after):
            return (origin + before + after).rstrip("/")
    return None


def read(reply: Reply) -> Metadata:
    """The document of an answer; raises MetadataError."""
    if reply.status != 200:
        raise MetadataError(f"The server answers {reply.status}, and has no metadata there.")
    if len(reply.body) > MAX_DOCUMENT:
        raise MetadataError(f"The document has more than {MAX_DOCUMENT} bytes.")
    try:
        return msgspec.convert(_without_nothing(reply.json()), Metadata)
    except Said as error:
        raise MetadataError("The document is not JSON.") from error
    except msgspec.ValidationError as error:
        raise MetadataError(f"The document cannot be read: {error}.") from error


def _without_nothing(document: Any) -> Any:
    """Some servers write null where a line should be left out; and aliases hold names that are of no use here."""
    if not isinstance(document, dict):
        return document
    kept = {name: value for name, value in document.items() if value is not None}
    aliases = kept.get("mtls_endpoint_aliases")
    if isinstance(aliases, dict):
        known = MutualTlsEndpoints.__struct_fields__
        kept["mtls_endpoint_aliases"] = {name: aliases[name] for name in known if aliases.get(name) is not None}
    return kept


def encoded(metadata: Metadata) -> str:
    """The document as it is kept and compared."""
    return msgspec.json.encode(metadata, order="sorted").decode()


def decoded(text: str) -> Metadata:
    return msgspec.json.decode(text, type=Metadata)


def check(metadata: Metadata, issuer: str, hosts: Iterable[str] = (), *, allow_plain: bool = False) -> None:
    """Refuse a document of another issuer, or one that sends tokens elsewhere (RFC 8414 3.3, 6.2).

    `hosts` are those that the operator lists beyond the issuer's own domain. Raises MetadataError.
    """
    if metadata.issuer != issuer:
        raise MetadataError(f"The document is of the issuer {metadata.issuer[:200]!r}, not of {issuer!r}.")
    listed = {host.lower() for host in hosts}
    for name, url in metadata.endpoints().items():
        try:
            target = addresses.read_url(url)
        except BadAddress as error:
            raise MetadataError(f"{name}: {error}.") from error
        if target.scheme != "https" and not allow_plain:
            raise MetadataError(f"{name} is not an https address.")
        if target.host not in listed and not are_of_one_domain(target.host, addresses.read_url(issuer).host):
            raise MetadataError(
                f"{name} is at {target.host}, which is not of the issuer's domain: "
                f'endpoint_hosts = ["{target.host}"] in [oauth] allows it.'
            )
    if "code" not in (metadata.response_types_supported or ("code",)):
        raise MetadataError("The server does not offer the authorization code flow (response_types_supported).")


def are_of_one_domain(host: str, other: str) -> bool:
    """Whether two hosts are under one registrable domain.

    Without a list of public suffixes this is a careful guess: two labels, or three below a suffix such as `co.uk`.
    Addresses in numbers are only of their own domain.
    """
    return host == other or (not _is_numeric(host) and not _is_numeric(other) and domain(host) == domain(other))


def domain(host: str) -> str:
    labels = host.lower().split(".")
    below_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if below_country else labels[-2:])


def _is_numeric(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdecimal()


def merged(server: OAuthServer, metadata: Metadata) -> OAuthServer:
    """The entry's table as a document has it. An endpoint that the document leaves out stays as it was written."""
    lines: dict[str, Any] = {
        name: getattr(metadata, name) for name in _ENDPOINTS if getattr(metadata, name) is not None
    }
    if metadata.mtls_endpoint_aliases is not None:
        lines["mtls_endpoint_aliases"] = metadata.mtls_endpoint_aliases
    return msgspec.structs.replace(
        server,
        **lines,
        code_challenge_methods_supported=metadata.code_challenge_methods_supported or (),
        authorization_response_iss_parameter_supported=metadata.authorization_response_iss_parameter_supported,
    )


def differences(old: msgspec.Struct | None, new: msgspec.Struct) -> list[Change]:
    """The lines in which two tables, or two documents, differ."""
    pairs = ((name, getattr(old, name, None), getattr(new, name)) for name in new.__struct_fields__)
    return [Change(name, _plain(before), _plain(after)) for name, before, after in pairs if before != after]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def concerns(server: OAuthServer, metadata: Metadata) -> list[str]:
    """What an entry asks of a server that the server does not say it can do, in plain words."""
    return list(_concerns(server, metadata))


def _concerns(server: OAuthServer, metadata: Metadata) -> Iterator[str]:
    methods = metadata.token_endpoint_auth_methods_supported or ("client_secret_basic",)
    if server.token_endpoint_auth_method not in methods:
        yield f"token_endpoint_auth_method: the server offers {', '.join(methods)}."
    if server.sender_constrained_tokens == "dpop" and "ES256" not in (metadata.dpop_signing_alg_values_supported or ()):
        yield 'sender_constrained_tokens = "dpop": the server does not offer DPoP with ES256.'
    if server.sender_constrained_tokens == "mtls" and not metadata.tls_client_certificate_bound_access_tokens:
        yield 'sender_constrained_tokens = "mtls": the server does not say that it binds tokens to certificates.'
    if metadata.require_pushed_authorization_requests and server.pushed_authorization_request_endpoint is None:
        yield "pushed_authorization_request_endpoint: the server takes pushed requests only."
    if metadata.require_signed_request_object and server.request_object_signing_alg is None:
        yield "request_object_signing_alg: the server takes signed requests only."
    if server.response_mode not in (metadata.response_modes_supported or ("query", "fragment")):
        yield f'response_mode = "{server.response_mode}": the server does not offer it.'
    for line, offer in _OFFERS.items():
        offered, wanted = getattr(metadata, offer), getattr(server, line)
        if offered is not None and _is_used(server, line) and wanted not in (None, *offered):
            yield f"{line}: the server offers {', '.join(offered)}."
    missing = [name for name in server.scope.split() if name not in (metadata.scopes_supported or (name,))]
    if missing:
        yield f"scope: the server does not list {', '.join(missing)}."


_OFFERS = {
    "token_endpoint_auth_signing_alg": "token_endpoint_auth_signing_alg_values_supported",
    "request_object_signing_alg": "request_object_signing_alg_values_supported",
    "authorization_signed_response_alg": "authorization_signing_alg_values_supported",
    "id_token_signing_alg": "id_token_signing_alg_values_supported",
}


def _is_used(server: OAuthServer, line: str) -> bool:
    if line == "authorization_signed_response_alg":
        return server.response_mode == "query.jwt"
    return line != "id_token_signing_alg" or "openid" in server.scope.split()
