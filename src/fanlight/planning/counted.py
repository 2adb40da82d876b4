"""Which accounts count in planning: those that are shown, and of these the ones from which money is spent."""

from collections.abc import Iterable

from fanlight.core import accounts
from fanlight.core.account_types import ACCOUNT_TYPES
from fanlight.core.accounts import Account
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

HELD = frozenset(("INSURANCE", "INVESTMENT", "LOAN", "MORTGAGE", "PROPERTY"))
"""Types of accounts from which nothing is spent: what is paid into one counts on the account that pays."""

RULES = (
    Written(
        "Accounts that count",
        "Neither hidden nor deleted ones. Budgets, plans, scheduled payments and sums of spending leave out those of "
        f"the types {', '.join(sorted(HELD))} too: the interest that a loan charges and the funds that are bought in a "
        "portfolio are paid for by what was paid into it, and that counts on the account that paid.",
        "ours",
    ),
)


def shown(unit: Unit, user_id: int) -> list[Account]:
    """The user's accounts that are not hidden."""
    return [each for each in accounts.list_all(unit, user_id) if not each.facts["is_hidden"].value]


def spent_from(found: Iterable[Account]) -> list[Account]:
    """Of some accounts those from which money is spent."""
    return [each for each in found if is_spent_from(ACCOUNT_TYPES.get(each.facts["account_type"].value, ""))]


def is_spent_from(account_type: str) -> bool:
    """Whether money is spent from accounts of a type, such as CHECKING."""
    return account_type not in HELD
