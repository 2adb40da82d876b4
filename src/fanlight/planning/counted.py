"""Which accounts count in planning: those that are shown, and of these the ones from which money is spent."""

from collections import Counter
from collections.abc import Iterable

from fanlight.core import accounts
from fanlight.core.account_types import ACCOUNT_TYPES
from fanlight.core.accounts import Account
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

HELD = frozenset(("INSURANCE", "INVESTMENT", "LOAN", "MORTGAGE", "PROPERTY"))
"""Types of accounts from which nothing is spent: what is paid into one counts on the account that pays."""
DOLLAR = "USD"
"""The currency of an account of which nobody says one."""

RULES = (
    Written(
        "Accounts that count",
        "Neither hidden nor deleted ones. Budgets, plans, scheduled payments and sums of spending leave out those of "
        f"the types {', '.join(sorted(HELD))} too: the interest that a loan charges and the funds that are bought in a "
        "portfolio are paid for by what was paid into it, and that counts on the account that paid.",
        "ours",
    ),
    Written(
        "Accounts that count: the main currency",
        "Amounts of different currencies are never added up: of the accounts that money is spent from, only those in "
        "the user's main currency count. It is the currency of most of them; of several, that of the oldest account. "
        f"An account of which nobody says a currency is taken to be in {DOLLAR}.",
        "ours",
    ),
)


def shown(unit: Unit, user_id: int) -> list[Account]:
    """The user's accounts that are not hidden, the oldest first."""
    return [each for each in accounts.list_all(unit, user_id) if not each.facts["is_hidden"].value]


def spent_from(found: Iterable[Account]) -> list[Account]:
    """Of the accounts that are shown (the oldest first) those from which money is spent, in the main currency."""
    told = [(each, type_and_currency(each)) for each in found]
    main = main_currency(kind for _, kind in told)
    return [each for each, (type_, currency) in told if is_spent_from(type_) and currency == main]


def is_spent_from(account_type: str) -> bool:
    """Whether money is spent from accounts of a type, such as CHECKING."""
    return account_type not in HELD


def main_currency(told: Iterable[tuple[str, str]]) -> str:
    """The currency in which a user's sums are, by the types (names) and currencies of their accounts, oldest first.

    That of most accounts from which money is spent, of several that of the oldest account; where there is no such
    account, of all of them.
    """
    known = list(told)
    spent = [currency for type_, currency in known if is_spent_from(type_)]
    found = Counter(spent or [currency for _, currency in known]).most_common(1)
    return found[0][0] if found else DOLLAR


def type_and_currency(account: Account) -> tuple[str, str]:
    """An account's type (its name) and currency."""
    facts = account.facts
    return ACCOUNT_TYPES.get(facts["account_type"].value, ""), facts["currency_code"].value or DOLLAR
