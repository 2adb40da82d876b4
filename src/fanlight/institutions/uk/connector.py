"""Talks UK Open Banking: follows pages, hands every document to the translators, and turns refusals into sayings."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

from fanlight.institutions.answers import Reply, Said, Saying
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
from fanlight.institutions.uk import pages, parties, translate
from fanlight.institutions.uk.balances import with_balances
from fanlight.institutions.uk.consents import UkConsents, headers_of
from fanlight.institutions.uk.details import UkDetails
from fanlight.institutions.uk.pages import Refused

log = logging.getLogger(__name__)

MAX_BALANCES = 200
"""Balances of one account, in all its currencies."""

R = TypeVar("R")
# These end the whole run, whichever account they are said of.
_OF_ALL = frozenset((Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED))


class _Told(NamedTuple):
    """An account as it came, and as it was understood."""

    entry: Mapping[str, Any]
    account: FeedAccount


class UkConnector:
    """A connector for one institution; consents are asked for as long as `consent_days`, or without an end."""

    def __init__(self, details: UkDetails, line: Line, limits: Limits, *, consent_days: int | None = None) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self.consents = UkConsents(details, consent_days)

    async def subject(self, access: Access) -> str | None:
        """The party who signed on, by its immutable PartyId, where the consent lets that be asked."""
        if not self._details.may_read("ReadPartyPSU"):
            return None
        try:
            return await self._with(access).party_id()
        except Refused as no:
            if no.saying in _OF_ALL:
                raise
            return None

    async def session(self, access: Access | Login) -> "UkSession":
        """The accounts are read at once: only an answer tells that the consent still holds."""
        if isinstance(access, Login):
            raise Said(Saying.CLIENT_REFUSED, "UK Open Banking is reached with a grant, not with a login")
        opened = self._with(access)
        await opened.accounts()
        return opened

    def _with(self, access: Access) -> "UkSession":
        return UkSession(self._details, self._line, self._limits, access)


class UkSession:
    """One run's reads with one grant."""

    def __init__(self, details: UkDetails, line: Line, limits: Limits, access: Access) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._access = access
        self._told: dict[str, _Told] | None = None
        self._troubles: dict[str, Said] = {}

    async def party_id(self) -> str | None:
        return await self._get(self._url("/party"), parties.party_id)

    async def accounts(self) -> list[FeedAccount]:
        """Every account with its balances; where those of one cannot be read, its transactions will say so."""
        if self._told is None:
            read = partial(_listed, details=self._details)
            found = await self._pages("/accounts", {}, "Account", read, most=MAX_ACCOUNTS)
            first: dict[str, _Told] = {}
            for told in found:
                first.setdefault(told.account.provider_id, told)
            if self._details.may_read("ReadBalances"):
                await self._read_balances(first)
            self._told = first
        return [told.account for told in self._told.values()]

    async def transactions(self, account: FeedAccount, start: date, end: date) -> list[FeedTransaction]:
        """What was booked in these days, and what is pending. A history that is refused for its length is shortened."""
        self._say_trouble(account)
        if not self._details.may_read("ReadTransactionsBasic", "ReadTransactionsDetail"):
            return []
        first = _no_further(start, end, self._details.history_days)
        shorter = _no_further(first, end, self._details.refused_history_days)
        try:
            return await self._booked(account, first, end)
        except Refused as no:
            if no.status not in (400, 403) or no.saying in _OF_ALL or shorter == first:
                raise
        log.info("the institution gives %s days of history only", (end - shorter).days)
        return await self._booked(account, shorter, end)

    async def holdings(self, account: FeedAccount) -> Positions | None:
        """The standard has none."""
        self._say_trouble(account)
        return None

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:
        return translate.account_numbers(await self._entry(account))

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:
        """All parties of the account, or the one where it tells no more, or the names beside its numbers."""
        if self._details.may_read("ReadParty", "ReadPartyPSU"):
            for name in ("parties", "party"):
                found = await self._optional(_of(account, name), parties.owners)
                if found:
                    return found
        return [FeedOwner(owner_name=name) for name in translate.holders(await self._entry(account))]

    async def _read_balances(self, told: dict[str, _Told]) -> None:
        for provider_id, (entry, account) in list(told.items()):
            if account.is_closed:
                continue
            try:
                found = await self._pages(_of(account, "balances"), {}, "Balance", dict, most=MAX_BALANCES)
            except Said as said:
                if said.saying in _OF_ALL:
                    raise
                log.warning("the balances of one account could not be read: %s", said)
                self._troubles[provider_id] = said
                continue
            told[provider_id] = _Told(entry, with_balances(account, found, self._details))
        if told and len(self._troubles) == len(told):
            raise next(iter(self._troubles.values()))

    def _say_trouble(self, account: FeedAccount) -> None:
        trouble = self._troubles.get(account.provider_id)
        if trouble is not None:
            raise trouble

    async def _booked(self, account: FeedAccount, start: date, end: date) -> list[FeedTransaction]:
        """The times are told with an offset, and read without: the standard has institutions ignore it."""
        query = {
            "fromBookingDateTime": f"{start.isoformat()}T00:00:00Z",
            "toBookingDateTime": f"{end.isoformat()}T23:59:59Z",
        }
        read = partial(translate.transaction, account=account, details=self._details)
        most = self._limits.max_records
        found = await self._pages(_of(account, "transactions"), query, "Transaction", read, most=most)
        return [transaction for transaction in found if transaction is not None]

    async def _entry(self, account: FeedAccount) -> Mapping[str, Any]:
        """The account as it came in the list, or alone where the list told no numbers."""
        told = (self._told or {}).get(account.provider_id)
        if told is not None and "Account" in told.entry:
            return told.entry
        found = await self._get(self._url(_of(account)), partial(_listing, name="Account"))
        return next(iter(found), {})

    async def _optional(self, path: str, read: Callable[[dict[str, Any]], list[R]]) -> list[R]:
        """A resource that an institution need not have; none is as good as an empty one."""
        try:
            return await self._get(self._url(path), read)
        except Refused as no:
            if no.saying == Saying.ACCESS_REFUSED or no.status in (404, 405):
                return []
            raise

    async def _pages(
        self, path: str, query: Mapping[str, str], name: str, read: Callable[[dict[str, Any]], R], *, most: int
    ) -> list[R]:
        """Every entry of every page. A link seen before, too many pages or records end the run, never loop it."""
        url: str | None = self._url(path, query)
        seen: set[str] = set()
        found: list[R] = []
        while url is not None:
            if url in seen or len(seen) >= self._limits.max_pages:
                raise Said(Saying.TOO_MUCH, f"pages of {name} do not end")
            seen.add(url)
            left = most - len(found)
            page, link = await self._get(url, partial(_page, name=name, read=read, most=left))
            found += page
            url = None if link is None else self._next(url, link)
        return found

    def _next(self, url: str, link: str) -> str:
        """A link may lead nowhere else: the token goes with it."""
        try:
            joined = urljoin(url, link)
            parts = urlsplit(joined)
        except ValueError as error:
            raise Said(Saying.GIBBERISH, "a page link that is no address") from error
        if self._details.page_links == "query":
            return f"{url.partition('?')[0]}?{parts.query}"
        if parts[:2] != urlsplit(self._details.root)[:2]:
            raise Said(Saying.GIBBERISH, "a page link leads to another origin")
        return joined

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        base = self._details.root + path
        return f"{base}?{urlencode(query)}" if query else base

    async def _get(self, url: str, read: Callable[[dict[str, Any]], R]) -> R:
        """One document, decoded and translated in a thread."""
        reply = await self._access.request("GET", url, headers_of(self._details))
        if reply.status != 200:
            raise pages.refused(reply)
        return await self._line.work(partial(_translated, reply, read))


def _translated(reply: Reply, read: Callable[[dict[str, Any]], R]) -> R:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return read(document)


def _listing(document: Mapping[str, Any], *, name: str) -> list[dict[str, Any]]:
    return list(pages.entries(document, name))


def _page(
    document: Mapping[str, Any], *, name: str, read: Callable[[dict[str, Any]], R], most: int
) -> tuple[list[R], str | None]:
    """A page's entries, and the link to the next one. Raises Said(TOO_MUCH) before more than `most` are read."""
    found = _listing(document, name=name)
    if len(found) > most:
        raise Said(Saying.TOO_MUCH, f"more entries of {name} than a run takes")
    return [read(entry) for entry in found], pages.next_link(document)


def _listed(entry: dict[str, Any], *, details: UkDetails) -> _Told:
    return _Told(entry, translate.account(entry, details))


def _of(account: FeedAccount, *parts: str) -> str:
    return "/".join(("/accounts", quote(account.provider_id, safe=""), *parts))


def _no_further(start: date, end: date, days: int | None) -> date:
    """The start, or so many days before the end where that is later."""
    return start if days is None else max(start, end - timedelta(days=days))
