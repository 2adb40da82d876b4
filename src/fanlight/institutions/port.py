"""The port: what every connector takes and gives, in one vocabulary for all protocols.

Field names of accounts, transactions and holdings are the wire's own, so that a feed can be kept and shown
without another dictionary in between. Institutions *say* one of a closed list when they have no data.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec


class Saying(StrEnum):
    """What an institution says instead of data. Two tables turn it into a status and into a retry decision."""

    CONSENT_EXPIRED = "consent_expired"
    ACCESS_REFUSED = "access_refused"
    CLIENT_REFUSED = "client_refused"
    NEEDS_ATTENTION = "needs_attention"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    GIBBERISH = "gibberish"
    TOO_MUCH = "too_much"
    UNKNOWN_OUTCOME = "unknown_outcome"
    OUR_FAULT = "internal_error"
    """Nothing that the institution said: this server failed with what it had."""


class Said(Exception):
    """An institution's word; `detail` is for the operator and never holds a secret."""

    def __init__(self, saying: Saying, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{saying.value}: {detail}")
        self.saying = saying
        self.detail = detail
        self.retry_after = retry_after


class FeedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account as an institution gives it. Debts are positive when owed; rates are percent a year."""

    provider_id: str
    account_type: int
    account_subtype: int | None = None
    name: str | None = None
    nickname: str | None = None
    account_number: str | None = None
    routing_number: str | None = None
    currency_code: str | None = None
    balance: Decimal | None = None
    available_balance: Decimal | None = None
    available_credit: Decimal | None = None
    credit_limit: Decimal | None = None
    cash_balance: Decimal | None = None
    holdings_value: Decimal | None = None
    total_account_value: Decimal | None = None
    interest_rate: Decimal | None = None
    apr: Decimal | None = None
    apy: Decimal | None = None
    original_balance: Decimal | None = None
    loan_amount: Decimal | None = None
    payoff_balance: Decimal | None = None
    minimum_balance: Decimal | None = None
    minimum_payment: Decimal | None = None
    last_payment: Decimal | None = None
    last_payment_at: int | None = None
    payment_due_at: int | None = None
    day_payment_is_due: int | None = None
    statement_balance: Decimal | None = None
    started_on: dt.date | None = None
    matures_on: dt.date | None = None
    is_closed: bool = False


class FeedTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as an institution gives it: amount above or at zero, direction in the type (1 credit, 2 debit)."""

    provider_id: str | None
    amount: Decimal
    transaction_type: int
    is_pending: bool
    date: dt.date
    description: str
    posted_at: int | None = None
    posted_on: dt.date | None = None
    transacted_at: int | None = None
    transacted_on: dt.date | None = None
    memo: str | None = None
    currency_code: str | None = None
    check_number: int | None = None
    check_number_string: str | None = None
    merchant_category_code: int | None = None
    extended_transaction_type: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    is_international: bool | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a token endpoint gave. Never printed."""

    access_token: str
    refresh_token: str | None = None
    id_token: str | None = None
    expires_in: int = 0
    scope: str | None = None

    def __repr__(self) -> str:
        return "Tokens([redacted])"


class Limits(NamedTuple):
    """How much of one list a connector reads before it says TOO_MUCH."""

    max_pages: int
    max_records: int


class AccessToken(Protocol):
    """Where a connector gets its bearer: refreshed inside a run when it is near its end."""

    async def current(self) -> str:
        """A token that is good for the next call. Raises Said when there is none."""

    async def after_refusal(self, refused: str) -> str:
        """Another token after an institution refused one with 401. Raises Said when there is none."""


class Connector(Protocol):
    """A data protocol that institutions speak. Raises Said for everything that is not data."""

    async def subject(self, token: AccessToken) -> str | None:
        """The institution's stable name for the person, when the grant itself does not tell it."""

    async def accounts(self, token: AccessToken) -> Sequence[FeedAccount]:
        """Every account of the grant."""

    async def transactions(
        self, token: AccessToken, account: FeedAccount, start: dt.date, end: dt.date
    ) -> Sequence[FeedTransaction]:
        """The account's transactions from one day to another, both included."""
