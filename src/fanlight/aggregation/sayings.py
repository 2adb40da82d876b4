"""What an institution's word means for a member and its job: the one table of it."""

from typing import NamedTuple

from fanlight.core import jobs
from fanlight.core.connection_status import Status
from fanlight.institutions.port import Saying


class Meaning(NamedTuple):
    """The member's status, the job's, and whether a member that has data stays connected through it."""

    member: Status
    job: jobs.Status
    passes: bool = False


MEANINGS: dict[Saying, Meaning] = {
    Saying.CONSENT_EXPIRED: Meaning(Status.IMPAIRED, jobs.Status.DENIED),
    Saying.ACCESS_REFUSED: Meaning(Status.IMPAIRED, jobs.Status.DENIED),
    Saying.NEEDS_ATTENTION: Meaning(Status.IMPEDED, jobs.Status.HALTED),
    Saying.CLIENT_REFUSED: Meaning(Status.FAILED, jobs.Status.HALTED, passes=True),
    Saying.UNAVAILABLE: Meaning(Status.FAILED, jobs.Status.HALTED, passes=True),
    Saying.THROTTLED: Meaning(Status.FAILED, jobs.Status.HALTED, passes=True),
    Saying.UNKNOWN_OUTCOME: Meaning(Status.FAILED, jobs.Status.HALTED, passes=True),
    Saying.OUR_FAULT: Meaning(Status.FAILED, jobs.Status.HALTED, passes=True),
    Saying.GIBBERISH: Meaning(Status.FAILED, jobs.Status.HALTED),
    Saying.TOO_MUCH: Meaning(Status.FAILED, jobs.Status.HALTED),
}


def status_after(saying: Saying, *, has_data: bool) -> Status:
    """The member's status: a passing trouble leaves one that was aggregated before as it is, CONNECTED."""
    meaning = MEANINGS[saying]
    return Status.CONNECTED if meaning.passes and has_data else meaning.member
