"""The ASGI application: which face a request is for, what happens to refusals and faults, and the access log."""

import logging
import time
from secrets import token_hex
from typing import Any, NamedTuple

from fanlight.api.codec import encode
from fanlight.api.mdx.face import face as mdx_face
from fanlight.api.nexus import errors as nexus_errors
from fanlight.api.nexus import kit, openapi, routes, sessions, test_session
from fanlight.api.partner import Face, wants_xml
from fanlight.api.sso.face import face as sso_face
from fanlight.base.asgi import Message, Receive, Request, Response, RouteTree, Scope, Send, redirect
from fanlight.base.errors import MethodRefused, NotFound, Refusal
from fanlight.pages import window
from fanlight.pages.reference import reference
from fanlight.pages.render import Notice, notice, static
from fanlight.runtime import Runtime

access = logging.getLogger("fanlight.access")
log = logging.getLogger(__name__)

PREDIRECT = "/oauth/predirect_to/{member_guid}/{token}"
NO_OP = Response(200, b'{"ok":true}', [(b"content-type", b"application/json")])


class _Served(NamedTuple):
    """An answer, and how its path may stand in a log."""

    response: Response
    shown_path: str


class Application:
    """Nexus at the root, SSO under /sso, MDX under /mdx, pages under /oauth; the same faces by host name."""

    def __init__(self, runtime: Runtime, *, pad_routes: int = 0) -> None:
        self.runtime = runtime
        self._nexus = kit.contents_of(routes.ROUTES, pad=pad_routes)
        self._faces: dict[str, Face] = {"sso": sso_face(), "mdx": mdx_face()}
        self._pages = _page_tree()
        self._static: dict[str, Response] = {}

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
            response = (await self._serve(request)).response
        await response.send(send, with_body=request.method != "HEAD")

    async def _logged(self, request: Request) -> Response:
        """Serve it, and tell the log how long it took, under an id that the answer carries too."""
        began, request_id = time.perf_counter(), token_hex(8)
        response, shown_path = await self._serve(request)
        taken = (time.perf_counter() - began) * 1000
        access.info("%s %s %s %.1fms %s", request.method, shown_path, response.status, taken, request_id)
        return response._replace(headers=[*response.headers, (b"x-request-id", request_id.encode())])

    async def _serve(self, request: Request) -> _Served:
        name = self._face_of(request)
        try:
            if name == "pages":
                return await self._page(request)
            if name == "nexus":
                return _Served(await self._nexus_answer(request), request.path)
            return _Served(await self._faces[name].serve(self.runtime, request), request.path)
        except Refusal as refusal:
            return self._refused(name, refusal, request)
        except Exception:
            log.exception("a request to %s failed", name)
            return self._failed(name, request)

    async def _nexus_answer(self, request: Request) -> Response:
        if request.path.rstrip("/") in ("/sessions", "/sessions.json"):
            if request.method != "POST":
                raise MethodRefused("This path takes POST.", ("POST",))
            return await sessions.create(self.runtime, request)
        if self.runtime.has_test_session and request.header(kit.SESSION_HEADER) == test_session.TOKEN:
            return test_session.serve(self._nexus, request, now=self.runtime.clock())
        return await kit.serve(self.runtime, self._nexus, request)

    async def _page(self, request: Request) -> _Served:
        match = self._pages.find(request.method, request.path)
        request.params = match.params
        template, run = match.target
        return _Served(await run(self, request), template)

    def _face_of(self, request: Request) -> str:
        """By the path's first segment, else by the host's first label (`int-sso.example.test`)."""
        path = request.path
        first = path.split("/", 2)[1] if path.count("/") else path
        if first in self._faces:
            request.path = path[len(first) + 1 :] or "/"
            return first
        if first in PAGES or path == "/":
            return "pages"
        label = (request.header(b"host") or "").split(".", 1)[0].lower()
        if label.endswith("sso"):
            return "sso"
        return "mdx" if label.endswith("live") else "nexus"

    def _refused(self, name: str, refusal: Refusal, request: Request) -> _Served:
        if name == "pages":
            return _Served(_page_refused(refusal), "/(page)")
        if name == "nexus":
            return _Served(nexus_errors.refused(refusal), request.path)
        return _Served(self._faces[name].refused(refusal, as_xml=wants_xml(request)), request.path)

    def _failed(self, name: str, request: Request) -> _Served:
        if name == "pages":
            page = Notice(title="Something went wrong", text="Please start again from your app.", http_status=500)
            return _Served(notice(page), "/(page)")
        if name == "nexus":
            return _Served(nexus_errors.internal(), request.path)
        return _Served(self._faces[name].internal(), request.path)

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


async def _predirect(app: Application, request: Request) -> Response:
    return await window.predirect(app.runtime, request)


async def _callback(app: Application, request: Request) -> Response:
    return await window.callback(app.runtime, request)


async def _static(_app: Application, request: Request) -> Response:
    found = static(request.params["name"])
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def _openapi(app: Application, _request: Request) -> Response:
    document = openapi.document(app.runtime.public_url)
    return Response(200, encode(document), [(b"content-type", b"application/json")])


async def _docs(app: Application, _request: Request) -> Response:
    return reference(openapi.document(app.runtime.public_url))


async def _home(_app: Application, _request: Request) -> Response:
    return redirect("/docs")


async def _no_op(_app: Application, _request: Request) -> Response:
    """Does nothing: what other requests are measured against."""
    return NO_OP


_PAGE_ROUTES: tuple[tuple[str, Any], ...] = (
    (PREDIRECT, _predirect),
    ("/oauth/redirect_from", _callback),
    ("/static/{name}", _static),
    ("/openapi.json", _openapi),
    ("/docs", _docs),
    ("/ping", _no_op),
    ("/", _home),
)
PAGES = frozenset(path.split("/")[1] for path, _ in _PAGE_ROUTES if path != "/")


def _page_tree() -> RouteTree[tuple[str, Any]]:
    tree = RouteTree[tuple[str, Any]]()
    for path, run in _PAGE_ROUTES:
        for method in ("GET", "HEAD"):
            tree.add(method, path, (path, run))
    tree.add("POST", PREDIRECT, (PREDIRECT, _predirect))
    return tree


def _page_refused(refusal: Refusal) -> Response:
    status = nexus_errors.TABLE[type(refusal)][0]
    title = "There is nothing here" if status == 404 else "This request cannot be read"
    return notice(Notice(title=title, text="Please start again from your app.", http_status=status))
