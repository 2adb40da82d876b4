"""`fanlight institution discover` and `jwks`: what authorization servers say of themselves, and what they are told."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import click
import msgspec

from fanlight import admin
from fanlight.base.clock import system_clock, timestamp
from fanlight.base.errors import OperatorError
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import audit, institution_metadata, institutions
from fanlight.core.institution_metadata import Kept
from fanlight.institutions import registry
from fanlight.institutions.answers import Said
from fanlight.institutions.http import Http, Way
from fanlight.institutions.registry import parse_details
from fanlight.oauth import client_authentication, discovery, metadata, new_entries
from fanlight.oauth.discovery import Compared, Found
from fanlight.oauth.metadata import Change
from fanlight.oauth.reach import open_secrets
from fanlight.settings import Settings
from fanlight.storage.unit import Unit


@click.command("discover")
@click.argument("place", metavar="URL|CODE")
@click.option("--new", "new_code", metavar="CODE", help="Print an entry with this code for the server at URL.")
@click.option("--approve", is_flag=True, help="Take over the document that was shown last, and pin it.")
@click.option("--allow-private", is_flag=True, help="URL may be on a private address (needs the setting, too).")
@data_option
@json_option
@clear_failures
def discover(
    place: str, new_code: str | None, data_dir: str | None, *, approve: bool, allow_private: bool, as_json: bool
) -> None:
    """Fetch what an authorization server says of itself (RFC 8414), and show what that would change.

    With CODE the document is compared with the institution's entry and with the one that was pinned before. Nothing
    changes until --approve.
    """
    settings = settings_from(data_dir=data_dir).settings
    if "://" not in place:
        if new_code is not None:
            fail("--new goes with a URL.")
        _approve(settings, place, as_json=as_json) if approve else _look(settings, place, as_json=as_json)
        return
    if approve:
        fail("--approve goes with the code of an institution.")
    found = _fetched(settings, lambda http: discovery.fetch(http, Way(allow_private), place))
    metadata.check(found.metadata, found.metadata.issuer, allow_plain=allow_private)
    if new_code is None:
        show(_document(found), as_json=as_json, text=_lines(found))
    else:
        text = new_entries.entry(new_code, found.metadata)
        show({"entry": text}, as_json=as_json, text=text)


@click.command("jwks")
@click.argument("code")
@data_option
@json_option
@clear_failures
def jwks(code: str, data_dir: str | None, *, as_json: bool) -> None:
    """Print the public key set (RFC 7517) to be registered at an institution: nothing in it is secret."""
    settings = settings_from(data_dir=data_dir).settings
    vault = admin.open_vault(settings)
    institution = admin.look(settings, lambda unit: institutions.by_code(unit, code))
    server = discovery.configured(parse_details(institution.details))
    keys = client_authentication.public_jwks(server, open_secrets(vault, institution))
    show(keys, as_json=as_json, text=json.dumps(keys, indent=2))


def _look(settings: Settings, code: str, *, as_json: bool) -> None:
    vault = admin.open_vault(settings)
    institution = admin.look(settings, lambda unit: institutions.by_code(unit, code))
    details = parse_details(institution.details)
    way = registry.way(details, open_secrets(vault, institution))
    found = _fetched(settings, lambda http: discovery.fetch_for(http, way, details))

    def note(unit: Unit) -> tuple[Compared, Kept | None]:
        named = institutions.by_code(unit, code)
        compared = discovery.take_note(unit, named, found, now=system_clock())
        return compared, institution_metadata.of(unit, named)

    compared, kept = admin.run(settings, note)
    waits = kept is not None and kept.pending is not None
    since = timestamp(kept.pinned_at) if kept is not None else None
    result = {"url": found.url, "pinned_at": since, "waits_for_approval": waits, **_compared(compared)}
    end = (
        f"Nothing was changed. `fanlight institution discover {code} --approve` takes it over."
        if waits
        else "It agrees with the entry, and is pinned."
    )
    show(result, as_json=as_json, text="\n".join([found.url, *_told(compared), end]))


def _approve(settings: Settings, code: str, *, as_json: bool) -> None:
    def work(unit: Unit) -> Compared:
        named, now = institutions.by_code(unit, code), system_clock()
        audit.by_operator(unit, audit.INSTITUTION_PUT, named.guid, now=now, detail=f"{code} metadata approved")
        return discovery.approve(unit, named, now=now)

    compared = admin.run(settings, work)
    end = "Approved and pinned. Bring the lines into the entry's file too: `institution add` takes them from there."
    show({"code": code, **_compared(compared)}, as_json=as_json, text="\n".join([*_told(compared), end]))


def _fetched(settings: Settings, fetch: Callable[[Http], Awaitable[Found]]) -> Found:
    async def work() -> Found:
        http = Http(
            timeout=settings.institution_timeout,
            max_bytes=settings.institution_max_bytes,
            allow_private=settings.allow_private_institutions,
        )
        try:
            return await fetch(http)
        finally:
            await http.close()

    try:
        return asyncio.run(work())
    except Said as said:
        raise OperatorError(f"The server could not be asked: {said.detail}.") from said


def _told(compared: Compared) -> list[str]:
    lines = [f"~ {_change(change)}" for change in compared.changes]
    known = {change.line for change in compared.changes}
    lines += [f"  said otherwise: {_change(change)}" for change in compared.said if change.line not in known]
    return [*lines, *(f"! {concern}" for concern in compared.concerns)]


def _change(change: Change) -> str:
    return f"{change.line}: {json.dumps(change.old)} -> {json.dumps(change.new)}"


def _compared(compared: Compared) -> dict[str, Any]:
    return {
        "changes": [change._asdict() for change in compared.changes],
        "said": [change._asdict() for change in compared.said],
        "concerns": compared.concerns,
    }


def _document(found: Found) -> dict[str, Any]:
    return {"url": found.url, "metadata": msgspec.to_builtins(found.metadata)}


def _lines(found: Found) -> str:
    document = msgspec.to_builtins(found.metadata)
    return "\n".join([found.url, *(f"{name} = {json.dumps(value)}" for name, value in document.items())])
