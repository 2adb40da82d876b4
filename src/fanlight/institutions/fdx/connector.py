"""Talks FDX: follows pages, hands every document to `translate`, and turns refusals into sayings."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit
from uuid import uuid4

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx import translate
from fanlight.institutions.fdx.holdings import positions
from fanlight.institutions.line import Line
from fanlight.institutions.port import (
    MAX_ACCOUNTS,
    Access,
    FeedAccount,
    FeedAccountNumber,
    FeedOwner,
    FeedTransaction,
    Limits,
    Login,
    Positions,
)

MAX_NETWORKS = 100
"""Payment networks of one account."""

R = TypeVar("R")
Cursor = tuple[str | None, tuple[str, str] | None]


class FdxDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An FDX data provider as its entry describes it; deviations are named here, never coded."""

    base_url: str
    page_size: int = 100
    dates: Literal["date", "time"] = "date"
    """`startDate`/`endDate` of FDX 6, or `startTime`/`endTime` of 5."""
    card_balance: Literal["owed", "signed"] = "owed"
    """Whether a card's currentBalance is positive when owed (the standard) or negative."""
    balance_after: str | None = None
    """Which field of a transaction tells the balance after it; the standard has none."""


class FdxConnector:
    """A connector for one institution."""

    consents = None

    def __init__(self, details: FdxDetails, line: Line, limits: Limits) -> None:
        self._details = details
        self._line = line
        self._limits = limits

    async def subject(self, access: Access) -> str | None:
        return await self._with(access).customer()

    async def session(self, access: Access | Login) -> "FdxSession":
        """The accounts are read at once: only an answer tells that the grant still holds."""
        if isinstance(access, Login):
            raise Said(Saying.CLIENT_REFUSED, "FDX is reached with a grant, not with a login")
        opened = self._with(access)
        await opened.accounts()
        return opened

    def _with(self, access: Access) -> "FdxSession":
        return FdxSession(self._details, self._line, self._limits, access)


class FdxSession:
    """One run's reads with one grant."""

    def __init__(self, details: FdxDetails, line: Line, limits: Limits, access: Access) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._access = access
        self._accounts: list[FeedAccount] | None = None
        self._holdings: dict[str, Any] = {}

    async def customer(self) -> str | None:
        return await self._get(self._url("/customers/current"), translate.customer_id)

    async def accounts(self) -> list[FeedAccount]:
        if self._accounts is None:
            read = partial(_listed, card_balance_is_owed=self._details.card_balance == "owed")
            query = {"resultType": "details"}
            found = await self._pages("/accounts", query, "accounts", read, most=MAX_ACCOUNTS)
            self._accounts = [account for account, _ in found]
            self._holdings = {account.provider_id: holdings for account, holdings in found}
        return self._accounts

    async def transactions(self, account: FeedAccount, start: date, end: date) -> list[FeedTransaction]:
        path, query = _of(account, "transactions"), self._range(start, end)
        read = partial(
            translate.transaction,
            currency_code=account.currency_code,
            balance_after=self._details.balance_after,
        )
        return await self._pages(path, query, "transactions", read, most=self._limits.max_records)

    async def holdings(self, account: FeedAccount) -> Positions | None:
        """They come with the list of accounts, or with the account alone where a provider leaves them out there."""
        told = self._holdings.get(account.provider_id)
        if told is None and account.account_type == translate.INVESTMENT:
            told = await self._get(self._url(_of(account)), translate.holdings_of)
        return await self._line.work(partial(positions, told, account.currency_code))

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:
        path = _of(account, "payment-networks")
        return translate.account_numbers(await self._pages(path, {}, "paymentNetworks", dict, most=MAX_NETWORKS))

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:
        return await self._get(self._url(_of(account, "contact")), translate.owners)

    def _range(self, start: date, end: date) -> dict[str, str]:
        """Both ends, always: without dates a provider gives its last days only."""
        if self._details.dates == "date":
            return {"startDate": start.isoformat(), "endDate": end.isoformat()}
        return {"startTime": f"{start.isoformat()}T00:00:00Z", "endTime": f"{end.isoformat()}T23:59:59Z"}

    async def _pages(
        self, path: str, query: Mapping[str, str], name: str, read: Callable[[dict[str, Any]], R], *, most: int
    ) -> list[R]:
        """Every entry of every page. A cursor seen before, too many pages or records end the run, never loop it."""
        first = {**query, "limit": str(self._details.page_size)}
        url: str | None = self._url(path, first)
        seen: set[str] = set()
        found: list[R] = []
        while url is not None:
            if url in seen or len(seen) >= self._limits.max_pages:
                raise Said(Saying.TOO_MUCH, f"{name} do not end")
            seen.add(url)
            page, following = await self._get(url, partial(_page, name=name, read=read))
            found += page
            if len(found) > most:
                raise Said(Saying.TOO_MUCH, f"more than {most} {name}")
            url = self._next(following, url, path, first)
        return found

    def _next(self, following: Cursor, url: str, path: str, query: Mapping[str, str]) -> str | None:
        link, cursor = following
        if link:
            return self._same_origin(url, link)
        if cursor:
            name, value = cursor
            return self._url(path, {**query, name: value})
        return None

    def _same_origin(self, url: str, link: str) -> str:
        """A link may lead nowhere else: the bearer goes with it."""
        try:
            joined = urljoin(url, link)
            origin = urlsplit(joined)[:2]
        except ValueError as error:
            raise Said(Saying.GIBBERISH, "a page link that is no address") from error
        if origin != urlsplit(self._details.base_url)[:2]:
            raise Said(Saying.GIBBERISH, "a page link leads to another origin")
        return joined

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        base = self._details.base_url.rstrip("/") + path
        return f"{base}?{urlencode(query)}" if query else base

    async def _get(self, url: str, read: Callable[[dict[str, Any]], R]) -> R:
        """One document, decoded and translated in a thread."""
        headers = {"x-fapi-interaction-id": str(uuid4()), "fdx-api-actor-type": "BATCH"}
        reply = await self._access.request("GET", url, headers)
        if reply.status not in (200, 206):
            raise refusal(reply)
        return await self._line.work(partial(_translated, reply, read))


def _translated(reply: Reply, read: Callable[[dict[str, Any]], R]) -> R:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return read(document)


def _page(document: Mapping[str, Any], *, name: str, read: Callable[[dict[str, Any]], R]) -> tuple[list[R], Cursor]:
    """A page's entries, and what leads to the next one."""
    return [read(entry) for entry in translate.entries(document, name)], translate.next_page(document)


def _listed(entry: dict[str, Any], *, card_balance_is_owed: bool) -> tuple[FeedAccount, Any]:
    """An account, and what its entry says of its holdings."""
    return translate.account(entry, card_balance_is_owed=card_balance_is_owed), entry.get("holdings")


def _of(account: FeedAccount, *parts: str) -> str:
    return "/".join(("/accounts", quote(account.provider_id, safe=""), *parts))


def refusal(reply: Reply) -> Said:
    """What an answer that is not data says: by the FDX code where there is one, else by the HTTP status."""
    code = translate.error_code(reply.body)
    detail = f"HTTP {reply.status}, FDX code {code or 'none'}"
    if reply.status == 401 or code in ("602", "603"):
        return Said(Saying.CONSENT_EXPIRED, detail)
    if code in ("705", "706") or reply.status == 423:
        return Said(Saying.NEEDS_ATTENTION, detail)
    if reply.status == 403:
        return Said(Saying.ACCESS_REFUSED, detail)
    if code in ("500", "501", "503"):
        return Said(Saying.UNAVAILABLE, detail)
    return Said(Saying.GIBBERISH, detail)
