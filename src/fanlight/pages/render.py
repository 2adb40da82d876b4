"""The pages at the end of the OAuth window: small structs in, whole responses out.

They know no database and no request. Names of banks and apps come from outside and are text to escape; nothing is
inline, so the content policy can forbid whatever is not a file of ours.
"""

import functools
import hashlib
import re
from importlib import resources
from typing import Final, Literal, NamedTuple

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fanlight.base.asgi import Response

Pairs = tuple[tuple[bytes, bytes], ...]

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# No Cross-Origin-Opener-Policy: it cuts window.opener, and with it the message that ends the window.
PAGE_HEADERS: Final[Pairs] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", f"{_POLICY}; form-action 'self'".encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
# Both differences were seen in Chromium. It checks `form-action` again at every redirect after the POST: 'self' would
# stop the user on the way to the bank. And under `no-referrer` a POST says `Origin: null` even to its own origin, so
# the server could not tell its own form from a foreign one; `same-origin` still tells the bank nothing.
CONFIRM_HEADERS: Final[Pairs] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
HTML: Final = (b"content-type", b"text/html; charset=utf-8")


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one OAuth window."""

    status: Literal["success", "error"]
    reason: str | None
    """A name of error_reason; one that is not known counts as UNKNOWN_ERROR."""
    member_guid: str
    """May be empty when the member is not known."""
    institution: str | None
    client: str | None
    link: str | None = None
    """Where the button leads; without it the button closes the window."""
    notify: bool = False
    """Whether the page tells its opener."""
    origins: tuple[str, ...] = ()
    """Who may hear it; empty means everybody."""
    state_guid: str | None = None
    """The OAuth state, told to an opener that has to confirm it."""
    http_status: int = 200


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A neutral page: nothing was decided, here is what is going on."""

    title: str
    text: str
    http_status: int = 400
    looks_again: bool = False
    """Whether the browser asks again after a second."""


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """The question before the bank: which app asks for which bank."""

    client: str
    institution: str
    action: str
    """A path of this server; the form posts there, without fields."""


class _Words(NamedTuple):
    title: str
    heading: str
    what: str
    kept: str
    then: str


_SUCCESS: Final = _Words(
    "Connected",
    "You are all set",
    "You allowed {app} to see your account information at {bank}.",
    "Your sign-in stayed between you and the bank. Your password was never seen here.",
    "It can take a few minutes until your accounts show up in {app}.",
)
_NOTHING_STORED: Final = "Nothing was stored. A connection that you already had is unchanged."
_FAILURES: Final = {
    "CANCELLED": _Words(
        "Cancelled",
        "You stopped before the end",
        "The connection to {bank} was cancelled or declined, so {app} got no access.",
        _NOTHING_STORED,
        "If that was not your intention, start again from {app} and agree when you are asked.",
    ),
    "DENIED": _Words(
        "Sign-in not confirmed",
        "The sign-in did not work",
        "We got no confirmation from {bank} of who you are, or it was a different login than the one connected before.",
        _NOTHING_STORED,
        "Make sure that you can sign in there directly. Then start again from {app} with the same login.",
    ),
    "IMPEDED": _Words(
        "One step missing",
        "One step is waiting for you at the bank",
        "Before it shares anything, {bank} needs something from you: new terms to accept, or details to check.",
        _NOTHING_STORED,
        "Sign in to the website or app of the bank, do what it asks for, then start again from {app}.",
    ),
    "PROVIDER_ERROR": _Words(
        "Problem at the bank",
        "The bank could not finish this",
        "Something went wrong on the side of {bank}. It is not because of anything you did.",
        _NOTHING_STORED,
        "Wait a few minutes, then start again from {app}.",
    ),
    "SERVER_ERROR": _Words(
        "Problem on our side",
        "We could not finish this",
        "Something went wrong on our side while connecting you to {bank}. It is not because of anything you did.",
        _NOTHING_STORED,
        "Try again later from {app}. If it happens again, tell the people behind {app}, who can have it repaired.",
    ),
    "SESSION_ERROR": _Words(
        "Link no longer valid",
        "This link cannot be used any more",
        "Each link works once, for a short time, and only in the browser in which it was opened first.",
        "Opening it now changed nothing.",
        "If you are not connected yet, start again from {app}: you will get a fresh link.",
    ),
    "UNKNOWN_ERROR": _Words(
        "Not connected",
        "That did not work",
        "The connection to {bank} ended without success, and we were not told why.",
        _NOTHING_STORED,
        "Start again from {app}. If it fails once more, the people behind {app} can look into it.",
    ),
}

_LONGEST_NAME: Final = 80
# Characters that change the line or the direction of what follows, and halves of characters, which UTF-8 cannot say.
# Joiners stay: some scripts need them.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_RUNNING_SCHEMES: Final = frozenset(
    {"javascript", "vbscript", "data", "blob", "file", "about", "intent", "view-source"}
)
_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")


def completion(page: Completion) -> Response:
    """The page that ends the window; raises ValueError for a link that a browser would run instead of follow."""
    reason = _reason(page)
    words = _SUCCESS if reason is None else _FAILURES[reason]
    message = {
        "type": f"oauthComplete/{page.status}",
        "guid": page.member_guid,
        "reason": reason,
        "origins": msgspec.json.encode(page.origins or ("*",)).decode(),
        "state_guid": page.state_guid,
    }
    return html(
        "completion.html",
        page.http_status,
        title=words.title,
        words=_named(words, page.institution, page.client),
        app=_name(page.client, "the app you came from"),
        guid=page.member_guid,
        reason=reason,
        link=None if page.link is None else _followable(page.link),
        message=message if page.notify else None,
    )


def notice(page: Notice) -> Response:
    """A page that says what is going on and decides nothing."""
    again = ((b"refresh", b"1"),) if page.looks_again else ()
    return html("notice.html", page.http_status, headers=(*PAGE_HEADERS, *again), title=page.title, text=page.text)


def confirm(page: Confirm) -> Response:
    """The question before the bank; raises ValueError unless the form posts to a path of this server.

    The POST says its `Origin`; the answer to it should carry PAGE_HEADERS.
    """
    if not _OWN_PATH.fullmatch(page.action):
        raise ValueError("The confirm form posts to a path of this server.")
    return html(
        "confirm.html",
        200,
        headers=CONFIRM_HEADERS,
        title="Continue to your bank?",
        app=_name(page.client, "an app"),
        bank=_name(page.institution, "your bank"),
        action=page.action,
    )


def static(name: str) -> Response | None:
    """A file that the pages use, or None. Pages name it with a hash of its content, so it may be kept for ever."""
    found = _files().get(name)
    if found is None:
        return None
    return Response(
        200,
        found.body,
        (
            (b"content-type", found.content_type),
            (b"cache-control", b"public, max-age=31536000, immutable"),
            (b"etag", f'"{found.digest}"'.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"default-src 'none'"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ),
    )


def html(template: str, status: int, *, headers: Pairs = PAGE_HEADERS, **values: object) -> Response:
    """A template of this package as a response."""
    return Response(status, templates().get_template(template).render(values).encode(), (HTML, *headers))


@functools.cache
def templates() -> Environment:
    """The templates, each compiled once; a name that nobody gave is an error, not an empty place."""
    environment = Environment(
        loader=PackageLoader("fanlight.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = _asset
    return environment


class _File(NamedTuple):
    body: bytes
    content_type: bytes
    digest: str


_TYPES: Final = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}


@functools.cache
def _files() -> dict[str, _File]:
    """Every file by its plain name: what is not a key here cannot be asked for, whatever the path says."""
    found = {}
    for item in (resources.files("fanlight.pages") / "static").iterdir():
        content_type = _TYPES.get(item.name.rpartition(".")[2])
        if content_type is not None:
            body = item.read_bytes()
            found[item.name] = _File(body, content_type, hashlib.sha256(body).hexdigest()[:16])
    return found


def _asset(name: str) -> str:
    return f"/static/{name}?v={_files()[name].digest}"


def _reason(page: Completion) -> str | None:
    if page.status == "success":
        return None
    return page.reason if page.reason in _FAILURES else "UNKNOWN_ERROR"


def _named(words: _Words, institution: str | None, client: str | None) -> _Words:
    names = {"bank": _name(institution, "your bank"), "app": _name(client, "the app you came from")}
    return words._replace(
        **{
            field: Markup(getattr(words, field)).format(**names)  # noqa: S704 - our own sentences; the names are escaped
            for field in ("what", "kept", "then")
        }
    )


def _name(name: str | None, otherwise: str) -> Markup:
    """A name from outside, in its own direction and not longer than a line or two."""
    clean = " ".join(_UNPRINTABLE.sub(" ", name or "").split())
    if not clean:
        return Markup(otherwise)  # noqa: S704 - our own words
    if len(clean) > _LONGEST_NAME:
        clean = clean[:_LONGEST_NAME].rstrip() + "…"
    return Markup("<bdi>{}</bdi>").format(clean)


def _followable(link: str) -> str:
    scheme = _SCHEME.fullmatch(link)
    if scheme is None or scheme[1].lower() in _RUNNING_SCHEMES:
        raise ValueError("This link cannot stand on a page.")
    return link
