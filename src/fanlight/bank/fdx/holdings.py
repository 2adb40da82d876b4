"""Investment accounts in FDX forms: what they hold, at what price, and what all of it is worth."""

import hashlib
from decimal import Decimal

from fanlight.bank.fdx import shapes
from fanlight.bank.world import positions
from fanlight.bank.world.figures import dollars, percent, units
from fanlight.bank.world.ledger import Ledger
from fanlight.bank.world.market import Market, value_of
from fanlight.bank.world.people import INVESTMENT
from fanlight.bank.world.positions import BOND, CD, CONTRACT, OPTION, SWEEP, UNIT, Position
from fanlight.base.clock import DAY, date_of

_ABSURD = Decimal(10**30)
_FDX_CLASSES = {"MONEYMRKT": "MONEYMARKET"}


def fill_in(found: shapes.Account, ledger: Ledger, market: Market, now: int, grant: str) -> None:
    """Add the figures of an investment account. What is swept to a fund is part of the cash."""
    username = ledger.household.person.username
    marker = hashlib.sha256(grant.encode()).hexdigest()[:8] if username == positions.NEW_IDS else ""
    cash, held = ledger.balance(INVESTMENT, now), ledger.household.portfolio.positions(now)
    found.holdings = [_holding(f"{found.account_id}{marker}", each, market, now) for each in held]
    worth = sum(_worth(each, market, now) for each in held if each.security.kind != SWEEP)
    found.available_cash_balance = dollars(cash)
    found.current_value = dollars(worth + cash)
    if username == positions.BAD:
        found.holdings[0].units = _ABSURD


def _holding(stem: str, position: Position, market: Market, now: int) -> shapes.Holding:
    """A position; of what is owed the amounts are told without a sign."""
    security, price = position.security, market.price(position.security, now)
    terms = positions.TERMS.get(security.name)
    place = "" if position.held_in == "CASH" else f"-{position.held_in}"
    name = f"{security.symbol or security.kind}{'-option' if security.kind == OPTION else ''}{place}".lower()
    return shapes.Holding(
        holding_id=f"{stem}-{name}",
        security_ids=[shapes.SecurityId(id=security.cusip, id_type="CUSIP")] if security.cusip else [],
        holding_name=security.name,
        holding_type="OTHER" if security.kind == SWEEP else security.kind,
        symbol=security.symbol or None,
        position_type="SHORT" if position.units < 0 else "LONG",
        units=units(abs(position.units)),
        current_unit_price=dollars(price),
        current_unit_price_date=date_of(now).isoformat(),
        change_in_price=dollars(price - market.price(security, now - DAY)),
        market_value=dollars(abs(_worth(position, market, now))),
        cost_basis=dollars(position.cost),
        purchased_price=dollars(position.cost * UNIT // position.units) if position.units else None,
        held_in_account=position.held_in,
        cash_account=security.kind == SWEEP,
        asset_classes=_portions(security.symbol),
        debt_security=_debt(terms) if terms and security.kind in (BOND, CD) else None,
        option_security=_option(terms) if terms and security.kind == OPTION else None,
        currency=shapes.Currency(currency_code="USD"),
    )


def _worth(position: Position, market: Market, now: int) -> int:
    return value_of(position.units, market.price(position.security, now))


def _portions(symbol: str) -> list[shapes.Portion] | None:
    found = [
        shapes.Portion(asset_class=_FDX_CLASSES.get(name, name), percent=Decimal(part))
        for name, part in positions.PORTIONS.get(symbol, ())
    ]
    return found or None


def _debt(terms: positions.Terms) -> shapes.DebtSecurity:
    return shapes.DebtSecurity(coupon_rate=percent(terms.coupon), bond_maturity_date=terms.ends.isoformat())


def _option(terms: positions.Terms) -> shapes.OptionSecurity:
    return shapes.OptionSecurity(
        option_type=terms.option,
        strike_price=dollars(terms.strike),
        expire_date=terms.ends.isoformat(),
        shares_per_contract=CONTRACT,
    )
