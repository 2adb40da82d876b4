"""Positions of OFX statements, with what the list of securities says of them. Pure."""

import logging
from collections.abc import Mapping
from decimal import Decimal

from fanlight.institutions import securities
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.document import Element, group
from fanlight.institutions.ofx.values import amount, currency, moment, text
from fanlight.institutions.port import MAX_HOLDINGS, FeedHolding, Positions
from fanlight.institutions.securities import QUANTITY_PLACES, Unreadable, exact, owed, product

SHORT = "SHORT"
log = logging.getLogger(__name__)

SecurityKey = tuple[str | None, str | None]
_TYPES = {
    "POSDEBT": securities.FIXED_INCOME,
    "POSMF": securities.MUTUAL_FUND,
    "POSOPT": securities.OPTIONS,
    "POSSTOCK": securities.EQUITY,
}
_STOCK_CLASSES = {"CONVERTIBLE": "CONVERTIBLE", "PREFERRED": "PREFERRED"}
_MONEY_MARKET = "MONEYMRKT"
_QUOTED = (Decimal(1), Decimal("0.01"), Decimal(100))
"""What a price may have to be multiplied by: of one unit, in percent, or by the share of an option."""
_NEAR = Decimal("0.02")
_NOTHING = group("SECINFO")


def positions(statement: Element, listed: Mapping[SecurityKey, Element]) -> Positions | None:
    """What an account holds; None where the statement has no list of it. Raises Said(TOO_MUCH).

    An entry that cannot be read is left out alone.
    """
    found = statement.find("INVPOSLIST")
    if found is None:
        return None
    if len(found.children) > MAX_HOLDINGS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_HOLDINGS} positions")
    usual, read = currency(statement.value("CURDEF")), list[FeedHolding]()
    for entry in found.children:
        try:
            read.append(_holding(entry, listed, usual))
        except Unreadable as error:
            log.warning("a position is left out: %s", error)
    return Positions(read, is_whole=len(read) == len(found.children))


def listed_securities(document: Element) -> dict[SecurityKey, Element]:
    """What a document says of securities, by their ids."""
    found = document.find("SECLISTMSGSRSV1", "SECLIST")
    return {_key(info.find("SECINFO")): info for info in (found.children if found else ())}


def holdings_value(positions: Element) -> Decimal | None:
    """What all positions of a statement are worth; None where it is not told of each."""
    try:
        values = [_worth(entry.find("INVPOS") or _NOTHING) for entry in positions.children]
    except Unreadable:
        return None
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _holding(entry: Element, listed: Mapping[SecurityKey, Element], usual: str | None) -> FeedHolding:
    held = entry.find("INVPOS")
    if held is None:
        raise Unreadable("it is no position")
    identity, kind = _key(held)
    info = listed.get((identity, kind)) or _NOTHING
    told = info.find("SECINFO") or _NOTHING
    cusip = securities.cusip(identity) if kind == "CUSIP" else None
    isin = securities.isin(identity) if kind == "ISIN" else None
    shares, price = _signed(held, "UNITS", QUANTITY_PLACES), _number(held, "AVGCOSTBASIS", QUANTITY_PLACES)
    found = FeedHolding(
        # The id is the security's and not the position's; CUSIP and ISIN have fields of their own.
        provider_id=None if cusip or isin or identity is None else f"{kind or 'OTHER'}:{identity}",
        description=text(told.value("SECNAME")) or text(held.value("MEMO")),
        symbol=text(told.value("TICKER")),
        cusip=cusip,
        isin=isin,
        holding_type=_type(entry, info),
        shares=shares,
        market_value=_worth(held),
        purchase_price=price,
        cost_basis=_cost(held, shares, price),
        currency_code=currency(held.value("CURRENCY", "CURSYM")) or usual,
        bond_coupon_rate=_number(info, "COUPONRT"),
        bond_maturity_date=None if (matures := moment(info.value("DTMAT"))) is None else matures.date(),
        held_in=text(held.value("HELDINACCT")),
        terms=_terms(info),
        **securities.allocations(_portions(info)),
    )
    if not (found.provider_id or found.cusip or found.isin or found.symbol or found.description):
        raise Unreadable("it has neither an id nor a name")
    return found


def _key(element: Element | None) -> SecurityKey:
    found = element.find("SECID") if element else None
    return (text(found.value("UNIQUEID")), text(found.value("UNIQUEIDTYPE"))) if found else (None, None)


def _worth(held: Element) -> Decimal | None:
    return _signed(held, "MKTVAL", securities.AMOUNT_PLACES)


def _cost(held: Element, shares: Decimal | None, price: Decimal | None) -> Decimal | None:
    """What all units cost, if their average is a price as their current one is.

    Debts are quoted in percent and options by the share of many, so the market value shows how prices are meant.
    """
    value, current = product(shares, _number(held, "UNITPRICE", QUANTITY_PLACES)), _worth(held)
    if value and current:
        meant = next((each for each in _QUOTED if abs(value * each - current) <= abs(current) * _NEAR), None)
        return None if meant is None else product(shares, None if price is None else price * meant)
    return None


def _signed(held: Element, name: str, places: int) -> Decimal | None:
    return owed(_number(held, name, places), is_short=held.value("POSTYPE") == SHORT)


def _type(entry: Element, info: Element) -> int:
    if info.value("ASSETCLASS") == _MONEY_MARKET or _portions(info) == [(_MONEY_MARKET, securities.WHOLE)]:
        return securities.MONEY_MARKET
    return _TYPES.get(entry.tag, securities.UNKNOWN)


def _terms(info: Element) -> str | None:
    """What an option is for: CALL or PUT, at what price, until when."""
    expires = moment(info.value("DTEXPIRE"))
    day = None if expires is None else expires.date().isoformat()
    parts = (text(info.value("OPTTYPE")), _number(info, "STRIKEPRICE"), day)
    return " ".join(str(part) for part in parts if part is not None) or None


def _portions(info: Element) -> list[tuple[str | None, object]]:
    mixed = info.find("MFASSETCLASS")
    if mixed is not None:
        return [(part.value("ASSETCLASS"), amount(part.value("PERCENT"))) for part in mixed.all("PORTION")]
    kind = _STOCK_CLASSES.get(info.value("STOCKTYPE") or "") or info.value("ASSETCLASS")
    return [(kind, securities.WHOLE)] if kind else []


def _number(element: Element, name: str, places: int = securities.AMOUNT_PLACES) -> Decimal | None:
    value = element.value(name)
    found = amount(value)
    if value is not None and found is None:
        raise Unreadable(f"{name} is no number within the limits")
    return exact(found, name, places=places)
