"""The port: what every connector takes and gives, in one vocabulary for all protocols.

Field names of accounts, transactions and holdings are the wire's own, so that a feed can be kept and shown
without another dictionary in between.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import msgspec

from fanlight.institutions.answers import Reply


class QuestionType(StrEnum):
    """`type` of a challenge."""

    TEXT = "TEXT"
    OPTIONS = "OPTIONS"
    TOKEN = "TOKEN"  # noqa: S105 - a kind of question
    IMAGE_DATA = "IMAGE_DATA"
    IMAGE_OPTIONS = "IMAGE_OPTIONS"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the answers that a question lets choose; `data_uri` is its picture."""

    label: str
    value: str
    data_uri: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What an institution asks beside the login. `id` is the institution's own; `image_data` is a data URI."""

    id: str
    type: QuestionType
    label: str
    image_data: str | None = None
    choices: tuple[Choice, ...] = ()


class Challenged(Exception):
    """The login is right, but the institution asks more before it gives data.

    `state` is what the institution wants to see again beside the answers; it is kept sealed.
    """

    def __init__(self, questions: Sequence[Question], state: str | None = None) -> None:
        super().__init__(f"{len(questions)} questions")
        self.questions = tuple(questions)
        self.state = state


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What a person gave: values by field name (`LOGIN`, `PASSWORD`), answers by question id. Never printed."""

    values: Mapping[str, str]
    answers: Mapping[str, str] = {}
    state: str | None = None
    exchanged: Mapping[str, str] | None = None
    """What the values were exchanged for, where the institution takes them once only (see `Exchanging`)."""

    def __repr__(self) -> str:
        return "Login([redacted])"


class FeedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account as an institution gives it. Debts are positive when owed; rates are percent a year."""

    provider_id: str
    account_type: int
    account_subtype: int | None = None
    name: str | None = None
    nickname: str | None = None
    account_number: str | None = None
    routing_number: str | None = None
    whole_number: str | None = None
    """What names the account everywhere: an IBAN, or routing and account number. It is compared and never kept."""
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


class Ids(StrEnum):
    """How far an institution's ids of transactions are to be trusted."""

    STABLE = "stable"
    """One for life: another id is another transaction, except that a new consent may give new ones to all."""
    SHIFTING = "shifting"
    """Never two transactions' at once, but the same one may come under another id any day."""
    POSITIONAL = "positional"
    """Places in a list: what one names changes when something comes between."""
    ABSENT = "absent"
    """There is none, or one that many share."""


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
    balance_after: Decimal | None = None
    """What was in the account once this had posted; for a debt, what was owed then."""
    pending_id: str | None = None
    """`provider_id` of what this one was while it was pending."""


class FeedHolding(msgspec.Struct, frozen=True, kw_only=True):
    """A position of an investment account as an institution gives it: what is owed (a short sale) is below zero.

    An id, a CUSIP or ISIN, a symbol or a description is always there. `held_in` and `terms` tell positions in one
    security apart: cash, margin or short, and what an option is for. Allocations are percent of the holding.
    """

    provider_id: str | None = None
    description: str | None = None
    symbol: str | None = None
    cusip: str | None = None
    isin: str | None = None
    holding_type: int | None = None
    shares: Decimal | None = None
    market_value: Decimal | None = None
    purchase_price: Decimal | None = None
    cost_basis: Decimal | None = None
    daily_change: Decimal | None = None
    currency_code: str | None = None
    bond_coupon_rate: Decimal | None = None
    bond_maturity_date: dt.date | None = None
    allocations_cash: Decimal | None = None
    allocations_convertible: Decimal | None = None
    allocations_foreign_bond: Decimal | None = None
    allocations_foreign_stock: Decimal | None = None
    allocations_other: Decimal | None = None
    allocations_preferred: Decimal | None = None
    allocations_unknown: Decimal | None = None
    allocations_us_bond: Decimal | None = None
    allocations_us_stock: Decimal | None = None
    held_in: str | None = None
    terms: str | None = None


class Positions(NamedTuple):
    """What an account holds. Where one could not be read the list is not whole, and what it leaves out may be there."""

    holdings: Sequence[FeedHolding]
    is_whole: bool = True


class FeedAccountNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Under which numbers money reaches an account; transit and institution numbers are Canadian."""

    account_number: str | None = None
    routing_number: str | None = None
    transit_number: str | None = None
    institution_number: str | None = None
    is_tokenized: bool = False
    """Whether the number is one that stands for the account's with us alone."""

    def __repr__(self) -> str:
        return "FeedAccountNumber([redacted])"


class FeedOwner(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom an account belongs to, as the institution knows them. Never printed."""

    owner_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "FeedOwner([redacted])"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant consists of: tokens, the key that they are bound to, the consent behind them. Never printed."""

    access_token: str
    """Empty where an institution knows a consent only, and no token."""
    refresh_token: str | None = None
    id_token: str | None = None
    expires_in: int = 0
    refresh_expires_in: int = 0
    """0 where the server does not say."""
    scope: str | None = None
    token_type: str = "Bearer"  # noqa: S105 - a kind of token
    dpop_key: str | None = None
    """The private key, a JWK as JSON, that the tokens are bound to (RFC 9449)."""
    consent_id: str | None = None
    """The institution's name of the consent that the grant stands on."""
    consent_expires_at: int | None = None
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    """What was granted in detail (RFC 9396); empty where the server does not tell."""

    def __repr__(self) -> str:
        return "Tokens([redacted])"


MAX_HOLDINGS = 2_000
"""How many positions of one account a connector reads before it says TOO_MUCH."""
MAX_ACCOUNTS = 500
"""How many accounts of one person a connector reads before it says TOO_MUCH."""


class Limits(NamedTuple):
    """How much of one list a connector reads before it says TOO_MUCH."""

    max_pages: int
    max_records: int


class Access(Protocol):
    """An institution's data, asked for with a person's grant or with this server's own right."""

    @property
    def consent_id(self) -> str | None:
        """The consent that the grant stands on, where the institution has a name for it."""

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        """One exchange, authorised: tokens near their end are refreshed before it, refused ones once after it.

        A GET is tried again with back-off. Answers below 500 are returned, but 429. Raises Said for all else.
        """


class ConsentRequest(NamedTuple):
    """What a consent is asked for. The URIs are where the person comes back, with our state in them."""

    return_uri: str
    decline_uri: str
    history_from: dt.date
    now: int
    person_ip: str | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that waits for the person."""

    id: str | None
    """None where only the token answer tells it."""
    parameters: Mapping[str, Any] = {}
    """What the authorization request has to carry for it: `claims`, `authorization_details`."""
    location: str | None = None
    """Where the person goes instead of an authorization endpoint; they come back without a code."""
    expires_at: int | None = None


class ConsentState(msgspec.Struct, frozen=True, kw_only=True):
    """How a consent stands at the institution."""

    status: Literal["waiting", "active", "rejected", "ended"]
    expires_at: int | None = None


class Consents(Protocol):
    """What a protocol does with consents as things of their own. Raises Said."""

    async def create(self, wanted: ConsentRequest, access: Access) -> Consent:
        """Ask for a consent; `access` is this server's own right, without a person."""

    async def read(self, consent_id: str, access: Access) -> ConsentState:
        """How it stands, by the institution's word."""

    async def revoke(self, consent_id: str, access: Access) -> None:
        """End it. One that has ended already is no error."""


class Session(Protocol):
    """An open conversation with an institution, for one run. Raises Said for everything that is not data."""

    async def accounts(self) -> Sequence[FeedAccount]:
        """Every account that the person shares."""

    async def transactions(self, account: FeedAccount, start: dt.date, end: dt.date) -> Sequence[FeedTransaction]:
        """The account's transactions from one day to another, both included."""

    async def holdings(self, account: FeedAccount) -> Positions | None:
        """What the account holds at this moment; None where nothing is told of it."""

    async def account_numbers(self, account: FeedAccount) -> Sequence[FeedAccountNumber]:
        """Under which numbers money reaches the account, the preferred one first; none for accounts without."""

    async def owners(self, account: FeedAccount) -> Sequence[FeedOwner]:
        """Whom the account belongs to."""


class Connector(Protocol):
    """A data protocol that institutions speak. Raises Said for everything that is not data."""

    @property
    def consents(self) -> Consents | None:
        """None where a grant is all there is."""

    async def subject(self, access: Access) -> str | None:
        """The institution's stable name for the person, when the grant itself does not tell it."""

    async def session(self, access: Access | Login) -> Session:
        """Sign on. Raises Said, and Challenged where the institution asks more than the login."""


@runtime_checkable
class Exchanging(Protocol):
    """A connector whose logins are good for one use: they are exchanged for access that lasts."""

    async def exchange(self, login: Login) -> Mapping[str, str]:
        """What opens the sessions from now on; it is kept sealed before it is used. Never called twice with success.

        Raises Said, LOGIN_REFUSED where another login is needed.
        """
