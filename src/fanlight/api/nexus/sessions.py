"""Sessions on the Nexus wire: `POST /sessions` spends an API token."""

import msgspec

from fanlight.api.codec import convert
from fanlight.api.nexus.kit import Call, Route


class Session(msgspec.Struct):
    token: str


class SessionBody(msgspec.Struct):
    skip_aggregation: bool = False


def create(call: Call) -> Session:
    """Open a session; the user's members are aggregated unless the body says otherwise."""
    document = call.document()
    options = convert(document.get("session", document), SessionBody)
    if not options.skip_aggregation:
        call.runtime.requests.start_unasked(call.unit, call.user_id)
    return Session(call.new_token)


ROUTES = (
    Route(
        "sessions", "POST", "/sessions", create, "Create a session from an API token", "session", Session,
        takes=SessionBody, body_root="session", body_optional=True, errors=(400, 401, 403), opens=True,
        note="Nothing is started where a person has to do something first, or the last job was in vain a while ago; "
        "of a user with many members the rest is started just after the answer.",
    ),
)  # fmt: skip
