"""DPoP at the authorization server's own endpoints."""

from fanlight.bank.answers import OAuthError
from fanlight.bank.oauth.dpop import BadProofError
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Request


def proof_of(issuer: Issuer, request: Request) -> str | None:
    """The thumbprint of the key proven with a request, None without a proof; raises OAuthError."""
    url = f"{issuer.base_url}{request.path}"
    try:
        return issuer.proofs.check(request, url, needs_nonce=issuer.brand.policy.dpop_nonces)
    except BadProofError as error:
        raise OAuthError(error.error, error.description) from error


def required_proof(issuer: Issuer, request: Request) -> str | None:
    """The same at the token endpoint, where a policy may not let a client come without."""
    proven = proof_of(issuer, request)
    if proven is None and issuer.brand.policy.dpop_required:
        raise OAuthError("invalid_dpop_proof", "This issuer binds tokens to a key: the DPoP proof is missing.")
    return proven
