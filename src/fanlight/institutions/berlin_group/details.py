"""A Berlin Group interface as an institution's entry describes it; deviations are named here, never coded."""

from typing import Annotated, Literal

import msgspec

Address = Annotated[str, msgspec.Meta(min_length=2, max_length=45)]
Balances = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=10)]
CONSENT_DAYS = 180
"""The most that the law allows without a new sign-in (Regulation (EU) 2018/389, article 10)."""
CALLS_PER_DAY = 4
"""Without the person, of each account and endpoint; more has to be agreed upon with the bank."""
DEFAULT_BALANCES = ("interimBooked", "closingBooked", "expected", "openingBooked")
DEFAULT_CARD_BALANCES = ("interimBooked", "interimAvailable", "closingBooked", "expected")


class BerlinGroupDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An XS2A interface for account information."""

    base_url: str
    """What stands before `/v1`."""
    access: Literal["allPsd2", "accounts"] = "allPsd2"
    """What a consent asks for: everything at once, or accounts, balances and transactions, which the person picks."""
    owner_names: bool = False
    """Whether a consent asks for the names of owners too; not every bank knows how to give them."""
    tpp_ip_address: Address | None = None
    """Sent as PSU-IP-Address when a consent is asked for and the person's own IPv4 address is not known."""
    card_accounts: bool = True
    """Whether `/card-accounts` is read too; a bank without it may say so."""
    booking_status: Literal["both", "booked"] = "both"
    """`booked` for a bank that tells no pending transactions and refuses to be asked."""
    transaction_id: Literal["transactionId", "entryReference", "none"] = "transactionId"
    """Which field is a transaction's id; `transactionId` takes entryReference where it is not there."""
    amounts: Literal["signed", "by_party"] = "signed"
    """`by_party` for a bank that leaves the minus sign out: money goes out to a creditor and comes in from a debtor."""
    balance_types: Balances = DEFAULT_BALANCES
    """Which balance is the account's, the first one that is told."""
    card_balance_types: Balances = DEFAULT_CARD_BALANCES
    debit_accounting: bool | None = None
    """Whether cards quote debits above zero, for a bank that does not say it in each answer (`debitAccounting`)."""
    history_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] | None = None
    """How many days back the bank tells of without the person; null to learn it from its PERIOD_INVALID."""

    def url(self, path: str) -> str:
        """The address of a resource below `/v1`."""
        return f"{self.base_url.rstrip('/')}/v1{path}"
