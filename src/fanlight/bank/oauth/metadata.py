"""What an issuer says of itself: its metadata (RFC 8414, OpenID Connect Discovery 1.0) and its keys."""

from typing import Any

from fanlight.bank.oauth.details import DETAILS_TYPE
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.oauth.jwts import ALGORITHMS


def metadata(issuer: Issuer) -> dict[str, Any]:
    """The document at both well-known places; what it says follows from the brand's policy."""
    url, policy = issuer.url, issuer.brand.policy
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "pushed_authorization_request_endpoint": f"{url}/oauth/par",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "introspection_endpoint": f"{url}/oauth/introspect",
        "userinfo_endpoint": f"{url}/oauth/userinfo",
        "jwks_uri": f"{url}/oauth/jwks",
        "scopes_supported": list(policy.scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "jwt", "query.jwt"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            *(["client_credentials"] if policy.client_scopes else []),
        ],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": policy.par_required,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "require_signed_request_object": policy.request_object_required,
        "request_object_signing_alg_values_supported": list(ALGORITHMS),
        "authorization_signing_alg_values_supported": ["ES256"],
        "authorization_details_types_supported": [] if policy.intent_required else [DETAILS_TYPE],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        **_authentication(issuer),
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_parameter_supported": policy.intent_required,
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "s_hash"],
    }


def jwks(issuer: Issuer) -> dict[str, Any]:
    return {"keys": [{**issuer.key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}


def _authentication(issuer: Issuer) -> dict[str, Any]:
    methods = list(issuer.brand.policy.auth_methods)
    return {
        name: value
        for endpoint in ("token", "revocation", "introspection")
        for name, value in (
            (f"{endpoint}_endpoint_auth_methods_supported", methods),
            (f"{endpoint}_endpoint_auth_signing_alg_values_supported", list(ALGORITHMS)),
        )
    }
