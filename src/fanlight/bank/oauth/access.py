"""Access tokens as they are presented: as Bearer (RFC 6750), or as DPoP with a proof of the key they are bound to."""

from fanlight.bank.oauth.dpop import BadProofError
from fanlight.bank.oauth.grants import SealedToken
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Request


class AccessRefusedError(Exception):
    """A token that opens nothing: answered with 401 and `challenge` as `WWW-Authenticate`."""

    def __init__(self, scheme: str, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.challenge = f'{scheme} error="{error}", error_description="{description}"'


def presented(issuer: Issuer, request: Request) -> SealedToken:
    """The live token that a request shows, of this issuer; raises AccessRefusedError.

    The grant of a token that a client has for itself (client_credentials) has no `username`.
    """
    scheme, _, text = (request.header(b"authorization") or "").partition(" ")
    text, kind = text.strip(), "DPoP" if scheme.lower() == "dpop" else "Bearer"
    token = issuer.shared.grants.access(text) if scheme.lower() in ("bearer", "dpop") else None
    if token is None or token.grant.brand != issuer.brand.code:
        raise AccessRefusedError(kind, "invalid_token", "The access token is missing, expired or revoked.")
    if bool(token.jkt) is not (kind == "DPoP"):
        raise AccessRefusedError(
            "DPoP" if token.jkt else "Bearer", "invalid_token", "The token is of the other scheme."
        )
    if token.jkt:
        _check_proof(issuer, request, token, text)
    return token


def _check_proof(issuer: Issuer, request: Request, token: SealedToken, text: str) -> None:
    url = f"{issuer.base_url}{request.path}"
    needs_nonce = issuer.brand.policy.dpop_nonces
    try:
        proven = issuer.proofs.check(request, url, needs_nonce=needs_nonce, access_token=text)
    except BadProofError as error:
        raise AccessRefusedError("DPoP", error.error, error.description) from error
    if proven is None:
        raise AccessRefusedError("DPoP", "invalid_dpop_proof", "The DPoP proof is missing.")
    if proven != token.jkt:
        raise AccessRefusedError("DPoP", "invalid_token", "The token is bound to another key.")
