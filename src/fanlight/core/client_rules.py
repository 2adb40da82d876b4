"""Client rules: how a client wants descriptions of all its users read, before enrichment decides.

They act on what the system says, so a user's own rules and edits stand above them.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from fanlight.base.errors import OperatorError
from fanlight.base.folding import fold
from fanlight.core.clients import Client
from fanlight.enrichment.categories import BY_GUID
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import client_rules, users
from fanlight.storage.unit import Unit

MAX_RULES = 10_000
"""Of one client."""
LONGEST = 1024
"""How long the texts of a rule may be: as long as a description."""


class ClientRule(NamedTuple):
    """Descriptions that read like `match_description` get the category, and the description where there is one."""

    match_key: str
    match_description: str
    category_guid: str
    description: str | None


_COLUMNS = [client_rules.c[name] for name in ClientRule._fields]
_OF_CLIENT = client_rules.c.client_id == bindparam("client_id")


@statement
def _of_user() -> Clause:
    joined = client_rules.join(users, users.c.client_id == client_rules.c.client_id)
    return select(*_COLUMNS).select_from(joined).where(users.c.id == bindparam("user_id"))


@statement
def _all() -> Clause:
    return select(*_COLUMNS).where(_OF_CLIENT).order_by(client_rules.c.id)


@statement
def _insert() -> Clause:
    return insert(client_rules).values(binds(("client_id", *ClientRule._fields, "created_at")))


@statement
def _delete() -> Clause:
    return delete(client_rules).where(_OF_CLIENT, client_rules.c.match_key == bindparam("match_key"))


def of_user(unit: Unit, user_id: int) -> dict[str, ClientRule]:
    """The rules of the user's client, by what they match."""
    return {rule.match_key: rule for rule in unit.all(ClientRule, _of_user, user_id=user_id)}


def list_all(unit: Unit, client: Client) -> list[ClientRule]:
    return unit.all(ClientRule, _all, client_id=client.id)


def add(unit: Unit, client: Client, match: str, category_guid: str, description: str | None, *, now: int) -> None:
    """Keep a rule; one for the same text is replaced. Raises OperatorError for what cannot be one."""
    if category_guid not in BY_GUID:
        raise OperatorError(f"There is no default category {category_guid}.")
    if not fold(match):
        raise OperatorError("A rule needs a text to match.")
    for text in (match, description or ""):
        if len(text) > LONGEST or not text.isprintable():
            raise OperatorError(f"A rule's texts have up to {LONGEST} characters, all of them visible.")
    remove(unit, client, match)
    if len(list_all(unit, client)) >= MAX_RULES:
        raise OperatorError(f"A client may have {MAX_RULES} rules.")
    rule = ClientRule(fold(match), match, category_guid, description)
    unit.insert(_insert, client_id=client.id, **rule._asdict(), created_at=now)


def remove(unit: Unit, client: Client, match: str) -> int:
    """Forget the rule for a text; how many there were."""
    return unit.run(_delete, client_id=client.id, match_key=fold(match))
