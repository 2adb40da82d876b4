"""Talks to a SimpleFIN server: exchanges a setup token once, and reads all accounts together, in few requests.

One request tells of every account, and a person's server takes about 24 a day: so a run asks once for the accounts and
once for each span of days, whatever the number of accounts.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import (
    Access,
    FeedAccount,
    FeedAccountNumber,
    FeedOwner,
    FeedTransaction,
    Limits,
    Login,
    Positions,
)
from fanlight.institutions.simplefin import claim, translate
from fanlight.institutions.simplefin.claim import AccessUrl
from fanlight.institutions.simplefin.details import SimpleFinDetails
from fanlight.institutions.simplefin.translate import AccountSet, Listed, Trouble

ACCESS_URL = "access_url"
"""What a setup token is exchanged for."""

log = logging.getLogger(__name__)


class SimpleFinConnector:
    """A connector for one institution."""

    consents = None

    def __init__(self, details: SimpleFinDetails, line: Line, limits: Limits) -> None:
        self._details = details
        self._line = line
        self._limits = limits

    async def subject(self, access: Access) -> str | None:  # noqa: ARG002
        raise Said(Saying.CLIENT_REFUSED, "SimpleFIN is reached with a setup token, not with a grant")

    async def exchange(self, login: Login) -> Mapping[str, str]:
        """Claim the setup token: the access URL. Raises Said."""
        token = login.values.get(self._details.token_field, "")
        return {ACCESS_URL: await claim.claim(token, self._details, self._line)}

    async def session(self, access: Access | Login) -> "SimpleFinSession":
        """The accounts are read at once: only an answer tells that the access still holds."""
        if not isinstance(access, Login) or access.exchanged is None:
            raise Said(Saying.CLIENT_REFUSED, "SimpleFIN is reached with what a setup token was exchanged for")
        url = claim.access_url(access.exchanged.get(ACCESS_URL, ""), self._details)
        opened = SimpleFinSession(self._details, self._line, self._limits, url)
        await opened.open()
        return opened


class _Span(NamedTuple):
    """Days, both included, in one request."""

    first: dt.date
    last: dt.date


class SimpleFinSession:
    """One run's reads. Never printed: it holds the access."""

    def __init__(self, details: SimpleFinDetails, line: Line, limits: Limits, access: AccessUrl) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._access = access
        self._set = AccountSet([], [], 0)
        self._read: dict[_Span, AccountSet] = {}

    async def open(self) -> None:
        """Read the accounts without their transactions. Raises Said where all that comes is trouble."""
        self._set = found = await self._get({"balances-only": "1"})
        for trouble in found.troubles:
            if trouble.said.saying is Saying.CONSENT_EXPIRED:
                raise trouble.said
            log.warning("the SimpleFIN server says %s", trouble.said.detail)
        if found.left_out:
            log.warning("%s accounts in currencies of their own are left out", found.left_out)
        if found.troubles and not found.listed:
            raise _gravest(found.troubles).said

    async def accounts(self) -> list[FeedAccount]:
        return [listed.account for listed in self._set.listed]

    async def transactions(self, account: FeedAccount, start: dt.date, end: dt.date) -> list[FeedTransaction]:
        """Raises Said for an account whose bank the server could not read, or not wholly: nothing is half told."""
        self._check(self._of(self._set, account.provider_id), self._set)
        found: list[FeedTransaction] = []
        for span in _spans(start, end, self._details.window_days):
            told = await self._span(span)
            listed = next((each for each in told.listed if each.account.provider_id == account.provider_id), None)
            if listed is None:
                raise Said(Saying.UNAVAILABLE, "the account is missing in the list of its transactions")
            self._check(listed, told)
            # Pending ones may come in every span; the newest span is read first and knows best.
            known = {each.provider_id for each in found} - {None}
            read = await self._line.work(partial(_transactions, listed, span.last))
            found += [each for each in read if each.provider_id not in known]
            if len(found) > self._limits.max_records:
                raise Said(Saying.TOO_MUCH, f"more than {self._limits.max_records} transactions")
        return found

    async def holdings(self, account: FeedAccount) -> Positions | None:
        listed = self._of(self._set, account.provider_id)
        return translate.positions(listed.holdings, account.currency_code)

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:  # noqa: ARG002
        raise Said(Saying.ACCESS_REFUSED, "SimpleFIN tells no account numbers")

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:  # noqa: ARG002
        raise Said(Saying.ACCESS_REFUSED, "SimpleFIN tells no owners")

    def _of(self, found: AccountSet, provider_id: str) -> Listed:
        listed = next((each for each in found.listed if each.account.provider_id == provider_id), None)
        if listed is None:
            raise Said(Saying.ACCESS_REFUSED, "the account is not in the server's list any more")
        return listed

    def _check(self, listed: Listed, found: AccountSet) -> None:
        trouble = translate.trouble_of(listed, found.troubles)
        if trouble is not None:
            raise trouble.said

    async def _span(self, span: _Span) -> AccountSet:
        """All accounts' transactions of a span, read once."""
        found = self._read.get(span)
        if found is None:
            query = {"start-date": _seconds(span.first), "end-date": _seconds(span.last + dt.timedelta(days=1))}
            found = self._read[span] = await self._get({**query, "pending": "1"})
        return found

    async def _get(self, query: Mapping[str, str]) -> AccountSet:
        version = {"version": "2"} if self._details.version == "2" else {}
        url = f"{self._access.url}/accounts?{urlencode({**query, **version})}"
        reply = await self._line.get(url, {"authorization": self._access.authorization})
        if reply.status != 200:
            raise refusal(reply)
        return await self._line.work(partial(_account_set, reply, self._details))


def refusal(reply: Reply) -> Said:
    """What a status says that brings no account set."""
    if reply.status == 402:
        return Said(Saying.NEEDS_ATTENTION, "HTTP 402: the person's access at the server has to be paid for")
    refused = reply.status in (401, 403)
    return Said(Saying.CONSENT_EXPIRED if refused else Saying.GIBBERISH, f"HTTP {reply.status}")


def _account_set(reply: Reply, details: SimpleFinDetails) -> AccountSet:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return translate.account_set(document, details)


def _transactions(listed: Listed, last: dt.date) -> list[FeedTransaction]:
    return [translate.transaction(entry, listed.account.currency_code, last) for entry in listed.transactions]


def _spans(start: dt.date, end: dt.date, days: int) -> list[_Span]:
    """The newest first. A span of so many days is asked for up to the day after it, which is not one day more."""
    spans: list[_Span] = []
    while end >= start:
        first = max(start, end - dt.timedelta(days=days - 1))
        spans.append(_Span(first, end))
        end = first - dt.timedelta(days=1)
    return spans


def _seconds(day: dt.date) -> str:
    return str(int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()))


def _gravest(troubles: list[Trouble]) -> Trouble:
    return min(troubles, key=lambda each: each.said.saying is not Saying.NEEDS_ATTENTION)
