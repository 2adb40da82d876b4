"""Entries of the sandbox's institutions with other lines, as an operator writes them."""

from importlib.resources import files
from typing import Any

import msgspec

from fanlight import admin
from fanlight.core import institutions
from fanlight.institutions import registry
from fanlight.institutions.registry import EntryFile
from fanlight.oauth.reach import open_secrets
from fanlight.storage.unit import Unit
from support.world import World


def entry_of(world: World, code: str) -> EntryFile:
    text = files("fanlight.institutions.catalogue").joinpath(f"{code}.toml").read_text(encoding="utf-8")
    return registry.parse_entry(text.replace("{bank}", world.ready["bank"]))


def put(world: World, entry: EntryFile) -> None:
    """Bring an institution of the sandbox up to date; its secrets stay. Raises EntryError."""
    registry.check(entry)

    def work(unit: Unit) -> None:
        known = institutions.find(unit, entry.code)
        assert known is not None
        secrets = open_secrets(world.runtime.vault, known)
        admin.put_institution(unit, world.runtime.vault, entry, now=world.clock(), secrets=secrets)

    world.unit(work)


def change(world: World, code: str, *, oauth: dict[str, Any] | None = None, **lines: Any) -> None:
    """The catalogue's entry with other lines, at the top and in [oauth]."""
    entry = entry_of(world, code)
    server = entry.oauth
    if oauth is not None:
        assert server is not None
        server = msgspec.structs.replace(server, **oauth)
    put(world, msgspec.structs.replace(entry, oauth=server, **lines))
