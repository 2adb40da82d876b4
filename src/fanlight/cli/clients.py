"""`fanlight client ...` and `fanlight user create`: who may speak to this server, and for whom."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import click

from fanlight import admin
from fanlight.base.clock import system_clock, timestamp
from fanlight.base.columns import table
from fanlight.cli.client_insights import insight
from fanlight.cli.client_rules import rule
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import audit, clients, users
from fanlight.storage.unit import Unit

R = TypeVar("R")


@click.group()
def client() -> None:
    """Clients, their API keys, and where they may send people back to."""


@client.command("create")
@click.argument("name")
@click.option("--redirect", "redirect_urls", multiple=True, metavar="URL", help="Allow a client_redirect_url.")
@click.option("--scheme", "schemes", multiple=True, metavar="NAME", help="Allow an app's URL scheme.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Send messages to this origin only.")
@click.option("--loopback-redirects", is_flag=True, help="Allow http://localhost URLs on any port (development).")
@data_option
@json_option
@clear_failures
def client_create(
    name: str,
    redirect_urls: tuple[str, ...],
    schemes: tuple[str, ...],
    origins: tuple[str, ...],
    data_dir: str | None,
    *,
    loopback_redirects: bool,
    as_json: bool,
) -> None:
    """Make a client and print its API key, which is shown this once."""

    def work(unit: Unit) -> tuple[clients.Client, str]:
        now = system_clock()
        made, key = clients.create(unit, name, now=now, loopback_redirects=loopback_redirects)
        audit.record(unit, made.id, audit.CLIENT_CREATED, made.guid, now=now)
        for kind, values in (("redirect", redirect_urls), ("scheme", schemes), ("origin", origins)):
            for value in values:
                clients.register(unit, made, kind, value)
                audit.record(unit, made.id, audit.REGISTERED, made.guid, now=now, detail=f"{kind} {value}")
        return made, key

    made, key = _run(data_dir, work)
    text = f"client_id  {made.name}\napi_key    {key}\nThe key is shown this once."
    show({"client_id": made.name, "guid": made.guid, "api_key": key}, as_json=as_json, text=text)


@client.command("list")
@data_option
@json_option
@clear_failures
def client_list(data_dir: str | None, *, as_json: bool) -> None:
    """List the clients."""
    rows = [_row(found) for found in _look(data_dir, clients.list_all)]
    show(rows, as_json=as_json, text=table(rows))


@client.command("disable")
@click.argument("name")
@data_option
@json_option
@clear_failures
def client_disable(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """Refuse a client from now on; its users' sessions end at once."""
    _act(data_dir, name, audit.CLIENT_DISABLED, lambda unit: clients.disable(unit, name, now=system_clock()))
    show({"client_id": name, "disabled": True}, as_json=as_json, text=f"{name} is disabled.")


@client.command("rotate-key")
@click.argument("name")
@data_option
@json_option
@clear_failures
def client_rotate_key(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """Replace a client's API key; the old one ends at once."""
    key = _act(data_dir, name, audit.CLIENT_KEY_REPLACED, lambda unit: clients.rotate_key(unit, name))
    show({"client_id": name, "api_key": key}, as_json=as_json, text=f"api_key    {key}\nThe key is shown this once.")


def _switch(word: str, about: str, put: Callable[..., None]) -> None:
    setting = word.replace("-", "_")

    @client.command(word, help=about)
    @click.argument("name")
    @click.argument("wanted", type=click.Choice(["on", "off"]))
    @data_option
    @json_option
    @clear_failures
    def switch(name: str, wanted: str, data_dir: str | None, *, as_json: bool) -> None:
        _change(data_dir, name, f"{setting} {wanted}", lambda unit: put(unit, name, wanted=wanted == "on"))
        result = {"client_id": name, setting: wanted == "on"}
        show(result, as_json=as_json, text=f"{name}: {word.replace('-', ' ')} {wanted}.")


_switch(
    "confirm-page",
    "Show a page that names client and institution before a window is spent (off by default).",
    clients.set_confirm_page,
)
_switch(
    "require-confirmation",
    "Keep a grant unused until the client confirms that its own user came back with it (off by default).",
    clients.set_require_confirmation,
)


@client.command("time-zone")
@click.argument("name")
@click.argument("zone", required=False)
@data_option
@json_option
@clear_failures
def client_time_zone(name: str, zone: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """Say in which time zone the days and months of a client's users begin (UTC by default), or show it."""
    if zone is not None:
        _change(data_dir, name, f"time_zone {zone}", lambda unit: clients.set_time_zone(unit, name, zone))
    found = _look(data_dir, lambda unit: clients.by_name(unit, name)).time_zone
    show({"client_id": name, "time_zone": found}, as_json=as_json, text=f"{name}: {found}")


@client.command("feature")
@click.argument("name")
@click.argument("feature", type=click.Choice(list(clients.FEATURES)), required=False)
@click.argument("wanted", type=click.Choice(["on", "off"]), required=False)
@data_option
@json_option
@clear_failures
def client_feature(
    name: str, feature: str | None, wanted: str | None, data_dir: str | None, *, as_json: bool
) -> None:  # fmt: skip
    """Switch a feature of a client on or off, or list its features."""

    def work(unit: Unit) -> dict[str, bool]:
        if feature is not None and wanted is not None:
            clients.switch(unit, name, feature, on=wanted == "on")
        return clients.features(unit, clients.by_name(unit, name).id)

    found = _look(data_dir, work) if wanted is None else _change(data_dir, name, f"{feature} {wanted}", work)
    text = "\n".join(f"{each:<16} {'on' if is_on else 'off'}" for each, is_on in found.items())
    show(found, as_json=as_json, text=text)


def _registration_group(kind: str, about: str) -> click.Group:
    """`client redirect|scheme|origin add|remove|list`."""
    group = click.Group(kind, help=about)

    @group.command("add")
    @click.argument("name")
    @click.argument("value")
    @data_option
    @json_option
    @clear_failures
    def add(name: str, value: str, data_dir: str | None, *, as_json: bool) -> None:
        """Allow it."""
        work = partial(_register, name=name, kind=kind, values=(value,))
        _act(data_dir, name, audit.REGISTERED, work, f"{kind} {value}")
        show({"client_id": name, kind: value}, as_json=as_json, text=f"{name} may use {value}.")

    @group.command("remove")
    @click.argument("name")
    @click.argument("value")
    @data_option
    @json_option
    @clear_failures
    def remove(name: str, value: str, data_dir: str | None, *, as_json: bool) -> None:
        """Allow it no more."""
        work = partial(_unregister, name=name, kind=kind, value=value)
        _act(data_dir, name, audit.UNREGISTERED, work, f"{kind} {value}")
        show({"client_id": name, kind: None}, as_json=as_json, text=f"{name} may not use {value} any more.")

    @group.command("list")
    @click.argument("name")
    @data_option
    @json_option
    @clear_failures
    def list_(name: str, data_dir: str | None, *, as_json: bool) -> None:
        """List what is allowed."""
        found = _look(data_dir, lambda unit: clients.registered(unit, clients.by_name(unit, name).id, kind))
        show(found, as_json=as_json, text="\n".join(found) or "(none)")

    return group


client.add_command(_registration_group("redirect", "URLs that a client may give as client_redirect_url."))
client.add_command(_registration_group("scheme", "URL schemes of a client's apps."))
client.add_command(_registration_group("origin", "Origins that the completion page sends its message to."))


client.add_command(insight)
client.add_command(rule)


@client.group("routing-number")
def routing_number() -> None:
    """Routing numbers that a client wants no microdeposits for."""


@routing_number.command("block")
@click.argument("name")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@data_option
@json_option
@clear_failures
def routing_number_block(name: str, numbers: tuple[str, ...], data_dir: str | None, *, as_json: bool) -> None:
    """Refuse microdeposits to it; all of the numbers or, when one is wrong, none."""
    kind = clients.BLOCKED_ROUTING_NUMBER
    work = partial(_register, name=name, kind=kind, values=numbers)
    _act(data_dir, name, audit.REGISTERED, work, f"{kind} {' '.join(numbers)}")
    text = f"{name} has {', '.join(numbers)} blocked."
    show({"client_id": name, "blocked": list(numbers)}, as_json=as_json, text=text)


@routing_number.command("unblock")
@click.argument("name")
@click.argument("number")
@data_option
@json_option
@clear_failures
def routing_number_unblock(name: str, number: str, data_dir: str | None, *, as_json: bool) -> None:
    """Take microdeposits to it again."""
    kind = clients.BLOCKED_ROUTING_NUMBER
    work = partial(_unregister, name=name, kind=kind, value=number)
    _act(data_dir, name, audit.UNREGISTERED, work, f"{kind} {number}")
    show({"client_id": name, "unblocked": number}, as_json=as_json, text=f"{name} has {number} blocked no more.")


@routing_number.command("list")
@click.argument("name")
@data_option
@json_option
@clear_failures
def routing_number_list(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """List what is blocked."""
    kind = clients.BLOCKED_ROUTING_NUMBER
    found = _look(data_dir, lambda unit: clients.registered(unit, clients.by_name(unit, name).id, kind))
    show(found, as_json=as_json, text="\n".join(found) or "(none)")


@click.group()
def user() -> None:
    """Users of a client."""


@user.command("create")
@click.argument("client_name", metavar="CLIENT")
@click.argument("user_id", metavar="ID")
@data_option
@json_option
@clear_failures
def user_create(client_name: str, user_id: str, data_dir: str | None, *, as_json: bool) -> None:
    """Make a user under the partner's own ID."""

    def work(unit: Unit) -> users.User:
        owner, now = clients.by_name(unit, client_name), system_clock()
        made = users.create(unit, owner.id, user_id, users.Profile(), now=now)
        audit.record(unit, owner.id, audit.USER_CREATED, made.guid, now=now)
        return made

    made = _run(data_dir, work)
    result = {"client_id": client_name, "user_id": user_id, "user_guid": made.guid}
    show(result, as_json=as_json, text=f"user_guid  {made.guid}")


def _register(unit: Unit, *, name: str, kind: str, values: Sequence[str]) -> None:
    owner = clients.by_name(unit, name)
    for value in values:
        clients.register(unit, owner, kind, value)


def _unregister(unit: Unit, *, name: str, kind: str, value: str) -> None:
    clients.unregister(unit, clients.by_name(unit, name), kind, value)


def _act(data_dir: str | None, name: str, action: str, work: Callable[[Unit], R], detail: str | None = None) -> R:
    """Do something to a client, and write down that it was done."""

    def act(unit: Unit) -> R:
        result = work(unit)
        owner = clients.by_name(unit, name)
        audit.record(unit, owner.id, action, owner.guid, now=system_clock(), detail=detail)
        return result

    return admin.run(settings_from(data_dir=data_dir).settings, act)


def _change(data_dir: str | None, name: str, detail: str, work: Callable[[Unit], R]) -> R:
    """Change a setting of a client, and write down which."""
    return _act(data_dir, name, audit.CLIENT_CHANGED, work, detail)


def _run(data_dir: str | None, work: Any) -> Any:
    return admin.run(settings_from(data_dir=data_dir).settings, work)


def _look(data_dir: str | None, work: Any) -> Any:
    return admin.look(settings_from(data_dir=data_dir).settings, work)


def _row(found: clients.Client) -> dict[str, Any]:
    return {
        "client_id": found.name,
        "guid": found.guid,
        "created_at": timestamp(found.created_at),
        "disabled_at": timestamp(found.disabled_at),
    }
