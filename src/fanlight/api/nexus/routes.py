"""The table of contents of the Nexus face: every operation that is there, once; each noun lists its own."""

from fanlight.api.nexus import (
    account_edits,
    account_numbers,
    account_owners,
    accounts,
    categories,
    challenges,
    credentials,
    holdings,
    institutions,
    jobs,
    members,
    merchants,
    micro_deposits,
    oauth_states,
    sessions,
    taggings,
    tags,
    transaction_edits,
    transaction_rules,
    transactions,
    user,
)
from fanlight.api.nexus.kit import Route

_NOUNS = (sessions, user, institutions, members, credentials, challenges, jobs, account_numbers, account_owners) + (
    accounts,
    account_edits,
    transactions,
    transaction_edits,
    transaction_rules,
    categories,
    tags,
    taggings,
    merchants,
    holdings,
    micro_deposits,
    oauth_states,
)

ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)
