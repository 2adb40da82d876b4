"""What the two versions call the same things: words in 3.1, mostly ISO 20022 codes in 4.0."""

from enum import StrEnum
from typing import NamedTuple

from fanlight.bank.world.people import CARD, CHECKING, LOAN, MORTGAGE, SAVINGS


class Status(StrEnum):
    """How a consent stands."""

    AWAITING = "awaiting"
    AUTHORISED = "authorised"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Words(NamedTuple):
    """One version's vocabulary."""

    version: str
    statuses: dict[Status, str]
    category_field: str
    type_field: str
    types: dict[str, str]
    balances: dict[str, str]
    booked: str
    pending: str
    home: str
    codes: dict[str, str]


_CODES = {
    "Field.Invalid": "U002",
    "Field.InvalidDate": "U003",
    "Field.Missing": "U004",
    "Header.Missing": "U007",
    "Resource.ConsentMismatch": "U008",
    "Resource.InvalidConsentStatus": "U009",
    "Resource.InvalidFormat": "U010",
    "Resource.NotFound": "U011",
    "Reauthenticate": "U028",
    "UnexpectedError": "U000",
}

V3 = Words(
    version="3.1",
    statuses={
        Status.AWAITING: "AwaitingAuthorisation",
        Status.AUTHORISED: "Authorised",
        Status.REJECTED: "Rejected",
        Status.CANCELLED: "Revoked",
        # 3.1 has no word for it: a consent past its end keeps the status, and opens nothing.
        Status.EXPIRED: "Authorised",
    },
    category_field="AccountType",
    type_field="AccountSubType",
    types={
        CHECKING: "CurrentAccount",
        SAVINGS: "Savings",
        CARD: "CreditCard",
        LOAN: "Loan",
        MORTGAGE: "Mortgage",
    },
    balances={"ITBD": "InterimBooked", "ITAV": "InterimAvailable", "CLBD": "ClosingBooked"},
    booked="Booked",
    pending="Pending",
    home="Residential",
    codes={name: f"UK.OBIE.{name}" for name in _CODES},
)
V4 = Words(
    version="4.0",
    statuses={
        Status.AWAITING: "AWAU",
        Status.AUTHORISED: "AUTH",
        Status.REJECTED: "RJCT",
        Status.CANCELLED: "CANC",
        Status.EXPIRED: "EXPD",
    },
    category_field="AccountCategory",
    type_field="AccountTypeCode",
    types={CHECKING: "CACC", SAVINGS: "SVGS", CARD: "CARD", LOAN: "LOAN", MORTGAGE: "MORT"},
    balances={"ITBD": "ITBD", "ITAV": "ITAV", "CLBD": "CLBD"},
    booked="BOOK",
    pending="PDNG",
    home="HOME",
    codes=_CODES,
)
VERSIONS = (V3, V4)

PERMISSIONS = {
    "ReadAccountsBasic": "Names and kinds of your accounts",
    "ReadAccountsDetail": "Names, kinds and numbers of your accounts",
    "ReadBalances": "Your balances",
    "ReadBeneficiariesBasic": "That you have payees",
    "ReadBeneficiariesDetail": "Your payees",
    "ReadDirectDebits": "Your direct debits",
    "ReadOffers": "Offers made to you",
    "ReadPAN": "Your whole card numbers",
    "ReadParty": "Name, address, email and phone number of the account holders",
    "ReadPartyPSU": "Your own name, address, email and phone number",
    "ReadProducts": "The products behind your accounts",
    "ReadScheduledPaymentsBasic": "That payments are scheduled",
    "ReadScheduledPaymentsDetail": "Your scheduled payments",
    "ReadStandingOrdersBasic": "That you have standing orders",
    "ReadStandingOrdersDetail": "Your standing orders",
    "ReadStatementsBasic": "The list of your statements",
    "ReadStatementsDetail": "Your statements",
    "ReadTransactionsBasic": "Dates and amounts of your transactions",
    "ReadTransactionsCredits": "Money that came in",
    "ReadTransactionsDebits": "Money that went out",
    "ReadTransactionsDetail": "Your transactions with their texts",
}
"""Every permission code, and what it shows in the customer's words."""
