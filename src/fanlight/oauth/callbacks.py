"""Callbacks: what came back through the browser, and whether it is the answer that was asked for."""

import logging
from typing import NamedTuple

from fanlight.base.asgi import Query
from fanlight.core.oauth_states import ErrorReason
from fanlight.institutions.answers import Said
from fanlight.oauth import authorize
from fanlight.oauth.attempts import Found
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.outcomes import Refused
from fanlight.oauth.request_objects import peek_state
from fanlight.oauth.servers import AuthorizationServer

log = logging.getLogger(__name__)

_PARAMETERS = ("state", "code", "iss", "error", "response")


class Callback(NamedTuple):
    """What came back. `institution_code` and `path_state` stood in the path, of addresses that have them."""

    state: str | None = None
    code: str | None = None
    iss: str | None = None
    error: str | None = None
    response: str | None = None
    """The whole answer as one signed JWT (JARM)."""
    institution_code: str | None = None
    path_state: str | None = None
    is_declined: bool = False

    @property
    def claimed_state(self) -> str:
        """By which the attempt is found; not verified yet where it stands in a JWT."""
        if self.path_state is not None:
            return self.path_state
        if self.response is not None:
            return peek_state(self.response) or ""
        return self.state or ""


def read(query: Query, *, institution_code: str | None, path_state: str | None, is_declined: bool) -> Callback:
    """A callback's parameters. One that comes twice makes the whole answer none (RFC 6749 3.1)."""
    given = {name: query.all(name) for name in _PARAMETERS}
    if any(len(values) > 1 for values in given.values()):
        return Callback()
    firsts = {name: values[0] for name, values in given.items() if values}
    return Callback(**firsts, institution_code=institution_code, path_state=path_state, is_declined=is_declined)


def check_address(found: Found, attempt: Attempt, callback: Callback) -> None:
    """Refuse what came to another address than this attempt was to come back to. Raises Refused(SESSION_ERROR)."""
    server = found.details.oauth
    has_own = attempt.is_without_code or (server is not None and server.redirect_uri == "own")
    wanted = found.institution.code if has_own else None
    if callback.institution_code != wanted or (callback.path_state is not None) != attempt.is_without_code:
        raise Refused(ErrorReason.SESSION_ERROR)


async def code(server: AuthorizationServer, callback: Callback, *, is_open: bool, now: int) -> str:
    """The code of an answer that is surely the institution's. Raises Refused.

    Errors are believed no more than codes are (RFC 9207 2.4). An answer of another form than the entry names is none.
    """
    if (callback.response is not None) != (server.config.response_mode == "query.jwt"):
        raise Refused(ErrorReason.SESSION_ERROR)
    if callback.response is not None:
        answer = await _verified(server, callback.response, now)
    elif authorize.issuer_fits(server.config, callback.iss):
        answer = callback
    else:
        # What it names is a stranger's word, and no part of a log.
        named = "no issuer" if callback.iss is None else "another issuer"
        log.warning("an answer in place of %s's names %s (RFC 9207)", server.config.issuer, named)
        raise Refused(ErrorReason.SESSION_ERROR)
    if answer.error is not None:
        raise Refused(authorize.reason_of_error(answer.error))
    if not is_open:
        raise Refused(ErrorReason.PROVIDER_ERROR)
    if not answer.code:
        raise Refused(ErrorReason.UNKNOWN_ERROR)
    return answer.code


async def _verified(server: AuthorizationServer, response: str, now: int) -> Callback:
    """What a signed answer says, where its signature, issuer, audience and time are right."""
    try:
        fields = await server.read_response(response, now)
    except Said as said:
        raise Refused(ErrorReason.SESSION_ERROR) from said
    return Callback(code=fields.get("code"), error=fields.get("error"))
