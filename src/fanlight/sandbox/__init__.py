"""The sandbox: a whole world for development and tests, in one process. Not for production.

The bank is reached over HTTP through the same connector as any institution.
"""

import json
import secrets
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from joserfc.jwk import ECKey

from fanlight import admin
from fanlight.bank import Bank, BankClient
from fanlight.base.clock import Clock, system_clock
from fanlight.base.errors import NotFound
from fanlight.core import clients, sessions, users
from fanlight.core.institutions import Institution
from fanlight.institutions.oauth_entry import Secrets
from fanlight.institutions.registry import parse_entry
from fanlight.oauth.authorize import CALLBACK_PATH
from fanlight.runtime import Runtime
from fanlight.server import Application
from fanlight.settings import Settings, load
from fanlight.storage.unit import Unit
from fanlight.storage.vault import write_key_file

CLIENT = "sandbox"
USER = "sandbox-user"
REDIRECT = "https://client.example/return"
SCHEMES = ("mx", "exampleapp")
BANK_CLIENT = "fanlight"
CODES = (
    "mx_bank_oauth", "mxcu_oauth", "mxbank", "mxcu_credential", "mx_bank_fapi", "mx_bank_uk", "mxbs_uk",
    "mx_bank_berlin", "mx_simplefin",
)  # fmt: skip


class Sandbox(NamedTuple):
    """The two applications, and what a client needs to know."""

    application: Application
    bank: Bank
    ready: dict[str, Any]


def build(
    place: Path,
    nexus: str,
    bank_url: str,
    *,
    seed: int = 1,
    clock: Clock = system_clock,
    settings: Mapping[str, Any] | None = None,
) -> Sandbox:
    """Put a world together in a directory, to be served at two URLs; `settings` stand above all others."""
    runtime = Runtime(_settings(place, settings or {}), clock=clock)
    runtime.public_url = nexus
    runtime.has_test_session = True
    key = ECKey.generate_key("P-256", auto_kid=True)
    own = Secrets(client_secret=secrets.token_urlsafe(32), client_key=json.dumps(key.as_dict(private=True)))
    people = admin.run(runtime.settings, lambda unit: _people(unit, runtime.settings, clock()))
    institutions = admin.run(runtime.settings, lambda unit: _institutions(unit, runtime, bank_url, own))
    callback = nexus + CALLBACK_PATH
    bank_client = BankClient(
        BANK_CLIENT,
        own.client_secret,
        (callback, *(f"{callback}/{code}" for code in CODES)),
        {"keys": [key.as_dict(private=False)]},
    )
    bank = Bank(base_url=bank_url, seed=seed, clock=clock, clients=[bank_client])
    ready = {
        "nexus": nexus,
        "sso": f"{nexus}/sso",
        "mdx": f"{nexus}/mdx",
        "bank": bank_url,
        **people,
        "institutions": {institution.code: institution.guid for institution in institutions},
    }
    return Sandbox(Application(runtime), bank, ready)


def _settings(place: Path, above: Mapping[str, Any]) -> Settings:
    """The usual settings with environment and file, in the sandbox's own place."""
    place.mkdir(parents=True, exist_ok=True)
    key = place / "fanlight.key"
    if not key.exists():
        write_key_file(key)
    flags = {
        "data_dir": str(place),
        "key_file": str(key),
        "allow_private_institutions": True,
        "simulated_ach": True,
    }
    return load({**flags, **above}).settings


def _people(unit: Unit, settings: Settings, now: int) -> dict[str, Any]:
    """The client, its user and a fresh session; the same client and key again in a kept directory."""
    kept = settings.data_path / "sandbox.json"
    try:
        client = clients.by_name(unit, CLIENT)
        api_key = str(json.loads(kept.read_text())["api_key"]) if kept.exists() else clients.rotate_key(unit, CLIENT)
    except NotFound:
        client, api_key = clients.create(unit, CLIENT, now=now, loopback_redirects=True)
        clients.register(unit, client, "redirect", REDIRECT)
        for scheme in SCHEMES:
            clients.register(unit, client, "scheme", scheme)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps({"api_key": api_key}))
    user = _user(unit, client, now)
    _, token = sessions.start(unit, user, now=now, lifetime=settings.session_lifetime)
    return {
        "client_id": CLIENT,
        "api_key": api_key,
        "user_id": user.external_id,
        "user_guid": user.guid,
        "session_token": token,
    }


def _user(unit: Unit, client: clients.Client, now: int) -> users.User:
    try:
        return users.by_external_id(unit, client.id, USER)
    except NotFound:
        profile = users.Profile(first_name="Sam", last_name="Sandbox", email="sam@example.com")
        return users.create(unit, client.id, USER, profile, now=now)


def _institutions(unit: Unit, runtime: Runtime, bank_url: str, own: Secrets) -> list[Institution]:
    found = []
    for code in CODES:
        text = files("fanlight.institutions.catalogue").joinpath(f"{code}.toml").read_text(encoding="utf-8")
        entry = parse_entry(text.replace("{bank}", bank_url))
        own_here = own if entry.oauth is not None else None
        found.append(admin.put_institution(unit, runtime.vault, entry, now=runtime.clock(), secrets=own_here))
    return found
