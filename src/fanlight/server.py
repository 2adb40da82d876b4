"""The ASGI application: which face a request is for, what happens to refusals and faults, and the access log."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from secrets import token_hex
from typing import Protocol, TypeAlias

from fanlight.api.codec import encode
from fanlight.api.control.face import face as control_face
from fanlight.api.mdx.face import face as mdx_face
from fanlight.api.nexus.errors import TABLE
from fanlight.api.nexus.face import face as nexus_face
from fanlight.api.sso.face import face as sso_face
from fanlight.base.asgi import Message, Receive, Request, Response, RouteTree, Scope, Send, redirect
from fanlight.base.errors import NotFound, Refusal
from fanlight.enrichment import merchants
from fanlight.pages import window
from fanlight.pages.logos import logo
from fanlight.pages.render import Notice, notice, static
from fanlight.runtime import Runtime

access = logging.getLogger("fanlight.access")
log = logging.getLogger(__name__)

PREDIRECT = "/oauth/predirect_to/{member_guid}/{token}"
NO_OP = Response(200, b'{"ok":true}', [(b"content-type", b"application/json")])
BY_PATH = ("sso", "mdx", "control")

Page: TypeAlias = Callable[[Runtime, Request], Awaitable[Response]]


class Face(Protocol):
    """One way to be spoken to: it answers or raises Refusal, and says in its own form what went wrong."""

    async def serve(self, runtime: Runtime, request: Request, /) -> Response: ...

    def refused(self, refusal: Refusal, request: Request, /) -> Response: ...

    def internal(self, request: Request, /) -> Response: ...


class Application:
    """Nexus at the root, SSO under /sso, MDX under /mdx, control under /control, pages under /oauth.

    SSO and MDX are reached by host name too.
    """

    def __init__(self, runtime: Runtime, *, pad_routes: int = 0) -> None:
        self.runtime = runtime
        self._faces: dict[str, Face] = {
            "nexus": nexus_face(pad=pad_routes),
            "sso": sso_face(),
            "mdx": mdx_face(),
            "control": control_face(),
            "pages": _Pages(),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(Request(scope, receive), send)
        else:
            raise ValueError(f"this server does not speak {scope['type']}")

    async def _http(self, request: Request, send: Send) -> None:
        if access.isEnabledFor(logging.INFO):
            response = await self._logged(request)
        else:
            response = await self._serve(request)
        await response.send(send, with_body=request.method != "HEAD")

    async def _logged(self, request: Request) -> Response:
        """Serve it, and tell the log how long it took, under an id that the answer carries too."""
        began, request_id = time.perf_counter(), token_hex(8)
        response = await self._serve(request)
        taken = (time.perf_counter() - began) * 1000
        access.info("%s %s %s %.1fms %s", request.method, request.shown_path, response.status, taken, request_id)
        return response._replace(headers=[*response.headers, (b"x-request-id", request_id.encode())])

    async def _serve(self, request: Request) -> Response:
        name = _face_of(request)
        face = self._faces[name]
        try:
            return await face.serve(self.runtime, request)
        except Refusal as refusal:
            return face.refused(refusal, request)
        except Exception:
            log.exception("a request to %s failed", name)
            return face.internal(request)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        message: Message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await self.runtime.start()
            except Exception as error:
                log.exception("the server cannot start")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await self.runtime.stop()
        await send({"type": "lifespan.shutdown.complete"})


class _Pages:
    """What browsers are shown. An address holds secrets, so that only its template stands in the log."""

    def __init__(self) -> None:
        self._tree = _page_tree()

    async def serve(self, runtime: Runtime, request: Request) -> Response:
        request.shown_path = "/(page)"
        match = self._tree.find(request.method, request.path)
        request.params = match.params
        request.shown_path, run = match.target
        return await run(runtime, request)

    def refused(self, refusal: Refusal, _request: Request) -> Response:
        status = TABLE[type(refusal)][0]
        title = "There is nothing here" if status == 404 else "This request cannot be read"
        return notice(Notice(title=title, text="Please start again from your app.", http_status=status))

    def internal(self, _request: Request) -> Response:
        page = Notice(title="Something went wrong", text="Please start again from your app.", http_status=500)
        return notice(page)


def _face_of(request: Request) -> str:
    """By the path's first segment, else by the host's first label (`int-sso.example.test`)."""
    path = request.path.lstrip("/")
    first = path.partition("/")[0]
    if first in BY_PATH:
        request.path = path[len(first) :] or "/"
        return first
    if first in PAGES or request.path == "/":
        return "pages"
    label = (request.header(b"host") or "").split(".", 1)[0].lower()
    if label.endswith("sso"):
        return "sso"
    return "mdx" if label.endswith("live") else "nexus"


async def _static(_runtime: Runtime, request: Request) -> Response:
    found = static(request.params["name"])
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def _merchant_logo(_runtime: Runtime, request: Request) -> Response:
    guid = request.params["name"].removesuffix(".png")
    # The first one reads the whole catalogue.
    if await asyncio.to_thread(merchants.by_guid, guid) is None:
        raise NotFound("There is no such merchant.")
    return logo(guid)


async def _openapi(runtime: Runtime, _request: Request) -> Response:
    from fanlight.api.nexus import openapi  # noqa: PLC0415 - nobody waits for it at the start

    document = openapi.document(runtime.public_url)
    return Response(200, encode(document), [(b"content-type", b"application/json")])


async def _docs(runtime: Runtime, _request: Request) -> Response:
    return _reference(runtime.public_url)


@lru_cache(maxsize=1)
def _reference(public_url: str) -> Response:
    """It takes longer to make than all else here, and the loop waits for it."""
    from fanlight.api.nexus import openapi  # noqa: PLC0415
    from fanlight.pages.reference import reference  # noqa: PLC0415

    return reference(openapi.document(public_url))


async def _home(_runtime: Runtime, _request: Request) -> Response:
    return redirect("/docs")


async def _no_op(_runtime: Runtime, _request: Request) -> Response:
    """Does nothing: what other requests are measured against."""
    return NO_OP


_PAGE_ROUTES: tuple[tuple[str, Page], ...] = (
    (PREDIRECT, window.predirect),
    ("/oauth/redirect_from", window.callback),
    ("/oauth/redirect_from/{institution_code}", window.callback),
    ("/oauth/redirect_from/{institution_code}/{state}", window.callback),
    ("/oauth/redirect_from/{institution_code}/{state}/declined", window.declined),
    ("/static/{name}", _static),
    ("/logos/merchants/{name}", _merchant_logo),
    ("/openapi.json", _openapi),
    ("/docs", _docs),
    ("/ping", _no_op),
    ("/", _home),
)
PAGES = frozenset(path.split("/")[1] for path, _ in _PAGE_ROUTES if path != "/")


def _page_tree() -> RouteTree[tuple[str, Page]]:
    tree = RouteTree[tuple[str, Page]]()
    for path, run in _PAGE_ROUTES:
        for method in ("GET", "HEAD"):
            tree.add(method, path, (path, run))
    tree.add("POST", PREDIRECT, (PREDIRECT, window.predirect))
    return tree
