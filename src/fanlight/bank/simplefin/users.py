"""The documented user names that make the SimpleFIN server misbehave; any other name is an ordinary customer."""

from typing import NamedTuple


class SimpleFinUser(NamedTuple):
    """A user name and what happens to whoever has it."""

    name: str
    effect: str


CLAIM_LOST = "claim_lost"
"""The token is claimed, and the answer is garbage."""

SIMPLEFIN_USERS = (
    SimpleFinUser(CLAIM_LOST, "The setup token is claimed, but the answer is no access URL."),
    SimpleFinUser("data_unavailable", "The accounts answer 503."),
    SimpleFinUser("data_unauthorized", "The accounts answer 403: access was revoked."),
    SimpleFinUser("data_payment", "The accounts answer 402: the subscription has to be paid for."),
    SimpleFinUser("data_throttled", "The accounts answer 429."),
    SimpleFinUser("data_garbage", "The accounts answer 200 with text that is not JSON."),
    SimpleFinUser("data_one_bad_account", "act.failed for the card: it has no transactions."),
    SimpleFinUser("data_missing", "act.missingdata for the card."),
    SimpleFinUser("data_sign_in_again", "con.auth for the connection of the savings account."),
    SimpleFinUser("data_all_sign_in_again", "con.auth for every connection."),
    SimpleFinUser("data_new_code", "An error code that nobody knows, for the card: act.asleep."),
    SimpleFinUser("data_miles", "One more account, in miles: its currency is an address."),
    SimpleFinUser("data_no_accounts", "There are no accounts."),
)
