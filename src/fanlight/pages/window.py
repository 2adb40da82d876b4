"""The window's addresses: `predirect_to` spends a URI and sends the browser on, `redirect_from` takes it back."""

import logging
from urllib.parse import urlsplit

from fanlight.base.asgi import Request, Response, redirect
from fanlight.base.errors import Forbidden
from fanlight.oauth import callbacks
from fanlight.oauth.authorize import CALLBACK_PATH
from fanlight.oauth.opening import Opened
from fanlight.oauth.outcomes import Outcome, Trouble, TroubleKind
from fanlight.pages.render import PAGE_HEADERS, Completion, Confirm, Notice, completion, confirm, notice
from fanlight.runtime import Runtime

log = logging.getLogger(__name__)

_PREFETCH = (b"sec-purpose", b"purpose", b"x-moz")
# A button at the bank that was pressed twice leads here too: the first answer went to a page that is gone.
_IN_FLIGHT = Notice(
    title="Almost there",
    text="Your sign-in is being finished. This page looks again by itself; you can also close it.",
    looks_again=True,
)


async def predirect(runtime: Runtime, request: Request) -> Response:
    """Spend the URI and go to the institution; anything that only looks ahead spends nothing.

    A client with `confirm_page` has the person asked first: GET shows the question, and its same-origin POST spends.
    """
    if _only_looks_ahead(request):
        return Response(503, b"", PAGE_HEADERS)
    if not _is_at_home(runtime, request):
        return redirect(runtime.public_url + _path_and_query(request), PAGE_HEADERS)
    if request.method == "POST":
        _refuse_other_origins(runtime, request)
    else:
        question = await runtime.windows.question(request.params["member_guid"], request.params["token"])
        if question is not None:
            page = Confirm(client=question.client, institution=question.institution, action=_path_and_query(request))
            return confirm(page)
    result = await runtime.windows.open(request.params["member_guid"], request.params["token"], request.peer)
    if isinstance(result, Opened):
        cookie = _cookie(runtime, result.cookie_name, result.cookie_value, runtime.settings.attempt_lifetime)
        return redirect(result.location, [*PAGE_HEADERS, cookie])
    return finished(result) if isinstance(result, Outcome) else troubled(result)


async def callback(runtime: Runtime, request: Request) -> Response:
    """Take what the institution sends back through the browser, once; looking ahead takes nothing."""
    return await _close(runtime, request, is_declined=False)


async def declined(runtime: Runtime, request: Request) -> Response:
    """The same where a consent without a code says by the address that the person declined."""
    return await _close(runtime, request, is_declined=True)


async def _close(runtime: Runtime, request: Request, *, is_declined: bool) -> Response:
    if _only_looks_ahead(request):
        return Response(503, b"", PAGE_HEADERS)
    code, state = request.params.get("institution_code"), request.params.get("state")
    given = callbacks.read(request.query, institution_code=code, path_state=state, is_declined=is_declined)
    result = await runtime.windows.close(given, request.cookies())
    return finished(result) if isinstance(result, Outcome) else troubled(result)


def finished(outcome: Outcome) -> Response:
    """The end of an attempt: an app or client takes over by 303, else our page tells the opener and the person."""
    page = _completion(outcome, notify=True)
    if outcome.link is None:
        return completion(page)
    shown = completion(page)
    return redirect(outcome.link, shown.headers, shown.body)


def troubled(trouble: Trouble) -> Response:
    """A page that changes nothing: always 400, and never a redirect to a client."""
    if trouble.outcome is not None:
        return completion(_completion(trouble.outcome, notify=False, http_status=400))
    if trouble.kind == TroubleKind.IN_FLIGHT:
        return notice(_IN_FLIGHT)
    return completion(
        Completion(
            status="error",
            reason="SESSION_ERROR",
            member_guid=trouble.member_guid,
            institution=trouble.institution,
            client=trouble.client,
            notify=trouble.kind == TroubleKind.UNKNOWN,
            http_status=400,
        )
    )


def _completion(outcome: Outcome, *, notify: bool, http_status: int = 200) -> Completion:
    return Completion(
        status="success" if outcome.is_success else "error",
        reason=outcome.reason,
        member_guid=outcome.member_guid,
        institution=outcome.institution,
        client=outcome.client,
        link=outcome.link,
        notify=notify,
        origins=outcome.origins,
        state_guid=outcome.state_guid,
        http_status=http_status,
    )


def _only_looks_ahead(request: Request) -> bool:
    if request.method == "HEAD":
        return True
    purposes = " ".join(request.header(name) or "" for name in _PREFETCH).lower()
    return "prefetch" in purposes or "prerender" in purposes or request.header(b"x-purpose") == "preview"


def _is_at_home(runtime: Runtime, request: Request) -> bool:
    """Whether the browser came to the public address: the cookie would be lost on the way back elsewhere."""
    return (request.header(b"host") or "").lower() == urlsplit(runtime.public_url).netloc.lower()


def _refuse_other_origins(runtime: Runtime, request: Request) -> None:
    """Raise Forbidden unless the form is our own: by Sec-Fetch-Site where there is one, else by Origin."""
    site = request.header(b"sec-fetch-site")
    own = site == "same-origin" if site is not None else request.header(b"origin") == runtime.public_url
    if not own:
        raise Forbidden("This form belongs to another site.")


def _path_and_query(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _cookie(runtime: Runtime, name: str, value: str, max_age: int) -> tuple[bytes, bytes]:
    """The attempt's cookie. On https `__Host-` needs Secure and Path=/; on plain http it goes to the callback only."""
    place = "Path=/; Secure" if runtime.public_url.startswith("https:") else f"Path={CALLBACK_PATH}"
    return b"set-cookie", f"{name}={value}; Max-Age={max_age}; {place}; HttpOnly; SameSite=Lax".encode()
