"""Challenges on the Nexus wire: what an institution asks in the middle of a job, and the answers."""

from typing import Annotated

import msgspec

from fanlight.api.codec import Redacted
from fanlight.api.nexus.kit import Call, Route
from fanlight.api.nexus.members import CredentialValue, Member, credential_values, member_of, wire
from fanlight.base.errors import MissingParams
from fanlight.core import challenges
from fanlight.core.connection_status import Status


class Option(msgspec.Struct):
    guid: str
    label: str
    value: str


class ImageOption(msgspec.Struct):
    data_uri: str
    guid: str
    label: str
    value: str


class Challenge(msgspec.Struct):
    field_name: str | None
    guid: str
    image_data: str | None
    image_options: list[ImageOption] | None
    label: str
    options: list[Option] | None
    type: str


class Answers(Redacted, kw_only=True):
    challenges: Annotated[list[CredentialValue], msgspec.Meta(max_length=50)] | None = None


def of_member(call: Call) -> list[Challenge]:
    """What is asked now; nothing when the member is not CHALLENGED."""
    member = member_of(call)
    if member.status != Status.CHALLENGED:
        return []
    return [_wire(row) for row in challenges.of_member(call.unit, call.user_id, member.id)]


def resume(call: Call) -> Member:
    """Take the answers and go on with the job."""
    member = call.runtime.requests.challenged(call.unit, member_of(call))
    is_given = not call.document().keys().isdisjoint(("member", "challenges"))
    given = call.body("member", Answers).challenges if is_given else None
    if not given:
        raise MissingParams("challenges")
    return wire(call.runtime.requests.answer(call.unit, member, credential_values(given)))


def _wire(row: challenges.Row) -> Challenge:
    pictured = row.type == "IMAGE_OPTIONS"
    options = [Option(each.guid, each.label, each.value) for each in row.choices]
    images = [ImageOption(each.data_uri or "", each.guid, each.label, each.value) for each in row.choices]
    return Challenge(
        field_name=row.label,
        guid=row.guid,
        image_data=row.image_data,
        image_options=images if pictured else None,
        label=row.label,
        options=options if row.type == "OPTIONS" else None,
        type=row.type,
    )


ROUTES = (
    Route(
        "members", "GET", "/members/{member_guid}/challenges", of_member, "List a member's challenges",
        "challenges", Challenge, many=True, note="An empty list when the member is not CHALLENGED.",
    ),
    Route(
        "members", "PUT", "/members/{member_guid}/resume", resume, "Resume an aggregation with answers",
        "member", Member, takes=Answers, body_root="member", root_optional=True,
        errors=(400, 401, 404, 405), durable=True,
        note="challenges inside member or beside it; guid or credential_guid; an option by guid, value or label.",
    ),
)  # fmt: skip
