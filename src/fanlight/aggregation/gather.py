"""Gathering: what a job of each kind reads from an open session. It writes nothing."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from fanlight.core.jobs import Job, Kind
from fanlight.institutions.port import (
    FeedAccount,
    FeedAccountNumber,
    FeedOwner,
    FeedTransaction,
    Said,
    Saying,
    Session,
)

log = logging.getLogger(__name__)

# What is true of the whole session, not of one account.
_ENDS_THE_RUN = frozenset((Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED, Saying.LOGIN_REFUSED, Saying.LOCKED))


class Span(NamedTuple):
    """Days, both included."""

    first: date
    last: date


class Gathered(NamedTuple):
    """What was read of one account; None is what was not asked for, `said` why something is missing."""

    account: FeedAccount
    transactions: Sequence[FeedTransaction] | None = None
    numbers: Sequence[FeedAccountNumber] | None = None
    owners: Sequence[FeedOwner] | None = None
    said: Said | None = None


async def gather(session: Session, job: Job, span: Span) -> list[Gathered]:
    """Every account with what the job's kind wants of it. Raises Said when nothing could be had, Challenged."""
    found = [await _of_account(session, job, span, account) for account in await session.accounts()]
    troubles = [each.said for each in found if each.said is not None]
    if found and len(troubles) == len(found):
        raise troubles[0]
    return found


async def _of_account(session: Session, job: Job, span: Span, account: FeedAccount) -> Gathered:
    """A trouble with one account does not stop the others."""
    gathered = Gathered(account)
    try:
        if job.include_transactions:
            gathered = gathered._replace(transactions=await session.transactions(account, span.first, span.last))
        if job.kind == Kind.VERIFICATION:
            gathered = gathered._replace(numbers=await session.account_numbers(account))
        if job.kind == Kind.IDENTIFICATION:
            gathered = gathered._replace(owners=await session.owners(account))
    except Said as said:
        if said.saying in _ENDS_THE_RUN:
            raise
        log.warning("one account could not be read whole: %s", said)
        return gathered._replace(said=said)
    return gathered
