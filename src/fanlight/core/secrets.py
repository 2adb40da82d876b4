"""What only a living member may have: credentials, answers, account numbers, owners, pictures of checks."""

from fanlight.core import account_numbers, account_owners, accounts, challenges, credentials, transactions
from fanlight.storage.unit import Unit


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Erase every secret of a member at once; grants are revoked apart, for the institution has to hear of it."""
    credentials.erase(unit, member_id)
    challenges.erase(unit, user_id, member_id)
    account_numbers.erase(unit, user_id, member_id)
    account_owners.erase(unit, user_id, member_id)
    for account in accounts.of_member(unit, user_id, member_id):
        transactions.erase_check_images(unit, user_id, account.id)
