"""The four endpoints of a SimpleFIN server, and the page where a person makes a setup token.

A setup token and an access URL carry whose they are, sealed; memory only holds which tokens were claimed.
"""

import base64
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from fanlight.bank.answers import JSON, Answer, json_response, text_response
from fanlight.bank.brands import Brand
from fanlight.bank.premises import Premises
from fanlight.bank.sealing import Sealer
from fanlight.bank.simplefin import translate
from fanlight.bank.simplefin.translate import Asked, Told
from fanlight.bank.simplefin.users import CLAIM_LOST, SIMPLEFIN_USERS
from fanlight.bank.special_users import PASSWORD
from fanlight.base.asgi import Query, Request, Response
from fanlight.base.clock import DAY

REMEMBERED = 50_000
MAX_FORM = 16 << 10
LONGEST_NAME = 64
MOST_DAYS = 90
"""Of one request; a longer one is cut, and a gen.api error says so."""
REQUESTS_PER_DAY = 96
USER = "fanlight"

Handler = Callable[[Brand, Request], Awaitable[Answer]]


class Ticket(msgspec.Struct, array_like=True, frozen=True):
    """Whose a token or an access is."""

    brand: str
    username: str
    made_at: int
    serial: str


class _Use(NamedTuple):
    """How often an access was used on a day."""

    day: int
    times: int


class SimpleFinServer:
    """The server of every brand that has one."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._clock = premises.clock
        self._tokens = Sealer(premises.seed, "simplefin setup token")
        self._accesses = Sealer(premises.seed, "simplefin access")
        self._claimed: OrderedDict[str, None] = OrderedDict()
        self._uses: OrderedDict[str, _Use] = OrderedDict()
        self._revoked: dict[tuple[str, str], int] = {}

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Method, path and handler."""
        root = "/{brand}/simplefin"
        yield "GET", f"{root}/info", self._info
        yield "GET", f"{root}/create", self._create
        yield "POST", f"{root}/create", self._make
        yield "POST", f"{root}/claim/{{token}}", self._claim
        yield "GET", f"{root}/accounts", self._accounts

    def setup_token(self, code: str, username: str) -> str:
        """A fresh setup token, as the page gives it."""
        sealed = self._tokens.seal(Ticket(code, username, self._clock(), secrets.token_urlsafe(9)))
        return base64.b64encode(f"{self._premises.base_url()}/{code}/simplefin/claim/{sealed}".encode()).decode()

    def revoke_user(self, brand: str, username: str) -> None:
        """End every access that a person gave so far."""
        self._revoked[brand, username] = self._clock()

    async def _info(self, brand: Brand, request: Request) -> Answer:  # noqa: ARG002  (a route's signature)
        return json_response(200, {"versions": ["1", "2"]})

    async def _create(self, brand: Brand, request: Request) -> Answer:  # noqa: ARG002  (a route's signature)
        return self._page(brand)

    async def _make(self, brand: Brand, request: Request) -> Answer:
        form = await request.form(MAX_FORM)
        username, password = (form.get("username") or "").strip(), form.get("password") or ""
        is_named = 0 < len(username) <= LONGEST_NAME and username.isprintable()
        if not is_named or not hmac.compare_digest(password.encode(), PASSWORD.encode()):
            return self._page(brand, trouble=f"Any user name signs in, with the password “{PASSWORD}”.")
        return self._page(brand, token=self.setup_token(brand.code, username))

    async def _claim(self, brand: Brand, request: Request) -> Answer:
        """`POST /claim/{token}`: the access URL, once."""
        self._premises.activity.count(brand.code, "claim")
        text = request.params["token"]
        ticket = self._tokens.open(text, Ticket)
        if ticket is None or ticket.brand != brand.code or text in self._claimed:
            return text_response(403, "This token was claimed already, or does not exist.")
        self._claimed[text] = None
        if len(self._claimed) > REMEMBERED:
            self._claimed.popitem(last=False)
        if ticket.username == CLAIM_LOST:
            return text_response(200, "<html>none of this is an access URL</html>")
        sealed = self._accesses.seal(msgspec.structs.replace(ticket, made_at=self._clock()))
        parts = urlsplit(self._premises.base_url())
        return text_response(200, f"{parts.scheme}://{USER}:{sealed}@{parts.netloc}/{brand.code}/simplefin")

    async def _accounts(self, brand: Brand, request: Request) -> Answer:
        self._premises.activity.count(brand.code, "simplefin")
        sealed = _password(request.header(b"authorization") or "")
        ticket = self._accesses.open(sealed, Ticket)
        if ticket is None or ticket.brand != brand.code or self._is_revoked(ticket):
            return text_response(403, "Access was revoked, or the credentials are wrong.")
        fault = _fault(ticket.username) or self._throttled(sealed)
        if fault is not None:
            return fault
        person = self._premises.world.person(brand.code, ticket.username)
        ledger = self._premises.world.ledger(brand.code, ticket.username)
        url = f"{self._premises.base_url()}/{brand.code}/simplefin"
        asked, is_cut = _asked(request.query, self._clock())
        document = translate.account_set(Told(brand, person, ledger, self._clock(), url), asked)
        if is_cut and asked.version > 1:
            text = f"Requested date range exceeds limit of {MOST_DAYS} days and was capped."
            document["errlist"] = [*document["errlist"], {"code": "gen.api", "msg": text}]
        return json_response(200, document)

    def _is_revoked(self, ticket: Ticket) -> bool:
        return ticket.made_at <= self._revoked.get((ticket.brand, ticket.username), -1)

    def _throttled(self, sealed: str) -> Answer | None:
        """One person's access is used a number of times a day, and no more."""
        day, use = self._clock() // DAY, self._uses.get(sealed, _Use(0, 0))
        self._uses[sealed] = use = _Use(day, use.times + 1 if use.day == day else 1)
        if len(self._uses) > REMEMBERED:
            self._uses.popitem(last=False)
        if use.times <= REQUESTS_PER_DAY:
            return None
        return json_response(429, {"errors": ["Too many requests today."]})

    def _page(self, brand: Brand, *, token: str = "", trouble: str = "") -> Answer:
        return self._premises.pages.show(
            "setup_token.html",
            self._premises.base_url(),
            brand,
            token=token,
            trouble=trouble,
            users=SIMPLEFIN_USERS,
            password=PASSWORD,
        )


def _fault(username: str) -> Answer | None:
    """What the accounts answer to the special users of theirs."""
    match username:
        case "data_unavailable":
            return text_response(503, "In maintenance, as this user asked for.")
        case "data_unauthorized":
            return text_response(403, "Access was revoked, as this user asked for.")
        case "data_payment":
            return text_response(402, "Payment is due, as this user asked for.")
        case "data_throttled":
            return json_response(429, {"errors": ["Too many requests, as this user asked for."]})
        case "data_garbage":
            return Response(200, b"<accounts>none of this is JSON</accounts", [JSON])
    return None


def _password(header: str) -> str:
    """The password of HTTP Basic authentication; empty where it is not that."""
    scheme, _, credentials = header.partition(" ")
    try:
        user, _, password = base64.b64decode(credentials.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:
        return ""
    return password if scheme.lower() == "basic" and user == USER else ""


def _asked(query: Query, now: int) -> tuple[Asked, bool]:
    """What is wanted, and whether its span was cut."""
    start, end = _seconds(query.get("start-date"), 0), _seconds(query.get("end-date"), now + 1)
    most = MOST_DAYS * DAY
    asked = Asked(
        version=2 if query.get("version") == "2" else 1,
        start=max(start, end - most),
        end=end,
        pending=query.get("pending") == "1",
        balances_only=query.get("balances-only") == "1",
        accounts=frozenset(query.all("account")),
    )
    return asked, query.get("start-date") is not None and end - start > most


def _seconds(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 11 else default
