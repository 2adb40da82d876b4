"""Prices and portfolios: the same market for everybody, and what each investor holds on a day."""

import hashlib
from typing import NamedTuple

from fanlight.bank.world.calendar import banking_moment, moment_in, month_number, month_of
from fanlight.bank.world.people import Person
from fanlight.bank.world.positions import UNIT, Position, shown
from fanlight.bank.world.tables import SECURITIES, Security
from fanlight.base.clock import DAY

FIRST_MONTH = month_number(2020, 1)
_FIRST_DAY = moment_in(FIRST_MONTH, 1, 0) // DAY
_SPAN = 16  # days between two turning points of a price


class Trade(NamedTuple):
    """A movement of a portfolio; `kind` is the FDX transaction type, units are in ten-thousandths."""

    at: int
    kind: str
    security: Security
    units: int
    price: int
    cents: int


class Market:
    """Prices that follow from the seed and the date alone."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def price(self, security: Security, moment: int) -> int:
        """The closing price in cents; at a weekend it is Friday's."""
        day = moment // DAY
        day -= max((day + 3) % 7 - 4, 0)  # day 0 was a Thursday
        since = day - _FIRST_DAY
        trend = security.price * (10_000 + security.growth * since // 365) // 10_000
        node, inside = divmod(since, _SPAN)
        swing = self._chance(security, node) * (_SPAN - inside) + self._chance(security, node + 1) * inside
        return max(trend * (10_000 + swing // _SPAN) // 10_000, 100)

    def _chance(self, security: Security, node: int) -> int:
        digest = hashlib.blake2b(f"{security.symbol}/{node}".encode(), digest_size=4, key=self._secret).digest()
        return int.from_bytes(digest) % (2 * security.swing + 1) - security.swing


class Portfolio:
    """One investor's securities: monthly purchases and quarterly dividends that are invested again."""

    def __init__(self, person: Person, market: Market) -> None:
        dice = person.dice("portfolio")
        self._market = market
        self._username = person.username
        funds = SECURITIES[:3]
        self.securities = (*funds, *sorted(dice.sample(SECURITIES[3:], dice.randint(1, 3))))
        self.contribution = dice.randrange(20, 60) * 1_000
        self.cash = dice.randrange(80_000, 300_000)
        self._buy_day = dice.randint(11, 13)
        self._positions = {FIRST_MONTH: tuple(self._opening(dice.randrange(20, 160), each) for each in self.securities)}
        self._trades: dict[int, tuple[Trade, ...]] = {}

    def trades(self, month: int) -> tuple[Trade, ...]:
        """What happens in a month; a contribution is spent to the cent, a dividend at once."""
        if month < FIRST_MONTH:
            return ()
        if month not in self._trades:
            held = self._start_of(month)
            self._trades[month] = (*self._purchases(month), *self._dividends(month, held))
        return self._trades[month]

    def positions(self, now: int) -> tuple[Position, ...]:
        """What is held at a moment."""
        month = month_of(now)
        planned = _after(self._start_of(month), [trade for trade in self.trades(month) if trade.at <= now])
        return shown(self._username, planned, now)

    def _start_of(self, month: int) -> tuple[Position, ...]:
        known = min(max(self._positions), month)
        while known < month:
            self._positions[known + 1] = _after(self._positions[known], self.trades(known))
            known += 1
        return self._positions[max(month, FIRST_MONTH)]

    def _opening(self, units: int, security: Security) -> Position:
        return Position(security, units * UNIT, units * security.price)

    def _purchases(self, month: int) -> list[Trade]:
        at = banking_moment(month, self._buy_day, 70_200)
        larger = self.contribution * 7 // 10
        shares = ((self.securities[0], larger), (self.securities[1], self.contribution - larger))
        return [self._bought(at, "PURCHASED", security, cents) for security, cents in shares]

    def _dividends(self, month: int, held: tuple[Position, ...]) -> list[Trade]:
        if month % 3 != 2:
            return []
        at, found = banking_moment(month, 20, 75_600), []
        for position in held:
            price = self._market.price(position.security, at)
            cents = position.units * price * position.security.dividend // (UNIT * 10_000)
            if cents:
                found.append(Trade(at, "DIVIDEND", position.security, 0, price, cents))
                found.append(self._bought(at + 60, "REINVESTOFINCOME", position.security, cents))
        return found

    def _bought(self, at: int, kind: str, security: Security, cents: int) -> Trade:
        price = self._market.price(security, at)
        return Trade(at, kind, security, cents * UNIT // price, price, -cents)


def value_of(units: int, price: int) -> int:
    """Cents that a number of units is worth."""
    return units * price // UNIT


def _after(held: tuple[Position, ...], trades: tuple[Trade, ...] | list[Trade]) -> tuple[Position, ...]:
    found = {position.security: position for position in held}
    for trade in trades:
        if trade.cents < 0:
            before = found[trade.security]
            found[trade.security] = Position(trade.security, before.units + trade.units, before.cost - trade.cents)
    return tuple(found.values())
