"""Blocking: everything of an account is erased but what it is known by, so that an institution cannot bring it back.

The raw answers of the institution go with it, for it stands in them. The same account at another member is another one.
"""

from sqlalchemy import bindparam, delete, update

from fanlight.base.errors import Malformed
from fanlight.core import erasing, holdings, raw_payloads
from fanlight.core.accounts import Account
from fanlight.core.provenance import to_json
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import accounts as table
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit

LOOKS = ("account_type", "account_number", "currency_code", "name")
"""By what an account is known again beside its id and the key of its number: an institution may give it another id with
a new consent, and not tell its whole number then. Of the number only the end is there."""


@statement
def _erase_transactions() -> Clause:
    of_account = transactions.c.account_id == bindparam("of")
    return delete(transactions).where(transactions.c.user_id == bindparam("user"), of_account)


@statement
def _block() -> Clause:
    return (
        update(table)
        .where(table.c.id == bindparam("of"), table.c.user_id == bindparam("user"))
        .values(
            feed=bindparam("kept"),
            edits="",
            findings=None,
            is_closed=0,
            blocked_at=bindparam("now"),
            deleted_at=bindparam("now"),
            updated_at=bindparam("now"),
        )
    )


def block(unit: Unit, account: Account, *, now: int) -> None:
    """Erase an account for good and keep its data away from now on; raises Malformed for a manual one."""
    if account.is_manual:
        raise Malformed("Manually created accounts cannot be blocked.")
    unit.run(_erase_transactions, user=account.user_id, of=account.id)
    holdings.erase(unit, account.user_id, account.id)
    erasing.account(unit, account)
    raw_payloads.erase(unit, account.user_id, account.member_id)
    feed = account.facts_of_feed()
    kept = to_json({name: feed.get(name) for name in LOOKS})
    unit.run(_block, of=account.id, user=account.user_id, kept=kept, now=now)
