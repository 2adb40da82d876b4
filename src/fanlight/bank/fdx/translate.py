"""Accounts, their movements and their owners in the simulated world, translated into FDX forms."""

import datetime as dt
from collections.abc import Callable

from fanlight.bank.fdx import shapes
from fanlight.bank.fdx.holdings import fill_in
from fanlight.bank.world.calendar import date_in, month_of
from fanlight.bank.world.figures import dollars, percent, units
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.loans import Schedule
from fanlight.bank.world.market import Market
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, LOAN, MORTGAGE, SAVINGS, Account, Person
from fanlight.base.clock import date_of

_CATEGORIES = {
    CHECKING: "DEPOSIT_ACCOUNT",
    SAVINGS: "DEPOSIT_ACCOUNT",
    CARD: "LOC_ACCOUNT",
    LOAN: "LOAN_ACCOUNT",
    MORTGAGE: "LOAN_ACCOUNT",
    INVESTMENT: "INVESTMENT_ACCOUNT",
}
_TYPES = {
    CHECKING: "CHECKING",
    SAVINGS: "SAVINGS",
    CARD: "CREDITCARD",
    LOAN: "PERSONALLOAN",
    MORTGAGE: "MORTGAGE",
    INVESTMENT: "TAXABLE",
}
STATEMENTS = 12


def descriptor(account: Account) -> shapes.Account:
    """The lightweight form: which account it is, and no figures."""
    return shapes.Account(
        account_category=_CATEGORIES[account.role],
        account_id=account.id,
        account_type="AUTOLOAN" if account.nickname == "Auto Loan" else _TYPES[account.role],
        account_number_display=account.number[-4:],
        product_name=account.product,
        nickname=account.nickname,
        status="OPEN",
        currency=shapes.Currency(currency_code="USD"),
    )


def detailed(account: Account, ledger: Ledger, market: Market, now: int, grant: str = "") -> shapes.Account:
    """The account with its figures at a moment, for whoever asks with a grant."""
    found = descriptor(account)
    found.balance_as_of = shapes.instant(now)
    if account.role == CARD:
        _card(found, ledger, now)
    elif account.role == LOAN:
        _loan(found, ledger, ledger.household.loan, LOAN, now)
    elif account.role == MORTGAGE:
        _loan(found, ledger, ledger.household.mortgage, MORTGAGE, now)
    elif account.role == INVESTMENT:
        fill_in(found, ledger, market, now, grant)
    else:
        _deposit(found, ledger, account.role, now)
    return found


def _deposit(found: shapes.Account, ledger: Ledger, role: str, now: int) -> None:
    current = ledger.balance(role, now)
    found.current_balance = dollars(current)
    found.available_balance = dollars(current - ledger.held(role, now))
    if role == SAVINGS:
        found.annual_percentage_yield = found.interest_rate = percent(ledger.household.savings_rate)
        found.interest_rate_type = "VARIABLE"


def _card(found: shapes.Account, ledger: Ledger, now: int) -> None:
    home, month = ledger.household, month_of(now)
    owed, statement = -ledger.balance(CARD, now), -ledger.statement_balance(CARD, month - 1)
    due = _next_date(now, lambda each: date_in(each, home.card_due_day))
    found.current_balance = found.principal_balance = dollars(owed)
    found.credit_line = dollars(home.credit_line)
    found.available_credit = dollars(home.credit_line - owed - ledger.held(CARD, now))
    found.purchases_apr = found.interest_rate = percent(home.card_rate)
    found.interest_rate_type = "VARIABLE"
    found.last_stmt_balance = dollars(statement)
    found.last_stmt_date = _last_day(month - 1).isoformat()
    found.next_payment_date = due.isoformat()
    found.next_payment_amount = dollars(statement)
    found.minimum_payment_amount = dollars(min(statement, max(3_500, statement // 50)))
    _last_payment(found, ledger, CARD, now)


def _loan(found: shapes.Account, ledger: Ledger, schedule: Schedule, role: str, now: int) -> None:
    owed = -ledger.balance(role, now)
    last = schedule.first + len(schedule.owed) - 2
    found.current_balance = found.principal_balance = dollars(owed)
    found.original_principal = dollars(schedule.original)
    found.interest_rate, found.interest_rate_type = percent(schedule.rate), "FIXED"
    found.loan_term = schedule.term
    found.originating_date = date_in(schedule.first - 1, schedule.due_day).isoformat()
    found.maturity_date = date_in(last, schedule.due_day).isoformat()
    if owed:
        due = _next_date(now, lambda each: date_in(max(each, schedule.first), schedule.due_day))
        amount = schedule.due(due.year * 12 + due.month - 1)
        found.next_payment_date = due.isoformat()
        found.next_payment_amount = found.minimum_payment_amount = dollars(amount)
    else:
        found.status = "PAID"
    _last_payment(found, ledger, role, now)


def _last_payment(found: shapes.Account, ledger: Ledger, role: str, now: int) -> None:
    payment = ledger.last_payment(role, now)
    if payment is not None:
        found.last_payment_date = date_of(payment.posted_at).isoformat()
        found.last_payment_amount = dollars(payment.cents)


def transaction(account: Account, entry: Entry) -> shapes.Transaction:
    """A posted one keeps the time of the purchase; nothing links it to what was pending, as at most real banks."""
    movement = entry.movement
    trade = movement.trade
    return shapes.Transaction(
        account_category=_CATEGORIES[account.role],
        account_id=account.id,
        transaction_id=entry.id,
        status="PENDING" if entry.pending else "POSTED",
        transaction_type=movement.kind,
        amount=dollars(movement.held if entry.pending else abs(movement.cents)),
        debit_credit_memo="DEBIT" if movement.cents < 0 else "CREDIT",
        transaction_timestamp=shapes.instant(movement.at),
        posted_timestamp=None if entry.pending else shapes.instant(movement.posted_at),
        description=movement.pending_description if entry.pending else movement.description,
        category=movement.mcc or None,
        payee=movement.payee or None,
        memo=movement.memo or None,
        check_number=movement.check_number or None,
        symbol=trade.security.symbol if trade else None,
        security_id=trade.security.cusip if trade else None,
        security_id_type="CUSIP" if trade else None,
        units=units(trade.units) if trade and trade.units else None,
        unit_price=dollars(trade.price) if trade and trade.units else None,
    )


def contact(person: Person) -> shapes.Contact:
    return shapes.Contact(
        holders=[shapes.Holder(relationship="PRIMARY", name=_name(person))],
        emails=[person.email],
        addresses=[_address(person)],
        telephones=[_telephone(person)],
    )


def customer(person: Person) -> shapes.Customer:
    """The customer; its id is the `sub` of the id_token."""
    return shapes.Customer(
        customer_id=person.customer_id,
        name=_name(person),
        email=[person.email],
        telephones=[_telephone(person)],
        addresses=[_address(person)],
    )


def payment_networks(person: Person, account: Account) -> list[shapes.PaymentNetwork]:
    """Routing and account number, of deposit accounts only."""
    if account.role not in (CHECKING, SAVINGS):
        return []
    return [
        shapes.PaymentNetwork(
            bank_id=person.brand.routing_number,
            identifier=account.number,
            type=network,
            transfer_in=True,
            transfer_out=account.role == CHECKING,
        )
        for network in ("US_ACH", "US_FEDWIRE")
    ]


def statements(account: Account, now: int) -> list[shapes.Statement]:
    """A statement for each of the last months, the latest first."""
    this = month_of(now)
    ends = [_last_day(month) for month in range(this - 1, this - 1 - STATEMENTS, -1)]
    return [
        shapes.Statement(
            account_id=account.id,
            statement_id=f"{account.id}-{end:%Y%m}",
            statement_date=end.isoformat(),
            description=f"Statement of {end:%B %Y}",
            status="AVAILABLE",
        )
        for end in ends
    ]


def _name(person: Person) -> shapes.HolderName:
    return shapes.HolderName(first=person.first_name, last=person.last_name)


def _address(person: Person) -> shapes.Address:
    return shapes.Address(
        line1=person.address,
        city=person.city.name,
        region=person.city.state,
        postal_code=person.city.postal_code,
        country="US",
    )


def _telephone(person: Person) -> shapes.Telephone:
    return shapes.Telephone(type="PERSONAL", country="1", number=person.phone, network="CELLULAR")


def _last_day(month: int) -> dt.date:
    return date_in(month, 31)


def _next_date(now: int, of_month: Callable[[int], dt.date]) -> dt.date:
    """The next due date after today."""
    due = of_month(month_of(now))
    return due if due > date_of(now) else of_month(month_of(now) + 1)
