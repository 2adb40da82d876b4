"""What the token endpoint does to the special users of its stage."""

import asyncio

from fanlight.bank.answers import Answer, OAuthError, text_response
from fanlight.bank.oauth.issuer import Issuer


async def token_fault(issuer: Issuer, username: str) -> Answer | None:
    """The fault in place of an answer; None when the answer is to be given as usual."""
    match username:
        case "token_invalid_grant":
            raise OAuthError("invalid_grant", "As this user asked for.")
        case "token_invalid_client":
            raise OAuthError("invalid_client", "As this user asked for.", 401)
        case "token_server_error":
            return text_response(500, "The token endpoint has failed, as this user asked for.")
        case "token_garbage":
            return text_response(200, "<tokens>none of this is JSON</tokens")
        case "token_slow":
            await asyncio.sleep(issuer.behavior.slow_seconds)
    return None
