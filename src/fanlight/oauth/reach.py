"""How an institution is reached: the line to it, its authorization server, the connector of its protocol."""

from typing import NamedTuple

import msgspec

from fanlight.base.clock import Clock
from fanlight.core.institutions import Institution
from fanlight.institutions import registry
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Hear, Line
from fanlight.institutions.oauth_entry import Secrets
from fanlight.institutions.port import Access, Connector, Limits, Tokens
from fanlight.institutions.rates import Meter
from fanlight.institutions.registry import Details, parse_details
from fanlight.oauth.authorized import FixedAccess
from fanlight.oauth.key_sets import KeySets
from fanlight.oauth.servers import AuthorizationServer
from fanlight.storage.vault import Vault, VaultError


class Reached(NamedTuple):
    """An institution within reach. The connector is None when nothing speaks its protocol yet."""

    details: Details
    line: Line
    connector: Connector | None

    def access(self, tokens: Tokens) -> Access:
        """Access with tokens that were just given."""
        return FixedAccess(self.line, tokens)


class Reach:
    """Reaches institutions, their secrets opened; key sets and nonces are remembered for all of them."""

    def __init__(self, *, http: Http, vault: Vault, limits: Limits, attempts: int, clock: Clock) -> None:
        self._http = http
        self._vault = vault
        self._limits = limits
        self._attempts = attempts
        self._clock = clock
        self._key_sets = KeySets()
        self._nonces: dict[str, str] = {}

    def institution(
        self, institution: Institution, hear: Hear | None = None, meter: Meter | None = None
    ) -> Reached:  # fmt: skip
        """The line and what speaks on it; `hear` is told of what is read, `meter` lets requests leave."""
        details, secrets = parse_details(institution.details), open_secrets(self._vault, institution)
        line = self._line(registry.way(details, secrets), hear, meter)
        return Reached(details, line, registry.connector(details, line, self._limits))

    def server(self, institution: Institution) -> AuthorizationServer:
        """The authorization server. Raises Said(CLIENT_REFUSED) where there is none."""
        details, secrets = parse_details(institution.details), open_secrets(self._vault, institution)
        return AuthorizationServer(details, secrets, self._line(registry.way(details, secrets)), self._key_sets)

    def _line(self, way: Way, hear: Hear | None = None, meter: Meter | None = None) -> Line:
        return Line(
            self._http, way, attempts=self._attempts, hear=hear, meter=meter, clock=self._clock, nonces=self._nonces
        )


def seal_secrets(vault: Vault, guid: str, secrets: Secrets) -> bytes:
    return vault.seal("institution", guid, msgspec.json.encode(secrets))


def open_secrets(vault: Vault, institution: Institution) -> Secrets:
    """The institution's secrets in the clear. Raises Said(CLIENT_REFUSED) for what cannot be opened (another key)."""
    if institution.secrets is None:
        return Secrets()
    try:
        opened = vault.open("institution", institution.guid, institution.secrets)
    except VaultError as error:
        raise Said(Saying.CLIENT_REFUSED, "the institution's secrets cannot be opened: add its entry anew") from error
    return msgspec.json.decode(opened, type=Secrets)
