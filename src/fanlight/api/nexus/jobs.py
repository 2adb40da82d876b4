"""Jobs on the Nexus wire. Clients are told to watch the member instead; the job is the older way."""

import msgspec

from fanlight.api.nexus.kit import Call, Route
from fanlight.base.clock import timestamp
from fanlight.core import jobs


class Job(msgspec.Struct):
    created_at: str | None
    error_message: str | None
    error_message_code: int | None
    finished_at: str | None
    guid: str
    institution_guid: str
    is_authenticated: bool
    member_guid: str
    started_at: str | None
    status: int
    status_name: str
    updated_at: str | None
    user_guid: str


def read(call: Call) -> Job:
    job = jobs.read(call.unit, call.user_id, call.params["job_guid"])
    return Job(
        created_at=timestamp(job.created_at),
        error_message=job.error_message,
        error_message_code=None,
        finished_at=timestamp(job.finished_at),
        guid=job.guid,
        institution_guid=job.institution_guid,
        is_authenticated=job.is_authenticated,
        member_guid=job.member_guid,
        started_at=timestamp(job.started_at),
        status=int(job.status),
        status_name=job.status.name,
        updated_at=timestamp(job.updated_at),
        user_guid=job.user_guid,
    )


ROUTES = (Route("jobs", "GET", "/jobs/{job_guid}", read, "Read a job", "job", Job),)
