"""Where on its way a request is, and whose it is: read from the request alone, before anything is checked."""

from fanlight.bank.faults.catalogue import Step
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Query, Request
from fanlight.base.errors import Refusal

_MAX_FORM = 64 << 10
_LAST = {
    "openid-configuration": Step.DISCOVERY,
    "jwks": Step.JWKS,
    "par": Step.PAR,
    "authorize": Step.AUTHORIZE,
    "login": Step.CALLBACK,
    "revoke": Step.REVOKE,
    "transactions": Step.TRANSACTIONS,
    "payment-networks": Step.PAYMENT_NETWORKS,
    "contact": Step.CONTACT,
    "accounts": Step.ACCOUNTS,
    "current": Step.CUSTOMER,
    "ofx": Step.OFX,
}


async def step_of(request: Request) -> Step | None:
    """The step of a request; None for the bank's own pages and counters."""
    parts = request.path.strip("/").split("/")
    if parts[0] == ".well-known":
        return Step.DISCOVERY
    if parts[-2:] == ["oauth", "consent"]:
        return Step.CALLBACK
    if "account-access-consents" in parts or "consents" in parts:
        return Step.CONSENT
    if parts[-1] == "token":
        form = await _form(request)
        return Step.REFRESH if form.get("grant_type") == "refresh_token" else Step.TOKEN
    if parts[-2:-1] == ["accounts"]:
        return Step.ACCOUNT
    return _LAST.get(parts[-1])


async def username_of(issuer: Issuer, request: Request, step: Step) -> str:
    """Whose request it is, as far as tokens, codes and forms tell; empty where they do not."""
    if step is Step.CALLBACK:
        form = await _form(request)
        window = issuer.windows.get(form.get("transaction") or "")
        return (window.username if window else "") or form.get("username") or ""
    if step in (Step.TOKEN, Step.REFRESH, Step.REVOKE):
        form = await _form(request)
        code = issuer.codes.get(form.get("code") or "")
        owner = issuer.shared.grants.owner(form.get("refresh_token") or form.get("token") or "")
        return code.username if code else owner.username if owner else ""
    grant = grant_of(issuer, request)
    return grant.username if grant else ""


def grant_of(issuer: Issuer, request: Request) -> Grant | None:
    """The grant of the access token that a request shows, ended or not."""
    _, _, text = (request.header(b"authorization") or "").partition(" ")
    return issuer.shared.grants.owner(text.strip())


async def _form(request: Request) -> Query:
    try:
        return await request.form(_MAX_FORM)
    except Refusal:
        return Query([])
