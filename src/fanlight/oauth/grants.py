"""Grants in use: sealed when they come, refreshed while they are used, revoked when they end.

How one is refreshed stands in `refreshing`, how one is revoked in `revoking`, how long one lasts in `terms`.
"""

from collections.abc import Callable, Mapping

from fanlight.base.clock import Clock
from fanlight.core import audit, grants, institutions
from fanlight.core.grants import Ends, Grant, Why
from fanlight.core.institutions import Institution
from fanlight.core.members import Member
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import parse_details
from fanlight.oauth import authorized, terms
from fanlight.oauth.endings import check_ends, ended
from fanlight.oauth.reach import Reach
from fanlight.oauth.refreshing import Refreshing
from fanlight.oauth.revoking import REVOKE, Revoking
from fanlight.oauth.token_safe import PURPOSE, TokenSafe
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

__all__ = ["PURPOSE", "REVOKE", "GrantAccess", "Grants"]


class Grants:
    """Everything that is done with grants."""

    def __init__(
        self, *, settings: Settings, store: Store, vault: Vault, clock: Clock, reach: Reach, wake: Callable[[], None]
    ) -> None:  # fmt: skip
        self.clock = clock
        self.usual_life = settings.access_token_lifetime
        self._store = store
        self._safe = TokenSafe(vault)
        self.revoking = Revoking(
            settings=settings, store=store, safe=self._safe, clock=clock, reach=reach, wake=wake
        )  # fmt: skip
        self.refreshing = Refreshing(
            settings=settings,
            store=store,
            safe=self._safe,
            clock=clock,
            reach=reach,
            revoke=self.revoking.enqueue,
        )

    def replace(self, unit: Unit, member: Member, client_id: int, subject: str | None, tokens: Tokens) -> None:
        """Keep a new grant as the member's next generation and have the old ones revoked."""
        now = self.clock()
        action = audit.GRANT_RENEWED if member.was_connected else audit.GRANT_GIVEN
        self.end_all(unit, member, Why.REPLACED)
        self._keep(unit, member, client_id, subject, tokens, status=grants.ACTIVE, now=now)
        audit.record(unit, client_id, action, member.guid, now=now)

    def discard(self, unit: Unit, member: Member, client_id: int, tokens: Tokens) -> None:
        """Have a grant revoked that will not be used; it is sealed like any other until that is done."""
        now = self.clock()
        key = self._keep(unit, member, client_id, None, tokens, status=grants.REVOKING, now=now)
        kept = grants.by_id(unit, member.user_id, key)
        assert kept is not None  # noqa: S101 - it was stored in this unit
        self.revoking.enqueue(unit, kept, now)

    def hold(self, unit: Unit, member: Member, client_id: int, subject: str | None, tokens: Tokens) -> int:
        """Keep a grant that nothing may use before it is confirmed, beside the one that is in use; its key."""
        return self._keep(unit, member, client_id, subject, tokens, status=grants.HELD, now=self.clock())

    def held(self, unit: Unit, user_id: int, key: int) -> Grant | None:
        """A grant that waits to be confirmed; None when it was ended meanwhile."""
        grant = grants.by_id(unit, user_id, key)
        return grant if grant is not None and grant.status == grants.HELD else None

    def release(self, unit: Unit, grant: Grant) -> Tokens:
        """The tokens of a held grant that was confirmed, to be kept anew: they are erased here, and not revoked.

        Raises Said when they cannot be opened.
        """
        tokens = self.open(grant)
        grants.erase(unit, grant, now=self.clock())
        return tokens

    def let_go(self, unit: Unit, grant: Grant) -> None:
        """Have a held grant revoked that was not confirmed."""
        now = self.clock()
        grants.retire_one(unit, grant, Why.UNUSED, now=now)
        self.revoking.enqueue(unit, grant, now)

    def end_all(self, unit: Unit, member: Member, why: Why = Why.DELETED) -> None:
        """Have every grant of a member revoked."""
        now = self.clock()
        for grant in grants.retire(unit, member, why, now=now):
            self.revoking.enqueue(unit, grant, now)

    def end(self, unit: Unit, grant: Grant, why: Why) -> bool:
        """End a grant in use as it was read, and have it revoked; False when it was refreshed or ended meanwhile."""
        return self.refreshing.end(unit, grant, why)

    def open(self, grant: Grant) -> Tokens:
        """The tokens; raises Said(CONSENT_EXPIRED) when they cannot be opened, so that the person is asked again."""
        return self._safe.open(grant)

    def access(self, grant: Grant, institution: Institution, line: Line) -> "GrantAccess":
        """The grant as a connector uses it. Raises Said(CONSENT_EXPIRED) where its time is over."""
        check_ends(grant, self.clock())
        return GrantAccess(self, grant, institution, line)

    async def why_none(self, member: Member) -> Said:
        """What is said of a member without a grant in use."""
        return ended(await self._store.read(grants.why_ended, member.user_id, member.id))

    async def finish(self) -> None:
        """Let refreshes that were sent come to their end."""
        await self.refreshing.finish()

    def _keep(
        self, unit: Unit, member: Member, client_id: int, subject: str | None, tokens: Tokens, *, status: str, now: int
    ) -> int:  # fmt: skip
        generation = grants.next_generation(unit, member)
        context = grants.context(client_id, member.user_id, member.id, generation)
        details = parse_details(institutions.by_id(unit, member.institution_id).details)
        return grants.store(
            unit,
            member,
            self._safe.seal(context, tokens),
            client_id=client_id,
            generation=generation,
            subject=subject,
            expires_at=now + terms.life(tokens, self.usual_life),
            ends=Ends() if status == grants.REVOKING else terms.first_ends(tokens, details, now),
            status=status,
            now=now,
        )


class GrantAccess:
    """A grant in use: refreshed when four fifths of its life are over, and once where a token is refused.

    A refresh that fails before the token has ended leaves it in use until then.
    """

    def __init__(self, owner: Grants, grant: Grant, institution: Institution, line: Line) -> None:
        self._owner = owner
        self._grant = grant
        self._institution = institution
        self._line = line
        self._tokens = owner.open(grant)

    @property
    def consent_id(self) -> str | None:
        return self._tokens.consent_id

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        await self._refresh_in_time()
        used = self._tokens
        reply = await authorized.send(self._line, used, method, url, headers, content=content)
        if reply.status == 401:
            if self._tokens is used:
                await self.refresh(is_urgent=True)
            reply = await authorized.send(self._line, self._tokens, method, url, headers, content=content)
        return reply

    async def refresh(self, *, is_urgent: bool) -> None:
        """Have fresh tokens; where it is not urgent, those of now do while another is at it. Raises Said."""
        if self._tokens.refresh_token is None:
            told = "The institution does not take this connection's permission any more; it has to be renewed."
            raise Said(Saying.CONSENT_EXPIRED, "the grant has ended and has no refresh token", told=told)
        fresh = await self._owner.refreshing.refresh(self._grant, self._institution, is_urgent=is_urgent)
        if fresh.refresh_number != self._grant.refresh_number:
            self._tokens = self._owner.open(fresh)
        self._grant = fresh

    async def _refresh_in_time(self) -> None:
        """Without a refresh token there is nothing to do: how long the access token lives is the server's to say."""
        life, now = terms.life(self._tokens, self._owner.usual_life), self._owner.clock()
        if self._tokens.refresh_token is None or now < terms.refresh_at(self._grant, life):
            return
        is_urgent = terms.has_expired(self._grant, life, now)
        try:
            await self.refresh(is_urgent=is_urgent)
        except Said as said:
            if is_urgent or said.saying is Saying.CONSENT_EXPIRED:
                raise
