"""The `[oauth]` table of an institution's entry: its authorization server, pinned, and how strict this client is there.

The defaults are the client rules of FAPI 2.0. Every rule that is weaker than them is a line of its own; see
`weaker_rules`, which `fanlight institution list` and `check` print.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec

from fanlight.base.errors import OperatorError
from fanlight.institutions.http import Certificate

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Algorithm = Literal["ES256", "PS256", "EdDSA", "RS256"]
Method = Literal[
    "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "client_secret_basic", "client_secret_post"
]
TLS_METHODS = frozenset(("tls_client_auth", "self_signed_tls_client_auth"))
SECRET_METHODS = frozenset(("client_secret_basic", "client_secret_post"))

OURS = frozenset(
    (
        "client_id", "client_assertion", "client_assertion_type", "client_secret", "code", "code_challenge",
        "code_challenge_method", "code_verifier", "dpop_jkt", "grant_type", "nonce", "redirect_uri", "request",
        "request_uri", "response_mode", "response_type", "scope", "state",
    )
)  # fmt: skip
"""Parameters that no entry and no consent may set: the protocol's safety hangs on them."""


class EntryError(OperatorError):
    """An entry cannot be used; the message says which field and why."""


class MutualTlsEndpoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where requests go that show a client certificate (RFC 8705 section 5)."""

    token_endpoint: Text | None = None
    pushed_authorization_request_endpoint: Text | None = None
    revocation_endpoint: Text | None = None


class OAuthServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authorization server, pinned: what discovery said on the day the operator added it (RFC 8414)."""

    issuer: Text
    authorization_endpoint: Text
    token_endpoint: Text
    jwks_uri: Text | None = None
    pushed_authorization_request_endpoint: Text | None = None
    revocation_endpoint: Text | None = None
    mtls_endpoint_aliases: MutualTlsEndpoints | None = None
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    pkce_is_undeclared: bool = False
    """Whether a server is used that does not say that it knows S256: the challenge is sent all the same."""
    endpoint_hosts: tuple[Text, ...] = ()
    """Hosts beyond the issuer's registrable domain that discovery may name endpoints on."""

    client_id: Text
    token_endpoint_auth_method: Method = "private_key_jwt"  # noqa: S105
    token_endpoint_auth_signing_alg: Algorithm | None = None
    """What client assertions are signed with; by the key's kind where it is left out."""
    client_assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    sender_constrained_tokens: Literal["dpop", "mtls", "none"] = "dpop"
    """What tokens are bound to: a key of the grant's own (RFC 9449), the certificate (RFC 8705), or nothing."""
    bearer_answer_is_taken: bool = False
    """Whether a server may ignore DPoP and answer with a token that anybody can use."""

    scope: str = "openid offline_access"
    client_credentials_scope: str = ""
    """What is asked for in this server's own name, where consents are made before a person is asked."""
    authorization_parameters: Mapping[str, str] = {}
    """Further parameters of every authorization request, such as `prompt = "consent"`."""
    resource: Text | None = None
    """What the tokens are for (RFC 8707), where the server wants to be told."""
    request_object_signing_alg: Algorithm | None = None
    """Set where the request has to be a signed one (RFC 9101)."""
    response_mode: Literal["query", "query.jwt"] = "query"
    authorization_signed_response_alg: Algorithm = "ES256"
    """The only algorithm taken of an answer to `query.jwt` (JARM)."""
    authorization_response_iss_parameter_supported: bool = True
    redirect_uri: Literal["shared", "own"] = "shared"
    """`own`: people come back to an address of this institution alone, `/oauth/redirect_from/{code}`. Needed where no
    `iss` tells whose answer it is (RFC 9700 4.4.2.2)."""
    id_token_signing_alg: Algorithm | None = "ES256"  # noqa: S105
    """The only algorithm taken."""
    id_token_is_optional: bool = False
    """Whether a server may leave the id_token out although `openid` was granted."""
    shown_token: Literal["access_token", "id_token"] = "access_token"  # noqa: S105
    """What data is asked for with: at some institutions the id_token."""
    refresh_is_repeatable: bool = False
    """Whether a refresh with an unknown outcome may be sent again (the server does not rotate refresh tokens)."""

    @property
    def shows_certificate(self) -> bool:
        """Whether requests to the endpoints carry a client certificate."""
        return self.token_endpoint_auth_method in TLS_METHODS or self.sender_constrained_tokens == "mtls"

    @property
    def signs(self) -> bool:
        """Whether this client needs a private key there."""
        method = self.token_endpoint_auth_method
        return method == "private_key_jwt" or self.request_object_signing_alg is not None

    def endpoints(self) -> list[str]:
        """Every address that is ever spoken to, the issuer first."""
        aliases = self.mtls_endpoint_aliases or MutualTlsEndpoints()
        urls = [
            self.issuer, self.authorization_endpoint, self.token_endpoint, self.jwks_uri,
            self.pushed_authorization_request_endpoint, self.revocation_endpoint, *msgspec.structs.astuple(aliases),
        ]  # fmt: skip
        return [url for url in urls if url]


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What only this server may know of an institution. Sealed at rest, never printed."""

    client_secret: str = ""
    client_key: str = ""
    """The private key that signs client assertions and request objects: a JWK as JSON, or PEM."""
    certificate: Certificate | None = None
    authority: str | None = None
    """The certificate authority, PEM, which a private installation's own servers are believed by."""

    def __repr__(self) -> str:
        return "Secrets([redacted])"


def weaker_rules(server: OAuthServer) -> list[str]:
    """The lines by which an institution is held to less than FAPI 2.0, as they stand in the entry."""
    return list(_weaker(server))


def _weaker(server: OAuthServer) -> Iterator[str]:
    if server.token_endpoint_auth_method in SECRET_METHODS:
        yield f'token_endpoint_auth_method = "{server.token_endpoint_auth_method}"'
    if server.client_assertion_audience != "issuer":
        yield f'client_assertion_audience = "{server.client_assertion_audience}"'
    if server.sender_constrained_tokens == "none":
        yield 'sender_constrained_tokens = "none"'
    if server.pushed_authorization_request_endpoint is None:
        yield "no pushed_authorization_request_endpoint"
    for flag in ("bearer_answer_is_taken", "pkce_is_undeclared", "id_token_is_optional", "refresh_is_repeatable"):
        if getattr(server, flag):
            yield f"{flag} = true"
    if not server.authorization_response_iss_parameter_supported and server.response_mode == "query":
        yield "authorization_response_iss_parameter_supported = false"
    for name in _ALGORITHMS:
        if getattr(server, name) == "RS256":
            yield f'{name} = "RS256"'


_ALGORITHMS = (
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "id_token_signing_alg",
)


def check_server(server: OAuthServer) -> None:
    """Refuse an `[oauth]` table that contradicts itself or weakens PKCE without a word. Raises EntryError."""
    if "S256" not in server.code_challenge_methods_supported and not server.pkce_is_undeclared:
        raise EntryError(
            "The authorization server does not say that it knows PKCE with S256 (code_challenge_methods_supported); "
            "pkce_is_undeclared = true in [oauth] uses it all the same."
        )
    taken = sorted(OURS & server.authorization_parameters.keys())
    if taken:
        raise EntryError(f"authorization_parameters in [oauth] must not hold {' and '.join(taken)}.")
    if server.response_mode == "query.jwt" and server.jwks_uri is None:
        raise EntryError('response_mode = "query.jwt" in [oauth] needs jwks_uri to check the signature with.')
    has_issuer = server.authorization_response_iss_parameter_supported or server.response_mode == "query.jwt"
    if not has_issuer and server.redirect_uri == "shared":
        raise EntryError(
            'authorization_response_iss_parameter_supported = false in [oauth] needs redirect_uri = "own"; register '
            "{public_url}/oauth/redirect_from/{code} at the institution."
        )
    if server.shown_token == "id_token" and server.sender_constrained_tokens == "dpop":  # noqa: S105
        raise EntryError('shown_token = "id_token" in [oauth] cannot be bound by DPoP: say sender_constrained_tokens.')


def check_secrets(server: OAuthServer, secrets: Secrets) -> None:
    """Refuse an entry without the secret that its client authentication needs. Raises EntryError."""
    method = server.token_endpoint_auth_method
    if method in SECRET_METHODS and not secrets.client_secret:
        raise EntryError(f'token_endpoint_auth_method = "{method}" needs client_secret_file (or client_secret_env).')
    if server.signs and not secrets.client_key:
        raise EntryError(
            "A signed assertion or request object needs client_key_file. A server that takes a secret only is said by "
            'token_endpoint_auth_method = "client_secret_basic" in [oauth].'
        )
    if server.shows_certificate and secrets.certificate is None:
        raise EntryError("Mutual TLS needs certificate_file and certificate_key_file.")
