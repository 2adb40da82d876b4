"""Metering: a run asks of an institution no more than the ledger lets it, and writes down what it is told.

Where there is a limit by the day each scope of a member, which is what a path names, counts once in a run. A run that a
person asked for counts as any other: no connector tells an institution that the person is there, so it counts all.
What an institution refuses to one member holds for that member, and for everybody once it refuses another user too.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from fanlight.base.clock import Clock, timestamp
from fanlight.core import rate_ledger
from fanlight.core.institutions import Institution
from fanlight.core.members import Member
from fanlight.core.rate_ledger import Place
from fanlight.institutions import rates
from fanlight.institutions.answers import HeldBack, Reply
from fanlight.institutions.line import RETRY_AFTER_LIMIT
from fanlight.institutions.registry import parse_details
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit


class _Run(NamedTuple):
    """What a meter is of."""

    place: Place
    name: str
    per_day: int | None


class Rates:
    """Makes meters; what an institution said to one run the others know at once."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.longest_block = settings.longest_block
        self._store = store
        self._clock = clock
        self._closed: dict[int, int] = {}

    def meter(self, unit: Unit, member: Member, institution: Institution) -> "RunMeter":
        """The meter of a run that begins."""
        place = Place(institution.id, member.user_id, member.id)
        self.close(institution.id, rate_ledger.blocked_until(unit, institution.id))
        per_day = parse_details(institution.details).unattended_calls_per_day
        run = _Run(place, institution.name, per_day)
        known = {row.scope: row.blocked_until for row in rate_ledger.of_member(unit, place)}
        return RunMeter(self, self._store, self._clock, run, known)

    def closed_until(self, institution_id: int) -> int:
        return self._closed.get(institution_id, 0)

    def close(self, institution_id: int, until: int) -> None:
        """Nobody asks the institution before a moment."""
        self._closed[institution_id] = max(until, self.closed_until(institution_id))


class RunMeter:
    """The meter of one run."""

    def __init__(self, rates: Rates, store: Store, clock: Clock, run: _Run, known: dict[str, int]) -> None:
        self._rates = rates
        self._store = store
        self._clock = clock
        self._run = run
        self._closed = known
        self._counted: set[str] = set()

    async def admit(self, url: str) -> None:
        """Raise HeldBack where the request may not be made now."""
        now, scope = self._clock(), _scope(url)
        of_member = (self._closed.get(each, 0) for each in (rate_ledger.EVERYTHING, rate_ledger.REFUSED))
        closed = max(self._rates.closed_until(self._run.place.institution_id), *of_member)
        if closed > now:
            raise self._held_back("the institution asked to be left alone", closed, now)
        if self._closed.get(scope, 0) > now:
            raise self._held_back("the institution takes no more of these today", self._closed[scope], now)
        await self._count(scope, now)

    async def heard(self, url: str, reply: Reply) -> None:
        """Note until when nothing more may be asked; a few seconds are waited for by the line itself."""
        now = self._clock()
        until = rates.closed_until(reply, now)
        if until is None or until <= now + RETRY_AFTER_LIMIT:
            return
        place, is_refused = self._run.place, reply.status in (429, 503)
        if is_refused and self._run.per_day is None:
            await self._refused(until, now)
            return
        scope = _scope(url) if is_refused else rate_ledger.EVERYTHING
        self._closed[scope] = until
        await self._store.write(rate_ledger.block, place._replace(scope=scope), until=until, now=now)

    async def _refused(self, until: int, now: int) -> None:
        place, longest = self._run.place, self._rates.longest_block
        self._closed[rate_ledger.REFUSED] = until
        closed = await self._store.write(rate_ledger.refuse, place, until=until, longest=longest, now=now)
        if closed is not None:
            self._rates.close(place.institution_id, closed)

    async def _count(self, scope: str, now: int) -> None:
        """What was let through once in a run is one request to the institution, in however many pages."""
        most = self._run.per_day
        if most is None or scope in self._counted:
            return
        place = self._run.place._replace(scope=scope)
        next_slot = await self._store.write(rate_ledger.take, place, most=most, now=now)
        if next_slot is not None:
            raise self._held_back(f"the {most} requests a day are used up", next_slot, now)
        self._counted.add(scope)

    def _held_back(self, why: str, until: int, now: int) -> HeldBack:
        at = timestamp(until)
        told = f"{self._run.name} is not asked before {at}: {why}."
        return HeldBack(f"{why}; next at {at}", until=until, now=now, told=told)


def _scope(url: str) -> str:
    return rate_ledger.scope_of(urlsplit(url).path)
