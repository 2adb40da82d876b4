"""Budgets made from what was spent in the last two complete months."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from fanlight.base.errors import TooFewTransactions
from fanlight.core import categories
from fanlight.enrichment.categories import DEFAULTS
from fanlight.planning import days, tallies
from fanlight.planning.budgeting import budget_months, budgets
from fanlight.planning.budgeting.budget_figures import is_income, lineage, mean, spent_by_category
from fanlight.planning.tallies import Tally
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

_NAMES = frozenset(
    ("Auto & Transport", "Bills & Utilities", "Business Services", "Education", "Entertainment", "Fees & Charges")
    + ("Financial", "Food & Dining", "Health & Fitness", "Home", "Kids", "Personal Care", "Shopping", "Taxes")
    + ("Travel", "Uncategorized", "Income")
)
GENERATED = tuple(each.guid for each in DEFAULTS if each.parent_guid is None and each.name in _NAMES)
"""The categories for which budgets are generated."""
_MOST = 999_999_999_999_990_000
"""The largest amount of a budget, in millionths."""

RULES = (
    Written(
        "budgets/generate: who qualifies",
        "A category of the seventeen that the wire names qualifies when in each of the two calendar months before this "
        "one (time zone of the client) there is at least one transaction in it or in a category below it that counts "
        "(see budget.transaction_total). None qualifies: 422 with the code 4221.",
        "documented",
    ),
    Written(
        "budgets/generate: amount",
        "The mean of what was spent (Income: what came in) in those two months.",
        "documented",
    ),
    Written(
        "budgets/generate: limits of the amount",
        "Rounded to cents, half up; not below 0, and not below what the budgets of its subcategories add up to.",
        "ours",
    ),
    Written(
        "budgets/generate: budgets that are there",
        "One of a qualifying category gets the new amount; its guid and metadata stay. The answer lists all budgets of "
        "the user, also those that stayed as they were.",
        "documented",
    ),
)


def generate(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """Make budgets, or give them new amounts. Tallies are to be up to date.

    Raises TooFewTransactions where no category qualifies.
    """
    first, last = (days.later(days.month_of(today), back) for back in (-2, -1))
    counted, parents = budget_months.grounds(unit, user_id)
    found = means(tallies.between(unit, user_id, first, last), (first, last), counted, parents)
    if not found:
        raise TooFewTransactions
    known = {each.category_guid: each for each in budgets.list_all(unit, user_id)}
    for guid, usual in found.items():
        row = known.get(guid)
        if row is None:
            budgets.create(unit, user_id, categories.read(unit, user_id, guid), usual, now=now)
            continue
        amount = max(usual, budgets.within(row, known.values()))
        if amount != row.amount:
            budgets.change(unit, row, amount=amount, now=now)
    budget_months.expect(unit, user_id, today)


def means(
    found: Iterable[Tally], months: tuple[str, str], accounts: Collection[int], parents: Mapping[str, str | None]
) -> dict[str, int]:
    """The amounts of the qualifying categories, in millionths, in the order of GENERATED. Pure."""
    counted = [each for each in found if each.account_id in accounts and (each.debits or each.credits)]
    spent = spent_by_category(((each.category_guid, each.debits - each.credits) for each in counted), parents)
    seen = {(each.month, guid) for each in counted for guid in lineage(each.category_guid, parents)}
    qualifying = (guid for guid in GENERATED if all((month, guid) in seen for month in months))
    return {
        guid: _amount(-spent[guid] if is_income(guid, parents) else spent[guid], len(months)) for guid in qualifying
    }


def _amount(of_months: int, months: int) -> int:
    return max(0, min(mean(of_months, months), _MOST))
