"""Statements of investment accounts: trades, what is held at what price, cash, and the securities they speak of."""

from decimal import Decimal

from fanlight.bank.ofx.accounts import Visit, investment_account, investment_account_from
from fanlight.bank.ofx.document import Element, group, leaf, optional
from fanlight.bank.ofx.statements import is_yes, posted, wanted_span
from fanlight.bank.ofx.values import amount, instant
from fanlight.bank.world import positions
from fanlight.bank.world.figures import dollars, percent, units
from fanlight.bank.world.ledger import Entry
from fanlight.bank.world.market import Trade, value_of
from fanlight.bank.world.people import INVESTMENT
from fanlight.bank.world.positions import BOND, CD, CONTRACT, FACE, FUND, OPTION, STOCK, SWEEP, Position
from fanlight.bank.world.tables import Security

_ABSURD = 10**30
_POSITIONS = {BOND: "POSDEBT", CD: "POSDEBT", FUND: "POSMF", OPTION: "POSOPT"}
_QUOTED = {BOND: Decimal(FACE), CD: Decimal(FACE), OPTION: 1 / Decimal(CONTRACT)}
_INFOS = {BOND: "DEBTINFO", CD: "DEBTINFO", FUND: "MFINFO", OPTION: "OPTINFO"}


def investment_statement(visit: Visit, wrapper: Element) -> Element:
    """INVSTMTRS."""
    request = wrapper.first("INVSTMTRQ") or Element("INVSTMTRQ")
    account = investment_account(visit, request)
    positions = request.first("INCPOS")
    return group(
        "INVSTMTRS",
        leaf("DTASOF", instant(visit.now)),
        leaf("CURDEF", "USD"),
        investment_account_from(visit.brand, account),
        _transactions(visit, request),
        _positions(visit) if positions is not None and is_yes(positions, "INCLUDE") else None,
        _cash(visit) if is_yes(request, "INCBAL", default="N") else None,
    )


def security_list(visit: Visit) -> Element:
    """SECLIST with everything that a statement of this customer can speak of."""
    portfolio = visit.ledger.household.portfolio
    held = [position.security for position in portfolio.positions(visit.now) if position.security.kind != SWEEP]
    return group("SECLIST", *(_security(visit, each) for each in dict.fromkeys((*portfolio.securities, *held))))


def _transactions(visit: Visit, request: Element) -> Element | None:
    span = wanted_span(request, visit.now)
    if span is None:
        return None
    entries = visit.ledger.entries(INVESTMENT, span.start, span.end, visit.now)
    dates = leaf("DTSTART", instant(span.start)), leaf("DTEND", instant(min(span.end, visit.now)))
    return group("INVTRANLIST", *dates, *map(_transaction, entries))


def _transaction(entry: Entry) -> Element:
    """A movement of cash, a dividend or a purchase. A dividend that is invested again is paid and then spent.

    OFX's REINVEST would be both at once; the ledger has two movements with an id each.
    """
    trade = entry.movement.trade
    if trade is None:
        return group("INVBANKTRAN", posted(entry), leaf("SUBACCTFUND", "CASH"))
    if not trade.units:
        return _income(entry, trade)
    bought = group(
        "INVBUY",
        _traded(entry),
        _security_id(trade.security),
        leaf("UNITS", units(trade.units)),
        leaf("UNITPRICE", amount(trade.price)),
        leaf("TOTAL", amount(entry.movement.cents)),
        *_CASH_ACCOUNTS,
    )
    return group("BUYMF" if trade.security.kind == FUND else "BUYSTOCK", bought, leaf("BUYTYPE", "BUY"))


def _income(entry: Entry, trade: Trade) -> Element:
    return group(
        "INCOME",
        _traded(entry),
        _security_id(trade.security),
        leaf("INCOMETYPE", "DIV"),
        leaf("TOTAL", amount(entry.movement.cents)),
        *_CASH_ACCOUNTS,
    )


def _traded(entry: Entry) -> Element:
    movement = entry.movement
    return group(
        "INVTRAN",
        leaf("FITID", entry.id),
        leaf("DTTRADE", instant(movement.posted_at)),
        leaf("MEMO", movement.description),
    )


def _positions(visit: Visit) -> Element:
    """What is swept to a fund is part of the cash."""
    held = [each for each in visit.ledger.household.portfolio.positions(visit.now) if each.security.kind != SWEEP]
    found = group("INVPOSLIST", *(_position(visit, each) for each in held))
    if visit.username == positions.BAD:
        found.children[0].children[0].children[3] = leaf("UNITS", _ABSURD)
    return found


def _position(visit: Visit, position: Position) -> Element:
    """Units of debts are what they are repaid with, prices percent of it. Version 1 has no element for what it cost."""
    security, price = position.security, visit.world.market.price(position.security, visit.now)
    size = {BOND: FACE, CD: FACE}.get(security.kind, 1)
    cost = (
        dollars(position.cost) * _QUOTED.get(security.kind, 1) / units(position.units * size)
        if position.units
        else None
    )
    held = group(
        "INVPOS",
        _security_id(security),
        leaf("HELDINACCT", position.held_in),
        leaf("POSTYPE", "SHORT" if position.units < 0 else "LONG"),
        leaf("UNITS", units(position.units * size)),
        leaf("UNITPRICE", amount(price // (CONTRACT if security.kind == OPTION else 1))),
        leaf("MKTVAL", amount(value_of(position.units, price))),
        leaf("AVGCOSTBASIS", round(cost, 6)) if cost is not None and visit.form.is_xml else None,
        leaf("DTPRICEASOF", instant(visit.now)),
    )
    name = _POSITIONS.get(security.kind, "POSSTOCK")
    return group(name, held)


def _cash(visit: Visit) -> Element:
    return group(
        "INVBAL",
        leaf("AVAILCASH", amount(visit.ledger.balance(INVESTMENT, visit.now))),
        leaf("MARGINBALANCE", amount(0)),
        leaf("SHORTBALANCE", amount(0)),
    )


def _security(visit: Visit, security: Security) -> Element:
    price = visit.world.market.price(security, visit.now) // (CONTRACT if security.kind == OPTION else 1)
    info = group(
        "SECINFO",
        _security_id(security),
        leaf("SECNAME", security.name),
        optional("TICKER", security.symbol),
        leaf("UNITPRICE", amount(price)),
        leaf("DTASOF", instant(visit.now)),
    )
    return group(_INFOS.get(security.kind, "STOCKINFO"), info, *_more(security))


def _more(security: Security) -> list[Element]:
    """What is told of a kind of security alone."""
    terms, portions = positions.TERMS.get(security.name), positions.PORTIONS.get(security.symbol, ())
    if terms is not None and security.kind == OPTION:
        return [
            leaf("OPTTYPE", terms.option),
            leaf("STRIKEPRICE", amount(terms.strike)),
            leaf("DTEXPIRE", f"{terms.ends:%Y%m%d}"),
            leaf("SHPERCTRCT", CONTRACT),
        ]
    if terms is not None:
        return [leaf("COUPONRT", percent(terms.coupon)), leaf("DTMAT", f"{terms.ends:%Y%m%d}")]
    parts = [group("PORTION", leaf("ASSETCLASS", name), leaf("PERCENT", part)) for name, part in portions]
    if security.kind == FUND and parts:
        return [group("MFASSETCLASS", *parts)]
    return [leaf("STOCKTYPE", "COMMON")] if security.kind == STOCK else []


def _security_id(security: Security) -> Element:
    """Of what has no CUSIP the bank's own id."""
    identity, kind = (security.cusip, "CUSIP") if security.cusip else (security.name[:32].strip(), "OTHER")
    return group("SECID", leaf("UNIQUEID", identity), leaf("UNIQUEIDTYPE", kind))


_CASH_ACCOUNTS = (leaf("SUBACCTSEC", "CASH"), leaf("SUBACCTFUND", "CASH"))
