"""The documented user names that make the bank misbehave; any other name is an ordinary customer."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

PASSWORD = "correct"  # noqa: S105  (printed on the login page: the bank is simulated)


class Stage(StrEnum):
    """Where on the way a special user's fault shows."""

    AT_AUTHORIZATION = "1. At the authorization"
    AFTER_CODE = "2. At the token endpoint"
    AT_DATA = "3. At the data endpoints"


class SpecialUser(NamedTuple):
    """A user name and what happens to whoever signs in with it."""

    name: str
    stage: Stage
    effect: str


_A, _T, _D = Stage.AT_AUTHORIZATION, Stage.AFTER_CODE, Stage.AT_DATA

SPECIAL_USERS = (
    SpecialUser("access_denied", _A, "The redirect carries access_denied, as if the customer had declined."),
    SpecialUser("login_required", _A, "The redirect carries login_required."),
    SpecialUser("account_selection_required", _A, "The redirect carries account_selection_required."),
    SpecialUser("consent_required", _A, "The redirect carries consent_required."),
    SpecialUser("interaction_required", _A, "The redirect carries interaction_required."),
    SpecialUser("server_error", _A, "The redirect carries server_error."),
    SpecialUser("temporarily_unavailable", _A, "The redirect carries temporarily_unavailable."),
    SpecialUser("invalid_scope", _A, "The redirect carries invalid_scope."),
    SpecialUser("invalid_request", _A, "The redirect carries invalid_request."),
    SpecialUser("unauthorized_client", _A, "The redirect carries unauthorized_client."),
    SpecialUser("token_invalid_grant", _T, "Every token request is refused with invalid_grant."),
    SpecialUser("token_invalid_client", _T, "Every token request is refused with 401 invalid_client."),
    SpecialUser("token_server_error", _T, "The token endpoint answers 500 in plain text."),
    SpecialUser("token_slow", _T, "The token endpoint hangs for a minute, then answers."),
    SpecialUser("token_garbage", _T, "The token endpoint answers 200 with text that is not JSON."),
    SpecialUser("bad_id_token", _T, "The id_token is signed with a key that is not the bank's."),
    SpecialUser("new_subject", _T, "The id_token names the customer anew with each authorization."),
    SpecialUser("narrow_scope", _T, "The last scope that was asked for is not granted."),
    SpecialUser("no_id_token", _T, "There is no id_token; the subject is only at /customers/current."),
    SpecialUser("data_unavailable", _D, "Every data request answers 503 with FDX error 501."),
    SpecialUser("data_garbage", _D, "Every data request answers 200 with text that is not JSON."),
    SpecialUser("data_huge", _D, "Every data request answers many megabytes that never become a document."),
    SpecialUser("data_endless", _D, "Lists never end: every page has a fresh nextPageKey."),
    SpecialUser("data_slow", _D, "Every data request hangs for a minute, then answers."),
    SpecialUser("data_unauthorized", _D, "Every data request answers 401, however fresh the token."),
    SpecialUser("data_throttled", _D, "Every data request answers 429 with Retry-After."),
    SpecialUser("data_flaky", _D, "The first request of each path answers 503, later ones work."),
    SpecialUser("data_one_bad_account", _D, "The credit card's transactions answer 500, the rest is fine."),
    SpecialUser("data_no_accounts", _D, "The customer has no accounts."),
    SpecialUser(
        "data_all_holdings", _D, "The brokerage holds every kind: short, option, bond, sweep, nothing left ..."
    ),
    SpecialUser("data_new_holding_ids", _D, "Every consent gives the brokerage's holdings new ids."),
    SpecialUser("data_bad_holding", _D, "One of the brokerage's holdings has an absurd number of units."),
    SpecialUser("data_new_ids", _D, "Every consent gives accounts and transactions new ids."),
    SpecialUser("data_places", _D, "The ids of transactions are their places in the list."),
    SpecialUser("data_no_ids", _D, "Transactions have no ids."),
    SpecialUser("data_one_id", _D, "A quarter of the transactions have the id 9998."),
    SpecialUser("data_linked", _D, "Posted transactions refer to what they were while they were pending."),
    SpecialUser("data_same_id", _D, "A pending transaction keeps its id when it posts."),
    SpecialUser("data_tip", _D, "A pending transaction posts with another id and a fifth more: the tip."),
    SpecialUser("data_twins", _D, "A quarter of the transactions were made twice, and none has an id."),
    SpecialUser("data_late_fields", _D, "For two days transactions have less text; none has an id."),
    SpecialUser("data_local_dates", _D, "Days are told alone, or late in the evening of the bank's own zone."),
    SpecialUser("data_balances", _D, "Posted transactions tell the balance after them."),
    SpecialUser("data_missing_days", _D, "The same, but every fifth day is left out."),
    SpecialUser("data_short_history", _D, "Transactions are told of the last days only, whatever is asked."),
    SpecialUser("data_signed_card", _D, "What is owed on the card is below zero."),
    SpecialUser("data_moving_holding", _D, "One of the brokerage's holdings is missing every second day."),
)

AUTHORIZATION_ERRORS = frozenset(user.name for user in SPECIAL_USERS if user.stage is Stage.AT_AUTHORIZATION)


class Behavior(msgspec.Struct):
    """How badly the special users' faults behave; tests turn these down."""

    slow_seconds: float = 60.0
    huge_bytes: int = 64 << 20
    history_days: int = 30
