"""OAuth states on the Nexus wire: what a connect UI polls while a window is open. Additive to the public pages."""

from functools import partial

import msgspec

from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Param, Route, shown
from fanlight.base.errors import Malformed
from fanlight.base.paging import Paged
from fanlight.core import oauth_states
from fanlight.core.oauth_states import AuthStatus

FILTERS = (
    Param("outbound_member_guid", "States of windows that began with this member."),
    Param("auth_status", "0 UNKNOWN, 1 PENDING, 2 SUCCESS, 3 ERRORED; also as oauth_status.", "integer"),
)


class OAuthState(msgspec.Struct):
    guid: str
    auth_status: int
    created_at: str | None
    error_reason: int | None
    first_retrieved_at: str | None
    inbound_member_guid: str | None
    outbound_member_guid: str
    updated_at: str | None
    user_guid: str


def list_all(call: Call) -> list[OAuthState] | Paged[OAuthState]:
    states = oauth_states.list_all(
        call.unit,
        call.user_id,
        member_guid=call.query.get("outbound_member_guid"),
        auth_status=_status(call.query.get("auth_status", "oauth_status")),
        now=call.now,
    )
    return call.paged(states, partial(_wire, call))


def read(call: Call) -> OAuthState:
    return _wire(call, oauth_states.retrieve(call.unit, call.user_id, call.params["oauth_state_guid"], now=call.now))


def confirm(call: Call) -> OAuthState:
    """The user came back to the client in the session that this is: what the window brought is put to use."""
    return _wire(call, call.runtime.windows.confirm(call.unit, call.user_id, call.params["oauth_state_guid"]))


def _status(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    known = {str(status.value): status for status in AuthStatus} | {status.name: status for status in AuthStatus}
    if text.upper() not in known:
        raise Malformed("auth_status must be 0, 1, 2 or 3.")
    return int(known[text.upper()])


def _wire(call: Call, state: oauth_states.OAuthState) -> OAuthState:
    return shown(OAuthState, state, outbound_member_guid=state.member_guid, user_guid=call.session.user_guid)


ROUTES = (
    Route(
        "oauth states", "GET", "/oauth_states", list_all, "List OAuth states, newest first",
        "oauth_states", OAuthState, many=True, may_page=True, query=(*FILTERS, *PAGE), errors=(400, 401), reads=True,
        note=f"Additive: connect UIs poll it; not among the public pages. {WHOLE}",
    ),
    Route(
        "oauth states", "GET", "/oauth_states/{oauth_state_guid}", read, "Read an OAuth state",
        "oauth_state", OAuthState, note="Additive: connect UIs poll it; not among the public pages.",
    ),
    Route(
        "oauth states", "POST", "/oauth_states/{oauth_state_guid}/confirm", confirm, "Confirm an OAuth state",
        "oauth_state", OAuthState, errors=(401, 404, 409), durable=True,
        note="Additive: for clients with require_confirmation, whose grants are not used before it.",
    ),
)  # fmt: skip
