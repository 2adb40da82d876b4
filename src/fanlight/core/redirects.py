"""Redirect rules: which URLs and schemes a client may register, and which of them a request may use. Pure.

URLs match after RFC 3986 normalisation on scheme, host, effective port and path; the query is free. A URL of a
custom scheme needs only its scheme registered.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from fanlight.base.errors import Malformed

DEFAULT_SCHEME = "mx"
MAX_URL = 2000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,63}")
_FORBIDDEN = frozenset(
    ("http", "https", "javascript", "data", "file", "blob", "about", "intent")
    + ("vbscript", "view-source", "filesystem", "ws", "wss", "ftp", "mailto", "tel")
)
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\\<>\"`{}|^]")
_ESCAPES = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Target(NamedTuple):
    """What is compared of a URL."""

    scheme: str
    host: str
    port: int | None
    path: str


class Allowed(NamedTuple):
    """What a client has registered."""

    redirects: tuple[str, ...]
    schemes: tuple[str, ...]
    loopback: bool


def normalise(url: str) -> Target:
    """The comparable part of a URL; raises Malformed for anything a browser might read in another way."""
    if not url or len(url) > MAX_URL or _UNSAFE.search(url):
        raise Malformed("client_redirect_url has characters that a URL cannot have, or is too long.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Malformed("client_redirect_url is not a URL.") from error
    scheme = parts.scheme.lower()
    if not _SCHEME.fullmatch(scheme) or ("#" in url) or "@" in parts.netloc:
        raise Malformed("client_redirect_url needs a scheme, and must not have a fragment or user information.")
    if scheme in _PORTS:
        if not host or not url[len(scheme) :].startswith("://") or "%" in host or host.endswith("."):
            raise Malformed("client_redirect_url needs a host.")
        return Target(scheme, host, _PORTS[scheme] if port is None else port, _path(parts.path))
    if scheme in _FORBIDDEN:
        raise Malformed(f"client_redirect_url cannot use {scheme}:.")
    return Target(scheme, host, port, _path(parts.path))


def check_redirect(url: str, allowed: Allowed) -> None:
    """Raise Malformed unless the client registered this URL (or its custom scheme)."""
    target = normalise(url)
    if target.scheme not in _PORTS:
        check_scheme(target.scheme, allowed)
        return
    if allowed.loopback and target.scheme == "http" and target.host in _LOOPBACK:
        return
    if target not in [normalise(registered) for registered in allowed.redirects]:
        raise Malformed(
            "client_redirect_url is not registered for this client; allow it with: "
            "fanlight client redirect add NAME URL"
        )


def check_scheme(scheme: str, allowed: Allowed) -> None:
    """Raise Malformed unless the client registered this scheme; the default scheme is always allowed."""
    plain = scheme.lower()
    if not _SCHEME.fullmatch(scheme) or plain in _FORBIDDEN:
        raise Malformed("ui_message_webview_url_scheme is not a scheme that an app can have.")
    if plain != DEFAULT_SCHEME and plain not in allowed.schemes:
        raise Malformed(
            "ui_message_webview_url_scheme is not registered for this client; allow it with: "
            "fanlight client scheme add NAME SCHEME"
        )


def registrable(kind: str, value: str) -> str:
    """The form in which a registration is kept; raises Malformed when it cannot be one."""
    if kind == "redirect":
        if normalise(value).scheme not in _PORTS:
            raise Malformed("A custom scheme is registered as a scheme, not as a URL.")
        return value
    if kind == "scheme":
        return _registrable_scheme(value)
    if kind == "origin":
        target = normalise(value)
        if target.scheme not in _PORTS or target.path != "/" or "?" in value:
            raise Malformed("An origin is https://host or https://host:port.")
        return value.rstrip("/")
    raise Malformed(f"{kind} is not something that a client registers.")


def with_result(
    url: str, *, status: str, member_guid: str, error_reason: str | None, oauth_state_guid: str | None = None
) -> str:
    """The URL with the result added, joined to a query that is already there."""
    fields = {"status": status, "member_guid": member_guid}
    if error_reason is not None:
        fields["error_reason"] = error_reason
    if oauth_state_guid is not None:
        fields["oauth_state_guid"] = oauth_state_guid
    joint = "&" if urlsplit(url).query else "" if url.endswith("?") else "?"
    return f"{url}{joint}{urlencode(fields)}"


def app_link(scheme: str | None) -> str:
    """Where an app is called back when no URL was given."""
    return f"{(scheme or DEFAULT_SCHEME).lower()}://oauth_complete"


def _registrable_scheme(value: str) -> str:
    plain = value.lower()
    if not _SCHEME.fullmatch(value) or plain in _FORBIDDEN:
        raise Malformed(f"{value} cannot be registered as a scheme.")
    return plain


def _path(path: str) -> str:
    """Percent-decode what needs no escape, refuse hidden separators, resolve dot segments (RFC 3986 6.2.2)."""
    decoded = _ESCAPES.sub(_decode, path)
    if "%2F" in decoded or "%5C" in decoded or "%00" in decoded:
        raise Malformed("client_redirect_url hides a separator in its path.")
    segments: list[str] = []
    for segment in decoded.split("/")[1:]:
        if segment == "..":
            raise Malformed("client_redirect_url climbs in its path.")
        if segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments)


def _decode(match: re.Match[str]) -> str:
    character = unquote(match.group())
    return character if character in _UNRESERVED else match.group().upper()
