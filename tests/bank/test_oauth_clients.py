"""What a client may have of the bank for itself, and requests that name a consent which was made before."""

import asyncio
from typing import Any

import pytest

from bank.customer import MX
from bank.signing import KEY, KEYED, KeyedCustomer, keyed_bank, request_object
from fanlight.bank import Bank, BankClient

UK = "mx_bank_uk"
CREDENTIALS = {"grant_type": "client_credentials"}


def asked(fields: dict[str, str], code: str = UK, path: str = "/oauth/token", key: Any = None) -> tuple[int, Any]:
    async def story() -> tuple[int, Any]:
        customer = KeyedCustomer(keyed_bank()[0], code, key)
        async with customer.app, customer.browser:
            response = await customer.post(path, fields)
            return response.status_code, response.json()

    return asyncio.run(story())


def test_a_client_has_a_token_of_its_own_and_nothing_to_refresh() -> None:
    status, tokens = asked(CREDENTIALS | {"scope": "accounts"})
    assert status == 200
    assert (tokens["scope"], tokens["token_type"]) == ("accounts", "Bearer")
    assert not {"refresh_token", "id_token", "authorization_details"} & set(tokens)
    assert asked(CREDENTIALS)[1]["scope"] == "accounts"
    assert asked(CREDENTIALS, key=KEY)[1]["token_type"] == "DPoP"


@pytest.mark.parametrize(
    ("fields", "code", "error"),
    [
        (CREDENTIALS, MX, "unsupported_grant_type"),
        (CREDENTIALS, "mx_bank_fapi", "unsupported_grant_type"),
        (CREDENTIALS | {"scope": "openid"}, UK, "invalid_scope"),
        (CREDENTIALS | {"scope": "accounts fdx:transactions:read"}, UK, "invalid_scope"),
    ],
)
def test_what_a_client_cannot_have(fields: dict[str, str], code: str, error: str) -> None:
    status, answer = asked(fields, code)
    assert (status, answer["error"]) == (400, error)


def test_a_client_s_own_token_opens_nobody_s_data() -> None:
    async def story() -> None:
        customer = KeyedCustomer(keyed_bank()[0], UK, None)
        async with customer.app, customer.browser:
            token = (await customer.post("/oauth/token", CREDENTIALS)).json()["access_token"]
            assert (await customer.read(token, "/accounts")).status_code == 403
            told = (await customer.post("/oauth/introspect", {"token": token})).json()
            assert (told["active"], told["sub"]) == (True, KEYED.client_id)
            await customer.post("/oauth/revoke", {"token": token})
            assert (await customer.post("/oauth/introspect", {"token": token})).json() == {"active": False}

    asyncio.run(story())


@pytest.mark.parametrize(
    "claims", [None, {}, {"id_token": {}}, {"id_token": {"openbanking_intent_id": {"value": "no"}}}]
)
def test_requests_name_a_consent_where_one_is_required(claims: Any) -> None:
    async def story() -> None:
        customer = KeyedCustomer(keyed_bank()[0], UK, None)
        fields: dict[str, Any] = customer.request(scope="openid accounts")
        async with customer.app, customer.browser:
            unsigned = await customer.post("/oauth/par", fields)
            assert unsigned.json()["error"] == "invalid_request"
            text = request_object(customer.issuer, fields | {"claims": claims})
            refused = await customer.post("/oauth/par", {"request": text})
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")

    asyncio.run(story())


def test_a_client_without_secret_and_keys_cannot_authenticate() -> None:
    async def story() -> None:
        bank = Bank(base_url="http://bank.test", clients=[BankClient("keyed", "", ("http://app.test/callback",))])
        customer = KeyedCustomer(bank, MX, None)
        async with customer.app, customer.browser:
            assert (await customer.post("/oauth/par", customer.request())).status_code == 401
            bare = {"client_id": "keyed", "client_secret": ""}
            assert (await customer.app.post(f"{customer.issuer}/oauth/par", data=bare)).status_code == 401

    asyncio.run(story())
