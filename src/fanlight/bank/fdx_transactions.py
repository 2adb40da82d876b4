"""Movements of the simulated world as FDX transactions."""

from decimal import Decimal

from fanlight.bank.fdx_accounts import CATEGORIES
from fanlight.bank.fdx_shapes import Transaction, dollars, instant
from fanlight.bank.world_ledger import Entry
from fanlight.bank.world_people import Account


def transaction(account: Account, entry: Entry) -> Transaction:
    """A posted one keeps the time of the purchase; nothing links it to what was pending, as at most real banks."""
    movement = entry.movement
    trade = movement.trade
    return Transaction(
        account_category=CATEGORIES[account.role],
        account_id=account.id,
        transaction_id=entry.id,
        status="PENDING" if entry.pending else "POSTED",
        transaction_type=movement.kind,
        amount=dollars(movement.held if entry.pending else abs(movement.cents)),
        debit_credit_memo="DEBIT" if movement.cents < 0 else "CREDIT",
        transaction_timestamp=instant(movement.at),
        posted_timestamp=None if entry.pending else instant(movement.posted_at),
        description=movement.pending_description if entry.pending else movement.description,
        category=movement.mcc or None,
        payee=movement.payee or None,
        memo=movement.memo or None,
        check_number=movement.check_number or None,
        symbol=trade.security.symbol if trade else None,
        security_id=trade.security.cusip if trade else None,
        security_id_type="CUSIP" if trade else None,
        units=Decimal(trade.units).scaleb(-4) if trade and trade.units else None,
        unit_price=dollars(trade.price) if trade and trade.units else None,
    )
