"""Authorization servers, spoken to: push a request, redeem a code, refresh, revoke, fetch keys.

Nothing here is sent twice by itself: whether a code or a refresh token may be sent again is for the caller to know.
"""

from collections.abc import Mapping
from math import inf
from typing import Any

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import Details, OAuthServer, Secrets
from fanlight.oauth import authorize, id_tokens
from fanlight.oauth.authorize import Attempt, client_authentication, reason_of_error

MAX_TOKEN = 16_384
LONGEST_LIFE = 10 * 366 * 86_400


class AuthorizationServer:
    """One institution's server, with this server's credentials there."""

    def __init__(self, details: Details, secrets: Secrets, line: Line, key_cache: dict[str, dict[str, Any]]) -> None:
        if details.oauth is None:
            raise Said(Saying.CLIENT_REFUSED, "the institution has no OAuth server")
        self.config: OAuthServer = details.oauth
        self._secret = secrets.client_secret
        self._line = line
        self._keys = key_cache

    async def begin(self, attempt: Attempt, state: str, redirect_uri: str, extra: Mapping[str, Any]) -> str:
        """The address that the browser goes to; the request is pushed where there is an endpoint for it (RFC 9126).

        `extra` are parameters that a consent adds.
        """
        parameters = {**authorize.request_parameters(self.config, redirect_uri, state, attempt), **extra}
        endpoint = self.config.pushed_authorization_request_endpoint
        if endpoint is None:
            return authorize.authorization_url(self.config, parameters)
        reply = await self._post(endpoint, parameters)
        if reply.status != 201:
            raise _oauth_refusal(reply)
        request_uri = _mapping(reply.json()).get("request_uri")
        if not isinstance(request_uri, str) or not request_uri:
            raise Said(Saying.GIBBERISH, "the pushed request has no request_uri")
        carried = {"client_id": self.config.client_id, "request_uri": request_uri}
        return authorize.authorization_url(self.config, carried)

    async def redeem(self, code: str, attempt: Attempt, redirect_uri: str) -> Tokens:
        """Exchange a code, once."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        return await self._tokens(fields)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Use a refresh token, once; what the answer does not have stays as it was."""
        fresh = await self._tokens({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""})
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            dpop_key=tokens.dpop_key,
            consent_id=tokens.consent_id,
            consent_expires_at=tokens.consent_expires_at,
        )

    async def revoke(self, tokens: Tokens) -> None:
        """End a grant (RFC 7009), the refresh token first; a server without the endpoint has nothing to be told."""
        endpoint = self.config.revocation_endpoint
        if endpoint is None:
            return
        hint = "refresh_token" if tokens.refresh_token else "access_token"
        fields = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": hint}
        reply = await self._post(endpoint, fields)
        if reply.status >= 400:
            raise _oauth_refusal(reply)

    async def subject(self, tokens: Tokens, *, nonce: str, now: int) -> str | None:
        """Who authorised, by the id_token; None where the institution gives none."""
        if self.config.id_token_signing_alg is None or tokens.id_token is None:
            return None
        keys = await self._keys_for(id_tokens.key_id(tokens.id_token))
        return id_tokens.subject(
            tokens.id_token, keys, self.config, nonce=nonce, access_token=tokens.access_token, now=now
        )

    async def _keys_for(self, kid: str | None) -> dict[str, Any]:
        """The server's key set; fetched again, once, when it does not hold the named key."""
        url = self.config.jwks_uri
        if url is None:
            raise Said(Saying.GIBBERISH, "an id_token, and no jwks_uri to check it with")
        keys = self._keys.get(url)
        if keys is None or not _holds(keys, kid):
            reply = await self._line.get(url, {})
            keys = self._keys[url] = _key_set(reply)
        return keys

    async def _tokens(self, fields: Mapping[str, str]) -> Tokens:
        reply = await self._post(self.config.token_endpoint, fields)
        if reply.status != 200:
            raise _oauth_refusal(reply)
        try:
            tokens = msgspec.convert(_with_whole_life(reply.json()), Tokens, strict=False)
        except msgspec.ValidationError as error:
            raise Said(Saying.GIBBERISH, "the token answer has another shape") from error
        if not tokens.access_token or max(map(len, _texts(tokens))) > MAX_TOKEN:
            raise Said(Saying.GIBBERISH, "the token answer has an empty or oversized token")
        return tokens

    async def _post(self, url: str, fields: Mapping[str, str]) -> Reply:
        headers, own = client_authentication(self.config, self._secret)
        return await self._line.post_form(url, {**fields, **own}, headers)


def _oauth_refusal(reply: Reply) -> Said:
    """What a refusal of an OAuth endpoint says (RFC 6749 5.2): by its error code, else by the status."""
    try:
        error = _mapping(reply.json()).get("error")
    except Said:
        error = None
    named = error if isinstance(error, str) and len(error) < 64 else None
    detail = f"HTTP {reply.status}, error {named or 'none'}"
    if reply.status == 429:
        return Said(Saying.THROTTLED, detail, retry_after=reply.retry_after)
    if reply.status >= 500:
        # Only 503 says that nothing was done; behind the others the code or token may have been used up.
        return Said(Saying.UNAVAILABLE if reply.status == 503 else Saying.UNKNOWN_OUTCOME, detail)
    if named == "invalid_grant":
        return Said(Saying.CONSENT_EXPIRED, detail)
    if named and reason_of_error(named).name == "SERVER_ERROR":
        return Said(Saying.CLIENT_REFUSED, detail)
    return Said(Saying.GIBBERISH, detail)


def _key_set(reply: Reply) -> dict[str, Any]:
    document = _mapping(reply.json())
    if reply.status != 200 or not isinstance(document.get("keys"), list):
        raise Said(Saying.GIBBERISH, "the key set cannot be read")
    return document


def _holds(keys: Mapping[str, Any], kid: str | None) -> bool:
    return kid is None or any(isinstance(key, dict) and key.get("kid") == kid for key in keys["keys"])


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _with_whole_life(answer: Any) -> Any:
    """`expires_in` as whole seconds within bounds: servers send it as text, with a point, or not at all."""
    if not isinstance(answer, dict):
        return answer
    return {**answer, "expires_in": _seconds(answer.get("expires_in"))}


def _seconds(given: object) -> int:
    """Whole seconds within bounds; 0, which stands for the usual life, for what is no length of time."""
    try:
        life = float(given) if isinstance(given, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0
    return int(min(life, LONGEST_LIFE)) if 0 < life < inf else 0


def _texts(tokens: Tokens) -> list[str]:
    return [text for text in (tokens.access_token, tokens.refresh_token, tokens.id_token) if text]
