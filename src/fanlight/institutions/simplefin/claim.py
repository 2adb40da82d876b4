"""The setup token and the access that it is claimed for, once. Pure but for the one request.

Both addresses come from a person, so both are looked at before anything is sent. Source: SimpleFIN protocol, "Claim the
Access URL" and its checklist: a 403 may mean that somebody else has claimed the token.
"""

import base64
import binascii
from typing import NamedTuple
from urllib.parse import unquote

from fanlight.institutions.addresses import BadAddress, Target, read_url
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.simplefin.details import SimpleFinDetails

MAX_TOKEN = 4096
"""Characters of a setup token."""
MAX_ACCESS_URL = 2048
CLAIM = "/claim/"
HTTPS = 443
UNREADABLE = "This is not a setup token: copy the whole token from the SimpleFIN server, and nothing around it."
OTHER_SERVER = "This setup token is for a server that this institution does not take tokens of."
CLAIMED = (
    "The setup token was claimed before, or is not known to the SimpleFIN server. If this was its first use, somebody "
    "else may have access to the data: disable the token there. Connect with a new setup token."
)
LOST = "The setup token was sent, but the answer did not come. Connect with a new setup token."


class AccessUrl(NamedTuple):
    """Where data is, and what opens it. Never printed."""

    url: str
    """Without user information and without a slash at the end."""
    username: str
    password: str

    @property
    def authorization(self) -> str:
        """The header's value (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    def __repr__(self) -> str:
        return "AccessUrl([redacted])"


async def claim(token: str, details: SimpleFinDetails, line: Line) -> str:
    """Claim a setup token; the access URL. Raises Said, LOGIN_REFUSED where another token is needed.

    It goes out as a form does: what is heard of other requests is kept, and this one is made of secrets.
    """
    target = claim_target(token, details)
    url = f"{target.scheme}://{target.authority}{target.path}"
    try:
        reply = await line.post_form(url, {}, {"accept": "text/plain, */*"})
    except Said as said:
        if said.saying is Saying.UNKNOWN_OUTCOME:
            raise Said(Saying.LOGIN_REFUSED, f"the claim may have been taken: {said.detail}", told=LOST) from said
        raise
    if reply.status in (401, 403, 404, 410):
        raise Said(Saying.LOGIN_REFUSED, f"HTTP {reply.status} to the claim of a setup token", told=CLAIMED)
    if reply.status == 429:
        raise Said(Saying.THROTTLED, "too many requests", retry_after=reply.retry_after)
    if reply.status >= 500:
        raise Said(Saying.UNAVAILABLE, f"the server answered {reply.status} to the claim of a setup token")
    if reply.status != 200 or len(reply.body) > MAX_ACCESS_URL:
        raise Said(Saying.LOGIN_REFUSED, f"HTTP {reply.status} to the claim, and no access URL", told=LOST)
    text = reply.body.decode("ascii", "replace").strip()
    try:
        access_url(text, details, at=target)
    except Said as said:
        raise Said(Saying.LOGIN_REFUSED, said.detail, told=LOST) from said
    return text


def claim_target(token: str, details: SimpleFinDetails) -> Target:
    """Where a setup token is claimed. Raises Said(LOGIN_REFUSED), which never repeats the token."""
    text = "".join(token.split())
    if not 0 < len(text) <= MAX_TOKEN or not text.isascii():
        raise _refused("it has no or too many characters, or other ones", UNREADABLE)
    try:
        padded = text.rstrip("=").replace("-", "+").replace("_", "/")
        decoded = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("ascii")
        target = read_url(decoded.strip())
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _refused("it is not base64 of an address", UNREADABLE) from error
    except BadAddress as error:
        raise _refused(f"it names no address to claim it at: {error}", UNREADABLE) from error
    if CLAIM not in target.path or "?" in target.path or "/.." in target.path:
        raise _refused("its address is not the one of a claim", UNREADABLE)
    _check_server(target, details)
    return target


def access_url(text: str, details: SimpleFinDetails, *, at: Target | None = None) -> AccessUrl:
    """An access URL in parts; `at` is where it was claimed, whose server it must be of. Raises Said."""
    scheme, mark, rest = text.partition("://")
    user, sign, host = rest.partition("/")[0].rpartition("@")
    username, colon, password = user.partition(":")
    if not (mark and sign and colon and username):
        raise Said(Saying.GIBBERISH, "what was claimed is no access URL")
    path = rest[len(user) + 1 + len(host) :]
    try:
        target = read_url(f"{scheme}://{host}{path}")
    except BadAddress as error:
        raise Said(Saying.GIBBERISH, f"what was claimed is no access URL: {error}") from error
    if "?" in target.path or "/.." in target.path:
        raise Said(Saying.GIBBERISH, "the access URL has a query, or steps in its path")
    _check_server(target, details)
    if at is not None and target[:3] != at[:3]:
        raise Said(Saying.GIBBERISH, "the access URL is of another server than the claim")
    url = f"{target.scheme}://{target.authority}{target.path}".rstrip("/")
    return AccessUrl(url, unquote(username), unquote(password))


def _check_server(target: Target, details: SimpleFinDetails) -> None:
    """A server that the entry names, by scheme, host and port; where it names none, any over https at its port."""
    if not details.servers:
        if target.scheme != "https" or target.port != HTTPS:
            raise _refused("its address is not an https one at the usual port", OTHER_SERVER)
    elif target[:3] not in (read_url(server)[:3] for server in details.servers):
        raise _refused("its server is none that the entry names", OTHER_SERVER)


def _refused(why: str, told: str) -> Said:
    return Said(Saying.LOGIN_REFUSED, f"the setup token is not taken: {why}", told=told)
