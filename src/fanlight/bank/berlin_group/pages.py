"""The page where a person signs in and gives a consent, and from where they go back to the application."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator

import msgspec

from fanlight.bank.answers import Answer
from fanlight.bank.berlin_group.consents import RECEIVED, REJECTED, Consent, Consents
from fanlight.bank.berlin_group.translate import PAYMENT_ACCOUNTS
from fanlight.bank.brands import Brand
from fanlight.bank.expiring import Expiring
from fanlight.bank.premises import Premises
from fanlight.bank.special_users import AUTHORIZATION_ERRORS, PASSWORD
from fanlight.bank.world.people import CARD
from fanlight.base.asgi import Query, Request, redirect

LIFETIME = 600
LIMIT = 10_000
MAX_FORM = 16 << 10
LONGEST_NAME = 64
_OVER = "This sign-in has ended or belongs to another browser. Go back to the application and start again."

Handler = Callable[[Brand, Request], Awaitable[Answer]]


class Window(msgspec.Struct):
    """A browser's way through a consent; `proof` is the cookie that only this browser has."""

    consent: Consent
    proof: str
    username: str = ""


class ConsentPages:
    """The pages of every brand that speaks Berlin Group."""

    def __init__(self, consents: Consents, premises: Premises) -> None:
        self._consents = consents
        self._premises = premises
        self._windows: Expiring[Window] = Expiring(premises.clock, LIFETIME, LIMIT)

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Method, path and handler."""
        yield "GET", "/{brand}/xs2a/authorise/{consent_id}", self._open
        yield "POST", "/{brand}/xs2a/login", self._login
        yield "POST", "/{brand}/xs2a/consent", self._decide

    async def _open(self, brand: Brand, request: Request) -> Answer:
        self._premises.activity.count(brand.code, "authorise")
        consent = self._consents.find(brand.code, request.params["consent_id"])
        if consent is None or consent.status != RECEIVED:
            return self._dead_end(brand)
        transaction, proof = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._windows.put(transaction, Window(consent, proof))
        return self._page(brand, transaction, headers=[self._cookie(brand, transaction, proof, LIFETIME)])

    async def _login(self, brand: Brand, request: Request) -> Answer:
        self._premises.activity.count(brand.code, "login")
        form = await request.form(MAX_FORM)
        transaction, window = self._window(request, form)
        if window is None:
            return self._dead_end(brand)
        username, password = (form.get("username") or "").strip(), form.get("password") or ""
        is_named = 0 < len(username) <= LONGEST_NAME and username.isprintable()
        if not is_named or not hmac.compare_digest(password.encode(), PASSWORD.encode()):
            trouble = f"Any user name of at most {LONGEST_NAME} signs in, with the password “{PASSWORD}”."
            return self._page(brand, transaction, trouble=trouble)
        window.username = username
        if username in AUTHORIZATION_ERRORS:
            return self._back(brand, transaction, window, is_given=False)
        return self._page(brand, transaction, window=window)

    async def _decide(self, brand: Brand, request: Request) -> Answer:
        self._premises.activity.count(brand.code, "decision")
        form = await request.form(MAX_FORM)
        transaction, window = self._window(request, form)
        if window is None or not window.username:
            return self._dead_end(brand)
        return self._back(brand, transaction, window, is_given=form.get("decision") == "authorize")

    def _window(self, request: Request, form: Query) -> tuple[str, Window | None]:
        """The window of a form: the hidden field names it, and the cookie proves the browser."""
        transaction = form.get("transaction") or ""
        window = self._windows.get(transaction)
        proof = request.cookies().get(_cookie_name(transaction), "")
        if window is None or not hmac.compare_digest(proof.encode(), window.proof.encode()):
            return transaction, None
        return transaction, window if window.consent.status == RECEIVED else None

    def _back(self, brand: Brand, transaction: str, window: Window, *, is_given: bool) -> Answer:
        """End the window. The address says nothing of how it ended, but that there is one for each end."""
        self._windows.pop(transaction)
        consent = window.consent
        if is_given:
            self._consents.give(consent, window.username)
        else:
            consent.status = REJECTED
        url = consent.return_uri if is_given else consent.decline_uri
        return redirect(url, [self._cookie(brand, transaction, "", 0), *self._premises.pages.headers])

    def _dead_end(self, brand: Brand) -> Answer:
        return self._premises.pages.show("dead_end.html", self._premises.base_url(), brand, status=400, message=_OVER)

    def _page(
        self, brand: Brand, transaction: str, *, window: Window | None = None, trouble: str = "",
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> Answer:  # fmt: skip
        person = None if window is None else self._premises.world.person(brand.code, window.username)
        shared = () if person is None else person.accounts
        return self._premises.pages.show(
            "consent_resource.html",
            self._premises.base_url(),
            brand,
            headers=headers,
            transaction=transaction,
            person=person,
            accounts=[each for each in shared if each.role in (*PAYMENT_ACCOUNTS, CARD)],
            ends=None if window is None else window.consent.valid_until,
            trouble=trouble,
        )

    def _cookie(self, brand: Brand, transaction: str, value: str, max_age: int) -> tuple[bytes, bytes]:
        secure = "; Secure" if self._premises.base_url().startswith("https:") else ""
        rest = f"Path=/{brand.code}; Max-Age={max_age}; HttpOnly; SameSite=Lax"
        return b"set-cookie", f"{_cookie_name(transaction)}={value}; {rest}{secure}".encode()


def _cookie_name(transaction: str) -> str:
    # One cookie for each window, so that two open windows do not take each other's.
    return f"bank_{transaction[:8]}"
