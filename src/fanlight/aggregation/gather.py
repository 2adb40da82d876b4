"""Gathering: what a job of each kind reads from an open session. It writes nothing."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from fanlight.core.jobs import Job, Kind
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedOwner, FeedTransaction, Positions, Session

D = TypeVar("D")

log = logging.getLogger(__name__)

# What is true of the whole session, not of one account.
_ENDS_THE_RUN = frozenset((Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED, Saying.LOGIN_REFUSED, Saying.LOCKED))

MAX_DETAILS = 100
"""How many numbers, or owners, an account may have."""
MAX_POSITIONS = 10_000
"""How many positions the accounts of one run have together: they are saved in one unit."""


class Span(NamedTuple):
    """Days, both included."""

    first: date
    last: date


class Budget(NamedTuple):
    """How much one run takes: accounts, and records of all of them together."""

    accounts: int
    records: int


class Gathered(NamedTuple):
    """What was read of one account; None is what was not asked for, `said` why something is missing."""

    account: FeedAccount
    transactions: Sequence[FeedTransaction] | None = None
    numbers: Sequence[FeedAccountNumber] | None = None
    owners: Sequence[FeedOwner] | None = None
    positions: Positions | None = None
    said: Said | None = None


async def gather(session: Session, job: Job, span: Span, budget: Budget) -> list[Gathered]:
    """Every account with what the job's kind wants of it. Raises Said when nothing could be had, Challenged.

    Once the accounts together brought too many records, what is left is not read any more.
    """
    accounts = await session.accounts()
    if len(accounts) > budget.accounts:
        raise Said(Saying.TOO_MUCH, f"more than {budget.accounts} accounts")
    found: list[Gathered] = []
    left = budget.records
    for account in accounts:
        each = await _of_account(session, job, span, account) if left >= 0 else Gathered(account)
        left -= len(each.transactions or ())
        found.append(each if left >= 0 else _beyond(account, budget))
    troubles = [each.said for each in found if each.said is not None]
    if found and len(troubles) == len(found):
        raise troubles[0]
    return await _with_positions(session, found) if job.include_holdings else found


def _beyond(account: FeedAccount, budget: Budget) -> Gathered:
    said = Said(Saying.TOO_MUCH, f"more than {budget.records} records in one run")
    log.warning("one account could not be read whole: %s", said)
    return Gathered(account, said=said)


async def _of_account(session: Session, job: Job, span: Span, account: FeedAccount) -> Gathered:
    """A trouble with one account does not stop the others."""
    gathered = Gathered(account)
    try:
        if job.include_transactions:
            gathered = gathered._replace(transactions=await session.transactions(account, span.first, span.last))
        if job.kind == Kind.VERIFICATION:
            gathered = gathered._replace(numbers=_few(await session.account_numbers(account), "numbers"))
        if job.kind == Kind.IDENTIFICATION:
            gathered = gathered._replace(owners=_few(await session.owners(account), "owners"))
    except Said as said:
        if said.saying in _ENDS_THE_RUN:
            raise
        log.warning("one account could not be read whole: %s", said)
        return gathered._replace(said=said)
    return gathered


async def _with_positions(session: Session, found: list[Gathered]) -> list[Gathered]:
    """What the accounts hold; one that cannot be read is no less read for the rest of it."""
    whole: list[Gathered] = []
    left = MAX_POSITIONS
    for gathered in found:
        try:
            told = await _positions(session, gathered.account, left)
        except Said as said:
            if said.saying in _ENDS_THE_RUN:
                raise
            log.warning("one account's holdings could not be read: %s", said)
            whole.append(gathered._replace(said=gathered.said or said))
            continue
        left -= 0 if told is None else len(told.holdings)
        whole.append(gathered._replace(positions=told))
    return whole


async def _positions(session: Session, account: FeedAccount, most: int) -> Positions | None:
    told = await session.holdings(account)
    if told is not None and len(told.holdings) > most:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_POSITIONS} positions in one run")
    return told


def _few(details: Sequence[D], name: str) -> Sequence[D]:
    if len(details) > MAX_DETAILS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_DETAILS} {name} of one account")
    return details
