"""What the data endpoints do to the special users of their stage."""

import asyncio
import secrets

from fanlight.bank.answers import JSON, NO_STORE, Answer, Dripping, FdxError, flood
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.world.people import CARD
from fanlight.base.asgi import Request, Response

_START = b'{"accounts":['
_FILLER = b'{"accountId":"more","accountCategory":"DEPOSIT_ACCOUNT","nickname":"' + b"x" * 60_000 + b'"},'


async def data_fault(issuer: Issuer, grant: Grant, request: Request) -> Answer | None:
    """The fault in place of an answer; None when the answer is to be given as usual."""
    match grant.username:
        case "data_unavailable":
            raise FdxError(503, 501, "The bank is in maintenance, as this user asked for.")
        case "data_unauthorized":
            raise FdxError(401, 603, "The customer is not authorized, as this user asked for.")
        case "data_throttled":
            raise FdxError(429, 1207, "Too many requests, as this user asked for.", [(b"retry-after", b"30")])
        case "data_garbage":
            return Response(200, b"<accounts>none of this is JSON</accounts", [JSON, NO_STORE])
        case "data_huge":
            return Dripping(200, flood(_START, _FILLER, issuer.behavior.huge_bytes), (JSON, NO_STORE))
        case "data_slow":
            await asyncio.sleep(issuer.behavior.slow_seconds)
        case "data_flaky":
            _fail_once(issuer, grant, request.path)
    return None


def transactions_fault(grant: Grant, role: str) -> None:
    """Raises FdxError for the one bad account."""
    if grant.username == "data_one_bad_account" and role == CARD:
        raise FdxError(500, 500, "This account's transactions cannot be read, as this user asked for.")


def endless_key(grant: Grant) -> str | None:
    """A fresh nextPageKey for the user whose lists never end."""
    return secrets.token_urlsafe(24) if grant.username == "data_endless" else None


def _fail_once(issuer: Issuer, grant: Grant, path: str) -> None:
    key = f"{grant.id} {path}"
    if issuer.seen_paths.get(key) is None:
        issuer.seen_paths.put(key, True)
        raise FdxError(503, 501, "The first request of a path fails, as this user asked for.")
