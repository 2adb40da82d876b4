"""Sessions on the Nexus wire: `POST /sessions` spends an API token."""

import msgspec

from fanlight.api.codec import convert, encode, read_object
from fanlight.api.nexus.errors import JSON
from fanlight.api.nexus.kit import API_HEADER
from fanlight.base.asgi import Request, Response
from fanlight.base.errors import Unauthenticated
from fanlight.core import sessions
from fanlight.runtime import Runtime
from fanlight.storage.unit import Unit


class Session(msgspec.Struct):
    token: str


class SessionBody(msgspec.Struct):
    skip_aggregation: bool = False


async def create(runtime: Runtime, request: Request) -> Response:
    """Open a session; the user's members are aggregated unless the body says otherwise."""
    token = request.header(API_HEADER)
    if not token:
        raise Unauthenticated("The header MD-API-TOKEN is missing.")
    document = read_object(await request.body(runtime.settings.max_body))
    options = convert(document.get("session", document), SessionBody)
    opened = await runtime.store.write(_open, runtime, token, options)
    return Response(200, encode({"session": Session(opened)}), [JSON])


def _open(unit: Unit, runtime: Runtime, api_token: str, options: SessionBody) -> str:
    settings = runtime.settings
    session, token = sessions.open_session(unit, api_token, now=runtime.clock(), lifetime=settings.session_lifetime)
    if not options.skip_aggregation:
        runtime.requests.start_all(unit, session.user_id)
    return token
