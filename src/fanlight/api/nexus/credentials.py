"""Credentials on the Nexus wire: what is asked for at sign-in and in the middle of a job, and the oldest answers."""

from typing import Any

import msgspec

from fanlight.api.nexus.jobs import Job, job_of, wire_job
from fanlight.api.nexus.kit import Call, Route, shown
from fanlight.api.nexus.members import CredentialValue, Metadata, member_of
from fanlight.base.clock import timestamp
from fanlight.base.errors import Malformed, MissingParams, NotAsked
from fanlight.base.guids import new_guid
from fanlight.core import challenges, credentials, institutions, jobs
from fanlight.core.connection_status import Status
from fanlight.core.members import Member

FIELD_TYPES = {0: "TEXT", 1: "PASSWORD", 2: "OPTIONS", 3: "LOGIN", 12: "TOKEN", 13: "IMAGE_DATA", 14: "IMAGE_OPTIONS"}
_NUMBERS = {name: number for number, name in FIELD_TYPES.items()}
_UNKNOWN = ("answer_field_type", "display_name", "escaped", "max_length", "optional_mfa", "size") + (
    "value_identifier",
    "value_mask",
)
_CONSTANT: dict[str, Any] = dict.fromkeys(_UNKNOWN) | {"editable": True, "optional": False}


class CredentialOption(msgspec.Struct):
    credential_guid: str
    data_uri: str | None
    guid: str
    label: str
    value: str


class Credential(msgspec.Struct):
    answer_field_type: int | None
    created_at: str | None
    display_name: str | None
    display_order: int
    editable: bool
    escaped: bool | None
    field_name: str
    field_type: int
    field_type_name: str
    guid: str
    institution_guid: str
    label: str
    max_length: int | None
    meta_data: str | None
    mfa: bool
    optional: bool
    optional_mfa: bool | None
    size: int | None
    updated_at: str | None
    value_identifier: str | None
    value_mask: str | None
    options: list[CredentialOption]


class MemberCredential(msgspec.Struct):
    created_at: str | None
    credential_guid: str
    guid: str
    member_guid: str
    metadata: str | None
    updated_at: str | None


class MemberCredentialBody(CredentialValue, kw_only=True):
    metadata: Metadata | None = None


def of_institution(call: Call) -> list[Credential]:
    institution = institutions.read(call.unit, call.user_id, call.params["institution_guid"])
    return _fields(call, institution.id, institution.guid)


def of_member(call: Call) -> list[Credential]:
    """The questions, never what was answered."""
    member = member_of(call)
    return _fields(call, member.institution_id, member.institution_guid)


def of_job(call: Call) -> list[Credential]:
    """What the institution asks in the middle of the job; nothing when it does not."""
    job = job_of(call)
    waits = job.status == jobs.Status.CHALLENGED
    asked = challenges.of_job(call.unit, call.user_id, job.id) if waits else []
    return [_question(job.institution_guid, order, row) for order, row in enumerate(asked, 1)]


def create(call: Call) -> MemberCredential:
    """Keep one value: the answer to a challenge, or a sign-in field. Nothing starts: refresh or resume follows."""
    member = member_of(call)
    body = call.body("member", MemberCredentialBody)
    guid = body.credential_guid or body.guid
    if not guid or not body.value:
        raise MissingParams("credential_guid", "value")
    waits = member.status == Status.CHALLENGED
    asked = challenges.of_member(call.unit, call.user_id, member.id) if waits else []
    if guid in {row.guid for row in asked}:
        challenges.answer(call.unit, call.runtime.vault, asked, {guid: body.value})
        kept = new_guid("MCR")
    else:
        kept = _keep_field(call, member, guid, body.value, body.metadata)
    now = timestamp(call.now)
    return MemberCredential(now, guid, kept, member.guid, body.metadata, now)


def resume_job(call: Call) -> Job:
    """Go on with the answers that were kept one by one."""
    job = job_of(call)
    if job.status != jobs.Status.CHALLENGED:
        raise NotAsked
    member = call.runtime.requests.challenged(call.unit, call.runtime.requests.of_job(call.unit, job))
    call.runtime.requests.resume(call.unit, member)
    return wire_job(job_of(call))


def _keep_field(call: Call, member: Member, guid: str, value: str, metadata: str | None) -> str:
    """A sign-in field's new value; the member is UPDATED with it."""
    found = [field for field in institutions.credentials(call.unit, member.institution_id) if field.guid == guid]
    if not found or member.is_oauth:
        raise Malformed(credentials.STALE)
    vault, user_id = call.runtime.vault, call.user_id
    pair = [(found[0], value)]
    credentials.refuse_duplicate(call.unit, vault, user_id, member.institution_id, pair, but=member.id)
    return call.runtime.requests.take_credential(call.unit, member, found[0], value, metadata)


def _fields(call: Call, institution_id: int, institution_guid: str) -> list[Credential]:
    return [_field(institution_guid, field) for field in institutions.credentials(call.unit, institution_id)]


def _field(institution_guid: str, field: institutions.Credential) -> Credential:
    return shown(
        Credential,
        field,
        **_CONSTANT,
        field_type_name=FIELD_TYPES.get(field.field_type, "TEXT"),
        institution_guid=institution_guid,
        meta_data=None,
        mfa=False,
        options=[],
    )


def _question(institution_guid: str, order: int, row: challenges.Row) -> Credential:
    return shown(
        Credential,
        row,
        **_CONSTANT,
        display_order=order,
        field_name=row.label,
        field_type=_NUMBERS[row.type],
        field_type_name=row.type,
        institution_guid=institution_guid,
        meta_data=row.image_data,
        mfa=True,
        options=[CredentialOption(row.guid, each.data_uri, each.guid, each.label, each.value) for each in row.choices],
        updated_at=timestamp(row.created_at),
    )


ROUTES = (
    Route(
        "institutions", "GET", "/institutions/{institution_guid}/credentials", of_institution,
        "List what an institution asks for at sign-in", "credentials", Credential, many=True,
    ),
    Route(
        "members", "GET", "/members/{member_guid}/credentials", of_member, "List a member's credentials",
        "credentials", Credential, many=True, also=(("GET", "/member/{member_guid}/credentials"),),
        note="The questions, never the values.",
    ),
    Route(
        "member credentials", "POST", "/members/{member_guid}/credentials", create, "Keep one credential or answer",
        "member_credential", MemberCredential, takes=MemberCredentialBody, body_root="member",
        errors=(400, 401, 404, 422), deprecated=True, durable=True,
        note="Nothing starts by it; refresh or resume the job. An answer to a challenge is kept with the challenge: "
        "the guid of it in the reply is made for the reply alone and leads nowhere.",
    ),
    Route(
        "jobs", "GET", "/jobs/{job_guid}/mfa_credentials", of_job, "List what a challenged job asks",
        "credentials", Credential, many=True, note="An empty list when the job is not CHALLENGED.",
    ),
    Route(
        "jobs", "GET", "/jobs/{job_guid}/resume", resume_job, "Resume a challenged job", "job", Job,
        errors=(400, 401, 404, 405), also=(("PUT", "/jobs/{job_guid}/resume"),), deprecated=True, durable=True,
        note="With the answers kept by POST /members/{member_guid}/credentials.",
    ),
)  # fmt: skip
