"""Narrowing: whether a grant gives less than was asked for, or than it gave before, so that the person is to renew it.

Institutions let people take accounts and kinds of data out of a consent without a word to anybody. What is missing
then would grow old unnoticed while the connection looks well.
"""

from collections.abc import Iterable

from fanlight.base.clock import DAY
from fanlight.core.accounts import Row

MISSING_FOR = DAY
"""For how many seconds an account is missing before it counts: lists do not come whole every time."""
_NOT_OF_DATA = frozenset(("openid", "offline_access"))
"""Scopes that servers leave out of what they say was granted, whether it was or not."""


def has_lost_accounts(known: Iterable[Row], *, granted_at: int, now: int) -> bool:
    """Whether this grant showed an account that it shows no more.

    What an earlier grant showed does not count: the person chose anew.
    """
    return any(
        row.deleted_at is None
        and row.blocked_at is None
        and not row.is_closed
        and granted_at <= row.imported_at <= now - MISSING_FOR
        for row in known
    )


def is_narrower(granted: str | None, asked: str) -> bool:
    """Whether a part of the scope was granted and another was not.

    A server that names all of it otherwise is not taken at its word: it shows by its answers what it gives.
    """
    wanted = set(asked.split()) - _NOT_OF_DATA
    given = set((asked if granted is None else granted).split())
    return bool(wanted & given) and not wanted <= given
