"""`fanlight institution list|add`, and the words that change what becomes of its members."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import click

from fanlight import admin
from fanlight.aggregation import operators
from fanlight.base.clock import system_clock
from fanlight.base.columns import table
from fanlight.cli.institution_check import check
from fanlight.cli.institution_discovery import discover, jwks
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import audit, institutions
from fanlight.core.institution_words import folded
from fanlight.institutions.entry_secrets import read_secrets
from fanlight.institutions.oauth_entry import weaker_rules
from fanlight.institutions.registry import parse_details, parse_entry
from fanlight.storage.unit import Unit


@click.group()
def institution() -> None:
    """Institutions that members can be connected to."""


institution.add_command(check)
institution.add_command(discover)
institution.add_command(jwks)


@institution.command("list")
@click.option("--name", metavar="TEXT", default="", help="With this text in name, other names or code.")
@click.option("--protocol", metavar="NAME", help="Of this protocol only, such as fdx or ofx.")
@data_option
@json_option
@clear_failures
def institution_list(name: str, protocol: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """List the institutions that are on offer."""
    found = admin.look(settings_from(data_dir=data_dir).settings, institutions.list_all)
    wanted = folded(name)
    rows = [_row(entry) for entry in found if wanted in _names(entry) and protocol in (None, entry.protocol)]
    show(rows, as_json=as_json, text=table(rows))


@institution.command("add")
@click.argument("path", metavar="FILE.toml", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
@clear_failures
def institution_add(path: Path, data_dir: str | None, *, as_json: bool) -> None:
    """Add an institution from its TOML entry, or bring one up to date. Its secret is sealed with the master key."""
    settings = settings_from(data_dir=data_dir).settings
    entry = parse_entry(path.read_text(encoding="utf-8"))
    if entry.allow_private and not settings.allow_private_institutions:
        fail("allow_private needs the setting allow_private_institutions.")
    vault = admin.open_vault(settings)
    secrets = read_secrets(entry, path.parent, os.environ)

    def work(unit: Unit) -> institutions.Institution:
        now = system_clock()
        added = admin.put_institution(unit, vault, entry, now=now, secrets=secrets)
        audit.by_operator(unit, audit.INSTITUTION_PUT, added.guid, now=now, detail=added.code)
        return added

    added = admin.run(settings, work)
    show(_row(added), as_json=as_json, text=f"{added.code}  {added.guid}")


def _word(word: str, about: str) -> None:
    @institution.command(word, help=about)
    @click.argument("code")
    @data_option
    @json_option
    @clear_failures
    def say(code: str, data_dir: str | None, *, as_json: bool) -> None:
        settings = settings_from(data_dir=data_dir).settings
        changed = admin.run(settings, partial(_say, code=code, word=word))
        result = {"code": code, "word": word, "members": changed}
        show(result, as_json=as_json, text=f"{code}: {word}, {changed} members changed.")


def _say(unit: Unit, *, code: str, word: str) -> int:
    now = system_clock()
    changed = operators.set_institution(unit, code, word, now=now)
    guid = institutions.by_code(unit, code).guid
    audit.by_operator(unit, audit.INSTITUTION_WORD, guid, now=now, detail=f"{word} {changed} members")
    return changed


_word("disable", "Pause every member of an institution (DISABLED), and let no new ones be made.")
_word("enable", "Let new members be made again; those that disable paused go on as they were.")
_word("discontinue", "Offer an institution no more: its members become DISCONTINUED.")
_word("migrate", "Another source stands behind an institution now: its members become RECONNECTED.")


def _names(entry: institutions.Institution) -> str:
    return folded("\n".join((entry.name, entry.code, entry.aliases or "")))


def _row(entry: institutions.Institution) -> dict[str, Any]:
    server = parse_details(entry.details).oauth
    weaker = "; ".join(weaker_rules(server)) if server is not None else ""
    return {
        "code": entry.code,
        "guid": entry.guid,
        "name": entry.name,
        "protocol": entry.protocol,
        "weaker_rules": weaker or None,
    }
