"""Authorization servers, spoken to: push a request, redeem a code, refresh, revoke, read what they sign.

Nothing here is sent twice by itself, but a request that was refused only for the nonce of its proof: whether a code
or a refresh token may be sent again is for the caller to know.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import OAuthServer, Secrets
from fanlight.institutions.port import Access, Tokens
from fanlight.institutions.registry import Details
from fanlight.oauth import authorize, client_authentication, dpop, id_tokens, jose, request_objects, token_answers
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.authorized import FixedAccess
from fanlight.oauth.dpop import Prover
from fanlight.oauth.id_tokens import Shown
from fanlight.oauth.key_sets import KeySets

log = logging.getLogger(__name__)

Fields = Callable[[], Mapping[str, str]]
"""Form fields, made anew for every try: signed ones are good for one."""


class AuthorizationServer:
    """One institution's server, with this server's credentials there. The time is the line's."""

    def __init__(self, details: Details, secrets: Secrets, line: Line, key_sets: KeySets) -> None:
        if details.oauth is None:
            raise Said(Saying.CLIENT_REFUSED, "the institution has no OAuth server")
        self.config: OAuthServer = details.oauth
        self._secrets = secrets
        self._line = line
        self._key_sets = key_sets

    async def begin(self, attempt: Attempt, state: str, redirect_uri: str, extra: Mapping[str, Any]) -> str:
        """The address that the browser goes to; the request is pushed where there is an endpoint for it (RFC 9126).

        `extra` are parameters that a consent adds; objects among them are signed as such, or sent as JSON text.
        """
        if "S256" not in self.config.code_challenge_methods_supported and not self.config.pkce_is_undeclared:
            raise Said(Saying.CLIENT_REFUSED, "the server does not say that it knows PKCE with S256")
        parameters = authorize.request_parameters(self.config, redirect_uri, state, attempt, extra)
        prover = self._prover(attempt.dpop_key)
        if prover is not None:
            parameters["dpop_jkt"] = prover.thumbprint
        endpoint = self._endpoint("pushed_authorization_request_endpoint")
        if endpoint is None:
            return authorize.authorization_url(self.config, self._carried(parameters))
        reply = await self._post(endpoint, lambda: self._pushed(parameters), prover)
        if reply.status != 201:
            raise token_answers.refusal(reply)
        carried = {"client_id": self.config.client_id, "request_uri": _request_uri(reply)}
        return authorize.authorization_url(self.config, carried)

    async def redeem(self, code: str, attempt: Attempt, redirect_uri: str) -> Tokens:
        """Exchange a code, once. Tokens that are refused here are revoked."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        got = await self._tokens(fields, asked=self.config.scope, dpop_key=attempt.dpop_key)
        return await self._checked(got)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Use a refresh token, once; what the answer does not have stays as it was."""
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        key = tokens.dpop_key
        if self.config.sender_constrained_tokens == "dpop" and key is None and not self.config.bearer_answer_is_taken:
            # The entry changed, not the person's mind: the operator is told, and the grant stays.
            raise Said(Saying.CLIENT_REFUSED, "the grant is not bound to a key (dpop), as the entry wants it now")
        fresh = await self._tokens(fields, asked=tokens.scope or self.config.scope, dpop_key=key)
        await self._checked(fresh)
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            consent_id=fresh.consent_id or tokens.consent_id,
            consent_expires_at=tokens.consent_expires_at,
            authorization_details=fresh.authorization_details or tokens.authorization_details,
        )

    async def client_access(self, scope: str | None = None) -> Access:
        """Data access in this server's own name, without a person (RFC 6749 4.4), for consents as resources."""
        wanted = self.config.client_credentials_scope if scope is None else scope
        fields = {"grant_type": "client_credentials", **({"scope": wanted} if wanted else {})}
        got = await self._tokens(fields, asked=wanted, dpop_key=jose.new_key())
        return FixedAccess(self._line, await self._checked(got))

    async def revoke(self, tokens: Tokens) -> None:
        """End a grant (RFC 7009): the refresh token first, then the access token.

        A server without the endpoint has nothing to be told. Raises Said where it may not have been done.
        """
        endpoint = self._endpoint("revocation_endpoint")
        if endpoint is None:
            return
        if tokens.refresh_token:
            await self._revoke(endpoint, tokens.refresh_token, "refresh_token")
        if tokens.access_token and self.config.shown_token == "access_token":  # noqa: S105
            await self._revoke(endpoint, tokens.access_token, "access_token")

    async def subject(
        self,
        tokens: Tokens,
        *,
        nonce: str,
        now: int,
        code: str | None = None,
        state: str | None = None,
        consent_id: str | None = None,
    ) -> str | None:
        """Who authorised, by the id_token; None where none was asked for, or where the entry lets it be left out.

        Digests of `code` and `state` in the token are checked where these are given, and a consent that it names.
        """
        if self.config.id_token_signing_alg is None or "openid" not in self.config.scope.split():
            return None
        if tokens.id_token is None:
            if self.config.id_token_is_optional or "openid" not in (tokens.scope or "").split():
                return None
            raise Said(Saying.GIBBERISH, "openid was granted, and no id_token came (id_token_is_optional in [oauth])")
        keys = await self._keys_for(tokens.id_token, "id_token")
        access_token = None if tokens.access_token == tokens.id_token else tokens.access_token
        shown = Shown(access_token=access_token, code=code, state=state, consent_id=consent_id)
        return id_tokens.subject(tokens.id_token, keys, self.config, nonce=nonce, shown=shown, now=now)

    async def read_response(self, response: str, now: int) -> dict[str, str]:
        """The parameters of a signed authorization response (JARM), verified; raises Said."""
        if self.config.response_mode != "query.jwt" or len(response) > request_objects.MAX_RESPONSE:
            raise Said(Saying.GIBBERISH, "a signed response that was not asked for, or one of no end")
        keys = await self._keys_for(response, "response")
        return request_objects.read_response(response, keys, self.config, now)

    async def _revoke(self, endpoint: str, token: str, kind: str) -> None:
        reply = await self._post(endpoint, lambda: {"token": token, "token_type_hint": kind}, None)
        # A server need not be able to revoke both kinds (RFC 7009 section 2.2.1).
        if reply.status >= 300 and token_answers.error_code(reply) != "unsupported_token_type":
            raise token_answers.refusal(reply)

    async def _keys_for(self, token: str, what: str) -> Mapping[str, Any]:
        """The server's key set, with the key that a token names if there is one. Raises Said."""
        url = self.config.jwks_uri
        if url is None:
            raise Said(Saying.GIBBERISH, f"there is no jwks_uri to check the {what} with")
        return await self._key_sets.get(url, jose.peek_header(token, what).get("kid"), self._line)

    async def _tokens(self, fields: Mapping[str, str], *, asked: str, dpop_key: str | None) -> Tokens:
        whole = {**fields, "resource": self.config.resource} if self.config.resource else fields
        prover = self._prover(dpop_key)
        endpoint = self._endpoint("token_endpoint") or self.config.token_endpoint
        reply = await self._post(endpoint, lambda: whole, prover)
        return token_answers.tokens(reply, self.config, asked=asked, dpop_key=dpop_key)

    async def _checked(self, got: Tokens) -> Tokens:
        """The tokens, unless they are bound to less than was asked for: then nobody shall have them."""
        try:
            token_answers.check_type(got, self.config)
        except Said:
            try:
                await self.revoke(got)
            except Said as said:
                log.warning("tokens that were refused could not be revoked: %s", said)
            raise
        return got

    def _endpoint(self, name: str) -> str | None:
        """The endpoint of a name; the one for certificates where one is shown (RFC 8705 section 5)."""
        aliases = self.config.mtls_endpoint_aliases if self.config.shows_certificate else None
        url: str | None = getattr(aliases, name, None) or getattr(self.config, name)
        return url

    def _prover(self, key: str | None) -> Prover | None:
        if self.config.sender_constrained_tokens != "dpop" or key is None:
            return None
        return Prover(key, self._line.nonces, self._line.clock)

    def _carried(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What the browser carries where nothing is pushed; beside a signed request what OpenID Connect wants (6.1)."""
        if self.config.request_object_signing_alg is None:
            return authorize.as_text(parameters)
        beside = {name: parameters[name] for name in ("response_type", "client_id", "scope")}
        return {**beside, "request": self._request_object(parameters)}

    def _pushed(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        if self.config.request_object_signing_alg is None:
            return authorize.as_text(parameters)
        return {"client_id": self.config.client_id, "request": self._request_object(parameters)}

    def _request_object(self, parameters: Mapping[str, Any]) -> str:
        return request_objects.request_object(self.config, self._secrets, parameters, self._line.clock())

    async def _post(self, url: str, fields: Fields, prover: Prover | None) -> Reply:
        """One exchange; a second one where the first was refused for its nonce alone (RFC 9449 section 8)."""
        reply = await self._once(url, fields, prover)
        return await self._once(url, fields, prover) if prover is not None and dpop.wants_nonce(reply) else reply

    async def _once(self, url: str, fields: Fields, prover: Prover | None) -> Reply:
        own = client_authentication.credentials(self.config, self._secrets, self._line.clock())
        proof = {} if prover is None else {"dpop": prover.proof("POST", url)}
        reply = await self._line.post_form(url, {**fields(), **own.fields}, {**own.headers, **proof})
        if prover is not None:
            prover.remember(url, reply)
        return reply


def _request_uri(reply: Reply) -> str:
    answer = reply.json()
    request_uri = answer.get("request_uri") if isinstance(answer, dict) else None
    if not isinstance(request_uri, str) or not request_uri:
        raise Said(Saying.GIBBERISH, "the pushed request has no request_uri")
    return request_uri
