"""The consent watch: once a day each grant is looked at that has an end, or whose consent can be read anew.

People are told 30, 7 and 1 days before an end, each once: what was told is written down in the unit that tells it. At
the end the member is IMPAIRED. Grants that die when nobody uses them are refreshed before they do.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from fanlight.aggregation.requests import overrule
from fanlight.base.clock import DAY, Clock
from fanlight.core import consent_ends, grants, institutions, jobs, members
from fanlight.core.connection_status import NEXT, SET_BY_OPERATOR, Status
from fanlight.core.grants import Grant, Why
from fanlight.core.institutions import Institution
from fanlight.core.members import Member
from fanlight.institutions.answers import Said
from fanlight.institutions.registry import parse_details
from fanlight.oauth.endings import TOLD
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.oauth.revoking import consent_access
from fanlight.planning.notifications import consents
from fanlight.planning.notifications.consents import End, Ending
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

WATCH = "watch_consent"
DAYS = (30, 7, 1)
"""So many days before its end a person is told of it."""
KEPT_ALIVE_AT = 0.5
"""At which part of the life of an unused refresh token it is used, to get another."""
WHILE_RUNNING = 60
"""For how many seconds an end waits for a run to end."""
NOT_CONFIRMED = "the consent was not confirmed again in time"


class _Seen(NamedTuple):
    grant: Grant
    member: Member
    institution: Institution


class ConsentWatch:
    """Watches the consents of all users."""

    def __init__(
        self, *, settings: Settings, store: Store, clock: Clock, grants: Grants, reach: Reach,
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._batch = settings.consent_batch
        self._store = store
        self._clock = clock
        self._grants = grants
        self._reach = reach
        self._wake = wake

    async def sweep(self) -> None:
        """Look at what is due, a unit for each: one that fails keeps nothing from the others."""
        for grant in await self._store.read(consent_ends.due, now=self._clock(), limit=self._batch):
            try:
                await self._store.write(self._look, grant.user_id, grant.id)
            except Exception:
                log.exception("the consent of grant %s cannot be looked at; that is put off for a day", grant.id)
                await self._store.write(consent_ends.look_again, grant, at=self._clock() + DAY)

    async def run(self, task: Task) -> None:
        """Ask the institution how a consent stands, or use a refresh token before it dies; then look again."""
        user_id, key = task.arguments["user"], task.arguments["grant"]
        seen = await self._store.read(self._seen, user_id, key)
        if seen is None:
            return
        try:
            await self._read(seen)
        except Said as said:
            log.info("the consent of grant %s was not read: %s", key, said)
        await self._store.write(self._settle, user_id, key, task)

    def _seen(self, unit: Unit, user_id: int, key: int) -> _Seen | None:
        """A grant in use with what it belongs to; None when it is in use no more."""
        grant = grants.by_id(unit, user_id, key)
        if grant is None or grant.status != grants.ACTIVE:
            return None
        member = members.find(unit, user_id, grant.member_id, now=self._clock())
        return None if member is None else _Seen(grant, member, institutions.by_id(unit, grant.institution_id))

    def _look(self, unit: Unit, user_id: int, key: int) -> None:
        """End what has ended, ask where the institution knows more, else tell what there is to tell."""
        seen = self._seen(unit, user_id, key)
        if seen is None:
            return
        now = self._clock()
        if self._is_over(unit, seen, now):
            return
        if self._wants_to_know(seen, now):
            # The task looks again when it has asked; one that is lost is made anew after a day.
            consent_ends.look_again(unit, seen.grant, at=now + DAY)
            arguments = {"user": user_id, "grant": key}
            tasks.enqueue(unit, WATCH, arguments, run_at=now, wake=self._wake, lane=jobs.lane(seen.institution.id))
            return
        self._tell(unit, seen, now)

    def _settle(self, unit: Unit, user_id: int, key: int, task: Task) -> None:
        """After the institution was asked: what it said counts now, and what it did not say is as it was."""
        now = self._clock()
        tasks.finish(unit, task.id)
        seen = self._seen(unit, user_id, key)
        if seen is None:
            self._impair_of_ended(unit, user_id, key, now)
        elif not self._is_over(unit, seen, now):
            self._tell(unit, seen, now)

    async def _read(self, seen: _Seen) -> None:
        """Raises Said."""
        reached = self._reach.institution(seen.institution)
        now = self._clock()
        access = self._grants.access(seen.grant, seen.institution, reached.line)
        if _is_kept_alive(seen.grant, now):
            await access.refresh(is_urgent=True)
        consents_of = None if reached.connector is None else reached.connector.consents
        if consents_of is None or access.consent_id is None:
            return
        server = self._reach.server(seen.institution) if reached.details.oauth is not None else None
        state = await consents_of.read(access.consent_id, consent_access(reached, server, access))
        if state.status in ("ended", "rejected"):
            await self._store.write_durable(self._withdraw, seen.grant)
        else:
            await self._store.write(consent_ends.observe, seen.grant, expires_at=state.expires_at, now=now)

    def _withdraw(self, unit: Unit, grant: Grant) -> None:
        """The institution says that the consent has ended: so it has, whatever was promised."""
        current = grants.by_id(unit, grant.user_id, grant.id)
        if current is not None:
            self._grants.end(unit, current, Why.WITHDRAWN)

    def _wants_to_know(self, seen: _Seen, now: int) -> bool:
        """Whether the institution has to be asked: once a day where a consent can be read, or to keep a grant alive."""
        if _is_kept_alive(seen.grant, now):
            return True
        reached = self._reach.institution(seen.institution)
        can_read = reached.connector is not None and reached.connector.consents is not None
        last = seen.grant.consent_read_at
        return can_read and (last is None or last <= now - DAY // 2)

    def _is_over(self, unit: Unit, seen: _Seen, now: int) -> bool:
        """Whether the grant's time is over, or its person's word; then the member is IMPAIRED."""
        grant = seen.grant
        is_expired = grant.consent_expires_at is not None and now >= grant.consent_expires_at
        is_unconfirmed = grant.reconfirm_by is not None and now >= grant.reconfirm_by
        if not is_expired and not is_unconfirmed:
            return False
        if seen.member.is_being_aggregated and seen.member.status != Status.CHALLENGED:
            consent_ends.look_again(unit, grant, at=now + WHILE_RUNNING)
        elif is_expired:
            self._grants.end(unit, grant, Why.EXPIRED)
            self._impair(unit, seen, Why.EXPIRED.value, now)
            consents.tell_ended(unit, _ending(seen, "consent", grant.consent_expires_at or now), Why.EXPIRED, now=now)
        else:
            consent_ends.look_again(unit, grant, at=grant.consent_expires_at)
            self._impair(unit, seen, NOT_CONFIRMED, now)
            at = grant.reconfirm_by or now
            consents.tell_ended(unit, _ending(seen, "reconfirmation", at), NOT_CONFIRMED, now=now)
        return True

    def _impair_of_ended(self, unit: Unit, user_id: int, key: int, now: int) -> None:
        """The grant ended while it was looked at; a newer one of the member is none of its business."""
        grant = grants.by_id(unit, user_id, key)
        member = None if grant is None else members.find(unit, user_id, grant.member_id, now=now)
        if grant is None or member is None or grants.active(unit, user_id, member.id) is not None:
            return
        why = Why(grant.ended_for) if grant.ended_for else Why.WITHDRAWN
        if why not in TOLD:
            return
        seen = _Seen(grant, member, institutions.by_id(unit, grant.institution_id))
        self._impair(unit, seen, why.value, now)
        consents.tell_ended(unit, _ending(seen, "consent", now), why.value, now=now)

    def _impair(self, unit: Unit, seen: _Seen, why: str, now: int) -> None:
        """The person has to do something; what an operator said of the member stands above that."""
        status = seen.member.status
        if status is None or status in SET_BY_OPERATOR or Status.IMPAIRED not in NEXT[status]:
            return  # a run that waits for an answer will find out
        log.info("member %s is impaired: %s", seen.member.guid, why)
        overrule(unit, seen.member, why, now=now, status=Status.IMPAIRED)

    def _tell(self, unit: Unit, seen: _Seen, now: int) -> None:
        """Tell of the nearest end if it is time to, once, and say when to look next."""
        grant = seen.grant
        what, end = _nearest(grant, now)
        if end is None:
            asks = self._reach.institution(seen.institution).connector
            can_read = asks is not None and asks.consents is not None
            consent_ends.look_again(unit, grant, at=now + DAY if can_read else None)
            return
        days = _due(grant, end, _life(seen, what, end), now)
        if days is not None:
            consents.tell(unit, _ending(seen, what, end), days, now=now, wake=self._wake)
            consent_ends.told(unit, grant, end=end, days=days)
        steps = [end - each * DAY for each in DAYS] + [end, _kept_alive_at(grant) or end]
        consent_ends.look_again(unit, grant, at=min([now + DAY, *(step for step in steps if step > now)]))


def _nearest(grant: Grant, now: int) -> tuple[End, int | None]:
    """The end that comes first. Whether an unused refresh token has died only its use can tell."""
    ends: list[tuple[int, End]] = []
    if grant.consent_expires_at is not None:
        ends.append((grant.consent_expires_at, "consent"))
    if grant.reconfirm_by is not None:
        ends.append((grant.reconfirm_by, "reconfirmation"))
    if grant.refresh_expires_at is not None and grant.refresh_expires_at > now:
        ends.append((grant.refresh_expires_at, "refresh"))
    if not ends:
        return "consent", None
    at, what = min(ends)
    return what, at


def _life(seen: _Seen, what: End, end: int) -> int:
    """How many seconds there were from the beginning to an end."""
    if what == "reconfirmation":
        return (parse_details(seen.institution.details).reconfirm_after_days or 0) * DAY
    return end - (seen.grant.updated_at if what == "refresh" else seen.grant.created_at)


def _due(grant: Grant, end: int, life: int, now: int) -> int | None:
    """How many days before is to be told now; None when it was told, is not time, or there never were so many days."""
    days = min((each for each in DAYS if now >= end - each * DAY), default=None)
    if days is None or now >= end:
        return None
    has_told = grant.told_end is not None and abs(grant.told_end - end) < DAY and (grant.told_days or 0) <= days
    return None if has_told or life <= (days + 1) * DAY else days


def _is_kept_alive(grant: Grant, now: int) -> bool:
    at = _kept_alive_at(grant)
    return at is not None and now >= at


def _kept_alive_at(grant: Grant) -> int | None:
    """When half of the life of a refresh token is over that nobody used."""
    if grant.refresh_expires_at is None:
        return None
    return grant.refresh_expires_at - int(KEPT_ALIVE_AT * (grant.refresh_expires_at - grant.updated_at))


def _ending(seen: _Seen, what: End, at: int) -> Ending:
    return Ending(
        user_id=seen.member.user_id,
        member_guid=seen.member.guid,
        member_name=seen.member.name,
        institution_guid=seen.member.institution_guid,
        what=what,
        at=at,
    )
