"""The user on the Nexus wire: read only; partners make and change users on the MDX face."""

import msgspec

from fanlight.api.nexus.kit import Call, Route
from fanlight.base.clock import timestamp
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


def read(call: Call) -> User:
    user = users.read(call.unit, call.user_id)
    return User(
        guid=user.guid,
        accepted_terms_and_conditions_at=None,
        birthday=user.birthdate,
        credit_score=user.credit_score,
        email=user.email,
        email_is_verified=False,
        external_guid=user.external_id,
        failed_token_login_attempts_count=0,
        first_name=user.first_name,
        gender=_GENDERS.get(user.gender or ""),
        has_accepted_terms_and_conditions=False,
        has_updated_terms_and_conditions=False,
        is_disabled=user.is_disabled,
        is_restricted=False,
        last_name=user.last_name,
        logged_in_at=timestamp(user.logged_in_at),
        metadata=user.metadata,
        phone=user.phone,
        phone_is_verified=False,
        postal_code=user.zip_code,
        revision=user.revision,
    )


ROUTES = (Route("user", "GET", "/user", read, "Read the user", "user", User, errors=(401,)),)
