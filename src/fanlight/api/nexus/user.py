"""The user on the Nexus wire: read only; partners make and change users on the MDX face."""

from typing import Any

import msgspec

from fanlight.api.nexus.kit import Call, Route, shown
from fanlight.core import users


class User(msgspec.Struct):
    guid: str
    accepted_terms_and_conditions_at: str | None
    birthday: str | None
    credit_score: int | None
    email: str | None
    email_is_verified: bool
    external_guid: str | None
    failed_token_login_attempts_count: int
    first_name: str | None
    gender: int | None
    has_accepted_terms_and_conditions: bool
    has_updated_terms_and_conditions: bool
    is_disabled: bool
    is_restricted: bool
    last_name: str | None
    logged_in_at: str | None
    metadata: str | None
    phone: str | None
    phone_is_verified: bool
    postal_code: str | None
    revision: int


_GENDERS = {"MALE": 0, "FEMALE": 1}
# What nobody here asks of a person, checks or counts.
_NEVER: dict[str, Any] = {
    "accepted_terms_and_conditions_at": None,
    "email_is_verified": False,
    "failed_token_login_attempts_count": 0,
    "has_accepted_terms_and_conditions": False,
    "has_updated_terms_and_conditions": False,
    "is_restricted": False,
    "phone_is_verified": False,
}


def read(call: Call) -> User:
    user = users.read(call.unit, call.user_id)
    return shown(
        User,
        user,
        **_NEVER,
        birthday=user.birthdate,
        external_guid=user.external_id,
        gender=_GENDERS.get(user.gender or ""),
        postal_code=user.zip_code,
    )


ROUTES = (Route("user", "GET", "/user", read, "Read the user", "user", User, errors=(401,)),)
