"""Erasing what only the living may have: credentials, answers, numbers, owners, pictures of checks, recordings."""

from sqlalchemy import bindparam, case, func, null, update

from fanlight.core import account_numbers, account_owners, accounts, challenges, check_images, credentials, raw_payloads
from fanlight.core.jobs import Status
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import jobs
from fanlight.storage.unit import Unit


@statement
def _end_jobs() -> Clause:
    is_final = jobs.c.status >= int(Status.COMPLETED)
    return (
        update(jobs)
        .where(jobs.c.user_id == bindparam("user"), jobs.c.member_id == bindparam("of"))
        .values(
            status=case((is_final, jobs.c.status), else_=int(Status.HALTED)),
            finished_at=func.coalesce(jobs.c.finished_at, bindparam("now")),
            conversation=null(),
        )
    )


def conversations(unit: Unit, user_id: int, member_id: int, *, now: int) -> None:
    """What institutions wanted to see again of a member; its jobs that have not ended are HALTED."""
    unit.run(_end_jobs, user=user_id, of=member_id, now=now)


def member(unit: Unit, user_id: int, member_id: int) -> None:
    """Erase every secret of a member at once; grants are revoked apart, for the institution has to hear of it."""
    credentials.erase(unit, user_id, member_id)
    challenges.erase(unit, user_id, member_id)
    account_numbers.erase(unit, user_id, member_id)
    account_owners.erase(unit, user_id, member_id)
    raw_payloads.erase(unit, user_id, member_id)
    for each in accounts.of_member(unit, user_id, member_id):
        check_images.erase(unit, user_id, each.id)


def account(unit: Unit, account: accounts.Row) -> None:
    """The same for one account: its pictures of checks, numbers and owners."""
    for erase in (check_images.erase, account_numbers.erase_of_account, account_owners.erase_of_account):
        erase(unit, account.user_id, account.id)
