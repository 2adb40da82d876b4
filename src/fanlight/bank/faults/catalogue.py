"""Every fault that the bank can play, by name: at which steps, and what a client sees of it."""

from enum import StrEnum
from typing import NamedTuple

from fanlight.bank.special_users import SPECIAL_USERS, Stage

SHORT_TOKEN = "short_token"  # noqa: S105  (a fault's name)


class Step(StrEnum):
    """A place on a client's way; a fault may be set for one of them, or for all that it can show at."""

    DISCOVERY = "discovery"
    JWKS = "jwks"
    CONSENT = "consent"
    PAR = "par"
    AUTHORIZE = "authorize"
    CALLBACK = "callback"
    TOKEN = "token"  # noqa: S105  (a step's name)
    REFRESH = "refresh"
    REVOKE = "revoke"
    CUSTOMER = "customer"
    ACCOUNTS = "accounts"
    ACCOUNT = "account"
    TRANSACTIONS = "transactions"
    PAYMENT_NETWORKS = "payment_networks"
    CONTACT = "contact"
    OFX = "ofx"


class Fault(NamedTuple):
    """`value` is what `unit` counts, where nothing else is set; without a `unit` a fault has no value."""

    name: str
    steps: tuple[Step, ...]
    effect: str
    value: int = 0
    unit: str = ""


DATA_STEPS = (Step.CUSTOMER, Step.ACCOUNTS, Step.ACCOUNT, Step.TRANSACTIONS, Step.PAYMENT_NETWORKS, Step.CONTACT)
_TOKENS = (Step.TOKEN, Step.REFRESH)
_CALLED = (Step.PAR, *_TOKENS, Step.REVOKE)
_SERVER = (Step.DISCOVERY, Step.JWKS, Step.CONSENT, *_CALLED, *DATA_STEPS, Step.OFX)
_LISTS = (Step.ACCOUNTS, Step.TRANSACTIONS)

_HTTP = (
    Fault("server_error", _SERVER, "HTTP 500 in plain text."),
    Fault("maintenance", _SERVER, "HTTP 503 with Retry-After.", 120, "seconds of Retry-After"),
    Fault("throttled", _SERVER, "HTTP 429 with Retry-After.", 30, "seconds of Retry-After"),
    Fault("throttled_bare", _SERVER, "HTTP 429 without Retry-After."),
    Fault("daily_budget", _SERVER, "HTTP 429 once a day's requests to a step are used up.", 4, "requests a day"),
    Fault("hang", _SERVER, "Nothing for a while, then the answer.", 60, "seconds"),
    Fault("slow_drip", _SERVER, "The answer comes byte by byte.", 60, "seconds for the whole"),
    Fault("not_json", _SERVER, "HTTP 200 with text that is neither JSON nor OFX."),
    Fault("cut_off", _SERVER, "HTTP 200 with the first half of the body."),
)
_OAUTH = (
    Fault("par_refused", (Step.PAR,), "400 invalid_request."),
    Fault("par_expired", (Step.AUTHORIZE,), "The request_uri has expired when the browser brings it."),
    Fault("invalid_client", _CALLED, "401 invalid_client."),
    Fault("invalid_grant", _TOKENS, "400 invalid_grant."),
    Fault("use_dpop_nonce", _CALLED, "use_dpop_nonce with a fresh nonce; set twice, a client must give up."),
    Fault("iss_wrong", (Step.CALLBACK,), "The answer names another issuer."),
    Fault("iss_missing", (Step.CALLBACK,), "The answer names no issuer, though the metadata promise it."),
    Fault("state_lost", (Step.CALLBACK,), "The answer has no state."),
    Fault("state_wrong", (Step.CALLBACK,), "The answer has another state."),
    Fault("code_replayed", (Step.TOKEN,), "The code was redeemed by somebody before: invalid_grant."),
    Fault("id_token_wrong_key", (Step.TOKEN,), "The id_token is signed with a key that is not the bank's."),
    Fault("id_token_wrong_audience", (Step.TOKEN,), "The id_token is for another client."),
    Fault("id_token_wrong_nonce", (Step.TOKEN,), "The id_token has another nonce."),
    Fault("clock_skew", (Step.TOKEN,), "The id_token's times are ahead.", 3600, "seconds ahead"),
    Fault("jwks_rotated", _TOKENS, "The bank signs with a new key from now on, and publishes that one alone."),
    Fault(SHORT_TOKEN, _TOKENS, "Access tokens live shortly.", 5, "seconds"),
    Fault("rotation_lost", (Step.REFRESH,), "The token rotates and the answer is lost: using the old one ends all."),
    Fault("consent_revoked", DATA_STEPS, "The customer's grant ends with this request."),
)
_DATA = (
    Fault("partial", (Step.ACCOUNTS,), "206 Partial Content: the last account is missing."),
    Fault("closed_account", _LISTS, "The first account is CLOSED; its transactions answer 409 with code 705."),
    Fault("empty_page", _LISTS, "The first page is empty and has a cursor to the rest."),
    Fault("cursor_loop", _LISTS, "Every page has the same cursor."),
    Fault("default_window", (Step.TRANSACTIONS,), "Dates are ignored: the last seven days, whatever is asked."),
    Fault("window_400", (Step.TRANSACTIONS,), "400 with code 703 for older ones.", 90, "days that can be asked for"),
    Fault("window_422", (Step.TRANSACTIONS,), "422 for older ones.", 90, "days that can be asked for"),
    Fault("bad_dates", (Step.TRANSACTIONS,), "Every fourth transaction has days that are none."),
    Fault("signed_amounts", (Step.TRANSACTIONS,), "Debits have amounts below zero beside their debitCreditMemo."),
)


def _of_users() -> tuple[Fault, ...]:
    """What the special users bring about, for any other user: those that need nothing but the request."""
    steps = {Stage.AFTER_CODE: _TOKENS, Stage.AT_DATA: DATA_STEPS}
    return tuple(
        Fault(user.name, steps[user.stage], user.effect)
        for user in SPECIAL_USERS
        if user.name.startswith("token_") or (user.stage is Stage.AT_DATA and not _is_of_the_world(user.name))
    )


def _is_of_the_world(name: str) -> bool:
    """What somebody owns is fixed by the user name, not by how the bank behaves."""
    return name == "data_no_accounts" or "holding" in name


CATALOGUE = {fault.name: fault for fault in (*_HTTP, *_OAUTH, *_DATA, *_of_users())}
USER_FAULTS = frozenset(fault.name for fault in _of_users())
