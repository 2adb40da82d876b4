"""Checking an institution: step by step from its entry to its data, each with what was found and what to do about it.

Nothing is changed anywhere, no person is needed, and no line that is printed holds a secret: what an institution says
is told by codes of known form alone.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

from fanlight.base.clock import DAY, Clock
from fanlight.base.errors import OperatorError
from fanlight.institutions import oauth_entry, registry
from fanlight.institutions.addresses import Target
from fanlight.institutions.answers import Said
from fanlight.institutions.http import Http
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import OAuthServer, Secrets
from fanlight.institutions.ofx import profile
from fanlight.institutions.probing import Probe, whereabouts
from fanlight.institutions.registry import Details
from fanlight.oauth import authorize, check_advice, discovery, metadata
from fanlight.oauth.key_sets import KeySets
from fanlight.oauth.servers import AuthorizationServer

ENDS_SOON = 21
"""Days before the end of a certificate at which it is worth a word."""
CLOCK_NOTED, CLOCK_WRONG = 5, 60
"""Seconds between the clocks; signed assertions live for a minute."""
_CODE = re.compile(r"error ([a-z_]{1,40})")
_NO_CODE = "a-code-that-nobody-was-given"


class State(StrEnum):
    GOOD = "good"
    NOTED = "noted"
    """It works; there is something to know."""
    BAD = "bad"
    SKIPPED = "skipped"


class Step(NamedTuple):
    """One step and how it went. `advice` is what to do, in plain words."""

    name: str
    state: State
    found: str
    advice: str = ""


class Subject(NamedTuple):
    """What is checked: an institution's entry and secrets, and where its people come back to."""

    code: str
    details: Details
    secrets: Secrets
    redirect_uri: str


class Bad(Exception):
    """A step went wrong."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found = found
        self.advice = advice


Work = Callable[[], Awaitable[Step]]


class Checks:
    """All steps of one institution. Those that need a host are left out once the host cannot be reached."""

    def __init__(self, http: Http, subject: Subject, clock: Clock) -> None:
        self._http = http
        self._subject = subject
        self._clock = clock
        self._way = registry.way(subject.details, subject.secrets)
        self._line = Line(http, self._way, clock=clock, nonces={})
        self._dead: set[Target] = set()
        self._date: str | None = None

    async def run(self) -> list[Step]:
        steps = [self._entry()]
        for target in registry.targets(self._subject.details):
            steps += await self._host(target)
        for name, work in self._conversation():
            steps.append(await self._tried(name, work))
        return steps

    def _entry(self) -> Step:
        server = self._subject.details.oauth
        weaker = oauth_entry.weaker_rules(server) if server is not None else []
        if self._subject.details.allow_private:
            weaker.append("allow_private = true")
        if not weaker:
            return Step("entry", State.GOOD, "it holds together, and has no rule weaker than the strict ones")
        found = f"it holds together; weaker than the strict rules: {'; '.join(weaker)}"
        return Step("entry", State.NOTED, found, "Take out each line that the institution does not need.")

    async def _host(self, target: Target) -> list[Step]:
        """The address, then the connection."""
        probe, named = Probe(self._http, self._way, target), f"{target.host}:{target.port}"
        first = await self._tried(f"address of {named}", lambda: _addresses(probe))
        if first.state is State.BAD:
            self._dead.add(target)
            return [first]
        second = await self._tried(f"connection to {named}", lambda: self._connection(probe))
        if second.state is State.BAD:
            self._dead.add(target)
        return [first, second]

    async def _connection(self, probe: Probe) -> Step:
        name = f"connection to {probe.target.host}:{probe.target.port}"
        shown = await probe.connect()
        if shown is None:
            return Step(name, State.NOTED, "open, without TLS", "Use https where the institution has it.")
        days = (shown.ends_at - self._clock()) // DAY
        found = f"{shown.protocol}, certificate by {shown.issuer}, {days} days left"
        if days >= ENDS_SOON:
            return Step(name, State.GOOD, found)
        return Step(name, State.NOTED, found, "The institution has to renew its certificate, or nothing works then.")

    def _conversation(self) -> Iterator[tuple[str, Work]]:
        details = self._subject.details
        if details.oauth is not None:
            server = details.oauth
            yield "discovery", lambda: self._discovery(server)
            if server.jwks_uri is not None:
                yield "keys", lambda: self._keys(server)
            yield "client authentication", lambda: self._authentication(server)
        url = registry.data_url(details)
        if url is not None:
            yield "data", lambda: self._data(url)
        if details.ofx is not None:
            yield "profile", self._profile
        if details.simplefin is not None:
            yield "data", _per_person
        yield "clock", self._clocks

    async def _tried(self, name: str, work: Work) -> Step:
        if self._dead and name in ("discovery", "keys", "client authentication", "data", "profile"):
            dead = ", ".join(sorted(target.host for target in self._dead))
            return Step(name, State.SKIPPED, f"not tried, for {dead} cannot be reached")
        try:
            return await work()
        except Bad as bad:
            return Step(name, State.BAD, bad.found, bad.advice)
        except Said as said:
            return Step(name, State.BAD, said.detail, check_advice.of_said(said))
        except OperatorError as error:
            return Step(name, State.BAD, str(error), "Compare the [oauth] table with what the institution documents.")

    async def _discovery(self, server: OAuthServer) -> Step:
        """What the server says of itself, against what the entry holds."""
        try:
            found = await discovery.fetch_for(self._http, self._way, self._subject.details)
        except metadata.MetadataError as error:
            return Step("discovery", State.NOTED, str(error), "Without it, the entry's own lines are all there is.")
        changes = metadata.differences(server, metadata.merged(server, found.metadata))
        concerns = metadata.concerns(server, found.metadata)
        if not changes and not concerns:
            return Step("discovery", State.GOOD, "the server says what the entry says")
        told = [f"{change.line} is another one there" for change in changes] + [each.rstrip(".") for each in concerns]
        advice = f"See `fanlight institution discover {self._subject.code}`; it shows the lines and can take them over."
        return Step("discovery", State.BAD if concerns else State.NOTED, "; ".join(told), advice)

    async def _keys(self, server: OAuthServer) -> Step:
        """Whether the key set can be read and holds a key for what the server signs with."""
        keys = await KeySets().get(server.jwks_uri or "", None, self._line)
        algorithm = server.id_token_signing_alg
        count = len(keys["keys"])
        if algorithm is None or "openid" not in server.scope.split():
            return Step("keys", State.GOOD, f"{count} in the set; no id_token is asked for")
        if any(_fits(key, algorithm) for key in keys["keys"]):
            return Step("keys", State.GOOD, f"{count} in the set, one for {algorithm} among them")
        found = f"none of {count} in the set is for {algorithm}"
        raise Bad(found, "Ask the institution which algorithm signs id_tokens, and say it in id_token_signing_alg.")

    async def _authentication(self, server: OAuthServer) -> Step:
        """Whether the server knows this client: by what it says to a request that changes nothing."""
        spoken = AuthorizationServer(self._subject.details, self._subject.secrets, self._line, KeySets())
        name, attempt = "client authentication", authorize.new_attempt()
        try:
            if self._subject.details.uk_open_banking is not None:
                await spoken.client_access()
                return Step(name, State.GOOD, "the server gave a token in this server's own name")
            if server.pushed_authorization_request_endpoint is not None:
                await spoken.begin(attempt, "check", self._subject.redirect_uri, {})
                return Step(name, State.GOOD, "the server took a pushed authorization request")
            await spoken.redeem(_NO_CODE, attempt, self._subject.redirect_uri)
        except Said as said:
            return self._refused(name, server, said)
        raise Bad("the server gave tokens for a code that nobody was given", "Do not use this server.")

    def _refused(self, name: str, server: OAuthServer, said: Said) -> Step:
        found = _CODE.search(said.detail)
        code = found[1] if found else "none"
        if code == "invalid_grant":
            return Step(name, State.GOOD, "the server knows this client: it refused no more than a made-up code")
        advice = check_advice.of_refusal(code, server.token_endpoint_auth_method, said)
        told = advice.format(redirect_uri=self._subject.redirect_uri, code=self._subject.code)
        raise Bad(said.detail, told)

    async def _data(self, url: str) -> Step:
        """Data asked for without a token has to be refused."""
        reply = await self._http.exchange("GET", url, {}, None, self._way)
        self._date = reply.headers.get("date", self._date)
        if reply.status in (400, 401, 403):
            return Step("data", State.GOOD, f"refused without a token, as it should be (HTTP {reply.status})")
        raise Bad(
            f"HTTP {reply.status} to a request without a token, where 401 was expected",
            check_advice.of_data(reply.status),
        )

    async def _profile(self) -> Step:
        details = self._subject.details.ofx
        if details is None:
            return Step("profile", State.SKIPPED, "no OFX")
        content = profile.request(details, datetime.now(UTC))
        reply = await self._http.exchange("POST", details.url, profile.HEADERS, content, self._way)
        self._date = reply.headers.get("date", self._date)
        try:
            name = profile.read(reply)
        except Said as said:
            raise Bad(said.detail, "Compare url, version, org, fid and app_id in [ofx] with the bank's own.") from said
        return Step("profile", State.GOOD, f"an OFX server of {name}")

    async def _clocks(self) -> Step:
        """This machine's clock against the institution's."""
        theirs = _moment(self._date)
        if theirs is None:
            return Step("clock", State.SKIPPED, "no answer told the institution's time")
        apart = abs(self._clock() - theirs)
        found = f"{apart} seconds apart"
        if apart >= CLOCK_WRONG:
            raise Bad(found, "Set this machine's clock by NTP: signed requests would count as too old or too new.")
        if apart >= CLOCK_NOTED:
            return Step("clock", State.NOTED, found, "Set this machine's clock by NTP.")
        return Step("clock", State.GOOD, found)


def is_good(steps: Sequence[Step]) -> bool:
    """Whether an institution can be used as it stands."""
    return not any(step.state is State.BAD for step in steps)


async def _addresses(probe: Probe) -> Step:
    found = whereabouts(await probe.addresses())
    return Step(f"address of {probe.target.host}:{probe.target.port}", State.GOOD, found)


async def _per_person() -> Step:
    return Step("data", State.SKIPPED, "every person brings an address of their own")


def _fits(key: object, algorithm: str) -> bool:
    """Whether a key of a set can check signatures of an algorithm (RFC 7518 3.1)."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    kind = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", key.get("crv"))}.get(algorithm, ("RSA", key.get("crv")))
    return (key.get("kty"), key.get("crv")) == kind


def _moment(date: str | None) -> int | None:
    try:
        return None if date is None else int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):
        return None
