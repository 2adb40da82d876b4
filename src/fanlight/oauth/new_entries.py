"""A TOML entry for an institution that a metadata document describes: the strictest that its server offers. Pure."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from fanlight.institutions.oauth_entry import OAuthServer, weaker_rules
from fanlight.oauth.metadata import Metadata, merged

_METHODS = (
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "client_secret_basic",
    "client_secret_post",
)
_ALGORITHMS = ("ES256", "PS256", "EdDSA", "RS256")
_FILES = {
    "private_key_jwt": ('client_key_file = "client-key.pem"',),
    "client_secret_basic": ('client_secret_file = "client-secret"',),
    "client_secret_post": ('client_secret_file = "client-secret"',),
}
_CERTIFICATE = ('certificate_file = "client.crt"', 'certificate_key_file = "client.key"')


# OpenID Connect Core 11: without it a server may leave the refresh token out.
_OFFLINE = 'authorization_parameters = { prompt = "consent" }  # or no refresh token may come'


def entry(code: str, metadata: Metadata) -> str:
    """The text of an entry; the operator fills in what no document says: the client id and where the data is."""
    server = strictest(metadata)
    files = list(_FILES.get(server.token_endpoint_auth_method, ()))
    if server.request_object_signing_alg is not None and not any(line.startswith("client_key") for line in files):
        files += _FILES["private_key_jwt"]
    files += _CERTIFICATE if server.shows_certificate else ()
    weaker = weaker_rules(server)
    aliases = server.mtls_endpoint_aliases
    return "\n".join((
        f"code = {json.dumps(code)}",
        f"name = {json.dumps(code)}",
        'protocol = "fdx"',
        *(["allow_private = true"] if metadata.issuer.startswith("http:") else []),
        *files,
        "",
        *([f"# Weaker than FAPI 2.0, as the server wants it: {'; '.join(weaker)}"] if weaker else []),
        "[oauth]",
        'client_id = ""  # as registered at the institution',
        *_lines(server),
        *([_OFFLINE] if "offline_access" in server.scope.split() else []),
        *(["", "[oauth.mtls_endpoint_aliases]", *_table(aliases)] if aliases is not None else []),
        "",
        "[fdx]",
        'base_url = ""  # where the data is',
        "",
    ))  # fmt: skip


def strictest(metadata: Metadata) -> OAuthServer:
    """The `[oauth]` table with the strictest of what a server offers."""
    methods = metadata.token_endpoint_auth_methods_supported or ("client_secret_basic",)
    has_issuer = metadata.authorization_response_iss_parameter_supported
    lines: dict[str, Any] = {
        "issuer": metadata.issuer,
        "authorization_endpoint": metadata.authorization_endpoint,
        "token_endpoint": metadata.token_endpoint,
        "client_id": "-",
        "token_endpoint_auth_method": next((name for name in _METHODS if name in methods), _METHODS[0]),
        "sender_constrained_tokens": _binding(metadata),
        "pkce_is_undeclared": "S256" not in (metadata.code_challenge_methods_supported or ()),
        "scope": _scope(metadata),
        "redirect_uri": "shared" if has_issuer else "own",
    }
    id_tokens = metadata.id_token_signing_alg_values_supported
    if id_tokens is not None:
        lines["id_token_signing_alg"] = _first(_ALGORITHMS, id_tokens)
    if metadata.require_signed_request_object:
        offered = metadata.request_object_signing_alg_values_supported or _ALGORITHMS
        lines["request_object_signing_alg"] = _first(_ALGORITHMS, offered)
    return merged(msgspec.convert(lines, OAuthServer), metadata)


def _binding(metadata: Metadata) -> str:
    if "ES256" in (metadata.dpop_signing_alg_values_supported or ()):
        return "dpop"
    return "mtls" if metadata.tls_client_certificate_bound_access_tokens else "none"


def _scope(metadata: Metadata) -> str:
    wanted = ("openid", "offline_access")
    return " ".join(name for name in wanted if name in (metadata.scopes_supported or wanted))


def _first(preferred: tuple[str, ...], offered: tuple[str, ...]) -> str:
    return next((name for name in preferred if name in offered), preferred[0])


# Left at their defaults these go without saying; the rest of what a server decides is always written down.
_ALWAYS = frozenset(
    ("authorization_endpoint", "id_token_signing_alg", "issuer", "scope", "token_endpoint_auth_method",
     "sender_constrained_tokens", "token_endpoint", "code_challenge_methods_supported")
)  # fmt: skip


def _lines(server: OAuthServer) -> Iterator[str]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(OAuthServer)}
    for name in server.__struct_fields__:
        value = getattr(server, name)
        if name in ("client_id", "mtls_endpoint_aliases", "authorization_parameters") or value is None:
            continue
        if name in _ALWAYS or value != defaults[name]:
            yield f"{name} = {_toml(value)}"


def _table(struct: msgspec.Struct) -> Iterator[str]:
    for name in struct.__struct_fields__:
        if getattr(struct, name) is not None:
            yield f"{name} = {_toml(getattr(struct, name))}"


def _toml(value: Any) -> str:
    """A value in TOML, whose basic strings, arrays and booleans are written as those of JSON."""
    return json.dumps(msgspec.to_builtins(value))
