"""Challenges: what an institution asks in the middle of a job, and the answers until it has seen them.

Answers are sealed when they come and erased with their questions at the end of the run that sent them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import Malformed
from fanlight.base.guids import new_guid
from fanlight.core.jobs import Job
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import challenges
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PURPOSE = "answer"
GONE = "This challenge is not being asked (any more). List the member's challenges for those that are."


class Option(msgspec.Struct, frozen=True):
    """An answer that may be chosen; `data_uri` is its picture."""

    guid: str
    label: str
    value: str
    data_uri: str | None = None


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the institution asks it."""

    provider_id: str
    type: str
    label: str
    image_data: str | None = None
    options: Sequence[tuple[str, str, str | None]] = ()
    """Label, value and picture of each."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    member_id: int
    job_id: int
    guid: str
    provider_id: str
    type: str
    label: str
    image_data: str | None
    options: str
    answer: bytes | None
    created_at: int

    @property
    def choices(self) -> list[Option]:
        return msgspec.json.decode(self.options, type=list[Option])


_row = row_of(Row)


@statement
def _insert() -> Clause:
    return insert(challenges).values(binds(Row.__struct_fields__[1:]))


@statement
def _of_member() -> Clause:
    of_member = (challenges.c.user_id == bindparam("user_id")) & (challenges.c.member_id == bindparam("member_id"))
    return select(*columns(challenges, Row)).where(of_member).order_by(challenges.c.id)


@statement
def _of_job() -> Clause:
    of_job = (challenges.c.user_id == bindparam("user_id")) & (challenges.c.job_id == bindparam("job_id"))
    return select(*columns(challenges, Row)).where(of_job).order_by(challenges.c.id)


@statement
def _set_answer() -> Clause:
    named = (challenges.c.id == bindparam("of")) & (challenges.c.user_id == bindparam("user"))
    return update(challenges).where(named).values(answer=bindparam("sealed"))


@statement
def _erase() -> Clause:
    return delete(challenges).where(
        challenges.c.user_id == bindparam("user_id"), challenges.c.member_id == bindparam("member_id")
    )


def ask(unit: Unit, job: Job, questions: Iterable[New], *, now: int) -> None:
    """Put new questions in the place of earlier ones."""
    erase(unit, job.user_id, job.member_id)
    for question in questions:
        options = [Option(new_guid("CRO"), *option) for option in question.options]
        unit.insert(
            _insert,
            user_id=job.user_id,
            member_id=job.member_id,
            job_id=job.id,
            guid=new_guid("CRD"),
            provider_id=question.provider_id,
            type=question.type,
            label=question.label,
            image_data=question.image_data,
            options=json.dumps(msgspec.to_builtins(options)),
            answer=None,
            created_at=now,
        )


def of_member(unit: Unit, user_id: int, member_id: int) -> list[Row]:
    return unit.all(_row, _of_member, user_id=user_id, member_id=member_id)


def of_job(unit: Unit, user_id: int, job_id: int) -> list[Row]:
    return unit.all(_row, _of_job, user_id=user_id, job_id=job_id)


def answer(unit: Unit, vault: Vault, asked: Sequence[Row], given: Mapping[str, str]) -> None:
    """Keep answers by the guid of their challenge.

    Raises Malformed for a challenge that is not asked, an empty answer, and a choice that is not offered.
    """
    by_guid = {row.guid: row for row in asked}
    for guid, value in given.items():
        if guid not in by_guid:
            raise Malformed(GONE)
        row = by_guid[guid]
        sealed = vault.seal(PURPOSE, _context(row), _value(row, value).encode())
        unit.run(_set_answer, of=row.id, user=row.user_id, sealed=sealed)


def answers(vault: Vault, asked: Iterable[Row]) -> dict[str, str]:
    """The answers by the institution's own ids, in the clear, for one run. Raises VaultError (another key)."""
    return {
        row.provider_id: vault.open(PURPOSE, _context(row), row.answer).decode()
        for row in asked
        if row.answer is not None
    }


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Forget questions and answers of a member."""
    unit.run(_erase, user_id=user_id, member_id=member_id)


def _value(row: Row, given: str) -> str:
    """What the institution wants to hear: of a choice its value, whether guid, value or label was given."""
    if not given:
        raise Malformed(f"The answer to {row.guid} is empty.")
    if not row.choices:
        return given
    for name in ("guid", "value", "label"):
        for option in row.choices:
            if getattr(option, name) == given:
                return option.value
    raise Malformed(f"The answer to {row.guid} is none of its options.")


def _context(row: Row) -> str:
    return f"user={row.user_id}|member={row.member_id}|challenge={row.guid}"
