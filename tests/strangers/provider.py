"""oidc-provider as an institution: its process, the client that is registered there, and the TOML entry for it."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from joserfc.jwk import ECKey

from fanlight.institutions.entry_secrets import read_secrets
from fanlight.institutions.oauth_entry import Secrets
from fanlight.institutions.registry import EntryFile, parse_entry
from strangers import node
from support.authority import Authority

CLIENT_ID = "fanlight"
SECRET = "a secret: with % and +"
CERTIFIED_NAME = "client.fanlight.example"
SCOPE = "openid offline_access fdx:accountbasic:read fdx:accountdetailed:read fdx:transactions:read"
PROFILES = ("plain", "fapi2", "mtls")

_ENTRY = """
code = "{code}"
name = "Stranger Bank"
protocol = "fdx"
allow_private = true
is_test = true
{secrets}

[oauth]
issuer = "{issuer}"
authorization_endpoint = "{issuer}/auth"
token_endpoint = "{issuer}/token"
jwks_uri = "{issuer}/jwks"
revocation_endpoint = "{issuer}/token/revocation"
pushed_authorization_request_endpoint = "{issuer}/request"
client_id = "{client_id}"
scope = "{scope}"
# Without this the provider gives no refresh token (OpenID Connect Core 11).
authorization_parameters = {{ prompt = "consent" }}
{oauth}

[fdx]
base_url = "{data}/fdx/v6"
"""
_LINES = {
    "plain": (
        'client_secret_file = "secret"',
        """token_endpoint_auth_method = "client_secret_basic"
sender_constrained_tokens = "none"
id_token_signing_alg = "RS256"
""",
    ),
    "fapi2": ('client_key_file = "key"', ""),
    "mtls": (
        'certificate_file = "certificate"\ncertificate_key_file = "certificate-key"\nca_file = "authority"',
        """token_endpoint_auth_method = "tls_client_auth"
sender_constrained_tokens = "mtls"
mtls_endpoint_aliases.token_endpoint = "{aliases}/token"
mtls_endpoint_aliases.pushed_authorization_request_endpoint = "{aliases}/request"
mtls_endpoint_aliases.revocation_endpoint = "{aliases}/token/revocation"
""",
    ),
}


class Provider(NamedTuple):
    """A running provider: where it is, and what an operator writes to use it."""

    running: node.Running
    profile: str
    urls: dict[str, str]
    folder: Path
    authority: Authority

    def entry(self, code: str) -> EntryFile:
        """The entry as it is read from the operator's file."""
        secrets, oauth = _LINES[self.profile]
        path = self.folder / f"{code}.toml"
        path.write_text(
            _ENTRY.format(
                code=code, secrets=secrets, oauth=oauth.format(**self.urls), issuer=self.urls["ready"],
                client_id=CLIENT_ID, scope=SCOPE, data=self.urls["data"],
            )
        )  # fmt: skip
        return parse_entry(path.read_text())

    def secrets(self, entry: EntryFile) -> Secrets:
        return read_secrets(entry, self.folder, {})

    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        return self._get(f"{self.urls['ready']}/.well-known/openid-configuration")

    def counted(self, name: str) -> int:
        """How often something happened there, in its own words; `read` counts data requests that were answered."""
        return int(self._get(f"{self.urls['data']}/activity").get(name, 0))

    def _get(self, url: str) -> dict[str, Any]:
        trust = ssl.create_default_context(cadata=self.authority.pem) if url.startswith("https:") else True
        found: dict[str, Any] = httpx2.get(url, verify=trust).json()
        return found


@contextmanager
def serving(profile: str, folder: Path, *redirect_uris: str, ttl: int = 900) -> Iterator[Provider]:
    """A provider of a profile with this server registered; the files that an entry names are in the folder."""
    authority = Authority()
    client = {
        "client_id": CLIENT_ID,
        "redirect_uris": list(redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        **_registered(profile, folder, authority),
    }
    asked: dict[str, Any] = {"profile": profile, "client": client, "ttl": ttl}
    if profile == "mtls":
        pair = authority.issue("localhost")
        asked["tls"] = {"server": {"cert": pair.chain, "key": pair.private_key}, "ca": authority.pem}
    with node.script("provider.mjs", "oidc", json.dumps(asked)) as running:
        yield Provider(running, profile, running.ready, folder, authority)


def _registered(profile: str, folder: Path, authority: Authority) -> dict[str, Any]:
    """How the client authenticates, and the operator's files for it."""
    if profile == "plain":
        (folder / "secret").write_text(SECRET)
        return {"client_secret": SECRET, "id_token_signed_response_alg": "RS256"}
    if profile == "mtls":
        pair = authority.issue(CERTIFIED_NAME)
        (folder / "authority").write_text(authority.pem)
        (folder / "certificate").write_text(pair.chain)
        (folder / "certificate-key").write_text(pair.private_key)
        return {
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_san_dns": CERTIFIED_NAME,
            "tls_client_certificate_bound_access_tokens": True,
            "id_token_signed_response_alg": "ES256",
        }
    key = ECKey.generate_key("P-256", auto_kid=True)
    (folder / "key").write_bytes(key.as_pem(private=True))
    return {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [key.as_dict(private=False)]},
        "dpop_bound_access_tokens": True,
        "id_token_signed_response_alg": "ES256",
    }
