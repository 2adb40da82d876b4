"""A UK institution as its entry describes it: the standard by default, each deviation a line of its own."""

from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

RECONFIRMED_AFTER_DAYS = 90
"""How long a consent is used until the person confirms it here, without the institution: a rule of the FCA's since
November 2021, in place of a new sign-on."""
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]

Permission = Literal[
    "ReadAccountsBasic",
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadBeneficiariesBasic",
    "ReadBeneficiariesDetail",
    "ReadDirectDebits",
    "ReadOffers",
    "ReadPAN",
    "ReadParty",
    "ReadPartyPSU",
    "ReadProducts",
    "ReadScheduledPaymentsBasic",
    "ReadScheduledPaymentsDetail",
    "ReadStandingOrdersBasic",
    "ReadStandingOrdersDetail",
    "ReadStatementsBasic",
    "ReadStatementsDetail",
    "ReadTransactionsBasic",
    "ReadTransactionsCredits",
    "ReadTransactionsDebits",
    "ReadTransactionsDetail",
]
"""What a consent can be asked for: the codes of OBReadConsent1."""

BalanceType = Literal[
    "CLAV", "CLBD", "FWAV", "INFO", "ITAV", "ITBD", "OPAV", "OPBD", "PRCD", "XPCD",
    "ClosingCleared", "InterimCleared", "OpeningCleared",
]  # fmt: skip
"""Types of balances by their ISO 20022 code, which version 4 has for the words of 3.1; three words have none."""

_HALVES = frozenset(("ReadTransactionsCredits", "ReadTransactionsDebits"))
_DEPTHS = frozenset(("ReadTransactionsBasic", "ReadTransactionsDetail"))


class UkDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account servicer of UK Open Banking. Raises ValueError for permissions that no consent can have."""

    base_url: str
    """Up to and with `/open-banking`; what follows it is the version's (`/v4.0/aisp`)."""
    version: Literal["3.1", "4.0"] = "4.0"
    permissions: tuple[Permission, ...] = (
        "ReadAccountsDetail",
        "ReadBalances",
        "ReadTransactionsDetail",
        "ReadTransactionsCredits",
        "ReadTransactionsDebits",
        "ReadParty",
    )
    acr_values: tuple[str, ...] = ()
    """How the person is to sign on (`urn:openbanking:psd2:sca`); an essential claim of the id_token where given."""
    history_days: Days | None = None
    """How far back a consent is asked for and transactions are; left out, as far as the job wants."""
    refused_history_days: Days = 90
    """What is asked for where a longer history was refused: some give it in the hour after the sign-on only."""
    balance_types: tuple[BalanceType, ...] = ("ITBD", "CLBD", "InterimCleared", "ClosingCleared", "PRCD", "OPBD")
    """Which balance is the account's: the first of these that the institution tells."""
    available_types: tuple[BalanceType, ...] = ("ITAV", "CLAV")
    """Which balance says what can be spent: the first of these."""
    debt_balance: Literal["indicator", "reversed", "owed"] = "indicator"
    """Balances of cards and loans: Debit is owed (the standard), Credit is owed, or always owed."""
    zone: str | None = None
    """The zone in which a day is read from a moment; left out, the day that the institution wrote is kept."""
    page_links: Literal["as_given", "query"] = "as_given"
    """Whether a link to the next page is followed, or gives its query alone: some name a host of the inside."""
    financial_id: str | None = None
    """`x-fapi-financial-id`, where an institution still wants it."""
    idempotency_keys: bool = False
    """Whether a consent is asked for with `x-idempotency-key`."""

    def __post_init__(self) -> None:
        wanted = frozenset(self.permissions)
        if not wanted & {"ReadAccountsBasic", "ReadAccountsDetail"}:
            raise ValueError("permissions need ReadAccountsBasic or ReadAccountsDetail")
        if bool(wanted & _HALVES) is not bool(wanted & _DEPTHS):
            raise ValueError(
                "permissions for transactions need ReadTransactionsBasic or ReadTransactionsDetail, "
                "and ReadTransactionsCredits or ReadTransactionsDebits"
            )
        if self.zone is not None:
            _known_zone(self.zone)

    @property
    def root(self) -> str:
        """What paths of resources are added to."""
        return f"{self.base_url.rstrip('/')}/v{self.version}/aisp"

    @property
    def time_zone(self) -> ZoneInfo | None:
        return None if self.zone is None else ZoneInfo(self.zone)

    def may_read(self, *permissions: Permission) -> bool:
        """Whether a consent is asked for any of these."""
        return not frozenset(permissions).isdisjoint(self.permissions)


def is_balance_type(text: str) -> bool:
    """Whether a text is one of the types that `balance_types` can name."""
    return text in get_args(BalanceType)


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"there is no time zone {name}") from error
