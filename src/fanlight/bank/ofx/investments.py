"""Statements of investment accounts: trades, what is held at what price, cash, and the securities they speak of."""

from fanlight.bank.ofx.accounts import Visit, investment_account, investment_account_from
from fanlight.bank.ofx.document import Element, group, leaf
from fanlight.bank.ofx.statements import is_yes, posted, wanted_span
from fanlight.bank.ofx.values import amount, instant
from fanlight.bank.world.figures import units
from fanlight.bank.world.ledger import Entry
from fanlight.bank.world.market import Position, Trade, value_of
from fanlight.bank.world.people import INVESTMENT
from fanlight.bank.world.tables import Security

_FUND = "MUTUALFUND"


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
    securities = visit.ledger.household.portfolio.securities
    return group("SECLIST", *(_security(visit, security) for security in securities))


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
    return group("BUYMF" if trade.security.kind == _FUND else "BUYSTOCK", bought, leaf("BUYTYPE", "BUY"))


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
    held = visit.ledger.household.portfolio.positions(visit.now)
    return group("INVPOSLIST", *(_position(visit, each) for each in held))


def _position(visit: Visit, position: Position) -> Element:
    price = visit.world.market.price(position.security, visit.now)
    held = group(
        "INVPOS",
        _security_id(position.security),
        leaf("HELDINACCT", "CASH"),
        leaf("POSTYPE", "LONG"),
        leaf("UNITS", units(position.units)),
        leaf("UNITPRICE", amount(price)),
        leaf("MKTVAL", amount(value_of(position.units, price))),
        leaf("DTPRICEASOF", instant(visit.now)),
    )
    return group("POSMF" if position.security.kind == _FUND else "POSSTOCK", held)


def _cash(visit: Visit) -> Element:
    return group(
        "INVBAL",
        leaf("AVAILCASH", amount(visit.ledger.balance(INVESTMENT, visit.now))),
        leaf("MARGINBALANCE", amount(0)),
        leaf("SHORTBALANCE", amount(0)),
    )


def _security(visit: Visit, security: Security) -> Element:
    info = group(
        "SECINFO",
        _security_id(security),
        leaf("SECNAME", security.name),
        leaf("TICKER", security.symbol),
        leaf("UNITPRICE", amount(visit.world.market.price(security, visit.now))),
        leaf("DTASOF", instant(visit.now)),
    )
    return group("MFINFO" if security.kind == _FUND else "STOCKINFO", info)


def _security_id(security: Security) -> Element:
    return group("SECID", leaf("UNIQUEID", security.cusip), leaf("UNIQUEIDTYPE", "CUSIP"))


_CASH_ACCOUNTS = (leaf("SUBACCTSEC", "CASH"), leaf("SUBACCTFUND", "CASH"))
