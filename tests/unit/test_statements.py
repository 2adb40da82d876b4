"""Every statement on a user's data binds the user: a key that leaks or is mixed up opens nobody else's rows."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

from fanlight import core, planning
from fanlight.storage.statements import Statement
from fanlight.storage.tables import metadata

# `member_credentials` has no column for the user: its statements go by the member, who is the user's.
OF_USERS = {table.name for table in metadata.sorted_tables if "user_id" in table.columns} | {"member_credentials"}
BEARER = "The secret that was presented finds the row, and the row says whose it is."
SWEEP = "Housekeeping, for all users at once."
OPERATOR = "An operator's view, for all users at once."
NAMELESS = {
    "accounts._purge": SWEEP,
    "clients._end_sessions": "A client that is disabled ends the sessions of all its users.",
    "confirmations._overdue": SWEEP,
    "consent_ends._due": SWEEP,
    "credentials._insert": "There is no column for the user; the member was read as theirs.",
    "grants._purge": SWEEP,
    "grants._stuck": SWEEP,
    "holdings._purge": SWEEP,
    "insights.store._purge": SWEEP,
    "members._at_institution": OPERATOR,
    "members._by_guid": OPERATOR,
    "members._external_guid_owner": "The users of a client share one space of external guids.",
    "members._purge": SWEEP,
    "microdeposits._expire": SWEEP,
    "microdeposits._purge": SWEEP,
    "microdeposits._unsettled": SWEEP,
    "notifications.store._purge": SWEEP,
    "oauth_attempts._overdue": SWEEP,
    "oauth_states._by_state": BEARER,
    "oauth_states._by_token": BEARER,
    "oauth_states._expire": SWEEP,
    "oauth_states._forget": SWEEP,
    "outbox._purge": SWEEP,
    "plain_secrets._profiles": OPERATOR,
    "rate_ledger._insert": "User 0 stands for all of an institution, whose words hold for everybody.",
    "rate_ledger._purge": SWEEP,
    "rate_ledger._refused_to_others": "Whether an institution refuses others too is what is asked; only a count comes.",
    "raw_payloads._purge": SWEEP,
    "resealing._number_key_keys": OPERATOR,
    "resealing._stale_number_keys": OPERATOR,
    "sessions._delete_expired": SWEEP,
    "sessions._delete_expired_api_tokens": SWEEP,
    "sessions._live": BEARER,
    "sessions._spend_api_token": BEARER,
    "staleness._changed_users": SWEEP,
    "staleness._state": "The user is the row that is asked for.",
    "staleness._users_of_another_day": SWEEP,
    "transactions._purge": SWEEP,
    "sessions._touch": "The same unit has just found the session by its secret.",
}


def test_every_statement_on_a_users_data_names_the_user_or_says_why_not() -> None:
    on_users = {name: text for name, text in _texts() if OF_USERS & set(re.findall(r"\w+", text))}
    assert {name for name, text in on_users.items() if not _names_user(text)} == NAMELESS.keys()


def statements() -> Iterator[tuple[str, Statement]]:
    """Every statement of the core and of planning by its module and name."""
    for package in (core, planning):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, Statement):
                    yield f"{module.name.removeprefix(package.__name__ + '.')}.{name}", value


def _texts() -> Iterator[tuple[str, str]]:
    return ((name, each.text) for name, each in statements())


def _names_user(text: str) -> bool:
    """Whether rows are chosen by a given user, or a new row is given one; a join of two columns is neither."""
    return re.search(r"\buser_id = :\w+|^INSERT (?:OR \w+ )?INTO \w+ \(user_id,", text) is not None


def test_every_change_of_what_a_transaction_shows_raises_its_revision() -> None:
    changes = {name: text for name, text in _texts() if text.startswith("UPDATE transactions SET")}
    silent = {name for name, text in changes.items() if "revision=(transactions.revision +" not in text}
    assert silent == {"check_images._set", "check_images._erase"}
