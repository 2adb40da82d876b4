"""Translates the holdings of FDX accounts into the port's words. Pure."""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fanlight.institutions import securities
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import MAX_HOLDINGS, FeedHolding, Positions
from fanlight.institutions.securities import QUANTITY_PLACES, Unreadable, exact, owed, product, quotient
from fanlight.institutions.values import amount_of, currency_of, date_of, mapping, text_of

SHORT = "SHORT"
log = logging.getLogger(__name__)


class Worth(NamedTuple):
    """What positions are worth beside cash; None where it is not told, or not of each."""

    holdings: Decimal | None
    cash: Decimal | None


# FDX holdingType and holdingSubType -> the wire's holding_type.
_TYPES = {
    "ANNUITY": securities.ANNUITY,
    "BOND": securities.FIXED_INCOME,
    "CD": securities.CERTIFICATE,
    "DIGITALASSET": securities.ALTERNATIVE,
    "ETF": securities.ETF,
    "EXCHANGETRADEDFUND": securities.ETF,
    "MUTUALFUND": securities.MUTUAL_FUND,
    "OPTION": securities.OPTIONS,
    "STOCK": securities.EQUITY,
}
_SUBTYPES = {"CASH": securities.CASH, "MONEYMARKET": securities.MONEY_MARKET}


def positions(found: Any, currency_code: str | None) -> Positions | None:
    """The `holdings` of an account; None where there is no such list. Raises Said(TOO_MUCH).

    An entry that cannot be read is left out alone.
    """
    if not isinstance(found, list):
        return None
    if len(found) > MAX_HOLDINGS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_HOLDINGS} holdings")
    read: list[FeedHolding] = []
    for entry in found:
        try:
            read.append(holding(mapping(entry), currency_code))
        except Unreadable as error:
            log.warning("a holding is left out: %s", error)
    return Positions(read, is_whole=len(read) == len(found))


def holding(entry: Mapping[str, Any], currency_code: str | None = None) -> FeedHolding:
    """One position; one without a currency is in the account's. Raises Unreadable."""
    ids = _security_ids(entry)
    is_short = text_of(entry, "positionType") == SHORT
    shares = owed(_number(entry, "units", QUANTITY_PLACES), is_short=is_short)
    cost, price = _cost(entry, shares)
    found = FeedHolding(
        provider_id=text_of(entry, "holdingId"),
        description=text_of(entry, "holdingName") or text_of(entry, "description"),
        symbol=text_of(entry, "symbol") or ids.get("SYMBOL"),
        cusip=securities.cusip(ids.get("CUSIP")),
        isin=securities.isin(ids.get("ISIN")),
        holding_type=_type(entry),
        shares=shares,
        market_value=owed(_worth(entry), is_short=is_short),
        purchase_price=price,
        cost_basis=cost,
        daily_change=_number(entry, "changeInPrice"),
        currency_code=currency_of(entry) or currency_code,
        bond_coupon_rate=_number(mapping(entry.get("debtSecurity")), "couponRate"),
        bond_maturity_date=date_of(mapping(entry.get("debtSecurity")), "bondMaturityDate"),
        held_in=text_of(entry, "heldInAccount"),
        terms=_terms(mapping(entry.get("optionSecurity"))),
        **securities.allocations(_portions(entry)),
    )
    if not (found.provider_id or found.cusip or found.isin or found.symbol or found.description):
        raise Unreadable("it has neither an id nor a name")
    return found


def worth(entry: Mapping[str, Any]) -> Worth:
    """What an account's positions are worth, and its cash.

    A position that only keeps cash is part of the account's cash, unless the account's total shows that it is not.
    """
    cash, found = amount_of(entry, "availableCashBalance"), entry.get("holdings")
    if not isinstance(found, list) or len(found) > MAX_HOLDINGS:
        return Worth(None, cash)
    try:
        values = [(_signed_worth(mapping(each)), mapping(each).get("cashAccount") is True) for each in found]
    except Unreadable:
        return Worth(None, cash)
    if any(value is None for value, _ in values):
        return Worth(None, cash)
    held, kept = (
        sum((value or Decimal(0) for value, keeps_cash in values if keeps_cash == of_cash), Decimal(0))
        for of_cash in (False, True)
    )
    if cash is not None and held + kept + cash == amount_of(entry, "currentValue"):
        return Worth(held + kept, cash)
    return Worth(held, kept if cash is None and kept else cash)


def _signed_worth(entry: Mapping[str, Any]) -> Decimal | None:
    return owed(_worth(entry), is_short=text_of(entry, "positionType") == SHORT)


def _worth(entry: Mapping[str, Any]) -> Decimal | None:
    """The market value; of shares and funds without one, units at their price."""
    told = _number(entry, "marketValue")
    if told is not None or not _is_priced_by_unit(entry):
        return told
    return product(_number(entry, "units", QUANTITY_PLACES), _number(entry, "currentUnitPrice", QUANTITY_PLACES))


def _is_priced_by_unit(entry: Mapping[str, Any]) -> bool:
    """Debts are quoted in percent, options by the share of many."""
    return _type(entry) in (securities.EQUITY, securities.ETF, securities.MUTUAL_FUND)


def _cost(entry: Mapping[str, Any], shares: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """What it cost, whole and a unit; of shares and funds either follows from the other, the whole from lots too."""
    price = _number(entry, "purchasedPrice", QUANTITY_PLACES)
    if price is None:
        price = _number(entry, "averageCost", QUANTITY_PLACES)
    cost = _number(entry, "costBasis")
    if cost is None:
        cost = _cost_of_lots(entry.get("taxLots"))
    if not _is_priced_by_unit(entry):
        return cost, price
    whole = product(shares, price) if cost is None else cost
    return whole, quotient(whole, shares) if price is None else price


def _cost_of_lots(lots: Any) -> Decimal | None:
    if not isinstance(lots, list) or not lots or len(lots) > MAX_HOLDINGS:
        return None
    costs = [_number(mapping(lot), "costBasis") for lot in lots]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _type(entry: Mapping[str, Any]) -> int:
    if entry.get("cashAccount") is True and text_of(entry, "holdingSubType") != "MONEYMARKET":
        return securities.CASH
    subtype = _SUBTYPES.get(text_of(entry, "holdingSubType") or "")
    return subtype or _TYPES.get(text_of(entry, "holdingType") or "", securities.UNKNOWN)


def _terms(option: Mapping[str, Any]) -> str | None:
    """What an option is for: CALL or PUT, at what price, until when."""
    parts = [text_of(option, "optionType"), _number(option, "strikePrice"), date_of(option, "expireDate")]
    return " ".join(str(part) for part in parts if part is not None) or None


def _security_ids(entry: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in _list(entry.get("securityIds")):
        kind, identity = text_of(mapping(each), "idType"), text_of(mapping(each), "id")
        if kind and identity:
            found.setdefault(kind.upper(), identity)
    return found


def _portions(entry: Mapping[str, Any]) -> list[tuple[str | None, Any]]:
    return [
        (text_of(mapping(each), "assetClass"), mapping(each).get("percent"))
        for each in _list(entry.get("assetClasses"))
    ]


def _list(value: Any) -> Sequence[Any]:
    return value[:MAX_HOLDINGS] if isinstance(value, list) else ()


def _number(entry: Mapping[str, Any], name: str, places: int = securities.AMOUNT_PLACES) -> Decimal | None:
    return exact(entry.get(name), name, places=places)
