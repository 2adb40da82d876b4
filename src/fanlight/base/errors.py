"""Refusals: what the core can say no to. They carry meaning; each wire face has one table to status and code.

Beside them what only an operator meets, at a terminal.
"""


class OperatorError(Exception):
    """Something that an operator can put right; the message is one line that says what."""


class Refusal(Exception):
    """The request cannot be done; `message` is safe to show to the caller."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(Refusal):
    """No usable proof of identity came with the request."""


class SessionEnded(Unauthenticated):
    """A well-formed session token that is not live (expired, ended, or never issued)."""


class Forbidden(Refusal):
    """The caller is known and may not do this."""


class NotFound(Refusal):
    """There is no such thing for this caller; another user's thing is the same as none."""


class MethodRefused(Refusal):
    """The path is there, but not with this method or not in this state; `allow` lists what is."""

    def __init__(self, message: str, allow: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allow = allow


class NotAsked(MethodRefused):
    """An answer where nobody asked; the route that refuses it knows what is to stand in `allow`."""

    def __init__(self) -> None:
        super().__init__("This member is not CHALLENGED: there is nothing to resume.")


class Malformed(Refusal):
    """The request cannot be read or a parameter has a wrong form."""


class MissingParams(Malformed):
    """Required parameters, or the root of the body, are absent; `names` says which."""

    def __init__(self, *names: str) -> None:
        super().__init__(f"Required params missing. {', '.join(names)}")


class OAuthUnsupported(Refusal):
    """The member's institution has no OAuth."""


class TooLarge(Refusal):
    """The body is over the limit."""


class Unprocessable(Refusal):
    """Readable, but refused by a rule of the data (duplicate, unknown reference)."""


class TooFewTransactions(Unprocessable):
    """Budgets cannot be made of what there is; the message is the documented one."""

    def __init__(self) -> None:
        super().__init__("There aren't enough transactions to automatically create any budgets")


class Conflict(Refusal):
    """Another thing in progress or of the same name stands in the way."""


class Later(Refusal):
    """Not now; `retry_after` seconds is a good time to come back."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(Later):
    """Asked for more often than it may be."""


class Busy(Later):
    """The server cannot take this now."""
