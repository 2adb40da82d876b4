"""Talks OFX: signs on with a person's login, hands challenges on, and asks for one account's statement at a time.

A sign-on is sent once, whatever becomes of it, for a repeated one may lock the person out; once the bank has taken the
login, statements are read again like any other read.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import NoReturn
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.ofx import document, messages, translate
from fanlight.institutions.ofx.document import Element, Version
from fanlight.institutions.ofx.holdings import listed_securities, positions
from fanlight.institutions.ofx.messages import INVESTMENT, Credentials, Period, Program
from fanlight.institutions.ofx.questions import questions
from fanlight.institutions.ofx.transactions import securities, transactions
from fanlight.institutions.port import (
    Access,
    Challenged,
    FeedAccount,
    FeedAccountNumber,
    FeedOwner,
    FeedTransaction,
    Limits,
    Login,
    Positions,
)

MEDIA_TYPE = "application/x-ofx"
PENDING_SINCE = 220

log = logging.getLogger(__name__)


class OfxDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OFX server as its entry describes it."""

    url: str
    version: Version = 220
    org: str
    fid: str
    bank_id: str
    """The routing number, for accounts that are listed without one; so is `broker_id`."""
    broker_id: str | None = None
    app_id: str = "QWIN"
    app_ver: str = "2700"
    user_field: str = "LOGIN"
    password_field: str = "PASSWORD"  # noqa: S105


class OfxConnector:
    """A connector for one institution."""

    consents = None

    def __init__(self, details: OfxDetails, line: Line, limits: Limits) -> None:
        self._details = details
        self._line = line
        self._limits = limits

    async def subject(self, access: Access) -> str | None:  # noqa: ARG002
        raise Said(Saying.CLIENT_REFUSED, "OFX is reached with a login, not with a grant")

    async def session(self, access: Access | Login) -> "OfxSession":
        if not isinstance(access, Login):
            raise Said(Saying.CLIENT_REFUSED, "OFX is reached with a login, not with a grant")
        credentials = _credentials(self._details, access)
        wire = _Wire(self._details, self._line, credentials, access.state)
        listing, details = await wire.sign_on(), self._details
        read = partial(translate.accounts, listing, bank_id=details.bank_id, broker_id=details.broker_id)
        found = await self._line.work(read)
        return OfxSession(self._line, self._limits, wire, found)


class OfxSession:
    """One run's conversation. Never printed: it holds the login."""

    def __init__(self, line: Line, limits: Limits, wire: "_Wire", found: list[translate.Listed]) -> None:
        self._line = line
        self._limits = limits
        self._wire = wire
        self._listed = {listed.account.provider_id: listed for listed in found}
        self._statements: dict[str, Element] = {}

    async def accounts(self) -> list[FeedAccount]:
        return [await self._with_figures(listed) for listed in self._listed.values()]

    async def transactions(self, account: FeedAccount, start: date, end: date) -> list[FeedTransaction]:
        listed = self._of(account)
        found = await self._wire.statement(listed, Period(start, end))
        return await self._line.work(partial(_transactions, found, listed, self._limits.max_records))

    async def holdings(self, account: FeedAccount) -> Positions | None:
        """They came with the account's figures, and are let go of here: a statement may be large."""
        statement = self._statements.pop(account.provider_id, None)
        return None if statement is None else await self._line.work(partial(_positions, statement, self._of(account)))

    async def account_numbers(self, account: FeedAccount) -> list[FeedAccountNumber]:
        return translate.account_numbers(self._of(account))

    async def owners(self, account: FeedAccount) -> list[FeedOwner]:  # noqa: ARG002
        raise Said(Saying.ACCESS_REFUSED, "OFX tells no owners")

    def _of(self, account: FeedAccount) -> translate.Listed:
        listed = self._listed.get(account.provider_id)
        if listed is None:
            raise Said(Saying.ACCESS_REFUSED, "the account is not in the bank's list any more")
        return listed

    async def _with_figures(self, listed: translate.Listed) -> FeedAccount:
        """A bank that refuses one account's statement still lists it; its transactions will say so again."""
        found = await self._wire.statement(listed, None)
        if listed.kind is INVESTMENT:
            self._statements[listed.account.provider_id] = found
        try:
            return await self._line.work(partial(_figures, found, listed))
        except Said as said:
            if said.saying is not Saying.GIBBERISH:
                raise
            log.warning("an account is taken without its balances: %s", said)
            return listed.account


class _Wire:
    """The documents that go to and fro under one login."""

    def __init__(self, details: OfxDetails, line: Line, credentials: Credentials, cookie: str | None) -> None:
        self._details = details
        self._line = line
        self._credentials = credentials
        self._cookie = cookie
        self._program = Program(details.org, details.fid, details.app_id, details.app_ver)

    async def sign_on(self) -> Element:
        """Sign on, and the account list of the same answer. Raises Said, and Challenged where the bank asks more."""
        found = await self._send(None, messages.account_list(str(uuid4())), is_read=False)
        code = self._take(found)
        self._credentials = self._credentials._replace(answers={})
        if code == translate.ASKS_MORE:
            await self._challenge()
        if code != translate.SIGNED_ON:
            raise translate.refusal(code)
        return found

    async def statement(self, listed: translate.Listed, period: Period | None) -> Element:
        pending = period is not None and self._details.version >= PENDING_SINCE
        request = messages.statement(listed.kind, listed.source, str(uuid4()), period, pending=pending)
        found = await self._send(None, request, is_read=True)
        code = self._take(found)
        if code == translate.ASKS_MORE:
            raise Said(Saying.UNAVAILABLE, "the bank ended the conversation in the middle of a run")
        if code != translate.SIGNED_ON:
            raise translate.refusal(code)
        return found

    async def _challenge(self) -> NoReturn:
        """Hand on what the bank asks."""
        found = await self._send(messages.challenge(str(uuid4()), datetime.now(UTC)), is_read=False)
        code = self._take(found)
        if code not in (translate.SIGNED_ON, translate.ASKS_MORE):
            raise translate.refusal(code)
        raise Challenged(await self._line.work(partial(questions, found)), self._cookie)

    def _take(self, found: Element) -> int | None:
        """The status of the sign-on; its cookie is sent back from now on."""
        signed = translate.sign_on(found)
        self._cookie = signed.cookie or self._cookie
        return signed.code

    async def _send(self, challenge: Element | None, *sets: Element, is_read: bool) -> Element:
        now = datetime.now(UTC)
        sign_on = messages.sign_on(self._program, self._credentials, self._cookie, now, challenge)
        content = document.write(messages.document(sign_on, *sets), self._details.version)
        headers = {"content-type": MEDIA_TYPE, "accept": f"{MEDIA_TYPE}, */*"}
        if is_read:
            reply = await self._line.post_read(self._details.url, content, headers)
        else:
            reply = await self._line.send("POST", self._details.url, content, headers)
        if reply.status != 200:
            raise refusal(reply)
        # A long statement takes its time to read, in which other requests are served.
        most = document.MAX_ELEMENTS if is_read else document.MAX_SIGN_ON
        return await self._line.work(partial(document.read, reply.body, max_elements=most))


def _transactions(found: Element, listed: translate.Listed, max_records: int) -> list[FeedTransaction]:
    statement = translate.answered(found, listed.kind.message_set, listed.kind.statement)
    return transactions(statement, securities(found), max_records=max_records)


def _positions(found: Element, listed: translate.Listed) -> Positions | None:
    statement = translate.answered(found, listed.kind.message_set, listed.kind.statement)
    return positions(statement, listed_securities(found))


def _figures(found: Element, listed: translate.Listed) -> FeedAccount:
    return translate.with_figures(listed, translate.answered(found, listed.kind.message_set, listed.kind.statement))


def refusal(reply: Reply) -> Said:
    """What an HTTP status that brings no document says."""
    refused = reply.status in (401, 403)
    return Said(Saying.CLIENT_REFUSED if refused else Saying.GIBBERISH, f"HTTP {reply.status}")


def _credentials(details: OfxDetails, login: Login) -> Credentials:
    user, password = (login.values.get(name, "") for name in (details.user_field, details.password_field))
    if not all(value and document.is_sendable(value) for value in (user, password)):
        raise Said(Saying.LOGIN_REFUSED, "the login is not whole, or holds characters that OFX cannot carry")
    if not _are_sendable(login.answers):
        raise Said(Saying.ANSWER_REFUSED, "an answer holds characters that OFX cannot carry")
    # Banks remember the programs that a person signs on with, so it is the same one in every run.
    program = uuid5(NAMESPACE_URL, f"{details.url}#{details.fid}#{user}")
    return Credentials(user, password, str(program), login.answers)


def _are_sendable(answers: Mapping[str, str]) -> bool:
    return all(document.is_sendable(part) for pair in answers.items() for part in pair)
