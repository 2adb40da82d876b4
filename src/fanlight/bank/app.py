"""The bank as an ASGI application: its routes, its lifespan, and the form that a refusal takes on each of them."""

import re
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple

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
    text_response,
)
from fanlight.bank.berlin_group.pages import ConsentPages
from fanlight.bank.berlin_group.server import Xs2aServer
from fanlight.bank.brands import (
    BERLIN_GROUP_BRANDS,
    BRANDS,
    OFX_BRANDS,
    OTHERS,
    SIMPLEFIN_BRANDS,
    BankClient,
    Brand,
    ofx_brand,
)
from fanlight.bank.faults import control
from fanlight.bank.faults.http import Drip
from fanlight.bank.faults.playing import Counter, played
from fanlight.bank.faults.state import Faults
from fanlight.bank.fdx import endpoints
from fanlight.bank.oauth import authorization, dpop, inquiries, tokens, windows
from fanlight.bank.oauth.access import AccessRefusedError
from fanlight.bank.oauth.grants import Grants
from fanlight.bank.oauth.issuer import Issuer, Surroundings
from fanlight.bank.oauth.metadata import jwks, metadata
from fanlight.bank.ofx.faults import OFX_USERS
from fanlight.bank.ofx.passwords import TEST_ANSWERS, TEST_PASSWORDS
from fanlight.bank.ofx.server import OfxServer
from fanlight.bank.pages import Pages
from fanlight.bank.premises import Premises
from fanlight.bank.sealing import Sealer
from fanlight.bank.simplefin.server import SimpleFinServer
from fanlight.bank.special_users import Behavior
from fanlight.bank.uk import endpoints as uk
from fanlight.bank.uk.consents import Consents
from fanlight.bank.world.world import World
from fanlight.base.asgi import Receive, Request, Response, RouteTree, Scope, Send
from fanlight.base.clock import Clock, system_clock
from fanlight.base.errors import MethodRefused, NotFound, Refusal, TooLarge

_INTERACTION = b"x-fapi-interaction-id"
_ECHOED = re.compile(r"[\x21-\x7e]{1,128}")

Handler = Callable[[Issuer, Request], Awaitable[Answer]]
BrandHandler = Callable[[Brand, Request], Awaitable[Answer]]


class Face(Enum):
    """To whom a path speaks: a person with a browser, an OAuth client, a reader of data, or a client with OFX."""

    PAGE = "page"
    OAUTH = "oauth"
    FDX = "fdx"
    OFX = "ofx"


class Route(NamedTuple):
    """What a path of an issuer leads to."""

    handler: Handler
    face: Face


class BrandRoute(NamedTuple):
    """What a path leads to that needs no issuer behind it."""

    handler: BrandHandler
    face: Face


class Bank:
    """A simulated bank: each brand an OAuth issuer with FDX data behind it, or an OFX server for the same world.

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
        self.faults = Faults()
        self._clock = clock
        self._pages = Pages()
        self._grants = Grants(seed, clock)
        world = World(seed, brands)
        shared = Surroundings(
            seed=seed,
            clock=clock,
            clients={client.client_id: client for client in clients},
            grants=self._grants,
            world=world,
            activity=self.activity,
            pages=self._pages,
            page_keys=Sealer(seed, "page key"),
        )
        self._issuers = {brand.code: Issuer(brand, shared, self.behavior, self.faults) for brand in brands}
        consents = Consents(seed, clock)
        for issuer in self._issuers.values():
            issuer.intents = consents if issuer.brand.policy.intent_required else None
        self._ofx = OfxServer(world, clock, self.activity, self.behavior)
        self._routes = _routes(self._ofx.answer, self._activity)
        for method, path, handler in uk.routes(consents):
            self._routes.add(method, path, Route(handler, Face.OAUTH))
        premises = Premises(seed, world, clock, self.activity, self._pages, lambda: self.base_url)
        self.xs2a, self.simplefin = Xs2aServer(premises), SimpleFinServer(premises)
        consent_pages = ConsentPages(self.xs2a.consents, premises)
        for served in (self.xs2a, self.simplefin, consent_pages):
            for method, path, answer in served.routes():
                self._routes.add(method, path, BrandRoute(answer, Face.PAGE))

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
        self.xs2a.consents.revoke_user(code, username)
        self.simplefin.revoke_user(code, username)

    async def _answer(self, request: Request) -> Answer | Drip:
        try:
            answer = await self._dispatch(request)
        except Refusal as refusal:
            answer = self._refused(refusal, _face(request.path), None)
        interaction = request.header(_INTERACTION) or ""
        if isinstance(answer, Drip) or not _ECHOED.fullmatch(interaction):
            return answer
        return echoed(answer, _INTERACTION, interaction)

    async def _dispatch(self, request: Request) -> Answer | Drip:
        if control.is_control(request.path):
            return await control.control(self.faults, self.base_url, request)
        # Opening a window spends its request_uri, so a HEAD of that path is not the GET of it.
        method = "GET" if request.method == "HEAD" and not request.path.endswith("/oauth/authorize") else request.method
        if request.path in ("/", "/bank.css") and method == "GET":
            return self._index() if request.path == "/" else self._pages.stylesheet()
        match = self._routes.find(method, request.path)
        code = match.params.get("brand", "")
        request.params = match.params
        issuer = self._issuers.get(code)
        if issuer is not None:
            issuer.base_url = self.base_url
        answering = partial(self._led, match.target, code)
        return await played(Counter(self.faults, self._clock, code, issuer), request, answering)

    async def _led(self, target: Route | BrandRoute, code: str, request: Request) -> Answer:
        if isinstance(target, BrandRoute):
            return await self._handled_by_brand(target, code, request)
        issuer = self._issuers.get(code)
        if issuer is None:
            raise NotFound("There is no such institution.")
        return await self._handled(target, issuer, request)

    async def _handled_by_brand(self, route: BrandRoute, code: str, request: Request) -> Answer:
        issuer = self._issuers.get(code)
        brand = issuer.brand if issuer is not None and route.face is not Face.OFX else ofx_brand(code)
        brand = brand or OTHERS.get(code)
        if brand is None:
            raise NotFound("There is no such institution.")
        self._ofx.base_url = self.base_url
        try:
            return await route.handler(brand, request)
        except Refusal as refusal:
            return self._refused(refusal, route.face, brand)

    async def _handled(self, route: Route, issuer: Issuer, request: Request) -> Answer:
        answer = await self._tried(route, issuer, request)
        if issuer.brand.policy.dpop_nonces and request.header(dpop.HEADER) is not None:
            answer = echoed(answer, dpop.NONCE_HEADER, issuer.proofs.nonce())
        return answer

    async def _tried(self, route: Route, issuer: Issuer, request: Request) -> Answer:
        try:
            return await route.handler(issuer, request)
        except (OAuthError, FdxError, AccessRefusedError) as error:
            return _said(error, route.face)
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
        if face is Face.OFX:
            return text_response(status, refusal.message, headers)
        return self._pages.show(
            "dead_end.html", self.base_url, brand, status=status, headers=headers, message=refusal.message
        )

    def _index(self) -> Response:
        return self._pages.show(
            "index.html",
            self.base_url,
            brands=[issuer.brand for issuer in self._issuers.values()],
            ofx_brands=OFX_BRANDS,
            berlin_group_brands=BERLIN_GROUP_BRANDS,
            simplefin_brands=SIMPLEFIN_BRANDS,
            passwords=TEST_PASSWORDS,
            answers=TEST_ANSWERS,
            users=OFX_USERS,
        )

    async def _activity(self, brand: Brand, request: Request) -> Answer:  # noqa: ARG002  (a route's signature)
        return json_response(200, self.activity.by_kind(brand.code), [NO_STORE])


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is opened and nothing to close; the server only wants its answers."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def _metadata(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    return json_response(200, metadata(issuer))


async def _jwks(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    return json_response(200, jwks(issuer))


def _said(error: OAuthError | FdxError | AccessRefusedError, face: Face) -> Answer:
    """A refusal in its own form; that of an access token has a challenge (RFC 6750 3, RFC 9449 7.1) and the path's."""
    if isinstance(error, OAuthError):
        return oauth_error(error)
    if isinstance(error, FdxError):
        return fdx_error(error)
    headers = [(b"www-authenticate", error.challenge.encode())]
    if face is Face.FDX:
        return fdx_error(FdxError(401, 603, error.description, headers))
    return json_response(401, {"error": error.error, "error_description": error.description}, headers)


def _face(path: str) -> Face:
    """Whom a path would speak to, if it were there."""
    if path.endswith("/ofx"):
        return Face.OFX
    return Face.FDX if "/fdx/" in path else Face.OAUTH if "/oauth/" in path or "/open-banking/" in path else Face.PAGE


def _routes(ofx: BrandHandler, activity: BrandHandler) -> RouteTree[Route | BrandRoute]:
    tree: RouteTree[Route | BrandRoute] = RouteTree()
    tree.add("POST", "/{brand}/ofx", BrandRoute(ofx, Face.OFX))
    tree.add("GET", "/{brand}/activity", BrandRoute(activity, Face.OAUTH))
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
        ("POST", "/{brand}/oauth/par", authorization.push),
        ("POST", "/{brand}/oauth/token", tokens.token),
        ("POST", "/{brand}/oauth/revoke", inquiries.revoke),
        ("POST", "/{brand}/oauth/introspect", inquiries.introspect),
        ("GET", "/{brand}/oauth/userinfo", inquiries.userinfo),
        ("POST", "/{brand}/oauth/userinfo", inquiries.userinfo),
    ):
        tree.add(method, path, Route(handler, Face.OAUTH))
    for path, reader, scopes in _DATA:
        tree.add("GET", f"/{{brand}}/fdx/v6{path}", Route(endpoints.endpoint(reader, *scopes), Face.FDX))
    return tree


_ACCOUNT_SCOPES = ("fdx:accountbasic:read", "fdx:accountdetailed:read", "fdx:investments:read")
_DATA: tuple[tuple[str, endpoints.Handler, tuple[str, ...]], ...] = (
    ("/accounts", endpoints.accounts, _ACCOUNT_SCOPES),
    ("/accounts/{account_id}", endpoints.account, _ACCOUNT_SCOPES),
    ("/accounts/{account_id}/transactions", endpoints.transactions, ("fdx:transactions:read",)),
    ("/accounts/{account_id}/payment-networks", endpoints.payment_networks, ("fdx:paymentsupport:read",)),
    ("/accounts/{account_id}/contact", endpoints.contact, ("fdx:customercontact:read",)),
    ("/accounts/{account_id}/statements", endpoints.statements, ("fdx:statements:read",)),
    ("/customers/current", endpoints.customer, ("fdx:customerpersonal:read", "fdx:customercontact:read")),
)
