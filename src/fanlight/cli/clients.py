"""`fanlight client ...` and `fanlight user create`: who may speak to this server, and for whom."""

from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import system_clock, timestamp
from fanlight.base.columns import table
from fanlight.cli.client_insights import insight
from fanlight.cli.client_rules import rule
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import clients, users
from fanlight.storage.unit import Unit


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
        made, key = clients.create(unit, name, now=system_clock(), loopback_redirects=loopback_redirects)
        for kind, values in (("redirect", redirect_urls), ("scheme", schemes), ("origin", origins)):
            for value in values:
                clients.register(unit, made, kind, value)
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
    _run(data_dir, lambda unit: clients.disable(unit, name, now=system_clock()))
    show({"client_id": name, "disabled": True}, as_json=as_json, text=f"{name} is disabled.")


@client.command("rotate-key")
@click.argument("name")
@data_option
@json_option
@clear_failures
def client_rotate_key(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """Replace a client's API key; the old one ends at once."""
    key = _run(data_dir, lambda unit: clients.rotate_key(unit, name))
    show({"client_id": name, "api_key": key}, as_json=as_json, text=f"api_key    {key}\nThe key is shown this once.")


@client.command("confirm-page")
@click.argument("name")
@click.argument("wanted", type=click.Choice(["on", "off"]))
@data_option
@json_option
@clear_failures
def client_confirm_page(name: str, wanted: str, data_dir: str | None, *, as_json: bool) -> None:
    """Show a page that names client and institution before a window is spent (off by default)."""
    _run(data_dir, lambda unit: clients.set_confirm_page(unit, name, wanted=wanted == "on"))
    result = {"client_id": name, "confirm_page": wanted == "on"}
    show(result, as_json=as_json, text=f"{name}: confirm page {wanted}.")


@client.command("time-zone")
@click.argument("name")
@click.argument("zone", required=False)
@data_option
@json_option
@clear_failures
def client_time_zone(name: str, zone: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """Say in which time zone the days and months of a client's users begin (UTC by default), or show it."""
    if zone is not None:
        _run(data_dir, lambda unit: clients.set_time_zone(unit, name, zone))
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

    found = _look(data_dir, work) if wanted is None else _run(data_dir, work)
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
        _run(data_dir, lambda unit: clients.register(unit, clients.by_name(unit, name), kind, value))
        show({"client_id": name, kind: value}, as_json=as_json, text=f"{name} may use {value}.")

    @group.command("remove")
    @click.argument("name")
    @click.argument("value")
    @data_option
    @json_option
    @clear_failures
    def remove(name: str, value: str, data_dir: str | None, *, as_json: bool) -> None:
        """Allow it no more."""
        _run(data_dir, lambda unit: clients.unregister(unit, clients.by_name(unit, name), kind, value))
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

    def work(unit: Unit) -> None:
        owner = clients.by_name(unit, name)
        for number in numbers:
            clients.register(unit, owner, clients.BLOCKED_ROUTING_NUMBER, number)

    _run(data_dir, work)
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
    _run(data_dir, lambda unit: clients.unregister(unit, clients.by_name(unit, name), kind, number))
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
        owner = clients.by_name(unit, client_name)
        return users.create(unit, owner.id, user_id, users.Profile(), now=system_clock())

    made = _run(data_dir, work)
    result = {"client_id": client_name, "user_id": user_id, "user_guid": made.guid}
    show(result, as_json=as_json, text=f"user_guid  {made.guid}")


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
