"""The customers: seed, brand and user name give one invented person with the same accounts each time."""

import random
from functools import cached_property
from typing import NamedTuple

from fanlight.bank.brands import Brand
from fanlight.bank.sealing import derive
from fanlight.bank.world.tables import CITIES, FIRST_NAMES, LAST_NAMES, STREETS, City

CHECKING, SAVINGS, CARD, LOAN, MORTGAGE, INVESTMENT = "checking", "savings", "card", "loan", "mortgage", "investment"


class Account(NamedTuple):
    """An account as its holder knows it; `role` is its part in the person's life."""

    id: str
    role: str
    nickname: str
    product: str
    number: str


class Kind(NamedTuple):
    """What accounts of one role are called and how long their numbers are."""

    role: str
    nicknames: tuple[str, ...]
    products: tuple[str, ...]
    prefix: str
    digits: int


KINDS = (
    Kind(CHECKING, ("Everyday Checking", "Bills & Groceries", "Main Checking"), ("Advantage Checking",), "40", 10),
    Kind(SAVINGS, ("Rainy Day", "House Projects", "Savings"), ("Growth Savings",), "71", 10),
    Kind(CARD, ("Rewards Card", "Travel Card", "Cash Back Card"), ("Signature Rewards Visa",), "499999", 16),
    Kind(LOAN, ("Auto Loan", "Personal Loan"), ("Fixed-Rate Installment Loan",), "83", 9),
    Kind(MORTGAGE, ("Home Mortgage", "Our House"), ("30-Year Fixed Mortgage",), "60", 10),
    Kind(INVESTMENT, ("Brokerage", "Long-Term Investments"), ("Self-Directed Brokerage",), "Z", 8),
)


class Person:
    """A customer. Names and accounts are made at once, everything else when it is asked for."""

    def __init__(self, seed: int, brand: Brand, username: str) -> None:
        self.secret = derive(seed, f"person/{brand.code}/{username}")
        self.brand = brand
        self.username = username
        dice = random.Random(self.secret)  # noqa: S311  (a simulation must be repeatable)
        self.first_name = dice.choice(FIRST_NAMES)
        self.last_name = dice.choice(LAST_NAMES)
        self.city: City = dice.choice(CITIES)
        self.customer_id = f"cust-{self.secret[:12].hex()}"
        self.accounts = () if username == "data_no_accounts" else tuple(self._account(dice, kind) for kind in KINDS)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@example.com".lower()

    @cached_property
    def phone(self) -> str:
        """Ten digits from the range that is kept for fiction (555-01xx)."""
        return f"{self.city.area_code}55501{self.secret[13] % 100:02}"

    @cached_property
    def address(self) -> str:
        return f"{100 + self.secret[14] * 7} {STREETS[self.secret[15] % len(STREETS)]}"

    def dice(self, label: str) -> random.Random:
        """The person's own chance for one purpose, such as a month."""
        return random.Random(self.secret + label.encode())  # noqa: S311  (a simulation must be repeatable)

    def account(self, account_id: str) -> Account | None:
        return next((account for account in self.accounts if account.id == account_id), None)

    def _account(self, dice: random.Random, kind: Kind) -> Account:
        rest = kind.digits - len(kind.prefix)
        number = f"{kind.prefix}{dice.randrange(10**rest):0{rest}}"
        account_id = f"{kind.role[:3]}-{dice.getrandbits(64):016x}"
        return Account(account_id, kind.role, dice.choice(kind.nicknames), dice.choice(kind.products), number)
