"""The tokens behind the OAuth window: redeemed once, rotated, revoked, scoped."""

import httpx2 as httpx

from bank.customer import (
    MX,
    OTHER,
    Customer,
    claims,
    new_bank,
    run,
)


def test_pkce_must_fit_and_a_failed_try_spends_the_code() -> None:
    async def story(customer: Customer) -> None:
        for verifier in ("w" * 43, "short", ""):
            code = await customer.code()
            assert (await customer.redeem(code, verifier)).json()["error"] == "invalid_grant"
            assert (await customer.redeem(code)).json()["error"] == "invalid_grant"

    run(story)


def test_codes_are_for_their_client_and_redirect_uri_and_for_a_minute() -> None:
    bank, clock = new_bank()

    async def story(customer: Customer) -> None:
        code = await customer.code()
        assert (await customer.redeem(code, redirect_uri="http://app.test/else")).json()["error"] == "invalid_grant"
        code = await customer.code()
        theirs = httpx.BasicAuth(OTHER.client_id, OTHER.client_secret)
        mine, customer.auth = customer.auth, theirs
        assert (await customer.redeem(code)).json()["error"] == "invalid_grant"
        customer.auth = mine
        clock.advance(59)
        assert (await customer.redeem(code)).status_code == 200
        code = await customer.code()
        clock.advance(60)
        assert (await customer.redeem(code)).json()["error"] == "invalid_grant"

    run(story, bank)


def test_a_replayed_code_ends_the_grant() -> None:
    async def story(customer: Customer) -> None:
        code = await customer.code()
        tokens = (await customer.redeem(code)).json()
        assert (await customer.redeem(code)).json()["error"] == "invalid_grant"
        assert (await customer.read(tokens["access_token"], "/accounts")).status_code == 401
        assert (await customer.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"

    run(story)


def test_refresh_rotates_and_reuse_ends_the_grant() -> None:
    async def story(customer: Customer) -> None:
        first = await customer.connect()
        second = (await customer.refresh(first["refresh_token"])).json()
        assert second["refresh_token"] != first["refresh_token"]
        found = await claims(customer, second["id_token"])
        assert "nonce" not in found
        assert found["sub"] == (await claims(customer, first["id_token"]))["sub"]
        third = (await customer.refresh(second["refresh_token"])).json()
        assert (await customer.read(third["access_token"], "/accounts")).status_code == 200
        assert (await customer.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await customer.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await customer.read(third["access_token"], "/accounts")).status_code == 401

    run(story)


def test_access_tokens_end_after_a_quarter_of_an_hour() -> None:
    bank, clock = new_bank()

    async def story(customer: Customer) -> None:
        tokens = await customer.connect()
        clock.advance(899)
        assert (await customer.read(tokens["access_token"], "/accounts")).status_code == 200
        clock.advance(1)
        refused = await customer.read(tokens["access_token"], "/accounts")
        assert (refused.status_code, set(refused.json())) == (401, {"code", "message"})
        assert (await customer.refresh(tokens["refresh_token"])).status_code == 200

    run(story, bank)


def test_revocation() -> None:
    async def story(customer: Customer) -> None:
        tokens = await customer.connect()
        assert (await customer.post("/oauth/revoke", {"token": tokens["access_token"]})).status_code == 200
        assert (await customer.read(tokens["access_token"], "/accounts")).status_code == 401
        fresh = (await customer.refresh(tokens["refresh_token"])).json()
        mine, customer.auth = customer.auth, httpx.BasicAuth(OTHER.client_id, OTHER.client_secret)
        assert (await customer.post("/oauth/revoke", {"token": fresh["refresh_token"]})).status_code == 200
        customer.auth = mine
        assert (await customer.read(fresh["access_token"], "/accounts")).status_code == 200
        assert (await customer.post("/oauth/revoke", {"token": fresh["refresh_token"]})).status_code == 200
        assert (await customer.read(fresh["access_token"], "/accounts")).status_code == 401
        assert (await customer.refresh(fresh["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await customer.post("/oauth/revoke", {"token": "garbage"})).status_code == 200
        assert (await customer.app.post(f"{customer.issuer}/oauth/revoke", data={"token": "x"})).status_code == 401

    run(story)


def test_a_user_can_be_revoked_and_come_back_at_once() -> None:
    bank, _ = new_bank()

    async def story(customer: Customer) -> None:
        tokens, other = await customer.connect(), await customer.connect("bob")
        bank.revoke_user(MX, "ann")
        assert (await customer.read(tokens["access_token"], "/accounts")).status_code == 401
        assert (await customer.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await customer.read(other["access_token"], "/accounts")).status_code == 200
        again = await customer.connect()
        assert (await customer.read(again["access_token"], "/accounts")).status_code == 200

    run(story, bank)


def test_tokens_and_keys_outlive_the_process_but_not_the_seed() -> None:
    tokens = run(lambda customer: customer.connect())

    async def story(customer: Customer) -> tuple[int, int]:
        data = await customer.read(tokens["access_token"], "/accounts")
        return data.status_code, (await customer.refresh(tokens["refresh_token"])).status_code

    async def subject(customer: Customer) -> object:
        return (await claims(customer, tokens["id_token"]))["sub"]

    assert run(story) == (200, 200)
    assert run(story, new_bank(seed=2)[0]) == (401, 400)
    assert run(subject)
    bank, _ = new_bank()
    bank.revoke_user(MX, "ann")
    assert run(story, bank) == (401, 400)


def test_scope_bounds_what_can_be_read() -> None:
    async def story(customer: Customer) -> None:
        tokens = await customer.connect(scope="fdx:accountbasic:read")
        assert "id_token" not in tokens
        assert tokens["scope"] == "fdx:accountbasic:read"
        assert (await customer.read(tokens["access_token"], "/accounts")).status_code == 200
        assert (await customer.read(tokens["access_token"], "/customers/current")).status_code == 403

    run(story)
