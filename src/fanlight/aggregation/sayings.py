"""What an institution's word means for a member and its job: the one table of it, and what repeats make of it."""

from typing import NamedTuple

from fanlight.core import jobs
from fanlight.core.connection_status import AFTER_PAUSE, WAS_CONNECTED, Status
from fanlight.core.jobs import Detail
from fanlight.core.members import Member
from fanlight.institutions.answers import Said, Saying

DENIALS_UNTIL_PREVENTED = 3
FAILURES_UNTIL_DEGRADED = 3
DISCONNECTED_AFTER = 14 * 86_400


class Meaning(NamedTuple):
    """The member's status, the job's, why, and whether a member that has data stays connected through it."""

    member: Status
    job: jobs.Status
    detail: Detail | None = None
    passes: bool = False


# `error_message` of a job, for the people who run the client.
TEXTS: dict[Saying, str] = {
    Saying.LOGIN_REFUSED: "The institution refused the credentials.",
    Saying.LOGIN_MISSING: "Some or all credentials are missing.",
    Saying.ANSWER_REFUSED: "The institution refused the answer.",
    Saying.LOCKED: "The institution has locked this person's access.",
    Saying.CONSENT_EXPIRED: "The person's consent has ended.",
    Saying.ACCESS_REFUSED: "The institution gives no access to this.",
    Saying.NEEDS_ATTENTION: "The person has to do something at the institution.",
    Saying.CLIENT_REFUSED: "The institution does not take this server's requests.",
    Saying.UNAVAILABLE: "The institution is unavailable.",
    Saying.THROTTLED: "The institution took too many requests.",
    Saying.UNKNOWN_OUTCOME: "The institution's answer did not come whole.",
    Saying.OUR_FAULT: "This server failed with what it had.",
    Saying.GIBBERISH: "The institution's answer cannot be read.",
    Saying.TOO_MUCH: "The institution's answer is too large.",
}


class Outcome(NamedTuple):
    """How a run without data leaves a member and its job; the counts are of refusals and failures in a row."""

    member: Status
    job: jobs.Status
    detail: Detail | None
    denials: int
    failures: int


_DOWN = Meaning(Status.FAILED, jobs.Status.HALTED, Detail.INSTITUTION_UNAVAILABLE, passes=True)
_FAULT = Meaning(Status.FAILED, jobs.Status.HALTED)

MEANINGS: dict[Saying, Meaning] = {
    Saying.LOGIN_REFUSED: Meaning(Status.DENIED, jobs.Status.DENIED, Detail.INVALID_CREDENTIALS),
    Saying.LOGIN_MISSING: Meaning(Status.IMPAIRED, jobs.Status.DENIED, Detail.INVALID_CREDENTIALS),
    Saying.ANSWER_REFUSED: Meaning(Status.REJECTED, jobs.Status.DENIED, Detail.INCORRECT_MFA),
    Saying.LOCKED: Meaning(Status.LOCKED, jobs.Status.DENIED, Detail.ACCESS_DENIED),
    Saying.CONSENT_EXPIRED: Meaning(Status.IMPAIRED, jobs.Status.DENIED, Detail.REAUTHORIZATION_REQUIRED),
    Saying.ACCESS_REFUSED: Meaning(Status.IMPAIRED, jobs.Status.DENIED, Detail.ACCESS_DENIED),
    Saying.NEEDS_ATTENTION: Meaning(Status.IMPEDED, jobs.Status.HALTED, Detail.ACCESS_DENIED),
    Saying.CLIENT_REFUSED: _FAULT._replace(passes=True),
    Saying.UNAVAILABLE: _DOWN,
    Saying.THROTTLED: _DOWN,
    Saying.UNKNOWN_OUTCOME: _DOWN,
    Saying.OUR_FAULT: _FAULT._replace(passes=True),
    Saying.GIBBERISH: _FAULT,
    Saying.TOO_MUCH: _FAULT,
}


def text_of(said: Said) -> str:
    """What the people who run the client are told."""
    return said.told or TEXTS[said.saying]


def outcome(saying: Saying, member: Member, *, now: int, is_held_back: bool = False) -> Outcome:
    """What a run that ended with a saying makes of a member.

    The third refused login in a row is PREVENTED. A passing trouble leaves a connected member that has data as it is;
    the third in a row is DEGRADED, and DISCONNECTED when no data came for two weeks. What this server held back itself
    is no trouble and counts as none: a member without data stays what it was before the run.
    """
    meaning = MEANINGS[saying]
    denials = member.denials + (saying is Saying.LOGIN_REFUSED)
    failures = member.failures + (meaning.passes and not is_held_back)
    if denials >= DENIALS_UNTIL_PREVENTED and saying is Saying.LOGIN_REFUSED:
        return Outcome(Status.PREVENTED, jobs.Status.PREVENTED, meaning.detail, denials, failures)
    last = member.successfully_aggregated_at
    if not meaning.passes or last is None or member.status not in WAS_CONNECTED:
        if is_held_back and member.status is not None:
            resting = AFTER_PAUSE.get(member.status, member.status)
            return Outcome(resting, meaning.job, meaning.detail, denials, failures)
        return Outcome(meaning.member, meaning.job, meaning.detail, denials, failures)
    return Outcome(_through_trouble(failures, now - last), meaning.job, meaning.detail, denials, failures)


def _through_trouble(failures: int, seconds_without_data: int) -> Status:
    if failures < FAILURES_UNTIL_DEGRADED:
        return Status.CONNECTED
    return Status.DISCONNECTED if seconds_without_data >= DISCONNECTED_AFTER else Status.DEGRADED
