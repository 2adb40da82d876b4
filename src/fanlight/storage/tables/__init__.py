"""Every table. Times are Unix seconds, amounts whole millionths, feeds and edits JSON text.

`user_id` leads the indexes of a user's data. Rows that a client can name have a `guid`; integer keys stay inside.
Where a key is held over a wait (a job in flight, a window, a task) it never comes back for another row: autoincrement.
"""

from fanlight.storage.tables.clients import api_tokens, audit, clients, meta, registrations, sessions, users
from fanlight.storage.tables.columns import metadata
from fanlight.storage.tables.connections import (
    challenges,
    grants,
    institution_credentials,
    institutions,
    jobs,
    member_credentials,
    members,
    micro_deposits,
    oauth_states,
)
from fanlight.storage.tables.data import (
    account_numbers,
    account_owners,
    accounts,
    holdings,
    raw_payloads,
    transactions,
)
from fanlight.storage.tables.labels import (
    categories,
    client_rules,
    merchant_locations,
    taggings,
    tags,
    transaction_rules,
)
from fanlight.storage.tables.work import tasks

__all__ = [
    "account_numbers",
    "account_owners",
    "accounts",
    "api_tokens",
    "audit",
    "categories",
    "challenges",
    "client_rules",
    "clients",
    "grants",
    "holdings",
    "institution_credentials",
    "institutions",
    "jobs",
    "member_credentials",
    "members",
    "merchant_locations",
    "meta",
    "metadata",
    "micro_deposits",
    "oauth_states",
    "raw_payloads",
    "registrations",
    "sessions",
    "taggings",
    "tags",
    "tasks",
    "transaction_rules",
    "transactions",
    "users",
]
