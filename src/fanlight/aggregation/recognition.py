"""Recognition: whether a renewed permission is another person's, where the institution's name for one does not last.

Accounts are all that there is to go by. Only a clear contradiction counts: a person may share other accounts than
before, and an institution may give them other ids.
"""

from collections.abc import Sequence

from fanlight.aggregation.saving import recognised
from fanlight.core import accounts
from fanlight.core.accounts import Row
from fanlight.core.members import Member
from fanlight.institutions.port import FeedAccount
from fanlight.storage.engine import Store
from fanlight.storage.vault import Vault


class Recognition:
    """Compares what a permission shows with what a member has."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def is_another_person(self, member: Member, told: Sequence[FeedAccount]) -> bool:
        """Whether none of these accounts is, or may be, one of the member's, and all of both have numbers to tell."""
        known = await self._store.read(accounts.known, member.user_id, member.id)
        if not known or not told or not (all(map(_has_number, known)) and all(map(_is_numbered, told))):
            return False
        identities = recognised(known, self._vault, member, told)
        return all(identity.row is None and not identity.resembles for identity in identities)


def _has_number(row: Row) -> bool:
    return row.number_key is not None or row.facts_of_feed().get("account_number") is not None


def _is_numbered(account: FeedAccount) -> bool:
    return account.whole_number is not None or account.account_number is not None
