"""How an institution is reached: the line to it, its authorization server, the connector of its protocol."""

from typing import Any, NamedTuple

import msgspec

from fanlight.core.institutions import Institution
from fanlight.institutions import registry
from fanlight.institutions.http import Http
from fanlight.institutions.line import Hear, Line
from fanlight.institutions.port import Access, Connector, Limits, Tokens
from fanlight.institutions.registry import Details, Secrets, parse_details
from fanlight.oauth.authorized import FixedAccess
from fanlight.oauth.servers import AuthorizationServer
from fanlight.storage.vault import Vault


class Reached(NamedTuple):
    """An institution within reach. The connector is None when nothing speaks its protocol yet."""

    details: Details
    line: Line
    connector: Connector | None

    def access(self, tokens: Tokens) -> Access:
        """Access with tokens that were just given."""
        return FixedAccess(self.line, tokens)


class Reach:
    """Reaches institutions, their secrets opened; key sets are cached by their URL."""

    def __init__(self, *, http: Http, vault: Vault, limits: Limits, attempts: int) -> None:
        self._http = http
        self._vault = vault
        self._limits = limits
        self._attempts = attempts
        self._keys: dict[str, dict[str, Any]] = {}

    def institution(self, institution: Institution, hear: Hear | None = None) -> Reached:
        """The line and what speaks on it; `hear` is told of what is read."""
        details, secrets = parse_details(institution.details), open_secrets(self._vault, institution)
        line = Line(self._http, registry.way(details, secrets), attempts=self._attempts, hear=hear)
        return Reached(details, line, registry.connector(details, line, self._limits))

    def server(self, institution: Institution) -> AuthorizationServer:
        """The authorization server. Raises Said(CLIENT_REFUSED) where there is none."""
        details, secrets = parse_details(institution.details), open_secrets(self._vault, institution)
        line = Line(self._http, registry.way(details, secrets))
        return AuthorizationServer(details, secrets, line, self._keys)


def seal_secrets(vault: Vault, guid: str, secrets: Secrets) -> bytes:
    return vault.seal("institution", guid, msgspec.json.encode(secrets))


def open_secrets(vault: Vault, institution: Institution) -> Secrets:
    if institution.secrets is None:
        return Secrets()
    return msgspec.json.decode(vault.open("institution", institution.guid, institution.secrets), type=Secrets)
