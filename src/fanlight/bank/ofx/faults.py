"""The documented user names that make a brand with OFX misbehave once they are signed on and ask for data."""

import asyncio
from typing import NamedTuple

from fanlight.bank.answers import NO_STORE, NOSNIFF, Answer, Dripping, flood
from fanlight.bank.ofx.signon import Outage
from fanlight.bank.special_users import Behavior
from fanlight.base.asgi import Response

OFX = (b"content-type", b"application/x-ofx")
_HEADERS = (OFX, NO_STORE, NOSNIFF)
_START = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE"'
    b' OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n<OFX>'
)
_FILLER = b"<STMTTRN><NAME>" + b"x" * 60_000 + b"</NAME></STMTTRN>"


class OfxUser(NamedTuple):
    """A user name and what happens to whoever signs on with it."""

    name: str
    effect: str


OFX_USERS = (
    OfxUser("data_unavailable", "Every data request answers HTTP 503."),
    OfxUser("data_garbage", "Every data request answers 200 with text that is not OFX."),
    OfxUser("data_huge", "Every data request answers many megabytes that never become a document."),
    OfxUser("data_slow", "Every data request hangs for a minute, then answers."),
    OfxUser("data_one_bad_account", "The credit card's statement answers status 2000, the rest is fine."),
    OfxUser("data_no_accounts", "The customer has no accounts."),
    OfxUser("data_all_holdings", "The brokerage holds every kind: short, option, bond, nothing left ..."),
    OfxUser("data_bad_holding", "One of the brokerage's positions has an absurd number of units."),
    OfxUser("data_moving_holding", "One of the brokerage's positions is missing every second day."),
)


async def data_fault(behavior: Behavior, username: str) -> Answer | None:
    """The fault in place of an answer; None when the answer is to be given as usual. Raises Outage."""
    match username:
        case "data_unavailable":
            raise Outage(503, "The bank is in maintenance, as this user asked for.")
        case "data_garbage":
            return Response(200, b"<OFX>none of this is a document</OF", _HEADERS)
        case "data_huge":
            return Dripping(200, flood(_START, _FILLER, behavior.huge_bytes), _HEADERS)
        case "data_slow":
            await asyncio.sleep(behavior.slow_seconds)
    return None
