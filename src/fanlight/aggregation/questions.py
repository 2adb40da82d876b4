"""Questions in the middle of a job: kept with the institution's state, and taken up again with the answers."""

from typing import NamedTuple

from fanlight.core import challenges, jobs
from fanlight.core.jobs import Job
from fanlight.institutions.port import Challenged, Question, QuestionType
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

EXPIRE = "expire_challenge"


class Conversation(NamedTuple):
    """What a run tells an institution that asked before: answers by its own ids, and its own state. Never printed."""

    answers: dict[str, str]
    state: str | None

    def __repr__(self) -> str:
        return "Conversation([redacted])"


def ask(unit: Unit, vault: Vault, job: Job, challenged: Challenged, *, now: int) -> None:
    """Keep what the institution asks; the job waits."""
    challenges.ask(unit, job, map(_new, challenged.questions), now=now)
    jobs.keep_conversation(unit, vault, job, challenged.state)
    jobs.advance(unit, job, jobs.Status.CHALLENGED, now=now)


def reopen(unit: Unit, vault: Vault, job: Job) -> Conversation:
    """The answers that were given; none when they cannot be opened, so that the institution asks again."""
    try:
        answers = challenges.answers(vault, challenges.of_job(unit, job.user_id, job.id))
        return Conversation(answers, jobs.conversation(unit, vault, job) if answers else None)
    except VaultError:
        return Conversation({}, None)


def were_codes(unit: Unit, job: Job) -> bool:
    """Whether a one-time code was asked for."""
    return any(row.type == QuestionType.TOKEN for row in challenges.of_job(unit, job.user_id, job.id))


def _new(question: Question) -> challenges.New:
    return challenges.New(
        provider_id=question.id,
        type=question.type.value,
        label=question.label,
        image_data=question.image_data,
        options=[(choice.label, choice.value, choice.data_uri) for choice in question.choices],
    )
