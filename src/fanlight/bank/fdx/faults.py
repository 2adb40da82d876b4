"""What the data endpoints do to the special users of their stage, and where a fault is set."""

import asyncio
import base64
import binascii
import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from fanlight.bank.answers import JSON, NO_STORE, Answer, Dripping, FdxError, fdx_error, flood, json_response
from fanlight.bank.faults.state import Place, Standing
from fanlight.bank.faults.steps import grant_of, step_of
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.world.people import CARD
from fanlight.base.asgi import Request, Response
from fanlight.base.clock import DAY, start_of_day

_EVERY = 4
_NO_DAY = "2026-02-31T99:00:00Z"
_OURS = "fault."
_DATES = ("startTime", "endTime", "startDate", "endDate")
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


async def behaving(issuer: Issuer, grant: Grant, request: Request) -> Grant:
    """The grant under the user name whose behavior the data endpoints show: the customer's own, or a set fault's."""
    step = await step_of(request)
    if step is None or not issuer.faults.standing:
        return grant
    name = issuer.faults.behaving(Place(step, issuer.brand.code, grant.username))
    return grant if name == grant.username else msgspec.structs.replace(grant, username=name)


def asked(request: Request, standing: Sequence[Standing]) -> Request:
    """The request that the endpoint is to answer: with the query behind a cursor of ours, or without its dates."""
    query = request.scope["query_string"].decode("latin-1")
    names = {each.fault.name for each in standing}
    key = request.query.get("pageKey") or ""
    wanted = _opened(key) if key.startswith(_OURS) and names & {"empty_page", "cursor_loop"} else query
    if "default_window" in names:
        wanted = urlencode([pair for pair in parse_qsl(wanted) if pair[0] not in _DATES])
    return request if wanted == query else _with_query(request, wanted)


def instead(standing: Standing, issuer: Issuer, request: Request) -> Response | None:
    """The answer in place of the endpoint's; None where it is to answer."""
    match standing.fault.name:
        case "window_400" | "window_422" as name if _is_older(request, issuer.shared.clock() - standing.value * DAY):
            message = f"Transactions go back {standing.value} days, as was set."
            return fdx_error(FdxError(int(name[-3:]), 703, message))
        case "closed_account" if request.path.endswith("/transactions"):
            grant = grant_of(issuer, request)
            if grant is not None and request.path.split("/")[-2] == grant.accounts[0]:
                return fdx_error(FdxError(409, 705, "The account is closed, as was set."))
    return None


def changed(standing: Standing, request: Request, answer: Response) -> Response:
    """The endpoint's answer as the fault lets it through."""
    change = {
        "partial": _partial,
        "closed_account": _closed,
        "bad_dates": _bad_dates,
        "signed_amounts": _signed,
    }.get(standing.fault.name)
    is_paged = standing.fault.name in ("empty_page", "cursor_loop")
    if answer.status != 200 or (change is None and not is_paged):
        return answer
    try:
        body = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return answer
    if change is not None:
        return json_response(change(body), body)
    # A request that came with our cursor has the query behind it by now.
    if standing.fault.name == "empty_page" and "fault" in request.params:
        return answer
    for name in _lists(body):
        if standing.fault.name == "empty_page":
            body[name] = []
    key = _OURS + base64.urlsafe_b64encode(request.scope["query_string"]).rstrip(b"=").decode()
    body["page"], body["links"] = {"nextPageKey": key}, {"next": {"href": f"{request.path}?pageKey={quote(key)}"}}
    return json_response(200, body)


def _partial(body: dict[str, Any]) -> int:
    for name in _lists(body):
        body[name] = body[name][:-1]
    return 206


def _closed(body: dict[str, Any]) -> int:
    for account in body.get("accounts", ())[:1]:
        account["status"] = "CLOSED"
    return 200


def _bad_dates(body: dict[str, Any]) -> int:
    for each in body.get("transactions", ())[::_EVERY]:
        each |= {"transactionTimestamp": _NO_DAY, "postedTimestamp": _NO_DAY}
    return 200


def _signed(body: dict[str, Any]) -> int:
    for each in body.get("transactions", ()):
        if each.get("debitCreditMemo") == "DEBIT":
            each["amount"] = -each["amount"]
    return 200


def _lists(body: dict[str, Any]) -> list[str]:
    return [name for name, value in body.items() if isinstance(value, list)]


def _is_older(request: Request, first: int) -> bool:
    text = request.query.get("startTime", "startDate") or ""
    try:
        return start_of_day(dt.date.fromisoformat(text[:10])) < start_of_day(
            dt.datetime.fromtimestamp(first, dt.UTC).date()
        )
    except ValueError:
        return False


def _opened(key: str) -> str:
    raw = key.removeprefix(_OURS)
    try:
        return base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode("latin-1")
    except (ValueError, binascii.Error):
        return ""


def _with_query(request: Request, query: str) -> Request:
    other = Request({**request.scope, "query_string": query.encode("latin-1")}, request.receive)
    other.params = {**request.params, "fault": ""}
    return other
