"""The bank as an ASGI application: its routes, its lifespan, and the form that a refusal takes on each of them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import NamedTuple

from fanlight.bank import authorization, fdx, tokens, windows
from fanlight.bank.activity import Activity
from fanlight.bank.answers import (
    NO_STORE,
    Answer,
    FdxError,
    OAuthError,
    echoed,
    fdx_error,
    json_response,
    oauth_error,
)
from fanlight.bank.brands import BRANDS, BankClient, Brand
from fanlight.bank.grants import Grants
from fanlight.bank.issuer import Behavior, Issuer, Surroundings, jwks, metadata
from fanlight.bank.pages import Pages
from fanlight.bank.sealing import Sealer
from fanlight.bank.world import World
from fanlight.base.asgi import Receive, Request, Response, RouteTree, Scope, Send
from fanlight.base.clock import Clock, system_clock
from fanlight.base.errors import MethodRefused, NotFound, Refusal, TooLarge

_INTERACTION = b"x-fapi-interaction-id"
_ECHOED = re.compile(r"[\x21-\x7e]{1,128}")

Handler = Callable[[Issuer, Request], Awaitable[Answer]]


class Face(Enum):
    """To whom a path speaks: a person with a browser, an OAuth client, or a reader of data."""

    PAGE = "page"
    OAUTH = "oauth"
    FDX = "fdx"


class Route(NamedTuple):
    """What a path leads to."""

    handler: Handler
    face: Face


class Bank:
    """A simulated bank: each brand an OAuth issuer with FDX data behind it.

    `base_url` may be set any time before the first request, for it is often known only once a socket is bound.
    """

    def __init__(
        self,
        *,
        base_url: str,
        seed: int = 1,
        clock: Clock = system_clock,
        clients: Sequence[BankClient],
        brands: Sequence[Brand] = BRANDS,
    ) -> None:
        self.base_url = base_url
        self.activity = Activity()
        self.behavior = Behavior()
        self._pages = Pages()
        self._grants = Grants(seed, clock)
        shared = Surroundings(
            seed=seed,
            clock=clock,
            clients={client.client_id: client for client in clients},
            grants=self._grants,
            world=World(seed, brands),
            activity=self.activity,
            pages=self._pages,
            page_keys=Sealer(seed, "page key"),
        )
        self._issuers = {brand.code: Issuer(brand, shared, self.behavior) for brand in brands}
        self._routes = _routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            request = Request(scope, receive)
            answer = await self._answer(request)
            await answer.send(send, with_body=request.method != "HEAD")

    def revoke_user(self, code: str, username: str) -> None:
        """End every grant that a user gave at a brand, as a customer does in the bank's own settings."""
        self._grants.revoke_user(code, username)

    async def _answer(self, request: Request) -> Answer:
        try:
            answer = await self._dispatch(request)
        except Refusal as refusal:
            face = Face.FDX if "/fdx/" in request.path else Face.OAUTH if "/oauth/" in request.path else Face.PAGE
            answer = self._refused(refusal, face, None)
        interaction = request.header(_INTERACTION) or ""
        return echoed(answer, _INTERACTION, interaction) if _ECHOED.fullmatch(interaction) else answer

    async def _dispatch(self, request: Request) -> Answer:
        # Opening a window spends its request_uri, so a HEAD of that path is not the GET of it.
        method = "GET" if request.method == "HEAD" and not request.path.endswith("/oauth/authorize") else request.method
        if request.path in ("/", "/bank.css") and method == "GET":
            return self._index() if request.path == "/" else self._pages.stylesheet()
        match = self._routes.find(method, request.path)
        issuer = self._issuers.get(match.params.get("brand", ""))
        if issuer is None:
            raise NotFound("There is no such institution.")
        issuer.base_url = self.base_url
        request.params = match.params
        return await self._handled(match.target, issuer, request)

    async def _handled(self, route: Route, issuer: Issuer, request: Request) -> Answer:
        try:
            return await route.handler(issuer, request)
        except OAuthError as error:
            return oauth_error(error)
        except FdxError as error:
            return fdx_error(error)
        except authorization.RedirectError as error:
            return windows.redirected(issuer, error)
        except authorization.DeadEnd as error:
            return self._pages.show("dead_end.html", self.base_url, issuer.brand, status=400, message=str(error))
        except Refusal as refusal:
            return self._refused(refusal, route.face, issuer.brand)

    def _refused(self, refusal: Refusal, face: Face, brand: Brand | None) -> Answer:
        status = {NotFound: 404, MethodRefused: 405, TooLarge: 413}.get(type(refusal), 400)
        allow = refusal.allow if isinstance(refusal, MethodRefused) else ()
        headers = [(b"allow", ", ".join(allow).encode())] if allow else []
        if face is Face.FDX:
            return fdx_error(FdxError(status, 1206 if status == 405 else status, refusal.message, headers))
        if face is Face.OAUTH:
            fields = {"error": "invalid_request", "error_description": refusal.message}
            return json_response(status, fields, headers)
        fields = {"message": refusal.message}
        return self._pages.show(
            "dead_end.html", self.base_url, brand, status=status, headers=headers, message=refusal.message
        )

    def _index(self) -> Response:
        brands = [issuer.brand for issuer in self._issuers.values()]
        return self._pages.show("index.html", self.base_url, brands=brands)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is opened and nothing to close; the server only wants its answers."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def _metadata(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    return json_response(200, metadata(issuer))


async def _jwks(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    return json_response(200, jwks(issuer))


async def _activity(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    return json_response(200, issuer.shared.activity.by_kind(issuer.brand.code), [NO_STORE])


def _routes() -> RouteTree[Route]:
    tree: RouteTree[Route] = RouteTree()
    for method, path, handler in (
        ("GET", "/{brand}/oauth/authorize", windows.authorize),
        ("POST", "/{brand}/oauth/login", windows.login),
        ("POST", "/{brand}/oauth/consent", windows.consent),
        ("GET", "/{brand}/test-users", windows.special_users),
    ):
        tree.add(method, path, Route(handler, Face.PAGE))
    for method, path, handler in (
        ("GET", "/{brand}/.well-known/openid-configuration", _metadata),
        ("GET", "/.well-known/oauth-authorization-server/{brand}", _metadata),
        ("GET", "/{brand}/oauth/jwks", _jwks),
        ("GET", "/{brand}/activity", _activity),
        ("POST", "/{brand}/oauth/par", authorization.push),
        ("POST", "/{brand}/oauth/token", tokens.token),
        ("POST", "/{brand}/oauth/revoke", tokens.revoke),
    ):
        tree.add(method, path, Route(handler, Face.OAUTH))
    for path, reader, scopes in _DATA:
        tree.add("GET", f"/{{brand}}/fdx/v6{path}", Route(fdx.endpoint(reader, *scopes), Face.FDX))
    return tree


_ACCOUNT_SCOPES = ("fdx:accountbasic:read", "fdx:accountdetailed:read", "fdx:investments:read")
_DATA: tuple[tuple[str, fdx.Handler, tuple[str, ...]], ...] = (
    ("/accounts", fdx.accounts, _ACCOUNT_SCOPES),
    ("/accounts/{account_id}", fdx.account, _ACCOUNT_SCOPES),
    ("/accounts/{account_id}/transactions", fdx.transactions, ("fdx:transactions:read",)),
    ("/accounts/{account_id}/payment-networks", fdx.payment_networks, ("fdx:paymentsupport:read",)),
    ("/accounts/{account_id}/contact", fdx.contact, ("fdx:customercontact:read",)),
    ("/accounts/{account_id}/statements", fdx.statements, ("fdx:statements:read",)),
    ("/customers/current", fdx.customer, ("fdx:customerpersonal:read", "fdx:customercontact:read")),
)
