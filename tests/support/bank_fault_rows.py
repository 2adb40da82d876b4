"""What each fault of the simulated bank comes to: for the client, for the person, and in the operator's log."""

from typing import NamedTuple

RENEW = "does not take this connection's permission any more (invalid_grant); the person has to renew the connection"


class InWindow(NamedTuple):
    """A fault while a person connects: the page, the member and its state's reason, what the log says."""

    fault: str
    step: str
    page: str
    reason: str | None
    member: str
    log: str


class InJob(NamedTuple):
    """A fault while a connected member is aggregated: the member, its job and why, what the log says."""

    fault: str
    step: str | None
    member: str
    job: str
    message: str | None
    log: str
    renews: bool = False


WINDOWS: tuple[InWindow, ...] = (
    InWindow(
        "server_error",
        "par",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "could not be opened: unknown_outcome: HTTP 500, error none",
    ),
    InWindow(
        "par_refused",
        "par",
        "Problem on our side · Fanlight",
        "SERVER_ERROR",
        "PENDING",
        "could not be opened: client_refused: HTTP 400, error invalid_request",
    ),
    InWindow(
        "invalid_client",
        "par",
        "Problem on our side · Fanlight",
        "SERVER_ERROR",
        "PENDING",
        "could not be opened: client_refused: HTTP 401, error invalid_client",
    ),
    InWindow("par_expired", "authorize", "Cannot continue · MX Bank (OAuth)", None, "PENDING", ""),
    InWindow(
        "hang",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: unknown_outcome: no whole answer (TimeoutError)",
    ),
    InWindow(
        "server_error",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: unknown_outcome: HTTP 500, error none",
    ),
    InWindow(
        "throttled",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: throttled: HTTP 429, error none",
    ),
    InWindow(
        "not_json",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the answer (200) is not JSON",
    ),
    InWindow(
        "cut_off",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the answer (200) is not JSON",
    ),
    InWindow(
        "invalid_client",
        "token",
        "Problem on our side · Fanlight",
        "SERVER_ERROR",
        "PENDING",
        "was not redeemed: client_refused: HTTP 401, error invalid_client",
    ),
    InWindow(
        "invalid_grant",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: consent_expired: HTTP 400, error invalid_grant",
    ),
    InWindow(
        "code_replayed",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: consent_expired: HTTP 400, error invalid_grant",
    ),
    InWindow(
        "use_dpop_nonce",
        "token",
        "Problem on our side · Fanlight",
        "SERVER_ERROR",
        "PENDING",
        "was not redeemed: client_refused: HTTP 400, error use_dpop_nonce",
    ),
    InWindow(
        "iss_wrong", "callback", "Link no longer valid · Fanlight", "SESSION_ERROR", "PENDING", "names another issuer"
    ),
    InWindow(
        "iss_missing", "callback", "Link no longer valid · Fanlight", "SESSION_ERROR", "PENDING", "names no issuer"
    ),
    InWindow("state_lost", "callback", "Link no longer valid · Fanlight", "SESSION_ERROR", "PENDING", ""),
    InWindow("state_wrong", "callback", "Link no longer valid · Fanlight", "SESSION_ERROR", "PENDING", ""),
    InWindow(
        "id_token_wrong_key",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the id_token is not valid (BadSignatureError)",
    ),
    InWindow(
        "id_token_wrong_audience",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the id_token's aud does not fit",
    ),
    InWindow(
        "id_token_wrong_nonce",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the id_token's nonce does not fit",
    ),
    InWindow(
        "clock_skew",
        "token",
        "Problem at the bank · Fanlight",
        "PROVIDER_ERROR",
        "PENDING",
        "was not redeemed: gibberish: the id_token's iat does not fit",
    ),
    InWindow("jwks_rotated", "token", "Connected · Fanlight", None, "CONNECTED", ""),
    InWindow("short_token", "token", "Connected · Fanlight", None, "CONNECTED", ""),
)
JOBS: tuple[InJob, ...] = (
    InJob(
        "server_error",
        "accounts",
        "CONNECTED",
        "HALTED",
        "The institution is unavailable.",
        "ends without data: unavailable: the institution answered 500",
    ),
    InJob(
        "maintenance",
        "accounts",
        "CONNECTED",
        "HALTED",
        "the institution asked to be left alone.",
        "ends without data: throttled: the institution asked to be left alone",
    ),
    InJob(
        "throttled",
        "accounts",
        "CONNECTED",
        "HALTED",
        "The institution took too many requests.",
        "ends without data: throttled: too many requests",
    ),
    InJob(
        "throttled_bare",
        "transactions",
        "CONNECTED",
        "HALTED",
        "The institution took too many requests.",
        "one account could not be read whole: throttled: too many requests",
    ),
    InJob(
        "daily_budget",
        "accounts",
        "CONNECTED",
        "HALTED",
        "The institution took too many requests.",
        "ends without data: throttled: too many requests",
    ),
    InJob(
        "hang",
        "accounts",
        "CONNECTED",
        "HALTED",
        "The institution's answer did not come whole.",
        "ends without data: unknown_outcome: no whole answer (TimeoutError)",
    ),
    InJob(
        "slow_drip",
        "accounts",
        "CONNECTED",
        "HALTED",
        "The institution's answer did not come whole.",
        "ends without data: unknown_outcome: no whole answer (TimeoutError)",
    ),
    InJob(
        "not_json",
        "accounts",
        "FAILED",
        "HALTED",
        "The institution's answer cannot be read.",
        "ends without data: gibberish: the answer (200) is not JSON",
    ),
    InJob(
        "not_json",
        "transactions",
        "FAILED",
        "HALTED",
        "The institution's answer cannot be read.",
        "one account could not be read whole: gibberish: the answer (200) is not JSON",
    ),
    InJob(
        "cut_off",
        "transactions",
        "FAILED",
        "HALTED",
        "The institution's answer cannot be read.",
        "one account could not be read whole: gibberish: the answer (200) is not JSON",
    ),
    InJob(
        "invalid_client",
        "refresh",
        "CONNECTED",
        "HALTED",
        "The institution does not take this server's requests.",
        "could not be refreshed, for 10 seconds nothing is sent: client_refused: HTTP 401, error invalid_client",
    ),
    InJob(
        "invalid_grant",
        "refresh",
        "IMPAIRED",
        "DENIED",
        RENEW,
        "has ended: refused",
        renews=True,
    ),
    InJob(
        "server_error",
        "refresh",
        "CONNECTED",
        "HALTED",
        "The institution's answer did not come whole.",
        "could not be refreshed, for 10 seconds nothing is sent: unknown_outcome: HTTP 500, error none",
    ),
    InJob(
        "hang",
        "refresh",
        "CONNECTED",
        "HALTED",
        "The institution's answer did not come whole.",
        "a refresh was sent and its outcome is not known: unknown_outcome: no whole answer (TimeoutError)",
        renews=True,
    ),
    InJob(
        "use_dpop_nonce",
        "refresh",
        "CONNECTED",
        "HALTED",
        "The institution does not take this server's requests.",
        "could not be refreshed, for 10 seconds nothing is sent: client_refused: HTTP 400, error use_dpop_nonce",
    ),
    InJob(
        "rotation_lost",
        "refresh",
        "IMPAIRED",
        "DENIED",
        RENEW,
        "could not be refreshed, for 10 seconds nothing is sent: unavailable: HTTP 503, error none",
        renews=True,
    ),
    InJob("short_token", "refresh", "CONNECTED", "COMPLETED", None, ""),
    InJob("jwks_rotated", "refresh", "CONNECTED", "COMPLETED", None, ""),
    InJob(
        "consent_revoked",
        "transactions",
        "IMPAIRED",
        "DENIED",
        RENEW,
        "has ended: refused",
        renews=True,
    ),
    InJob(
        "partial", "accounts", "CONNECTED", "COMPLETED", None, "the institution gave a part of what was asked for (206)"
    ),
    InJob(
        "closed_account",
        None,
        "CONNECTED",
        "COMPLETED",
        None,
        "no transactions of a closed account: needs_attention: HTTP 409, FDX code 705: the account is closed",
    ),
    InJob("empty_page", "accounts", "CONNECTED", "COMPLETED", None, ""),
    InJob("empty_page", "transactions", "CONNECTED", "COMPLETED", None, ""),
    InJob(
        "cursor_loop",
        "accounts",
        "FAILED",
        "HALTED",
        "The institution's answer is too large.",
        "ends without data: too_much: accounts do not end",
    ),
    InJob(
        "cursor_loop",
        "transactions",
        "FAILED",
        "HALTED",
        "The institution's answer is too large.",
        "one account could not be read whole: too_much: transactions do not end",
    ),
    InJob("default_window", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("window_400", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("window_422", None, "CONNECTED", "COMPLETED", None, ""),
    InJob(
        "bad_dates",
        None,
        "CONNECTED",
        "COMPLETED",
        None,
        "transactions are left out: gibberish: a transaction without amount or date",
    ),
    InJob("signed_amounts", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_places", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_one_id", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_no_ids", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_new_ids", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_same_id", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_signed_card", None, "CONNECTED", "COMPLETED", None, "needs a look: {'balance_sign': 1}"),
    InJob("data_local_dates", None, "CONNECTED", "COMPLETED", None, ""),
    InJob("data_short_history", None, "CONNECTED", "COMPLETED", None, ""),
)
