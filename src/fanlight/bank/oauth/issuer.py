"""One brand as an OAuth issuer: its addresses, its signing key, and what is under way at it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from joserfc.jwk import ECKey

from fanlight.bank.activity import Activity
from fanlight.bank.brands import BankClient, Brand
from fanlight.bank.expiring import Expiring
from fanlight.bank.oauth.grants import Grants
from fanlight.bank.pages import Pages
from fanlight.bank.sealing import Sealer, signing_key
from fanlight.bank.special_users import Behavior
from fanlight.bank.world.world import World
from fanlight.base.clock import Clock

CODE_LIFETIME = 60
PUSHED_LIFETIME = 60
WINDOW_LIFETIME = 600
REPLAY_MEMORY = 3600
LIMIT = 10_000

SCOPES = {
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
_DATA_SCOPES = tuple(scope for scope in SCOPES if scope.startswith("fdx:"))


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """A checked authorization request; its redirect URI is one of the client's own."""

    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    silent: bool = False  # prompt=none


class Window(msgspec.Struct):
    """A browser's way through login and consent; `proof` is the cookie that only this browser has."""

    request: AuthorizationRequest
    proof: str
    username: str = ""
    signed_in_at: int = 0


class Code(msgspec.Struct):
    """An authorization code's content; a code that was used keeps its grant, so that a replay can end it."""

    request: AuthorizationRequest
    username: str
    accounts: tuple[str, ...]
    signed_in_at: int
    expires_at: int
    grant_id: str = ""


class Surroundings(msgspec.Struct, frozen=True):
    """What all issuers of one bank share."""

    seed: int
    clock: Clock
    clients: Mapping[str, BankClient]
    grants: Grants
    world: World
    activity: Activity
    pages: Pages
    page_keys: Sealer


class Issuer:
    """One brand at work. `base_url` is the bank's, set before the first request."""

    def __init__(self, brand: Brand, shared: Surroundings, behavior: Behavior) -> None:
        self.brand = brand
        self.shared = shared
        self.behavior = behavior
        self.base_url = ""
        self.key: ECKey = signing_key(shared.seed, brand.code)
        self.wrong_key: ECKey = signing_key(shared.seed, f"wrong/{brand.code}")
        self.pushed: Expiring[AuthorizationRequest] = Expiring(shared.clock, PUSHED_LIFETIME, LIMIT)
        self.windows: Expiring[Window] = Expiring(shared.clock, WINDOW_LIFETIME, LIMIT)
        self.codes: Expiring[Code] = Expiring(shared.clock, REPLAY_MEMORY, LIMIT)
        self.seen_paths: Expiring[bool] = Expiring(shared.clock, REPLAY_MEMORY, LIMIT)

    @property
    def url(self) -> str:
        """The issuer identifier."""
        return f"{self.base_url}/{self.brand.code}"

    def count(self, kind: str) -> None:
        self.shared.activity.count(self.brand.code, kind)


def metadata(issuer: Issuer) -> dict[str, Any]:
    """The issuer's metadata (RFC 8414, OpenID Connect Discovery 1.0)."""
    url = issuer.url
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "pushed_authorization_request_endpoint": f"{url}/oauth/par",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "jwks_uri": f"{url}/oauth/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"],
    }


def jwks(issuer: Issuer) -> dict[str, Any]:
    return {"keys": [{**issuer.key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}


def granted_scope(asked: str | None) -> str | None:
    """The scope to grant: data scopes as asked, all of them when none is named; None when one is unknown."""
    names = (asked or "openid offline_access").split()
    if any(name not in SCOPES for name in names):
        return None
    if not any(name in _DATA_SCOPES for name in names):
        names += _DATA_SCOPES
    return " ".join(dict.fromkeys(names))


def shared_data(scope: str) -> list[str]:
    """What a scope shows to the client, in the customer's words."""
    return [SCOPES[name] for name in scope.split() if SCOPES[name]]
