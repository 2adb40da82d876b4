"""Operators' words: what they make of an institution's members or of one member, and of the job that is under way."""

from fanlight.aggregation.requests import overrule
from fanlight.base.errors import Conflict
from fanlight.core import credentials, institutions, members
from fanlight.core.connection_status import AFTER_PAUSE, NEXT, Status
from fanlight.core.members import Member
from fanlight.storage.unit import Unit

# What an operator may say of an institution: what becomes of its members, and whether new ones may be made.
INSTITUTION_WORDS: dict[str, tuple[Status | None, bool]] = {
    "disable": (Status.DISABLED, True),
    "discontinue": (Status.DISCONTINUED, True),
    "migrate": (Status.RECONNECTED, False),
    "enable": (None, False),
}
# What an operator may say of a member; none is the way back from a pause.
MEMBER_WORDS: dict[str, Status | None] = {
    "close": Status.CLOSED,
    "import": Status.IMPORTED,
    "pause": Status.DISABLED,
    "resume": None,
}


def set_institution(unit: Unit, code: str, word: str, *, now: int) -> int:
    """Say a word of an institution; how many members it changed. Raises NotFound, Conflict."""
    status, is_hidden = INSTITUTION_WORDS[word]
    institution = institutions.by_code(unit, code)
    if institution.is_held:
        raise Conflict(f"{code} stands for a partner's own data, which takes no operator's words.")
    institutions.set_hidden(unit, institution, is_hidden=is_hidden, now=now)
    found = members.at_institution(unit, institution.id, now=now)
    return sum(_say(unit, member, status, now=now) for member in found)


def set_member(unit: Unit, guid: str, word: str, *, now: int) -> Member:
    """Say a word of a member. Raises NotFound; Conflict where its status does not let it."""
    member = members.by_guid(unit, guid, now=now)
    status = MEMBER_WORDS[word]
    if status == Status.IMPORTED and member.is_oauth:
        raise Conflict("An OAuth member holds no credentials that could be given anew; send it through a window.")
    if not _say(unit, member, status, now=now):
        raise Conflict(f"A member that is {_name(member.status)} does not take the word {word}.")
    if status == Status.IMPORTED:
        credentials.erase(unit, member.user_id, member.id)
    return members.by_id(unit, member.user_id, member.id, now=now)


def _say(unit: Unit, member: Member, status: Status | None, *, now: int) -> bool:
    """Change a member's status by an operator's word where the table of statuses has it."""
    if status is None:
        status = member.paused_status
    if member.status is None or status is None or status not in NEXT[member.status]:
        return False
    kept = AFTER_PAUSE.get(member.status, member.status) if status == Status.DISABLED else None
    overrule(unit, member, "ended by the operator", now=now, status=status, paused_status=kept)
    return True


def _name(status: Status | None) -> str:
    return "held by a partner" if status is None else status.name
