"""Members that a partner holds, on MDX Real Time v5."""

from typing import Any

from fanlight.api.mdx.kit import Id, Metadata, Name, body_of, member_of, new_id, read, user_of
from fanlight.api.partner import Call, Route
from fanlight.core import partner_held
from fanlight.core.partner_held import Change, Held
from fanlight.core.users import User

FIELDS: dict[str, Any] = {
    "id": Id,
    "institution_id": Name,
    "is_disabled": bool,
    "metadata": Metadata,
    "name": Name,
}
# Nothing here ever calls the partner, so login, password, userkey and credentials are not even read.
Body = body_of("member", ("id", "is_disabled"), FIELDS)


def create(call: Call) -> dict[str, Any]:
    user = user_of(call)
    sent = read(call, "member", Body, ("id",))
    made = partner_held.create(call.unit, call.client, user, new_id(sent), _change(sent), now=call.now)
    return _wire(made, user)


def show(call: Call) -> dict[str, Any]:
    return _wire(member_of(call), user_of(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed."""
    held = member_of(call)
    known = {
        "name": held.name,
        "metadata": held.metadata,
        "institution_id": held.partner_institution_id,
        "is_disabled": held.partner_disabled,
    }
    change = _change(known | read(call, "member", Body))
    return _wire(partner_held.change(call.unit, call.client, held, change, now=call.now), user_of(call))


def delete(call: Call) -> None:
    """The member with its accounts and all that is below them; its id may be used again."""
    partner_held.delete_member(call.unit, call.client, member_of(call), now=call.now)


def _change(values: dict[str, Any]) -> Change:
    return Change(
        name=values.get("name"),
        metadata=values.get("metadata"),
        partner_institution_id=values.get("institution_id"),
        partner_disabled=values.get("is_disabled", False),
    )


def _wire(held: Held, user: User) -> dict[str, Any]:
    shown = {
        "id": held.partner_id,
        "guid": held.guid,
        "is_disabled": held.partner_disabled,
        "metadata": held.metadata,
        "name": held.name,
        "user_guid": user.guid,
        "user_id": user.external_id,
    }
    if held.partner_institution_id is not None:
        shown["institution_id"] = held.partner_institution_id
    return {"member": shown}


_PATH = "/{client_id}/users/{user_id}/members"
ROUTES = (
    Route("POST", _PATH, create, "Create a member; login, password, userkey and credentials are not kept"),
    Route("GET", f"{_PATH}/{{member_id}}", show, "Read a member", reads=True),
    Route("PUT", f"{_PATH}/{{member_id}}", update, "Update a member"),
    Route("DELETE", f"{_PATH}/{{member_id}}", delete, "Delete a member with everything below it", durable=True),
)
