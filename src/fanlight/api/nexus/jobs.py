"""Jobs on the Nexus wire: what starts one of each kind, and the job itself, which clients of old watch."""

from typing import Any

import msgspec

from fanlight.aggregation.requests import lacking_pfm
from fanlight.api.nexus.kit import Call, Param, Reply, Route, shown
from fanlight.api.nexus.members import Member, member_of, wire
from fanlight.base.errors import Forbidden, Malformed
from fanlight.core import clients, institutions, jobs
from fanlight.core.jobs import Include, Kind

GATHERING = (
    Param("include_transactions", "false: accounts without their transactions.", "boolean"),
    Param("include_holdings", "false: accounts without their holdings.", "boolean"),
)
TOO = (
    Param("include_transactions", "true: transactions in the same job.", "boolean"),
    Param("include_holdings", "true: holdings in the same job.", "boolean"),
)
_RUNS = "202 with the member when such a job runs already, inside the throttle, and where no job can begin yet."


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


class Gathering(msgspec.Struct):
    include_transactions: bool | None = None
    include_holdings: bool | None = None


def aggregate(call: Call) -> Reply:
    """Start an aggregation; 202 with the member when nothing new starts."""
    return _request(call, Kind.AGGREGATION, _included(call, default=True))


def aggregate_all(call: Call) -> list[Member]:
    include = _included(call, default=True)
    started = call.runtime.requests.start_all(call.unit, call.user_id, include=include)
    if lacking_pfm(started):
        raise Forbidden("No member's use_cases include PFM.")
    return [wire(member) for member in started]


def check_balance(call: Call) -> Reply:
    return _request(call, Kind.BALANCE, Include(transactions=False, holdings=False))


def verify(call: Call) -> Reply:
    clients.require(call.unit, call.session.client_id, "verification")
    if not _institution(call).supports_account_verification:
        raise Malformed("Member's institution does not support instant account verification")
    return _request(call, Kind.VERIFICATION, _included(call, default=False))


def identify(call: Call) -> Reply:
    clients.require(call.unit, call.session.client_id, "identification")
    if not _institution(call).supports_account_identification:
        raise Malformed("Member's institution does not support instant account identification")
    return _request(call, Kind.IDENTIFICATION, _included(call, default=False))


def extend_history(call: Call) -> Reply:
    clients.require(call.unit, call.session.client_id, "history")
    if not _institution(call).supports_transaction_history:
        raise Malformed("Member's institution does not support extended transaction history")
    return _request(call, Kind.HISTORY, Include(holdings=False))


def read(call: Call) -> Job:
    return wire_job(job_of(call))


def job_of(call: Call) -> jobs.Job:
    """The job of the path as it is at this moment: a challenge whose time is over has ended it."""
    job = jobs.read(call.unit, call.user_id, call.params["job_guid"])
    if job.status != jobs.Status.CHALLENGED:
        return job
    call.runtime.requests.of_job(call.unit, job)
    return jobs.read(call.unit, call.user_id, job.guid)


def wire_job(job: jobs.Job) -> Job:
    return shown(Job, job, error_message_code=job.error_code, status_name=job.status.name)


def _request(call: Call, kind: Kind, include: Include) -> Reply:
    member, began = call.runtime.requests.request(call.unit, member_of(call), kind, include=include)
    return Reply(200 if began else 202, wire(member))


def _included(call: Call, *, default: bool) -> Include:
    """Both flags may come in the query and in the body. Raises Malformed for one that is no boolean."""
    holdings = call.flag("include_holdings", default=default)
    return Include(call.flag("include_transactions", default=default), holdings)


def _institution(call: Call) -> institutions.Institution:
    return institutions.by_id(call.unit, member_of(call).institution_id)


def _starts(method: str, path: str, run: Any, summary: str, *also: tuple[str, str]) -> Route:
    return Route(
        "members", method, path, run, summary, "member", Member, takes=Gathering, body_optional=True,
        query=GATHERING, errors=(400, 401, 403, 404, 409), accepts=True, also=also, note=_RUNS,
    )  # fmt: skip


def _starts_all(path: str, summary: str) -> Route:
    return Route(
        "members", "GET", path, aggregate_all, summary, "members", Member, many=True, takes=Gathering,
        body_optional=True, query=GATHERING, errors=(400, 401, 403), also=(("POST", path),),
        note="Members that cannot be aggregated now are passed over; 403 when no member's use cases include PFM.",
    )  # fmt: skip


def _product(tag: str, name: str, run: Any, summary: str) -> Route:
    return Route(
        tag, "POST", f"/members/{{member_guid}}/{name}", run, summary, "member", Member, takes=Gathering,
        body_optional=True, query=TOO, errors=(400, 401, 403, 404, 409), accepts=True, note=_RUNS,
    )  # fmt: skip


ROUTES = (
    _starts(
        "GET", "/members/{member_guid}/aggregate", aggregate, "Aggregate a member",
        ("POST", "/members/{member_guid}/aggregate"),
    ),
    _starts_all("/members/aggregate", "Aggregate all members"),
    _starts(
        "GET", "/members/{member_guid}/refresh", aggregate, "Refresh a member (another name for aggregate)",
        ("POST", "/members/{member_guid}/refresh"),
    ),
    _starts_all("/members/refresh", "Refresh all members (another name for aggregate)"),
    Route(
        "members", "POST", "/members/{member_guid}/check_balance", check_balance, "Check balances", "member", Member,
        errors=(401, 404, 409, 429), accepts=True, also=(("POST", "/members/{member_guid}/balance"),),
        note="429 with Retry-After within two hours of the last check; test institutions have no throttle.",
    ),
    Route("jobs", "GET", "/jobs/{job_guid}", read, "Read a job", "job", Job),
    _product("verification", "verify", verify, "Verify a member: account and routing numbers"),
    _product("identity", "identify", identify, "Identify a member: account owners"),
    Route(
        "extended transaction history", "POST", "/members/{member_guid}/extend_history", extend_history,
        "Extend the transaction history", "member", Member, errors=(400, 401, 403, 404, 409), accepts=True,
        note="Up to 24 months; 202 with the member when such a job runs already.",
    ),
)  # fmt: skip
