"""Client insights: what a client wants all its users to read, campaign content of its own, from one day to another."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, literal, select

from fanlight.base.errors import OperatorError
from fanlight.base.guids import new_guid
from fanlight.core.clients import Client
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import client_insights, stale, users
from fanlight.storage.unit import Unit

MAX_CAMPAIGNS = 100
"""Of one client."""
LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_CALL = 60, 300, 60
"""Characters: as many as short texts have room for, so that nothing has to be cut."""
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


class Campaign(NamedTuple):
    """What is to be read, and when: days as YYYY-MM-DD, both included."""

    guid: str
    title: str
    description: str
    call_to_action: str | None
    from_date: str
    to_date: str


_COLUMNS = [client_insights.c[name] for name in Campaign._fields]
_OF_CLIENT = client_insights.c.client_id == bindparam("client_id")


@statement
def _of_user() -> Clause:
    joined = client_insights.join(users, users.c.client_id == client_insights.c.client_id)
    own = users.c.id == bindparam("user_id")
    return select(*_COLUMNS).select_from(joined).where(own).order_by(client_insights.c.id)


@statement
def _all() -> Clause:
    return select(*_COLUMNS).where(_OF_CLIENT).order_by(client_insights.c.id)


@statement
def _insert() -> Clause:
    return insert(client_insights).values(binds(("client_id", *Campaign._fields, "created_at")))


@statement
def _delete() -> Clause:
    return delete(client_insights).where(_OF_CLIENT, client_insights.c.guid == bindparam("guid"))


@statement
def _mark_users() -> Clause:
    """What the users of a client are told is no longer up to date."""
    of_client = users.c.client_id == bindparam("client_id")
    noted = select(users.c.id, literal(0), literal("table"), literal("client_insights")).where(of_client)
    return insert(stale).prefix_with("OR IGNORE").from_select(["user_id", "is_late", "kind", "name"], noted)


def of_user(unit: Unit, user_id: int) -> list[Campaign]:
    """The campaigns of the user's client, those of other days too."""
    return unit.all(Campaign, _of_user, user_id=user_id)


def list_all(unit: Unit, client: Client) -> list[Campaign]:
    return unit.all(Campaign, _all, client_id=client.id)


def add(unit: Unit, client: Client, campaign: Campaign, *, now: int) -> Campaign:
    """Keep a campaign; it gets its guid. Raises OperatorError for what cannot be one."""
    _check_text("title", campaign.title, LONGEST_TITLE)
    _check_text("description", campaign.description, LONGEST_DESCRIPTION)
    if campaign.call_to_action is not None:
        _check_text("call to action", campaign.call_to_action, LONGEST_CALL)
    for text in (campaign.from_date, campaign.to_date):
        _check_day(text)
    if campaign.from_date > campaign.to_date:
        raise OperatorError("A campaign must not end before it begins.")
    if len(list_all(unit, client)) >= MAX_CAMPAIGNS:
        raise OperatorError(f"A client may have {MAX_CAMPAIGNS} campaigns.")
    made = campaign._replace(guid=new_guid("CIN"))
    unit.insert(_insert, client_id=client.id, **made._asdict(), created_at=now)
    unit.run(_mark_users, client_id=client.id)
    return made


def remove(unit: Unit, client: Client, guid: str) -> int:
    """Forget a campaign; how many there were. Who has read it keeps what they read."""
    unit.run(_mark_users, client_id=client.id)
    return unit.run(_delete, client_id=client.id, guid=guid)


def _check_text(name: str, text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise OperatorError(f"The {name} has 1 to {longest} characters, all of them visible.")


def _check_day(text: str) -> None:
    try:
        is_day = dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_day = False
    if not is_day:
        raise OperatorError(f"{text} is no date of the form YYYY-MM-DD.")
