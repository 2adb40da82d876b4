"""MDX Real Time v5: users and what a partner keeps for them, under `/{client_id}/users`."""

from fanlight.api.mdx import account_numbers, accounts, holdings, members, transactions, users
from fanlight.api.partner import PartnerFace, Route, face_of

_NOUNS = (users, members, accounts, transactions, holdings, account_numbers)
ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)


def face() -> PartnerFace:
    return face_of(ROUTES, "application/vnd.moneydesktop.mdx.v5", numeric_status=False)
