"""Erasing what only the living may have: credentials, answers, account numbers, owners, pictures of checks."""

from fanlight.core import account_numbers, account_owners, accounts, challenges, credentials, transactions
from fanlight.storage.unit import Unit


def member(unit: Unit, user_id: int, member_id: int) -> None:
    """Erase every secret of a member at once; grants are revoked apart, for the institution has to hear of it."""
    credentials.erase(unit, user_id, member_id)
    challenges.erase(unit, user_id, member_id)
    account_numbers.erase(unit, user_id, member_id)
    account_owners.erase(unit, user_id, member_id)
    for each in accounts.of_member(unit, user_id, member_id):
        transactions.erase_check_images(unit, user_id, each.id)


def account(unit: Unit, account: accounts.Row) -> None:
    """The same for one account that a partner holds: of its owners nothing is kept, only institutions tell them."""
    transactions.erase_check_images(unit, account.user_id, account.id)
    for number in account_numbers.of_account(unit, account.user_id, account.id):
        account_numbers.delete_one(unit, number)
