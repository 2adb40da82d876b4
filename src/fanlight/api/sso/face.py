"""SSO v3: `GET /{client_id}/users/{id}/api_token` and the end of a user's sessions."""

from typing import Any

from fanlight.api.partner import Call, PartnerFace, Route, face_of
from fanlight.core import sessions, users


def api_token(call: Call) -> dict[str, Any]:
    """A token that opens one Nexus session within ten minutes."""
    user = users.by_external_id(call.unit, call.client.id, call.params["id"])
    lifetime = call.runtime.settings.api_token_lifetime
    token = sessions.issue_api_token(call.unit, user, now=call.now, lifetime=lifetime)
    return {"api_token": {"token": token}}


def delete_sessions(call: Call) -> None:
    """End the user's sessions and void the tokens that could open one."""
    user = users.by_external_id(call.unit, call.client.id, call.params["id"])
    users.end_sessions(call.unit, user.id)


ROUTES = (
    Route("GET", "/{client_id}/users/{id}/api_token", api_token, "Get an API token"),
    Route("DELETE", "/{client_id}/users/{id}/sessions", delete_sessions, "End a user's sessions"),
)


def face() -> PartnerFace:
    return face_of(ROUTES, "application/vnd.moneydesktop.sso.v3", numeric_status=True)
