"""The authorization response: in the address with the issuer (RFC 9207), or signed as one JWT (JARM)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from joserfc import jwt

from fanlight.bank.oauth.authorization import Return
from fanlight.bank.oauth.issuer import AuthorizationRequest, Issuer

RESPONSE_LIFETIME = 600
"""Seconds that a signed response is good for (JARM 2.1)."""


def answer_url(issuer: Issuer, back: Return, answer: Mapping[str, str]) -> str:
    """Where the browser goes with an answer or an error."""
    fields = {**answer, **({} if back.state is None else {"state": back.state}), "iss": issuer.url}
    if back.signed:
        claims = {**fields, "aud": back.client_id, "exp": issuer.shared.clock() + RESPONSE_LIFETIME}
        header = {"alg": "ES256", "kid": issuer.key.kid}
        fields = {"response": jwt.encode(header, claims, issuer.key, algorithms=["ES256"])}
    return f"{back.redirect_uri}{'&' if '?' in back.redirect_uri else '?'}{urlencode(fields)}"


def return_of(request: AuthorizationRequest) -> Return:
    return Return(request.client_id, request.redirect_uri, request.state, request.signed)
