"""Positions beyond the plan of a portfolio: what special customers hold, and what securities are divided into."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from fanlight.bank.world.tables import Security
from fanlight.base.clock import DAY

ALL_KINDS, NEW_IDS, BAD, MOVING = (
    "data_all_holdings",
    "data_new_holding_ids",
    "data_bad_holding",
    "data_moving_holding",
)
STOCK, FUND, ETF, BOND, CD, OPTION, SWEEP = "STOCK", "MUTUALFUND", "ETF", "BOND", "CD", "OPTION", "CASH"
UNIT = 10_000  # units are counted in ten-thousandths
CONTRACT = 100  # shares of an option's contract
FACE = 100  # what a unit of a bond or a certificate is repaid with


class Position(NamedTuple):
    """What is held of one security, and what it cost in cents; what is owed is below zero."""

    security: Security
    units: int
    cost: int
    held_in: str = "CASH"


class Terms(NamedTuple):
    """What a bond pays, or what an option is for; percent in hundredths, prices in cents."""

    coupon: int = 0
    ends: dt.date = dt.date(2031, 6, 15)
    option: str = ""
    strike: int = 0


_TREASURY = Security("FLT31", "99B1K1103", "US Treasury Note 4.125% 2031", BOND, 9_850, 0, 150, 0)
_CERTIFICATE = Security("", "", "Oak & Elm Certificate of Deposit 2031", CD, 10_000, 0, 0, 0)
_CALL = Security("TGSW", "", "TGSW JUN 18 2027 $250.00 CALL", OPTION, 31_500, 0, 900, 0)
_SHORTED = Security("PLNK", "99P4L2109", "Plankton Motors Inc", STOCK, 2_140, 0, 2_000, 0)
_ETF = Security("FLBAL", "99F1D0109", "Fanlight Balanced ETF", ETF, 5_360, 420, 500, 0)
_SOLD = Security("QNTX", "99Q2T1106", "Quantum Textiles Inc", STOCK, 1_275, 0, 800, 0)
_SWEPT = Security("FLSWP", "", "Fanlight Cash Sweep", SWEEP, 100, 0, 0, 0)

TERMS: Mapping[str, Terms] = {
    _TREASURY.name: Terms(412),
    _CERTIFICATE.name: Terms(390, dt.date(2031, 2, 1)),
    _CALL.name: Terms(0, dt.date(2027, 6, 18), "CALL", 25_000),
}
PORTIONS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "FLTMX": (("LARGESTOCK", 82), ("SMALLSTOCK", 18)),
    "FLINX": (("INTLSTOCK", 97), ("MONEYMRKT", 3)),
    "FLBDX": (("DOMESTICBOND", 91), ("INTLBOND", 9)),
    "FLBAL": (("LARGESTOCK", 60), ("DOMESTICBOND", 40)),
}
_MORE = (
    Position(_TREASURY, 50 * UNIT, 490_000),
    Position(_CERTIFICATE, 100 * UNIT, 1_000_000),
    Position(_CALL, 2 * UNIT, 58_000),
    Position(_SHORTED, -30 * UNIT, -66_000, "SHORT"),
    Position(_ETF, 12 * UNIT, 60_000),
    Position(_ETF, 5 * UNIT, 27_000, "MARGIN"),
    Position(_SOLD, 0, 0),
    Position(_SWEPT, 150 * UNIT, 15_000),
)


def shown(username: str, planned: tuple[Position, ...], now: int) -> tuple[Position, ...]:
    """What a customer holds at a moment: what the plan of the portfolio says, unless the customer is a special one."""
    if username == ALL_KINDS:
        return planned + _MORE
    if username == MOVING and now // DAY % 2:
        return planned[:-1]
    return planned
