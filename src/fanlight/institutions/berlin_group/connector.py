"""Talks to a Berlin Group interface: reads accounts, balances and transactions under a consent.

Nobody is there while this is read, so no PSU-IP-Address is sent: the bank counts such calls, by default four a day for
each account and endpoint. So nothing is asked for twice.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit
from uuid import uuid4

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.berlin_group import transactions, translate
from fanlight.institutions.berlin_group.consents import BerlinGroupConsents
from fanlight.institutions.berlin_group.details import CALLS_PER_DAY, CONSENT_DAYS, BerlinGroupDetails
from fanlight.institutions.berlin_group.errors import PERIOD_INVALID, codes, refusal
from fanlight.institutions.berlin_group.translate import Listed
from fanlight.institutions.line import Line
from fanlight.institutions.port import (
    Access,
    FeedAccount,
    FeedAccountNumber,
    FeedOwner,
    FeedTransaction,
    Limits,
    Login,
)

UNATTENDED_DAYS = 89
"""What a bank tells of without the person at the least: it may refuse what is older than 90 days."""

R = TypeVar("R")
log = logging.getLogger(__name__)


class BerlinGroupConnector:
    """A connector for one institution."""

    def __init__(
        self, details: BerlinGroupDetails, line: Line, limits: Limits, *, consent_days: int | None = None,
        calls_per_day: int | None = None,
    ) -> None:  # fmt: skip
        self._details = details
        self._line = line
        self._limits = limits
        self.consents = BerlinGroupConsents(
            details, days=consent_days or CONSENT_DAYS, calls_per_day=calls_per_day or CALLS_PER_DAY
        )

    async def subject(self, access: Access) -> str | None:  # noqa: ARG002
        """There is none: the bank names neither the person nor a consent twice alike."""
        return None

    async def session(self, access: Access | Login) -> "BerlinGroupSession":
        """The accounts are read at once: only an answer tells that the consent still holds."""
        if isinstance(access, Login):
            raise Said(Saying.CLIENT_REFUSED, "a Berlin Group interface is reached with a consent, not with a login")
        opened = BerlinGroupSession(self._details, self._line, self._limits, access)
        await opened.accounts()
        return opened


class BerlinGroupSession:
    """One run's reads under one consent."""

    def __init__(self, details: BerlinGroupDetails, line: Line, limits: Limits, access: Access) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._access = access
        self._listed: dict[str, Listed] | None = None

    async def accounts(self) -> list[FeedAccount]:
        return [listed.account for listed in (await self._all()).values()]

    async def transactions(self, account: FeedAccount, start: dt.date, end: dt.date) -> list[FeedTransaction]:
        listed = await self._of(account)
        days = self._details.history_days
        first = start if days is None else max(start, end - dt.timedelta(days=days))
        shorter = end - dt.timedelta(days=UNATTENDED_DAYS)
        url = self._url(_path(listed, "transactions"), self._range(first, end))
        reply = await self._reply(url)
        if reply.status == 400 and first < shorter and PERIOD_INVALID in codes(reply.body):
            log.warning("the bank tells of the last days only: %s", refusal(reply))
            url = self._url(_path(listed, "transactions"), self._range(shorter, end))
            reply = await self._reply(url)
        return await self._pages(url, reply, listed, end)

    async def holdings(self, account: FeedAccount) -> None:  # noqa: ARG002
        """Payment accounts hold money alone."""
        return

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:
        number = (await self._of(account)).number
        return [] if number is None else [number]

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:
        owner = (await self._of(account)).owner
        if owner is None:
            raise Said(Saying.ACCESS_REFUSED, "the bank tells no owner of the account")
        return [owner]

    async def _all(self) -> dict[str, Listed]:
        if self._listed is None:
            found = await self._list("/accounts", are_cards=False)
            if self._details.card_accounts:
                found += await self._cards()
            self._listed = {each.account.provider_id: await self._with_balances(each) for each in found}
        return self._listed

    async def _list(self, path: str, *, are_cards: bool) -> list[Listed]:
        query = {} if are_cards else {"withBalance": "true"}
        read = partial(translate.accounts, details=self._details, are_cards=are_cards)
        return await self._get(self._url(path, query), read)

    async def _cards(self) -> list[Listed]:
        """The cards. The consent has just been taken for accounts, so a refusal says that there are none for it."""
        try:
            return await self._list("/card-accounts", are_cards=True)
        except Said as said:
            if said.saying not in (Saying.ACCESS_REFUSED, Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED):
                raise
            log.info("the bank tells of no card accounts: %s", said)
            return []

    async def _with_balances(self, listed: Listed) -> Listed:
        """Balances that the list left out, one call for each; an account without them is no less one."""
        if listed.has_balances:
            return listed
        try:
            read = partial(translate.with_balances, listed, details=self._details)
            return await self._get(self._url(_path(listed, "balances"), {}), read)
        except Said as said:
            if said.saying not in (Saying.ACCESS_REFUSED, Saying.CLIENT_REFUSED, Saying.GIBBERISH):
                raise
            log.warning("an account is taken without its balances: %s", said)
            return listed

    async def _of(self, account: FeedAccount) -> Listed:
        listed = (await self._all()).get(account.provider_id)
        if listed is None:
            raise Said(Saying.ACCESS_REFUSED, "the account is not in the bank's list any more")
        return listed

    def _range(self, start: dt.date, end: dt.date) -> dict[str, str]:
        status = self._details.booking_status
        return {"bookingStatus": status, "dateFrom": start.isoformat(), "dateTo": end.isoformat()}

    async def _pages(self, first: str, reply: Reply, listed: Listed, last: dt.date) -> list[FeedTransaction]:
        """Every entry of every page. A link seen before, too many pages or records end the run, never loop it."""
        read = partial(transactions.page, listed=listed, details=self._details, last=last)
        page, url = await self._read(reply, read), first
        found, seen = list(page.transactions), {first}
        while page.following is not None:
            url = self._same_origin(url, page.following)
            if url in seen or len(seen) >= self._limits.max_pages:
                raise Said(Saying.TOO_MUCH, "transactions do not end")
            seen.add(url)
            page = await self._get(url, read)
            found += page.transactions
            if len(found) > self._limits.max_records:
                break
        if len(found) > self._limits.max_records:
            raise Said(Saying.TOO_MUCH, f"more than {self._limits.max_records} transactions")
        return found

    def _same_origin(self, url: str, link: str) -> str:
        """A link may lead nowhere else: the consent goes with it."""
        try:
            joined = urljoin(url, link)
            origin = urlsplit(joined)[:2]
        except ValueError as error:
            raise Said(Saying.GIBBERISH, "a page link that is no address") from error
        if origin != urlsplit(self._details.base_url)[:2] or not all("!" <= each <= "~" for each in joined):
            raise Said(Saying.GIBBERISH, "a page link leads to another origin, or is no address")
        return joined

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        base = self._details.url(path)
        return f"{base}?{urlencode(query)}" if query else base

    async def _get(self, url: str, read: Callable[[dict[str, Any]], R]) -> R:
        return await self._read(await self._reply(url), read)

    async def _reply(self, url: str) -> Reply:
        consent_id = self._access.consent_id
        if not consent_id:
            raise Said(Saying.CONSENT_EXPIRED, "the grant stands on no consent")
        return await self._access.request("GET", url, {"x-request-id": str(uuid4()), "consent-id": consent_id})

    async def _read(self, reply: Reply, read: Callable[[dict[str, Any]], R]) -> R:
        """One document, decoded and translated in a thread."""
        if reply.status != 200:
            raise refusal(reply)
        return await self._line.work(partial(_translated, reply, read))


def _translated(reply: Reply, read: Callable[[dict[str, Any]], R]) -> R:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return read(document)


def _path(listed: Listed, part: str) -> str:
    folder = "card-accounts" if listed.is_card else "accounts"
    return f"/{folder}/{quote(listed.account.provider_id, safe='')}/{part}"
