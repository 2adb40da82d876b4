"""One brand as an OAuth issuer: its addresses, its signing key, and what is under way at it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
from joserfc.jwk import ECKey

from fanlight.bank.activity import Activity
from fanlight.bank.brands import BankClient, Brand
from fanlight.bank.expiring import Expiring
from fanlight.bank.faults.state import Faults
from fanlight.bank.oauth.dpop import Proofs
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
LONGEST_ASSERTION = 600
"""Seconds that a client assertion may be good for."""
ASSERTION_MEMORY = LONGEST_ASSERTION + 60
LIMIT = 10_000


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """A checked authorization request; its redirect URI is one of the client's own."""

    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    silent: bool = False  # prompt=none
    signed: bool = False  # response_mode=query.jwt (JARM)
    dpop_jkt: str | None = None
    intent_id: str | None = None
    details: str = ""  # authorization_details, checked, as JSON text
    days: int = 0  # how long they ask for; 0: without an end


class Window(msgspec.Struct):
    """A browser's way through login and consent; `proof` is the cookie that only this browser has."""

    request: AuthorizationRequest
    proof: str
    username: str = ""
    signed_in_at: int = 0
    answer: str = ""
    """Where the customer was sent at the end; a button that is pressed twice leads there twice."""
    answered_at: int = 0


class Code(msgspec.Struct):
    """An authorization code's content; a code that was used keeps its grant, so that a replay can end it."""

    request: AuthorizationRequest
    username: str
    accounts: tuple[str, ...]
    signed_in_at: int
    expires_at: int
    grant_id: str = ""


class Intents(Protocol):
    """Consents that a client made before it sends the customer, at issuers whose policy requires them."""

    def wanted(self, brand: str, client_id: str, intent_id: str) -> Sequence[str] | None:
        """What the customer is asked for, line by line; None where no such consent of this client awaits a decision."""

    def decided(self, brand: str, intent_id: str, username: str, accounts: Sequence[str] | None) -> None:
        """The customer's decision: the accounts to share, None where it was denied."""


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

    def __init__(self, brand: Brand, shared: Surroundings, behavior: Behavior, faults: Faults) -> None:
        self.brand = brand
        self.shared = shared
        self.behavior = behavior
        self.faults = faults
        self.base_url = ""
        self.intents: Intents | None = None
        self.key: ECKey = signing_key(shared.seed, brand.code)
        self.wrong_key: ECKey = signing_key(shared.seed, f"wrong/{brand.code}")
        self.pushed: Expiring[AuthorizationRequest] = Expiring(shared.clock, PUSHED_LIFETIME, LIMIT)
        self.windows: Expiring[Window] = Expiring(shared.clock, WINDOW_LIFETIME, LIMIT)
        self.codes: Expiring[Code] = Expiring(shared.clock, REPLAY_MEMORY, LIMIT)
        self.assertions: Expiring[bool] = Expiring(shared.clock, ASSERTION_MEMORY, LIMIT)
        self.proofs = Proofs(shared.seed, shared.clock)
        self.seen_paths: Expiring[bool] = Expiring(shared.clock, REPLAY_MEMORY, LIMIT)

    @property
    def url(self) -> str:
        """The issuer identifier."""
        return f"{self.base_url}/{self.brand.code}"

    def count(self, kind: str) -> None:
        self.shared.activity.count(self.brand.code, kind)

    def granted_scope(self, asked: str | None, *, bare: bool = False) -> str | None:
        """The scope to grant: data scopes as asked, all of them when none is named; None when one is unknown.

        `bare` adds none: something else of the request says what is shared.
        """
        scopes = self.brand.policy.scopes
        names = (asked or "openid offline_access").split()
        if any(name not in scopes for name in names):
            return None
        data = [name for name, shown in scopes.items() if shown]
        if not bare and not any(name in data for name in names):
            names += data
        return " ".join(dict.fromkeys(names))

    def shared_data(self, scope: str) -> list[str]:
        """What a scope shows to the client, in the customer's words."""
        scopes = self.brand.policy.scopes
        return [scopes[name] for name in scope.split() if scopes.get(name)]
