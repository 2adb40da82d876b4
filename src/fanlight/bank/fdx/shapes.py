"""The FDX 6 forms of customers, accounts and transactions; names on the wire are camelCase."""

import datetime as dt
from decimal import Decimal

import msgspec


class Shape(msgspec.Struct, omit_defaults=True, rename="camel", kw_only=True):
    """An FDX object: what is not set is not there."""


class Currency(Shape):
    currency_code: str | None = None


class SecurityId(Shape):
    id: str
    id_type: str


class Portion(Shape):
    asset_class: str
    percent: Decimal


class DebtSecurity(Shape):
    coupon_rate: Decimal
    bond_maturity_date: str


class OptionSecurity(Shape):
    option_type: str
    strike_price: Decimal
    expire_date: str
    shares_per_contract: int


class Holding(Shape):
    holding_id: str
    security_ids: list[SecurityId]
    holding_name: str
    holding_type: str
    position_type: str
    units: Decimal
    current_unit_price: Decimal
    current_unit_price_date: str
    change_in_price: Decimal
    market_value: Decimal
    cost_basis: Decimal
    held_in_account: str
    purchased_price: Decimal | None = None
    symbol: str | None = None
    cash_account: bool = False
    asset_classes: list[Portion] | None = None
    debt_security: DebtSecurity | None = None
    option_security: OptionSecurity | None = None
    currency: Currency | None = None


class Account(Shape):
    """An account of any category; the category says which of the fields are there."""

    account_category: str
    account_id: str
    account_type: str
    account_number_display: str
    product_name: str
    nickname: str
    status: str
    currency: Currency
    balance_as_of: str | None = None
    current_balance: Decimal | None = None
    available_balance: Decimal | None = None
    annual_percentage_yield: Decimal | None = None
    interest_rate: Decimal | None = None
    interest_rate_type: str | None = None
    credit_line: Decimal | None = None
    available_credit: Decimal | None = None
    principal_balance: Decimal | None = None
    original_principal: Decimal | None = None
    originating_date: str | None = None
    maturity_date: str | None = None
    loan_term: int | None = None
    purchases_apr: Decimal | None = None
    next_payment_date: str | None = None
    next_payment_amount: Decimal | None = None
    minimum_payment_amount: Decimal | None = None
    last_payment_date: str | None = None
    last_payment_amount: Decimal | None = None
    last_stmt_date: str | None = None
    last_stmt_balance: Decimal | None = None
    current_value: Decimal | None = None
    available_cash_balance: Decimal | None = None
    holdings: list[Holding] | None = None


class Transaction(Shape):
    """A transaction of any category."""

    account_category: str
    account_id: str
    transaction_id: str | None
    status: str
    transaction_type: str
    amount: Decimal
    debit_credit_memo: str
    transaction_timestamp: str
    description: str
    posted_timestamp: str | None = None
    category: str | None = None
    payee: str | None = None
    memo: str | None = None
    check_number: int | None = None
    symbol: str | None = None
    security_id: str | None = None
    security_id_type: str | None = None
    units: Decimal | None = None
    unit_price: Decimal | None = None
    reference_transaction_id: str | None = None
    running_balance: Decimal | None = None


class HolderName(Shape):
    first: str
    last: str


class Holder(Shape):
    relationship: str
    name: HolderName


class Address(Shape):
    line1: str
    city: str
    region: str
    postal_code: str
    country: str


class Telephone(Shape):
    type: str
    country: str
    number: str
    network: str


class Contact(Shape):
    holders: list[Holder]
    emails: list[str]
    addresses: list[Address]
    telephones: list[Telephone]


class Customer(Shape):
    customer_id: str
    name: HolderName
    email: list[str]
    telephones: list[Telephone]
    addresses: list[Address]


class PaymentNetwork(Shape):
    bank_id: str
    identifier: str
    type: str
    transfer_in: bool
    transfer_out: bool


class Statement(Shape):
    account_id: str
    statement_id: str
    statement_date: str
    description: str
    status: str


class Href(Shape):
    href: str


class Links(Shape):
    next: Href | None = None


class Page(Shape):
    next_page_key: str | None = None


def instant(seconds: int) -> str:
    """`2026-01-31T06:14:52.000Z`."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.000Z"
