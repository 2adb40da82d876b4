"""The table of contents of the Nexus face: every operation that is there, once; each noun lists its own."""

from fanlight.api.nexus import accounts, institutions, jobs, members, oauth_states, transactions, user
from fanlight.api.nexus.kit import Route

_NOUNS = (user, institutions, members, jobs, accounts, transactions, oauth_states)

ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)
