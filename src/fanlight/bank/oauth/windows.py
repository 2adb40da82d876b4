"""The window that a customer sees: sign in, choose accounts, authorize or deny, and go back to the application."""

import hmac
import secrets
from collections.abc import Iterable, Sequence

from fanlight.bank.answers import Answer, OAuthError
from fanlight.bank.oauth.authorization import DeadEnd, RedirectError, requested
from fanlight.bank.oauth.clients import single_fields
from fanlight.bank.oauth.issuer import CODE_LIFETIME, WINDOW_LIFETIME, AuthorizationRequest, Code, Issuer, Window
from fanlight.bank.oauth.responses import answer_url, return_of
from fanlight.bank.special_users import AUTHORIZATION_ERRORS, PASSWORD, SPECIAL_USERS
from fanlight.base.asgi import Query, Request, redirect

MAX_FORM = 32 << 10
LONGEST_NAME = 64
PRESSED_AGAIN = 10
"""Seconds in which pressing a button once more means the same."""
_OVER = "This sign-in has ended or belongs to another browser. Go back to the application and start again."


async def authorize(issuer: Issuer, request: Request) -> Answer:
    """`GET /oauth/authorize`: open a window in this browser and ask who is there."""
    issuer.count("authorize")
    try:
        asked = requested(issuer, single_fields(request.query))
    except OAuthError as error:
        raise DeadEnd(error.description) from error
    if asked.silent:
        raise RedirectError("login_required", "Nobody is signed in.", return_of(asked))
    transaction, proof = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    issuer.windows.put(transaction, Window(asked, proof))
    cookie = _cookie(issuer, transaction, proof, WINDOW_LIFETIME)
    return _login_page(issuer, transaction, asked.client_id, headers=[cookie])


async def login(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/login`."""
    issuer.count("login")
    form = await request.form(MAX_FORM)
    transaction, window = _window(issuer, request, form)
    if window.answer:
        return _again(issuer, window)
    username, password = (form.get("username") or "").strip(), form.get("password") or ""
    trouble = _login_trouble(username, password)
    if trouble:
        kept = username[:LONGEST_NAME]
        return _login_page(issuer, transaction, window.request.client_id, username=kept, trouble=trouble)
    window.username, window.signed_in_at = username, issuer.shared.clock()
    if username in AUTHORIZATION_ERRORS:
        return _back(issuer, transaction, window, {"error": username, "error_description": "As this user asked for."})
    return _consent_page(issuer, transaction, window)


async def consent(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/consent`."""
    issuer.count("consent")
    form = await request.form(MAX_FORM)
    transaction, window = _window(issuer, request, form)
    if window.answer:
        return _again(issuer, window)
    if not window.username:
        raise DeadEnd(_OVER)
    decision = form.get("decision")
    if decision == "deny":
        issuer.count("denied")
        _decide(issuer, window, None)
        return _back(issuer, transaction, window, {"error": "access_denied", "error_description": "Declined."})
    owned = issuer.shared.world.person(issuer.brand.code, window.username).accounts
    wanted = frozenset(form.all("account"))
    chosen = tuple(account.id for account in owned if account.id in wanted)
    if decision != "authorize" or (owned and not chosen):
        return _consent_page(
            issuer, transaction, window, wanted, "Choose at least one account, or do not allow access."
        )
    _decide(issuer, window, chosen)
    return _back(issuer, transaction, window, {"code": _new_code(issuer, window, chosen)})


async def special_users(issuer: Issuer, request: Request) -> Answer:  # noqa: ARG001  (a route's signature)
    """`GET /test-users`."""
    return issuer.shared.pages.show(
        "special_users.html", issuer.base_url, issuer.brand, password=PASSWORD, users=SPECIAL_USERS
    )


def redirected(issuer: Issuer, error: RedirectError) -> Answer:
    """An authorization error on its way back to the client."""
    answer = {"error": error.error, "error_description": error.description}
    return redirect(answer_url(issuer, error.back, answer), issuer.shared.pages.headers)


def _login_trouble(username: str, password: str) -> str:
    if not username:
        return "Enter a user name; any name will do."
    if len(username) > LONGEST_NAME or not username.isprintable():
        return f"A user name has at most {LONGEST_NAME} letters, digits and signs."
    if not hmac.compare_digest(password.encode(), PASSWORD.encode()):
        return f"That password is not right. At this simulated bank it is “{PASSWORD}”."
    return ""


def _window(issuer: Issuer, request: Request, form: Query) -> tuple[str, Window]:
    """The window that a form belongs to: the hidden field names it and the cookie proves the browser."""
    transaction = form.get("transaction") or ""
    window = issuer.windows.get(transaction)
    proof = request.cookies().get(_cookie_name(transaction), "")
    if window is None or not hmac.compare_digest(proof.encode(), window.proof.encode()):
        raise DeadEnd(_OVER)
    return transaction, window


def _decide(issuer: Issuer, window: Window, accounts: tuple[str, ...] | None) -> None:
    """Tell the consent that was made before, where there is one, what the customer decided."""
    intent_id = window.request.intent_id
    if issuer.intents is not None and intent_id is not None:
        issuer.intents.decided(issuer.brand.code, intent_id, window.username, accounts)


def _shares(issuer: Issuer, request: AuthorizationRequest) -> Sequence[str]:
    """What will be shared, in the customer's words."""
    if issuer.intents is not None and request.intent_id is not None:
        return issuer.intents.wanted(issuer.brand.code, request.client_id, request.intent_id) or ()
    return issuer.shared_data(request.scope)


def _new_code(issuer: Issuer, window: Window, accounts: tuple[str, ...]) -> str:
    code = secrets.token_urlsafe(32)
    expires_at = issuer.shared.clock() + CODE_LIFETIME
    issuer.codes.put(code, Code(window.request, window.username, accounts, window.signed_in_at, expires_at))
    return code


def _back(issuer: Issuer, transaction: str, window: Window, answer: dict[str, str]) -> Answer:
    """End the window and send the browser to the client."""
    window.answer, window.answered_at = answer_url(issuer, return_of(window.request), answer), issuer.shared.clock()
    cookie = _cookie(issuer, transaction, window.proof, PRESSED_AGAIN)
    return redirect(window.answer, [cookie, *issuer.shared.pages.headers])


def _again(issuer: Issuer, window: Window) -> Answer:
    """The same answer to a button that was pressed twice: the browser has dropped the first one."""
    if issuer.shared.clock() > window.answered_at + PRESSED_AGAIN:
        raise DeadEnd(_OVER)
    return redirect(window.answer, issuer.shared.pages.headers)


def _cookie_name(transaction: str) -> str:
    # One cookie for each window, so that two open windows do not take each other's.
    return f"bank_{transaction[:8]}"


def _cookie(issuer: Issuer, transaction: str, value: str, max_age: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if issuer.base_url.startswith("https:") else ""
    text = f"{_cookie_name(transaction)}={value}; Path=/{issuer.brand.code}; Max-Age={max_age}; HttpOnly; SameSite=Lax"
    return b"set-cookie", (text + secure).encode()


def _login_page(
    issuer: Issuer,
    transaction: str,
    client_id: str,
    *,
    username: str = "",
    trouble: str = "",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> Answer:
    return issuer.shared.pages.show(
        "login.html",
        issuer.base_url,
        issuer.brand,
        headers=headers,
        transaction=transaction,
        client_id=client_id,
        username=username,
        trouble=trouble,
    )


def _consent_page(
    issuer: Issuer, transaction: str, window: Window, chosen: frozenset[str] | None = None, trouble: str = ""
) -> Answer:
    person = issuer.shared.world.person(issuer.brand.code, window.username)
    return issuer.shared.pages.show(
        "consent.html",
        issuer.base_url,
        issuer.brand,
        transaction=transaction,
        client_id=window.request.client_id,
        person=person,
        chosen=frozenset(account.id for account in person.accounts) if chosen is None else chosen,
        shares=_shares(issuer, window.request),
        trouble=trouble,
    )
