"""Members on the Nexus wire, the OAuth window URI among them."""

import json
from typing import Annotated, Any

import msgspec

from fanlight.api.codec import Redacted
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Param, Reply, Route, shown
from fanlight.api.nexus.window_options import read_options
from fanlight.base.errors import Malformed, MissingParams, OAuthUnsupported
from fanlight.base.paging import Paged
from fanlight.core import audit, challenges, credentials, erasing, institutions, member_briefs, members
from fanlight.core.connection_status import NEEDS_CREDENTIALS, Status, message
from fanlight.core.institutions import Institution
from fanlight.core.members import Change, NewMember
from fanlight.core.members import Member as CoreMember

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
ExternalGuid = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Metadata = Annotated[str, msgspec.Meta(max_length=8192)]
UseCases = Annotated[list[str], msgspec.Meta(max_length=2)]

WINDOW = (
    Param("client_redirect_url", "Where the browser goes at the end; only with APP or a mobile web view."),
    Param("referral_source", "BROWSER (default) or APP; also as oauth_referral_source."),
    Param("ui_message_webview_url_scheme", "The app's URL scheme; default mx."),
    Param("skip_aggregation", "true: no aggregation when the person comes back.", "boolean"),
    Param("is_mobile_webview", "true counts as APP.", "boolean"),
)
BY_OAUTH = " (this institution connects by OAuth: send is_oauth true)"
_WINDOW_FIELDS = ("referral_source", "oauth_referral_source", "client_redirect_url", "ui_message_webview_url_scheme")


class Member(msgspec.Struct):
    aggregated_at: str | None
    background_aggregation_is_disabled: bool
    connection_status: str | None
    connection_status_id: int | None
    connection_status_message: str | None
    external_guid: str | None
    guid: str
    institution_code: str
    institution_guid: str
    is_being_aggregated: bool
    is_managed_by_user: bool
    is_manual: bool
    is_oauth: bool
    is_user_created: bool
    metadata: str | None
    most_recent_job_guid: str | None
    name: str
    needs_updated_credentials: bool
    oauth_window_uri: str | None
    revision: int
    successfully_aggregated_at: str | None
    use_cases: list[str] | None
    user_guid: str


class OAuthWindow(msgspec.Struct):
    guid: str
    oauth_window_uri: str


class CredentialValue(Redacted):
    """A field's value; old and new clients name the field differently."""

    value: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    credential_guid: str = ""
    guid: str = ""


class MemberBody(Redacted, kw_only=True):
    institution_guid: str | None = None
    credentials: Annotated[list[CredentialValue], msgspec.Meta(max_length=50)] | None = None
    is_oauth: bool = False
    name: Name | None = None
    external_guid: ExternalGuid | None = None
    metadata: Metadata | None = None
    background_aggregation_is_disabled: bool = False
    skip_aggregation: bool | None = None
    use_cases: UseCases | None = None


class MemberChange(Redacted, kw_only=True):
    credentials: Annotated[list[CredentialValue], msgspec.Meta(max_length=50)] | None = None
    name: Name | msgspec.UnsetType = msgspec.UNSET
    external_guid: ExternalGuid | msgspec.UnsetType | None = msgspec.UNSET
    metadata: Metadata | msgspec.UnsetType | None = msgspec.UNSET
    background_aggregation_is_disabled: bool | msgspec.UnsetType = msgspec.UNSET
    use_cases: UseCases | msgspec.UnsetType | None = msgspec.UNSET
    skip_aggregation: bool = False
    skip_webhook: bool | None = None


def list_all(call: Call) -> list[Member] | Paged[Member]:
    found = members.list_all(call.unit, call.user_id, now=call.now)
    return call.paged(found, lambda member: wire(members.as_of(member, now=call.now)))


def read(call: Call) -> Member:
    return wire(member_of(call))


def create(call: Call) -> Member:
    """An OAuth member comes PENDING with its first window; one with credentials is aggregated at once."""
    document = call.document()
    body = call.body("member", MemberBody)
    if body.institution_guid is None:
        raise MissingParams("institution_guid")
    institution = institutions.for_member(call.unit, body.institution_guid)
    _check_use_cases(body.use_cases)
    return _create_oauth(call, body, institution, document) if body.is_oauth else _create(call, body, institution)


def update(call: Call) -> Member:
    member = member_of(call)
    body = call.body("member", MemberChange)
    _check_use_cases(body.use_cases)
    change = Change(**{name: getattr(body, name) for name in Change.__struct_fields__})
    member = members.update_member(call.unit, call.session, member, change, now=call.now)
    return wire(_take_values(call, member, body) if body.credentials else member)


def delete(call: Call) -> Reply:
    """Gone at once for the client; its grants are revoked at the institution."""
    member = member_of(call)
    call.runtime.grants.end_all(call.unit, member)
    erasing.member(call.unit, call.user_id, member.id)
    erasing.conversations(call.unit, call.user_id, member.id, now=call.now)
    call.runtime.windows.end_of_member(call.unit, member)
    members.delete_member(call.unit, member, now=call.now)
    audit.record(call.unit, call.session.client_id, audit.MEMBER_DELETED, member.guid, now=call.now)
    return Reply(200, {})


def oauth_window_uri(call: Call) -> OAuthWindow:
    """A fresh one-time URI to send the person through the institution's OAuth."""
    member = member_briefs.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    if not member.institution_supports_oauth:
        raise OAuthUnsupported("Member cannot use OAuth")
    options = read_options(call.query.firsts())
    return OAuthWindow(member.guid, call.runtime.windows.issue(call.unit, call.session, member, options))


def wire(member: CoreMember, oauth_window_uri: str | None = None) -> Member:
    status = member.status
    return shown(
        Member,
        member,
        connection_status=None if status is None else status.name,
        connection_status_id=status,
        connection_status_message=None if status is None else message(status, member.name, is_oauth=member.is_oauth),
        is_managed_by_user=not member.is_partner_held,
        is_user_created=not member.is_partner_held,
        most_recent_job_guid=member.job_guid,
        needs_updated_credentials=status in NEEDS_CREDENTIALS,
        oauth_window_uri=oauth_window_uri,
        use_cases=None if member.use_cases is None else json.loads(member.use_cases),
    )


def member_of(call: Call) -> CoreMember:
    """The member of the path as it is at this moment; NotFound for another user's as for none."""
    member = members.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    return call.runtime.requests.settled(call.unit, member)


def _create_oauth(call: Call, body: MemberBody, institution: Institution, document: dict[str, Any]) -> Member:
    if not institution.supports_oauth:
        raise OAuthUnsupported("Member cannot use OAuth")
    if body.credentials:
        raise Malformed("credentials must not be sent for an OAuth member.")
    options = read_options(_window_fields(document) | {"skip_aggregation": body.skip_aggregation})
    expires_at = call.now + call.runtime.settings.pending_lifetime
    member = members.create(
        call.unit, call.session, institution, _new(body), Status.PENDING, now=call.now, expires_at=expires_at
    )
    window = member_briefs.brief_of(member)
    return wire(member, call.runtime.windows.issue(call.unit, call.session, window, options))


def _create(call: Call, body: MemberBody, institution: Institution) -> Member:
    """With credentials; without them only when nothing is to start yet, and then the member needs them."""
    if not body.credentials and not body.skip_aggregation:
        raise MissingParams(f"credentials{BY_OAUTH if institution.supports_oauth else ''}")
    if body.credentials and institution.supports_oauth and not institutions.credentials(call.unit, institution.id):
        raise Malformed(f"The institution takes no credentials{BY_OAUTH}.")
    given = credential_values(body.credentials)
    values = credentials.check(call.unit, institution.id, given) if given else []
    credentials.refuse_duplicate(call.unit, call.runtime.vault, call.user_id, institution.id, values)
    status = Status.CREATED if values else Status.IMPAIRED
    denials = credentials.denials_before(call.unit, call.runtime.vault, call.user_id, institution.id, values)
    member = members.create(call.unit, call.session, institution, _new(body), status, now=call.now, denials=denials)
    credentials.replace(call.unit, call.runtime.vault, member, values, now=call.now)
    return wire(member if body.skip_aggregation else call.runtime.requests.start(call.unit, member))


def _take_values(call: Call, member: CoreMember, body: MemberChange) -> CoreMember:
    """New sign-in details, or in the old way the answers to challenges: their guids tell which."""
    values = credential_values(body.credentials)
    vault, user_id = call.runtime.vault, call.user_id
    asked = {row.guid for row in challenges.of_member(call.unit, user_id, member.id)}
    if member.status == Status.CHALLENGED and asked & values.keys():
        return call.runtime.requests.answer(call.unit, member, values, status=Status.UPDATED)
    if member.is_oauth:
        raise Malformed("credentials must not be sent for an OAuth member.")
    given = credentials.check(call.unit, member.institution_id, values)
    credentials.refuse_duplicate(call.unit, vault, user_id, member.institution_id, given, but=member.id)
    return call.runtime.requests.take_credentials(call.unit, member, given, start=not body.skip_aggregation)


def _new(body: MemberBody) -> NewMember:
    return NewMember(**{name: getattr(body, name) for name in NewMember.__struct_fields__})


def credential_values(given: list[CredentialValue] | None) -> dict[str, str]:
    """Values by the guid of their field, however the client names it. Raises Malformed for one that comes twice."""
    values = {entry.credential_guid or entry.guid: entry.value for entry in given or []}
    if len(values) < len(given or []):
        raise Malformed("A guid is given twice or not at all.")
    return values


def _window_fields(document: dict[str, Any]) -> dict[str, object]:
    """The window's parameters, inside `member` or beside it."""
    inner = document.get("member")
    both = document | (inner if isinstance(inner, dict) else {})
    return {name: both.get(name) for name in (*_WINDOW_FIELDS, "is_mobile_webview")}


def _check_use_cases(use_cases: list[str] | msgspec.UnsetType | None) -> None:
    if isinstance(use_cases, list) and set(use_cases) - set(members.USE_CASES):
        raise Malformed(f"use_cases takes {' and '.join(sorted(members.USE_CASES))}.")


ROUTES = (
    Route(
        "members", "GET", "/members", list_all, "List members", "members", Member, many=True, may_page=True,
        query=PAGE, errors=(401,), reads=True, note=WHOLE,
    ),
    Route(
        "members", "POST", "/members", create, "Create a member", "member", Member,
        takes=MemberBody, body_root="member", errors=(400, 401, 422), durable=True,
        note="The window's parameters are taken inside member and beside it.",
    ),
    Route(
        "members", "GET", "/members/{member_guid}", read, "Read a member; poll it while it is connecting",
        "member", Member,
    ),
    Route(
        "members", "PUT", "/members/{member_guid}", update, "Update a member", "member", Member,
        takes=MemberChange, body_root="member", errors=(400, 401, 404, 422), durable=True,
    ),
    Route(
        "members", "DELETE", "/members/{member_guid}", delete, "Delete a member", durable=True,
        note="200 with {}: what a client's test expects.",
    ),
    Route(
        "members", "GET", "/members/{member_guid}/oauth_window_uri", oauth_window_uri, "Generate an OAuth window URI",
        "member", OAuthWindow, query=WINDOW, errors=(400, 401, 404),
    ),
)  # fmt: skip
