"""Every statement finds what it wants by an index: none goes through a whole table, or all that a user has, unasked."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from fanlight.storage import schema
from fanlight.storage.engine import connect
from fanlight.storage.statements import Statement
from unit.test_statements import statements

SWEEP = "Housekeeping, once in a while and in the writer's thread."
FEW = "There are few of them, and they are kept in a cache or asked for by an operator."
DIRECTORY = "A directory of institutions is read by its order, a page of it."
CHILDREN = "SQLite looks for rows that point here only while such rows are missing something, which is never."
SCANS = {
    "accounts._purge": SWEEP,
    "audit._latest": "The newest of all, a few of them, by their key.",
    "clients._all": FEW,
    "clients._by_api_key": FEW,
    "grants._purge": SWEEP,
    "grants._stuck": SWEEP,
    "institution_search._many": DIRECTORY,
    "institutions._all": DIRECTORY,
    "institutions._insert": CHILDREN,
    "members._purge": SWEEP,
    "members._remove": "Challenges that point to it; there are only those that wait for an answer now.",
    "microdeposits._institution_name": DIRECTORY,
    "oauth_attempts._overdue": SWEEP,
    "oauth_states._forget": SWEEP,
    "operator_notes._all": "An operator's view; a row for each institution that does not take this client.",
    "plain_secrets._profiles": "An operator looks for what stands in the clear: all of it has to be looked at.",
    "resealing._number_key_keys": "A rotation goes through all rows, a piece at a time, by their keys.",
    "sessions._delete_expired": SWEEP,
    "staleness._changed_users": SWEEP,
    "staleness._zones": SWEEP,
}
RARE = "A user renames or deletes one of their categories: rare, in the writer's thread, 50 ms for 40,000 transactions."
DAYS = "The days that are asked for are the list."
WALKS = {
    "categories._forget_in_feeds": RARE,
    "categories._in_use": RARE,
    "categories._touch_transactions": RARE,
    "category_totals._sums": DAYS,
    "enriching_again._part": "It goes through everything, part by part.",
    "facts._movements": DAYS,
    "movements._all": "After a first load everything is looked at, in a reader.",
    "paying.payees._between": DAYS,
    "paying.series_movements._all": "After a first load everything is looked at.",
    "tallies._count_month": DAYS,
    "transaction_lists._count_of_accounts": DAYS,
    "transaction_lists._count_of_all": DAYS,
    "transaction_lists._count_of_categories": f"{DAYS} An index of categories takes 8 % of a first load.",
    "transaction_lists._page_of_accounts": DAYS,
    "transaction_lists._page_of_all": DAYS,
    "transaction_lists._page_of_categories": f"{DAYS} An index of categories takes 8 % of a first load.",
}
BETWEEN = "(user_id=? AND updated_at>? AND updated_at<?)"
_SCAN = re.compile(r"SCAN (?!CONSTANT)\w+(?! VIRTUAL)\b(?!.* VIRTUAL)")
# All of a user's transactions, or all on one side of a day; a part of them is behind an index with a condition.
_WALK = re.compile(r"SEARCH \w+ USING (?:COVERING )?INDEX ix_transactions_user_id \(user_id=\?(?:\)| AND date[<>])")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """How SQLite would run every statement."""
    path = tmp_path_factory.mktemp("plans") / "plans.db"
    schema.create(path)
    with closing(connect(path)) as connection:
        return {name: list(_plan(connection, each)) for name, each in statements()}


def test_no_statement_goes_through_a_table_or_says_why(plans: dict[str, list[str]]) -> None:
    assert {name for name, plan in plans.items() if any(map(_SCAN.match, plan))} == SCANS.keys()


def test_no_statement_goes_through_all_of_a_users_transactions_or_says_why(plans: dict[str, list[str]]) -> None:
    assert {name for name, plan in plans.items() if any(map(_WALK.match, plan))} == WALKS.keys()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("movements._edited", "ix_transactions_edited"),
        ("movements._halves", "ix_transactions_twin"),
        ("movements._near", "ix_transactions_user_id (user_id=? AND date=?)"),
        ("paying.series_movements._groups_of_words", "ix_transactions_description_key"),
        ("paying.series_movements._of_merchant", "ix_transactions_merchant_guid"),
        ("paying.series_movements._of_words", "ix_transactions_description_key"),
        ("movements._of_words", "ix_transactions_description_key"),
        ("transaction_lists._count_of_moments", f"ix_transactions_updated_at {BETWEEN}"),
        ("transaction_lists._page_of_moments", f"ix_transactions_updated_at {BETWEEN}"),
        ("transaction_lists._page_of_rule", "ix_transactions_rule_id"),
        ("transaction_lists._read", "sqlite_autoindex_transactions_1 (guid=?)"),
    ],
)  # fmt: skip
def test_what_is_asked_for_often_has_its_index(plans: dict[str, list[str]], name: str, index: str) -> None:
    assert any(f"INDEX {index}" in line for line in plans[name])


def _plan(connection: sqlite3.Connection, query: Statement) -> Iterator[str]:
    """SQLite looks at constants of the statement for indexes with a condition; what is given to it is nothing here."""
    absent = dict.fromkeys(re.findall(r":(\w+)", query.text))
    for *_, line in connection.execute(f"EXPLAIN QUERY PLAN {query.text}", absent | query.values({})):
        yield line
