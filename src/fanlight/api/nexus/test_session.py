"""The session `test_session` of a sandbox: three paths that answer the same to everybody; a first call works."""

from fanlight.api.nexus.account_numbers import AccountNumber
from fanlight.api.nexus.kit import Contents, respond
from fanlight.api.nexus.members import Member
from fanlight.base.asgi import Request, Response
from fanlight.base.clock import timestamp
from fanlight.base.errors import NotFound
from fanlight.core.connection_status import Status, message

TOKEN = "test_session"  # noqa: S105 - known to everybody, and of no use outside a sandbox
UNVERIFIED, VERIFIED = "unverified", "test_nexus_member"

_MEMBER = "MBR-00000000-0000-4000-8000-000000000001"
_USER = "USR-00000000-0000-4000-8000-000000000002"
_NUMBERS = AccountNumber(
    account_guid="ACT-00000000-0000-4000-8000-000000000003",
    account_number="10001",
    guid="ACN-00000000-0000-4000-8000-000000000004",
    institution_number=None,
    member_guid=_MEMBER,
    passed_validation=True,
    routing_number="190034562",
    transit_number=None,
    user_guid=_USER,
)


def serve(contents: Contents, request: Request, *, now: int) -> Response:
    """Answer one request with this token; raises NotFound for every path but those three."""
    route, request.params = contents.find(request)
    member = request.params.get("member_guid")
    if route.path == "/members/{member_guid}/account_numbers" and member in (UNVERIFIED, VERIFIED):
        return respond(route, [_NUMBERS] if member == VERIFIED else [])
    if route.path == "/members/{member_guid}/verify" and member == VERIFIED:
        return respond(route, _member(now))
    raise NotFound("test_session answers GET account_numbers and POST verify of its own members only.")


def _member(now: int) -> Member:
    name = "MX Bank"
    return Member(
        aggregated_at=timestamp(now),
        background_aggregation_is_disabled=False,
        connection_status=Status.CREATED.name,
        connection_status_id=int(Status.CREATED),
        connection_status_message=message(Status.CREATED, name, is_oauth=False),
        external_guid=None,
        guid=_MEMBER,
        institution_code="mxbank",
        institution_guid="INS-3aeb38da-26e4-3818-e0fa-673315ab7754",
        is_being_aggregated=True,
        is_managed_by_user=True,
        is_manual=False,
        is_oauth=False,
        is_user_created=True,
        metadata=None,
        most_recent_job_guid="JOB-00000000-0000-4000-8000-000000000005",
        name=name,
        needs_updated_credentials=False,
        oauth_window_uri=None,
        revision=2,
        successfully_aggregated_at=None,
        use_cases=None,
        user_guid=_USER,
    )
