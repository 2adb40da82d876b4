"""A request's way through the faults that are set: some answer in the bank's place, some change what it answers."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from fanlight.bank.answers import Answer
from fanlight.bank.faults import http
from fanlight.bank.faults.state import Faults, Place, Standing
from fanlight.bank.faults.steps import step_of, username_of
from fanlight.bank.fdx import faults as fdx
from fanlight.bank.oauth import faults as oauth
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Request, Response
from fanlight.base.clock import DAY, Clock

Answering = Callable[[Request], Awaitable[Answer]]


class Counter(NamedTuple):
    """Where a request arrived: the brand, its issuer where it has one, and the faults that are set."""

    faults: Faults
    clock: Clock
    brand: str
    issuer: Issuer | None


async def played(counter: Counter, request: Request, answering: Answering) -> Answer | http.Drip:
    """The answer to a request at a brand; as if nothing were here while no fault is set."""
    step = await step_of(request) if counter.faults.standing else None
    if step is None:
        return await answering(request)
    issuer = counter.issuer
    place = Place(step, counter.brand, await username_of(issuer, request, step) if issuer else "")
    standing = counter.faults.play(place)
    for each in standing:
        found = await _instead(counter, each, place, request)
        if found is not None:
            return found
    asked = request if issuer is None else fdx.asked(request, standing)
    answer: Answer | http.Drip = await answering(asked)
    for each in standing:
        if issuer is not None and isinstance(answer, Response):
            answer = fdx.changed(each, asked, oauth.changed(each, issuer, step, answer))
        answer = http.spoiled(each, answer)
    return answer


async def _instead(counter: Counter, standing: Standing, place: Place, request: Request) -> Response | None:
    is_over_budget = False
    if standing.fault.name == "daily_budget":
        used = counter.faults.used_today(standing, place, counter.clock() // DAY)
        is_over_budget = used > standing.value
    found = await http.instead(standing, is_over_budget=is_over_budget)
    if found is not None or counter.issuer is None:
        return found
    found = await oauth.instead(standing, counter.issuer, request)
    return found or fdx.instead(standing, counter.issuer, request)
