"""Members in brief: as much of one as a window needs. The main request reads no more than this."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from fanlight.base.errors import NotFound
from fanlight.core.members import OF_USER, Member
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import institutions, members
from fanlight.storage.unit import Unit


class Brief(NamedTuple):
    """A member without most of it."""

    id: int
    user_id: int
    guid: str
    expires_at: int | None
    institution_supports_oauth: bool


@statement
def _read() -> Clause:
    of_institution = members.join(institutions, institutions.c.id == members.c.institution_id)
    wanted = (members.c.id, members.c.user_id, members.c.guid, members.c.expires_at, institutions.c.supports_oauth)
    return select(*wanted).select_from(of_institution).where(OF_USER, members.c.guid == bindparam("guid"))


def read(unit: Unit, user_id: int, guid: str, *, now: int) -> Brief:
    """The user's member; raises NotFound for another user's as for none."""
    member = unit.one(Brief, _read, user_id=user_id, guid=guid, now=now)
    if member is None:
        raise NotFound("There is no such member.")
    return member


def brief_of(member: Member) -> Brief:
    return Brief(member.id, member.user_id, member.guid, member.expires_at, member.institution_supports_oauth)
