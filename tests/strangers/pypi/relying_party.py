"""requests_oauth2client against an authorization server: one whole flow, as its configuration asks."""

# What it imports is installed outside this environment.
# mypy: disable-error-code="import-untyped,import-not-found,no-any-return"

import json
import sys
from typing import Any

import requests
from jwskate import Jwk
from requests_oauth2client import (
    BearerToken,
    ClientSecretBasic,
    ClientSecretPost,
    OAuth2Client,
    PrivateKeyJwt,
)
from requests_oauth2client.dpop import InvalidUseDPoPNonceResponse
from requests_oauth2client.exceptions import OAuth2Error


def main() -> None:
    asked: dict[str, Any] = json.loads(sys.argv[1])
    client = OAuth2Client.from_discovery_endpoint(
        issuer=asked["issuer"],
        auth=authentication(asked),
        redirect_uri=asked["redirect_uri"],
        testing=True,
        dpop_bound_access_tokens=bool(asked.get("dpop")),
    )
    seen: dict[str, Any] = {}
    tokens = authorized(client, asked)
    seen["token_type"] = tokens.token_type
    seen["data"] = read(asked, tokens)
    told = client.introspect_token(tokens.access_token)
    seen["introspected"] = told["active"]
    second = client.refresh_token(tokens)
    seen["rotated"] = second.refresh_token != tokens.refresh_token
    seen["refreshed_data"] = read(asked, second)
    seen["reused"] = refusal(lambda: client.refresh_token(tokens))
    seen["killed_data"] = read(asked, second)
    last = authorized(client, asked)
    client.revoke_refresh_token(last)
    seen["revoked_data"] = read(asked, last)
    say({"done": seen})


def authentication(asked: dict[str, Any]) -> Any:
    name, secret = asked["client_id"], asked.get("secret")
    if asked["auth"] == "private_key_jwt":
        return PrivateKeyJwt(name, Jwk(asked["jwk"]), alg="ES256", aud=asked["issuer"])
    return (ClientSecretPost if asked["auth"] == "client_secret_post" else ClientSecretBasic)(name, secret)


def authorized(client: OAuth2Client, asked: dict[str, Any]) -> BearerToken:
    plain = client.authorization_request(scope=asked["scope"], **asked.get("extra", {}))
    sent: Any = plain
    if asked.get("par"):
        sent = client.pushed_authorization_request(plain)
    say({"go": sent.uri})
    answer = plain.validate_callback(sys.stdin.readline().strip())
    return client.authorization_code(answer, validate=False)


def read(asked: dict[str, Any], tokens: BearerToken) -> int:
    try:
        return requests.get(asked["data"], auth=tokens, timeout=20).status_code
    except InvalidUseDPoPNonceResponse as error:
        # It takes every refusal of a DPoP token for a question for a nonce.
        return error.response.status_code


def refusal(attempt: Any) -> str:
    try:
        attempt()
    except OAuth2Error as error:
        return str(error.error)
    return "accepted"


def say(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


main()
