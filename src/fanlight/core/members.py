"""Members: a user's connection to an institution, and how it stands.

A PENDING member was never connected; it ends by itself at `expires_at`. Deleted members are invisible at once and
purged later. Every statement names the user but an operator's, the purge, and the comparison of external guids.
"""

import json
from typing import cast

import msgspec
from sqlalchemy import bindparam, delete, insert, literal_column, or_, select, update

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core import connection_status
from fanlight.core.connection_status import Status
from fanlight.core.institutions import MANUAL_INSTITUTION, Institution
from fanlight.core.sessions import Session
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import grants, institutions, members, oauth_states, users
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    institution_id: int
    guid: str
    name: str
    external_guid: str | None
    metadata: str | None
    partner_id: str | None
    partner_institution_id: str | None
    is_oauth: bool
    status: Status | None
    is_being_aggregated: bool
    background_aggregation_is_disabled: bool
    use_cases: str | None
    job_guid: str | None
    paused_status: Status | None
    denials: int
    failures: int
    challenged_until: int | None
    aggregated_at: int | None
    successfully_aggregated_at: int | None
    revision: int
    created_at: int
    updated_at: int
    expires_at: int | None


class Member(Row, frozen=True):
    """A member with what it shows of its institution and user."""

    institution_guid: str
    institution_code: str
    institution_supports_oauth: bool
    institution_is_test: bool
    user_guid: str

    @property
    def was_connected(self) -> bool:
        """Whether it ever left PENDING: windows never change the status of such a member by themselves."""
        return self.status != Status.PENDING

    @property
    def is_for_pfm(self) -> bool:
        """Whether its use cases, where there are any, hold PFM."""
        return self.use_cases is None or "PFM" in json.loads(self.use_cases)

    @property
    def is_manual(self) -> bool:
        """Whether it stands for what its user keeps by hand: it has no connection and no status."""
        return self.institution_guid == MANUAL_INSTITUTION

    @property
    def is_partner_held(self) -> bool:
        """Whether a partner keeps its data through MDX: it has no connection and no status."""
        return self.partner_id is not None


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a member to make."""

    name: str | None = None
    external_guid: str | None = None
    metadata: str | None = None
    is_oauth: bool = False
    background_aggregation_is_disabled: bool = False
    use_cases: list[str] | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may change; fields that are unset stay."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    external_guid: str | msgspec.UnsetType | None = msgspec.UNSET
    metadata: str | msgspec.UnsetType | None = msgspec.UNSET
    background_aggregation_is_disabled: bool | msgspec.UnsetType = msgspec.UNSET
    use_cases: list[str] | msgspec.UnsetType | None = msgspec.UNSET


USE_CASES = ("PFM", "MONEY_MOVEMENT")
CONNECTION = ("status", "paused_status", "is_being_aggregated", "job_guid", "denials", "failures") + (
    "challenged_until",
    "aggregated_at",
    "successfully_aggregated_at",
    "expires_at",
)
ALL = 1 << 62
_member = row_of(Member)
_COLUMNS = (*Row.__struct_fields__[1:], "partner_disabled")
_UNCONNECTED: dict[str, object] = dict.fromkeys(_COLUMNS) | {
    "is_oauth": False,
    "is_being_aggregated": False,
    "background_aggregation_is_disabled": True,
    "denials": 0,
    "failures": 0,
    "revision": 0,
}
"""A member that has no connection: no status, no job, never aggregated."""
_SHOWN = (
    institutions.c.guid.label("institution_guid"),
    institutions.c.code,
    institutions.c.supports_oauth,
    institutions.c.is_test,
    users.c.guid.label("user_guid"),
)
_JOINED = members.join(institutions, institutions.c.id == members.c.institution_id).join(
    users, users.c.id == members.c.user_id
)
_EVERY = select(*columns(members, Row), *_SHOWN).select_from(_JOINED)
_VISIBLE = members.c.deleted_at.is_(None) & or_(members.c.expires_at.is_(None), members.c.expires_at > bindparam("now"))
OF_USER = (members.c.user_id == bindparam("user_id")) & _VISIBLE


@statement
def _insert() -> Clause:
    return insert(members).values(binds(_COLUMNS))


@statement
def _all() -> Clause:
    return _EVERY.where(OF_USER, members.c.id > bindparam("after")).order_by(members.c.id).limit(bindparam("limit"))


@statement
def _read() -> Clause:
    named = members.c.guid == bindparam("guid")
    return _EVERY.where(OF_USER, named)


@statement
def _by_id() -> Clause:
    named = members.c.id == bindparam("id")
    return _EVERY.where(OF_USER, named)


@statement
def _at_institution() -> Clause:
    """The members of every user at an institution: an operator's view, as is the next."""
    here = members.c.institution_id == bindparam("institution_id")
    return _EVERY.where(_VISIBLE, here).order_by(members.c.id)


@statement
def _by_guid() -> Clause:
    return (
        select(*columns(members, Row), *_SHOWN)
        .select_from(_JOINED)
        .where(_VISIBLE, members.c.guid == bindparam("guid"))
    )


@statement
def _external_guid_owner() -> Clause:
    """Members of all users of a client share one space of external guids."""
    return (
        select(members.c.guid)
        .select_from(members.join(users, users.c.id == members.c.user_id))
        .where(
            members.c.external_guid == bindparam("external_guid"),
            users.c.client_id == bindparam("client_id"),
            _VISIBLE,
        )
    )


@statement
def _update() -> Clause:
    names = ("name", "external_guid", "metadata", "background_aggregation_is_disabled", "use_cases")
    return (
        update(members)
        .where(members.c.id == bindparam("of"), members.c.user_id == bindparam("user"))
        .values(
            **{name: bindparam(f"new_{name}") for name in names},
            updated_at=bindparam("now"),
            revision=members.c.revision + 1,
        )
    )


@statement
def _set_connection() -> Clause:
    return (
        update(members)
        .where(members.c.id == bindparam("of"), members.c.user_id == bindparam("user"))
        .values(
            **{name: bindparam(f"new_{name}") for name in CONNECTION},
            updated_at=bindparam("now"),
            revision=members.c.revision + 1,
        )
    )


@statement
def _postpone() -> Clause:
    """Put off the end of a PENDING member while the window that it opened may still come back."""
    return (
        update(members)
        .where(
            members.c.id == bindparam("of"),
            members.c.user_id == bindparam("user"),
            members.c.expires_at < bindparam("until"),
        )
        .values(expires_at=bindparam("until"))
    )


@statement
def _mark_deleted() -> Clause:
    return (
        update(members)
        .where(members.c.id == bindparam("of"), members.c.user_id == bindparam("user"))
        .values(deleted_at=bindparam("now"), updated_at=bindparam("now"))
    )


@statement
def _remove() -> Clause:
    return delete(members).where(members.c.id == bindparam("of"), members.c.user_id == bindparam("user"))


@statement
def _purge() -> Clause:
    ended = (members.c.expires_at <= bindparam("now")) | (members.c.deleted_at <= bindparam("deleted_before"))
    in_use = select(grants.c.member_id).where(grants.c.status == "revoking")
    attempts = (oauth_states.c.phase != literal_column("'finished'")) & oauth_states.c.sealed.is_not(None)
    under_way = select(oauth_states.c.member_id).where(attempts)
    return delete(members).where(ended, members.c.id.not_in(in_use), members.c.id.not_in(under_way))


def create(
    unit: Unit, session: Session, institution: Institution, new: NewMember, status: Status, *, now: int,
    expires_at: int | None = None, denials: int = 0,
) -> Member:  # fmt: skip
    """A new member; raises Unprocessable when the client uses its external_guid already."""
    if new.external_guid is not None:
        _refuse_reuse(unit, session, new.external_guid, None, now=now)
    said = msgspec.structs.asdict(new) | {"name": new.name or institution.name, "use_cases": _json(new.use_cases)}
    stands = {"status": int(status), "denials": denials, "expires_at": expires_at}
    key = add_unconnected(unit, session.user_id, institution, now=now, **said | stands)
    return by_id(unit, session.user_id, key, now=now)


def add_unconnected(unit: Unit, user_id: int, institution: Institution, *, now: int, **own: object) -> int:
    """A new member of the institution's name, without a connection but for what is given of its columns; its key."""
    where = {"user_id": user_id, "institution_id": institution.id, "guid": new_guid("MBR"), "name": institution.name}
    return unit.insert(_insert, **_UNCONNECTED | where | {"created_at": now, "updated_at": now} | own)


def list_all(unit: Unit, user_id: int, *, now: int, after: int = 0, limit: int = ALL) -> list[Member]:
    """A user's members, or no more than `limit` of them that come `after` one."""
    return unit.all(_member, _all, user_id=user_id, now=now, after=after, limit=limit)


def read(unit: Unit, user_id: int, guid: str, *, now: int) -> Member:
    """The user's member; raises NotFound for another user's as for none."""
    member = unit.one(_member, _read, user_id=user_id, guid=guid, now=now)
    if member is None:
        raise NotFound("There is no such member.")
    return member


def as_of(member: Member, *, now: int) -> Member:
    """How a member stands at a moment, for readers that must not write: EXPIRED once the time to answer is over."""
    if member.challenged_until is None or member.challenged_until > now:
        return member
    changes = {"is_being_aggregated": False, "challenged_until": None, "revision": member.revision + 1}
    updated_at = max(member.updated_at, member.challenged_until)
    return msgspec.structs.replace(member, status=Status.EXPIRED, updated_at=updated_at, **changes)


def by_id(unit: Unit, user_id: int, member_id: int, *, now: int) -> Member:
    member = find(unit, user_id, member_id, now=now)
    if member is None:
        raise NotFound("There is no such member.")
    return member


def find(unit: Unit, user_id: int, member_id: int, *, now: int) -> Member | None:
    return unit.one(_member, _by_id, user_id=user_id, id=member_id, now=now)


def at_institution(unit: Unit, institution_id: int, *, now: int) -> list[Member]:
    """Every user's members at an institution, for its operator."""
    return unit.all(_member, _at_institution, institution_id=institution_id, now=now)


def by_guid(unit: Unit, guid: str, *, now: int) -> Member:
    """A member whoever's it is, for an operator; raises NotFound."""
    member = unit.one(_member, _by_guid, guid=guid, now=now)
    if member is None:
        raise NotFound(f"There is no member {guid}.")
    return member


def update_member(unit: Unit, session: Session, member: Member, change: Change, *, now: int) -> Member:
    """Change what a client may change; fields that were not sent stay."""
    new = {name: _kept(getattr(change, name), getattr(member, name)) for name in Change.__struct_fields__}
    if isinstance(change.external_guid, str):
        _refuse_reuse(unit, session, change.external_guid, member.guid, now=now)
    if isinstance(new["use_cases"], list):
        new["use_cases"] = _json(new["use_cases"])
    unit.run(_update, of=member.id, user=member.user_id, now=now, **{f"new_{key}": new[key] for key in new})
    return by_id(unit, member.user_id, member.id, now=now)


def set_connection(unit: Unit, member: Member, *, now: int, **fields: object) -> Member:
    """Change how the connection stands; fields that are not given stay. Counts as one revision.

    Raises ImpossibleTransitionError for a status that cannot follow the member's own.
    """
    connection_status.check(member.status, cast("Status | None", fields.get("status", member.status)))
    new = {f"new_{name}": fields.get(name, getattr(member, name)) for name in CONNECTION}
    unit.run(_set_connection, of=member.id, user=member.user_id, now=now, **new)
    return by_id(unit, member.user_id, member.id, now=now)


def postpone_end(unit: Unit, member: Member, *, until: int) -> None:
    unit.run(_postpone, of=member.id, user=member.user_id, until=until)


def delete_member(unit: Unit, member: Member, *, now: int) -> None:
    """Invisible at once, the rest goes with `purge`; a member that was never connected goes whole."""
    if member.was_connected:
        unit.run(_mark_deleted, of=member.id, user=member.user_id, now=now)
    else:
        unit.run(_remove, of=member.id, user=member.user_id)


def purge(unit: Unit, *, now: int, deleted_before: int) -> int:
    """Remove PENDING members past their end and members deleted long enough ago; how many."""
    return unit.run(_purge, now=now, deleted_before=deleted_before)


def _refuse_reuse(unit: Unit, session: Session, external_guid: str, own_guid: str | None, *, now: int) -> None:
    owner = unit.scalar(_external_guid_owner, external_guid=external_guid, client_id=session.client_id, now=now)
    if owner is not None and owner != own_guid:
        raise Unprocessable("external_guid is already used by another member.")


def _json(use_cases: list[str] | None) -> str | None:
    return None if use_cases is None else json.dumps(use_cases)


def _kept(sent: object, known: object) -> object:
    return known if sent is msgspec.UNSET else sent
