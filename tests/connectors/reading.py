"""Reads a household from a bank with a driver's connector, as an aggregation does, and keeps what was said of what."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import tenacity

from connectors.bank import Asked, Bank, Change
from connectors.drivers import Driver
from connectors.household import END, START, Household
from fanlight.institutions.answers import Said
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import FeedAccount, FeedTransaction, Limits, Positions, Session

R = TypeVar("R")
LIMITS = Limits(max_pages=12, max_records=200)
MAX_BYTES = 4 << 20


@dataclass
class Told:
    """What one run brought. `said` is why nothing came, `saids` why something of an account did not."""

    accounts: Sequence[FeedAccount] = ()
    transactions: dict[str, Sequence[FeedTransaction]] = field(default_factory=dict)
    positions: dict[str, Positions | None] = field(default_factory=dict)
    said: Said | None = None
    saids: dict[str, Said] = field(default_factory=dict)
    asked: Sequence[Asked] = ()
    printed: str = ""

    def of(self, name: str) -> Sequence[FeedTransaction]:
        """The transactions of the account of a name."""
        account = next(each for each in self.accounts if each.name == name)
        return self.transactions[account.provider_id]


def read(driver: Driver, household: Household, change: Change | None = None, *, runs: int = 1) -> list[Told]:
    """One run after the other, in sessions of their own, with the same bank."""
    bank = Bank(lambda asked: driver.answer(household, asked), change)

    async def story() -> list[Told]:
        http = Http(timeout=10, max_bytes=MAX_BYTES, allow_private=True)
        line = Line(http, Way(allow_private=True), attempts=2, pause=tenacity.wait_none())
        try:
            return [await _run(driver, url, line) for _ in range(runs)]
        finally:
            await http.close()

    with bank.serving() as url:
        told = asyncio.run(story())
    for each in told:
        each.asked = bank.asked
    return told


async def _run(driver: Driver, url: str, line: Line) -> Told:
    told, connector = Told(), driver.connector(url, line, LIMITS)
    access = driver.access(line)
    try:
        session = await connector.session(access)
        told.accounts = await session.accounts()
    except Said as said:
        told.said = said
        told.printed = f"{connector!r} {access!r}"
        return told
    told.printed = f"{connector!r} {access!r} {session!r} {told.accounts!r}"
    for account in told.accounts:
        await _of_account(session, account, told)
    return told


async def _of_account(session: Session, account: FeedAccount, told: Told) -> None:
    found = await _taken(session.transactions(account, START, END), account, told)
    if found is not None:
        told.transactions[account.provider_id] = found
    told.positions[account.provider_id] = await _taken(session.holdings(account), account, told)


async def _taken(reading: Awaitable[R], account: FeedAccount, told: Told) -> R | None:
    try:
        return await reading
    except Said as said:
        told.saids[account.provider_id] = said
        return None


def texts(value: Any, pick: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Every text in a tree of structs as plain data."""
    if isinstance(value, str):
        return [value] if pick(value) else []
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each, pick)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in texts(each, pick)]
    return []
