"""`fanlight member list|show`, and `close|import|pause|resume`: what an operator may say of one connection."""

from functools import partial
from typing import Any

import click

from fanlight import admin
from fanlight.aggregation import operators
from fanlight.base.clock import system_clock, timestamp
from fanlight.base.columns import table
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import audit, clients, members, users
from fanlight.core.members import Member
from fanlight.storage.unit import Unit


@click.group()
def member() -> None:
    """Members: users' connections to institutions."""


@member.command("list")
@click.argument("user_guid", metavar="USER_GUID")
@data_option
@json_option
@clear_failures
def member_list(user_guid: str, data_dir: str | None, *, as_json: bool) -> None:
    """List a user's members."""
    now = system_clock()

    def work(unit: Unit) -> list[Member]:
        return members.list_all(unit, users.by_guid(unit, user_guid).id, now=now)

    found = admin.look(settings_from(data_dir=data_dir).settings, work)
    rows = [_brief(members.as_of(each, now=now)) for each in found]
    show(rows, as_json=as_json, text=table(rows))


@member.command("show")
@click.argument("guid")
@data_option
@json_option
@clear_failures
def member_show(guid: str, data_dir: str | None, *, as_json: bool) -> None:
    """Show how one member stands."""
    now = system_clock()
    settings = settings_from(data_dir=data_dir).settings
    found = members.as_of(admin.look(settings, lambda unit: members.by_guid(unit, guid, now=now)), now=now)
    shown = _brief(found) | _more(found)
    width = max(map(len, shown))
    lines = (f"{name:<{width}}  {'-' if value is None else value}" for name, value in shown.items())
    show(shown, as_json=as_json, text="\n".join(lines))


def _word(word: str, about: str) -> None:
    @member.command(word, help=about)
    @click.argument("guid")
    @data_option
    @json_option
    @clear_failures
    def say(guid: str, data_dir: str | None, *, as_json: bool) -> None:
        settings = settings_from(data_dir=data_dir).settings
        changed = admin.run(settings, partial(_say, guid=guid, word=word))
        status = _status(changed)
        show({"guid": guid, "connection_status": status}, as_json=as_json, text=f"{guid} is {status}.")


def _say(unit: Unit, *, guid: str, word: str) -> Member:
    now = system_clock()
    changed = operators.set_member(unit, guid, word, now=now)
    audit.record(unit, clients.of_user(unit, changed.user_id).id, audit.MEMBER_WORD, guid, now=now, detail=word)
    return changed


_word("close", "Close a connection (CLOSED); new credentials or a window open it again.")
_word("import", "Forget a connection's credentials and wait for new ones (IMPORTED).")
_word("pause", "Gather nothing for a while (DISABLED).")
_word("resume", "Undo pause.")


def _brief(found: Member) -> dict[str, Any]:
    return {
        "guid": found.guid,
        "name": found.name,
        "institution_code": found.institution_code,
        "connection_status": _status(found),
        "is_being_aggregated": found.is_being_aggregated,
        "successfully_aggregated_at": timestamp(found.successfully_aggregated_at),
    }


def _more(found: Member) -> dict[str, Any]:
    return {
        "user_guid": found.user_guid,
        "institution_guid": found.institution_guid,
        "is_oauth": found.is_oauth,
        "most_recent_job_guid": found.job_guid,
        "refused_logins": found.denials,
        "failures": found.failures,
        "aggregated_at": timestamp(found.aggregated_at),
        "created_at": timestamp(found.created_at),
        "updated_at": timestamp(found.updated_at),
    }


def _status(found: Member) -> str | None:
    return None if found.status is None else found.status.name
