"""Users on MDX Real Time v5. Paths carry the partner's own ids."""

import re
from datetime import date
from typing import Annotated, Any

import msgspec

from fanlight.api.mdx.kit import read as read_body
from fanlight.api.mdx.kit import user_of
from fanlight.api.partner import Call, Route
from fanlight.base.errors import MissingParams, Unprocessable
from fanlight.core import members, users
from fanlight.core.users import Profile
from fanlight.core.users import User as CoreUser

Name = Annotated[str, msgspec.Meta(max_length=50)]
Unset = msgspec.UnsetType
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class UserBody(msgspec.Struct, kw_only=True):
    id: Annotated[str, msgspec.Meta(max_length=1024)] | Unset = msgspec.UNSET
    birthdate: Annotated[str, msgspec.Meta(max_length=10)] | Unset | None = msgspec.UNSET
    credit_score: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | Unset | None = msgspec.UNSET
    email: Annotated[str, msgspec.Meta(max_length=100)] | Unset | None = msgspec.UNSET
    first_name: Name | Unset | None = msgspec.UNSET
    last_name: Name | Unset | None = msgspec.UNSET
    gender: Annotated[str, msgspec.Meta(pattern="^(MALE|FEMALE)$")] | Unset | None = msgspec.UNSET
    phone: Annotated[str, msgspec.Meta(max_length=15)] | Unset | None = msgspec.UNSET
    zip_code: Annotated[str, msgspec.Meta(max_length=12)] | Unset | None = msgspec.UNSET
    metadata: Annotated[str, msgspec.Meta(max_length=8192)] | Unset | None = msgspec.UNSET
    is_disabled: bool | Unset = msgspec.UNSET
    is_excluded_from_analytics: bool | Unset = msgspec.UNSET


def create(call: Call) -> dict[str, Any]:
    sent = _read(call)
    if "id" not in sent:
        raise MissingParams("id")
    user = users.create(call.unit, call.client.id, sent["id"], _profile(sent, Profile()), now=call.now)
    return _wire(user)


def read(call: Call) -> dict[str, Any]:
    return _wire(user_of(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed here."""
    user, sent = user_of(call), _read(call)
    profile = _profile(sent, users.profile_of(user))
    return _wire(users.update_profile(call.unit, user, profile, now=call.now))


def remap_id(call: Call) -> dict[str, Any]:
    """Another id of the partner's for the same user: guid, sessions and data stay."""
    user, sent = user_of(call), _read(call)
    if "id" not in sent:
        raise MissingParams("id")
    return _wire(users.remap(call.unit, user, sent["id"], now=call.now))


def delete(call: Call) -> None:
    """The user and everything of theirs goes at once; grants are revoked at the institutions."""
    user = user_of(call)
    for member in members.list_all(call.unit, user.id, now=call.now):
        call.runtime.grants.end_all(call.unit, member)
        call.runtime.windows.end_of_member(call.unit, member)
    users.delete_user(call.unit, user, now=call.now)


def _read(call: Call) -> dict[str, Any]:
    sent = read_body(call, "user", UserBody)
    birthdate, email = sent.get("birthdate"), sent.get("email")
    if birthdate is not None and not _is_date(birthdate):
        raise Unprocessable("birthdate must be a date as YYYY-MM-DD")
    if email is not None and not EMAIL.fullmatch(email):
        raise Unprocessable("email must look like user@domain.tld")
    return sent


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _profile(sent: dict[str, Any], known: Profile) -> Profile:
    return msgspec.structs.replace(known, **{name: value for name, value in sent.items() if name != "id"})


def _wire(user: CoreUser) -> dict[str, Any]:
    shown = {
        "id": user.external_id,
        "guid": user.guid,
        "birthdate": user.birthdate,
        "credit_score": user.credit_score,
        "email": user.email,
        "first_name": user.first_name,
        "gender": user.gender,
        "is_disabled": user.is_disabled,
        "is_excluded_from_analytics": user.is_excluded_from_analytics,
        "last_name": user.last_name,
        "logged_in_at": user.logged_in_at,
        "metadata": user.metadata,
        "phone": _phone(user.phone),
        "zip_code": user.zip_code,
    }
    return {"user": shown}


def _phone(text: str | None) -> str | None:
    """Ten digits come back as (505) 555-1234, as documented; other forms as they are."""
    if text is None or not re.fullmatch(r"\d{10}", text):
        return text
    return f"({text[:3]}) {text[3:6]}-{text[6:]}"


_PATH = "/{client_id}/users"
ROUTES = (
    Route("POST", _PATH, create, "Create a user"),
    Route("GET", f"{_PATH}/{{user_id}}", read, "Read a user", reads=True),
    Route("PUT", f"{_PATH}/{{user_id}}", update, "Update a user"),
    Route("PUT", f"{_PATH}/{{user_id}}/remap_id", remap_id, "Give a user another id"),
    Route("DELETE", f"{_PATH}/{{user_id}}", delete, "Delete a user with everything of theirs", long=True),
)
