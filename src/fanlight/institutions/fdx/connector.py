"""Talks FDX: settles the version, asks for accounts and what is theirs, and hands every document to `translate`."""

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.fdx import translate, versions
from fanlight.institutions.fdx.consents import FdxConsents
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.fdx.holdings import positions
from fanlight.institutions.fdx.reading import Listing, Reader
from fanlight.institutions.fdx.refusals import AccountClosed, NothingThere, RangeRefused
from fanlight.institutions.fdx.versions import Dialect
from fanlight.institutions.line import Line
from fanlight.institutions.port import (
    MAX_ACCOUNTS,
    Access,
    Consents,
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
SPANS = (730, 545, 365, 180, 90, 60, 30, 7)
"""Days of history that are tried, one after the other, with a provider that refuses the days asked for."""

log = logging.getLogger(__name__)
# What is true of the whole grant, not of one account.
_OF_ALL = frozenset((Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED, Saying.THROTTLED, Saying.TOO_MUCH))


class Told(NamedTuple):
    """An account, and what its entry says of its holdings."""

    account: FeedAccount
    holdings: Any


class FdxConnector:
    """A connector for one institution; consents are asked for as long as `consent_days`."""

    def __init__(self, details: FdxDetails, line: Line, limits: Limits, *, consent_days: int | None = None) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        has_consents = details.consent is not None or details.consent_resource
        self.consents: Consents | None = FdxConsents(details, consent_days) if has_consents else None

    async def subject(self, access: Access) -> str | None:
        return await self._reader(access).one("/customers/current", translate.customer_id)

    async def session(self, access: Access | Login) -> "FdxSession":
        """The accounts are read at once: only an answer tells that the grant still holds."""
        if isinstance(access, Login):
            raise Said(Saying.CLIENT_REFUSED, "FDX is reached with a grant, not with a login")
        reader = self._reader(access)
        dialect = versions.dialect(self._details, await self._version(reader))
        opened = FdxSession(self._details, self._line, self._limits, reader, dialect)
        await opened.accounts()
        return opened

    async def _version(self, reader: Reader) -> versions.Number:
        """The version that is spoken; a provider that does not tell is spoken to by what its address says."""
        named = versions.configured(self._details)
        if named is not None:
            return named
        try:
            told = await reader.one("/capability", versions.newest_common)
        except Said as said:
            if said.saying in _OF_ALL:
                raise
            log.info("the institution does not tell its version: %s", said)
            told = None
        return told or versions.guessed(self._details)

    def _reader(self, access: Access) -> Reader:
        return Reader(self._details, self._line, self._limits, access)


class FdxSession:
    """One run's reads with one grant.

    `covered` says from which day on an account's transactions were told, where the provider goes back less far than
    was asked for.
    """

    def __init__(self, details: FdxDetails, line: Line, limits: Limits, reader: Reader, dialect: Dialect) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._reader = reader
        self._dialect = dialect
        self._accounts: list[FeedAccount] | None = None
        self._holdings: dict[str, Any] = {}
        self._most_days = details.history_days
        self.covered: dict[str, date] = {}

    async def accounts(self) -> list[FeedAccount]:
        """Every account once, those that cannot be read left out."""
        if self._accounts is None:
            is_light = self._details.accounts == "lightweight"
            query: Mapping[str, str] = {} if is_light else {"resultType": "details"}
            listing = Listing("/accounts", query, "accounts", self._listed, MAX_ACCOUNTS)
            once: dict[str, Told] = {}
            for told in await self._reader.every(listing):
                once.setdefault(told.account.provider_id, told)
            found = [await self._in_detail(told) if is_light else told for told in once.values()]
            self._holdings = {told.account.provider_id: told.holdings for told in found}
            self._accounts = [told.account for told in found]
        return self._accounts

    async def transactions(self, account: FeedAccount, start: date, end: date) -> list[FeedTransaction]:
        """Those of the days asked for; where a provider goes back less far, those that it has (see `covered`)."""
        first = start if self._most_days is None else max(start, end - timedelta(days=self._most_days))
        while True:
            try:
                found = await self._transactions(account, first, end)
            except AccountClosed as said:
                log.info("no transactions of a closed account: %s", said)
                return []
            except RangeRefused:
                shorter = _shorter(first, end)
                if shorter is None:
                    raise
                self._most_days, first = shorter, end - timedelta(days=shorter)
                continue
            if first > start:
                self.covered[account.provider_id] = first
                log.warning("an account's transactions are told from %s on only, not from %s", first, start)
            return found

    async def holdings(self, account: FeedAccount) -> Positions | None:
        """They come with the list of accounts, or with the account alone where a provider leaves them out there."""
        told = self._holdings.get(account.provider_id)
        if told is None and account.account_type == translate.INVESTMENT:
            told = await self._reader.one(_of(account), translate.holdings_of)
        return await self._line.work(partial(positions, told, account.currency_code))

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:
        listing = Listing(_of(account, "payment-networks"), {}, "paymentNetworks", dict, MAX_NETWORKS)
        return translate.account_numbers(await self._reader.every(listing))

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:
        try:
            return await self._reader.one(_of(account, "contact"), translate.owners)
        except NothingThere:
            return []

    async def _transactions(self, account: FeedAccount, first: date, end: date) -> list[FeedTransaction]:
        read = partial(
            translate.transaction,
            currency_code=account.currency_code,
            balance_after=self._details.balance_after,
        )
        query, most = self._dialect.span(first, end), self._limits.max_records
        return await self._reader.every(Listing(_of(account, "transactions"), query, "transactions", read, most))

    async def _in_detail(self, told: Told) -> Told:
        """The account with its figures; one whose figures cannot be had is still listed."""
        try:
            found = await self._reader.one(_of(told.account), self._detailed)
        except AccountClosed:
            return Told(translate.closed(told.account), None)
        except Said as said:
            if said.saying in _OF_ALL:
                raise
            log.warning("an account is taken without its figures: %s", said)
            return told
        return found if found.account.provider_id == told.account.provider_id else told

    def _detailed(self, document: dict[str, Any]) -> Told:
        return self._listed(translate.unwrapped(document))

    def _listed(self, entry: dict[str, Any]) -> Told:
        is_owed = self._details.card_balance == "owed"
        return Told(translate.account(entry, card_balance_is_owed=is_owed), entry.get("holdings"))


def _of(account: FeedAccount, *parts: str) -> str:
    return "/".join(("/accounts", quote(account.provider_id, safe=""), *parts))


def _shorter(first: date, end: date) -> int | None:
    """The next shorter history to ask for; None where none is left."""
    return next((days for days in SPANS if end - timedelta(days=days) > first), None)
