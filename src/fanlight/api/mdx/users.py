"""Users on MDX Real Time v5. Paths carry the partner's own ids."""

import re
from datetime import date
from typing import Annotated, Any

import msgspec

from fanlight.api.codec import read_object, read_rooted
from fanlight.api.partner import Call
from fanlight.base.errors import Malformed, MissingParams, Unprocessable
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
    body = _read(call)
    if isinstance(body.id, Unset):
        raise MissingParams("Required params missing. id")
    user = users.create(call.unit, call.client.id, body.id, _profile(body, Profile()), now=call.now)
    return _wire(user)


def read(call: Call) -> dict[str, Any]:
    return _wire(_named(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed here."""
    user, body = _named(call), _read(call)
    profile = _profile(body, users.profile_of(user))
    return _wire(users.update_profile(call.unit, user, profile, now=call.now))


def delete(call: Call) -> None:
    """The user and everything of theirs goes at once; grants are revoked at the institutions."""
    user = _named(call)
    for member in members.list_all(call.unit, user.id, now=call.now):
        call.runtime.grants.end_all(call.unit, member)
    users.delete_user(call.unit, user)


def _named(call: Call) -> CoreUser:
    return users.by_external_id(call.unit, call.client.id, call.params["user_id"])


def _read(call: Call) -> UserBody:
    """The body; a field with a wrong form is 422 on this face."""
    document = read_object(call.body)
    try:
        body = read_rooted(document, "user", UserBody)
    except MissingParams:
        raise
    except Malformed as error:
        raise Unprocessable(error.message) from error
    if isinstance(body.birthdate, str) and not _is_date(body.birthdate):
        raise Unprocessable("birthdate must be a date as YYYY-MM-DD - at `$.birthdate`")
    if isinstance(body.email, str) and not EMAIL.fullmatch(body.email):
        raise Unprocessable("email must look like user@domain.tld - at `$.email`")
    return body


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _profile(body: UserBody, known: Profile) -> Profile:
    sent = {name: getattr(body, name) for name in Profile.__struct_fields__}
    return msgspec.structs.replace(known, **{name: value for name, value in sent.items() if value is not msgspec.UNSET})


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
