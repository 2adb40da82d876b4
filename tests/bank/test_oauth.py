"""The OAuth window and the tokens behind it."""

import asyncio
import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
from joserfc.errors import JoseError

from bank.customer import (
    BASE,
    CALLBACK,
    CLIENT,
    CU,
    MX,
    OTHER,
    Customer,
    account_ids,
    answer,
    claims,
    new_bank,
    run,
    transaction,
)
from fanlight.bank.special_users import AUTHORIZATION_ERRORS


def at_hash(access_token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def test_the_whole_window() -> None:
    bank, _ = new_bank()

    async def story(customer: Customer) -> None:
        found = (await customer.app.get(f"{customer.issuer}/.well-known/openid-configuration")).json()
        assert found["issuer"] == customer.issuer == f"{BASE}/{MX}"
        login = await customer.open_window()
        assert login.status_code == 200
        consent = await customer.sign_in(login, "ann")
        assert len(account_ids(consent)) == 6
        back = answer(await customer.decide(consent))
        assert (back["state"], back["iss"]) == ("st&te", customer.issuer)
        response = await customer.redeem(back["code"])
        assert response.headers["cache-control"] == "no-store"
        tokens = response.json()
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
        found = await claims(customer, tokens["id_token"])
        assert (found["iss"], found["aud"], found["nonce"]) == (customer.issuer, CLIENT.client_id, "n1")
        assert found["at_hash"] == at_hash(tokens["access_token"])
        me = (await customer.read(tokens["access_token"], "/customers/current")).json()
        assert me["customerId"] == found["sub"]
        counts = (await customer.app.get(f"{customer.issuer}/activity")).json()
        assert {"par": 1, "token": 1, "grant": 1, "fdx": 1}.items() <= counts.items()

    run(story, bank)
    assert bank.activity.of(MX, "consent") == 1


def test_the_brands_are_issuers_of_their_own() -> None:
    bank, _ = new_bank()
    mine = run(lambda customer: customer.connect(), bank)

    async def story(customer: Customer) -> None:
        assert (await customer.read(mine["access_token"], "/accounts")).status_code == 401
        assert (await customer.refresh(mine["refresh_token"])).json()["error"] == "invalid_grant"
        with pytest.raises(JoseError):
            await claims(customer, mine["id_token"])

    run(story, bank, CU)


def test_metadata_is_at_both_places() -> None:
    async def story(customer: Customer) -> None:
        first = await customer.app.get(f"/.well-known/oauth-authorization-server/{MX}")
        second = await customer.app.get(f"/{MX}/.well-known/openid-configuration")
        assert first.json() == second.json()
        assert first.json()["code_challenge_methods_supported"] == ["S256"]
        assert (await customer.app.get("/nobody/.well-known/openid-configuration")).status_code == 404

    run(story)


def test_the_address_may_carry_the_request() -> None:
    async def story(customer: Customer) -> None:
        page = await customer.browser.get(f"{customer.issuer}/oauth/authorize", params=customer.request())
        assert page.status_code == 200
        assert "code" in answer(await customer.decide(await customer.sign_in(page, "ann")))

    run(story)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"request": "ey.."}, "invalid_request_object"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_bad_request_goes_back_to_the_client(change: dict[str, str], error: str) -> None:
    async def story(customer: Customer) -> dict[str, str]:
        url = f"{customer.issuer}/oauth/authorize"
        return answer(await customer.browser.get(url, params=customer.request(**change)))

    back = run(story)
    assert (back["error"], back["state"], back["iss"]) == (error, "st&te", f"{BASE}/{MX}")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": OTHER.redirect_uris[0]},
        {"request_uri": "urn:ietf:params:oauth:request_uri:none"},
        {"state": "x" * 5000},
    ],
)
def test_what_cannot_be_redirected_is_shown(change: dict[str, str]) -> None:
    async def story(customer: Customer) -> httpx.Response:
        return await customer.browser.get(f"{customer.issuer}/oauth/authorize", params=customer.request(**change))

    page = run(story)
    assert page.status_code == 400
    assert "location" not in page.headers
    assert page.headers["content-type"].startswith("text/html")


def test_a_parameter_twice_is_refused() -> None:
    async def story(customer: Customer) -> None:
        query = urlencode([*customer.request().items(), ("state", "again")])
        assert (await customer.browser.get(f"{customer.issuer}/oauth/authorize?{query}")).status_code == 400

    run(story)


def test_a_pushed_request_works_once_for_its_client_within_a_minute() -> None:
    bank, clock = new_bank()

    async def story(customer: Customer) -> None:
        pushed = (await customer.post("/oauth/par", customer.request())).json()
        assert pushed["expires_in"] == 60
        url, fields = f"{customer.issuer}/oauth/authorize", {"client_id": CLIENT.client_id, **pushed}
        assert (await customer.browser.head(url, params=fields)).status_code == 405
        assert (await customer.browser.get(url, params=fields)).status_code == 200
        assert (await customer.browser.get(url, params=fields)).status_code == 400
        late = (await customer.post("/oauth/par", customer.request())).json()
        clock.advance(60)
        assert (await customer.browser.get(url, params=fields | late)).status_code == 400
        foreign = (await customer.post("/oauth/par", customer.request())).json()
        assert (await customer.browser.get(url, params={**foreign, "client_id": OTHER.client_id})).status_code == 400

    run(story, bank)


def test_par_refuses_what_authorize_refuses() -> None:
    async def story(customer: Customer) -> None:
        for change in (
            {"code_challenge_method": "plain"},
            {"redirect_uri": "http://evil.test/"},
            {"request_uri": "urn:x"},
        ):
            response = await customer.post("/oauth/par", customer.request(**change))
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    run(story)


def test_client_authentication() -> None:
    async def story(customer: Customer) -> None:
        url, fields = f"{customer.issuer}/oauth/par", customer.request()
        secret = {"client_secret": CLIENT.client_secret}
        assert (await customer.app.post(url, data=fields | secret)).status_code == 201
        for data, auth in (
            (fields, httpx.Auth()),
            (fields | {"client_secret": "wrong"}, httpx.Auth()),
            (fields, httpx.BasicAuth(CLIENT.client_id, "wrong")),
            (fields, httpx.BasicAuth("nobody", "wrong")),
        ):
            response = await customer.app.post(url, data=data, auth=auth)
            assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
            assert ("www-authenticate" in response.headers) is isinstance(auth, httpx.BasicAuth)
        both = await customer.app.post(url, data=fields | secret, auth=customer.auth)
        assert (both.status_code, both.json()["error"]) == (400, "invalid_request")

    run(story)


def test_a_wrong_password_stays_and_keeps_the_name() -> None:
    async def story(customer: Customer) -> None:
        page = await customer.sign_in(await customer.open_window(), "<ann>", "wrong")
        assert page.status_code == 200
        assert 'role="alert"' in page.text
        assert 'value="&lt;ann&gt;"' in page.text
        assert (await customer.sign_in(page, "")).text.count('role="alert"') == 1
        assert (await customer.sign_in(page, "x" * 65)).text.count('role="alert"') == 1
        assert account_ids(await customer.sign_in(page, "ann"))

    run(story)


@pytest.mark.parametrize("error", sorted(AUTHORIZATION_ERRORS))
def test_error_users(error: str) -> None:
    async def story(customer: Customer) -> dict[str, str]:
        return answer(await customer.sign_in(await customer.open_window(), error))

    back = run(story)
    assert (back["error"], back["state"], back["iss"]) == (error, "st&te", f"{BASE}/{MX}")


def test_deny_and_nothing_chosen() -> None:
    bank, clock = new_bank()

    async def story(customer: Customer) -> None:
        consent = await customer.sign_in(await customer.open_window(), "ann")
        again = await customer.decide(consent, accounts=[])
        assert 'role="alert"' in again.text
        assert " checked" not in again.text
        foreign = await customer.decide(consent, accounts=["che-0000000000000000"])
        assert 'role="alert"' in foreign.text
        assert answer(await customer.decide(again, "deny"))["error"] == "access_denied"
        assert answer(await customer.decide(again))["error"] == "access_denied", "pressed twice means the same"
        clock.advance(11)
        assert (await customer.decide(again)).status_code == 400

    run(story, bank)


def test_forms_belong_to_one_browser() -> None:
    bank, _ = new_bank()

    async def story(customer: Customer) -> None:
        login = await customer.open_window()
        cookie = login.headers["set-cookie"]
        assert re.match(rf"bank_\S+=\S+; Path=/{MX}; Max-Age=600; HttpOnly; SameSite=Lax$", cookie)
        stranger = Customer(bank)
        assert (await stranger.sign_in(login, "ann")).status_code == 400
        skipped = {"transaction": transaction(login), "decision": "authorize"}
        assert (await customer.browser.post(f"{customer.issuer}/oauth/consent", data=skipped)).status_code == 400
        second = await customer.open_window()
        first_consent = await customer.sign_in(login, "ann")
        done = await customer.decide(first_consent)
        assert "Max-Age=10;" in done.headers["set-cookie"]
        assert account_ids(await customer.sign_in(second, "bob"))

    run(story, bank)


def test_pages_say_what_they_must() -> None:
    async def story(customer: Customer) -> None:
        login = await customer.open_window()
        for page in (login, await customer.sign_in(login, "ann"), await customer.app.get(f"/{MX}/test-users")):
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "form-action" not in policy
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "no-referrer"
            assert "cross-origin-opener-policy" not in page.headers
            assert "<script" not in page.text
            sheet = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)
            assert sheet
            assert (await customer.app.get(sheet[1])).headers["content-type"].startswith("text/css")
        assert "MXCU (OAuth)" in (await customer.app.get("/")).text

    run(story)


def test_wrong_methods_and_bodies() -> None:
    async def story(customer: Customer) -> None:
        wrong = await customer.app.get(f"{customer.issuer}/oauth/token")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
        assert (await customer.app.post(f"{customer.issuer}/oauth/token", content=b"x" * 40_000)).status_code == 413
        assert (await customer.app.post(f"{customer.issuer}/oauth/login", content=b"a=%ff")).status_code == 400
        assert (await customer.app.get("/nowhere")).status_code == 404
        assert (await customer.app.get(f"{customer.issuer}/fdx/v6/nowhere")).json()["code"] == "404"
        response = await customer.post("/oauth/token", {"grant_type": "password"})
        assert response.json()["error"] == "unsupported_grant_type"

    run(story)


@pytest.mark.parametrize("username", ["\u202e", "a\0b", "\u00e9" * 64, "<script>", "\U0001f600" * 64])
def test_strange_user_names_are_customers_or_refused(username: str) -> None:
    async def story(customer: Customer) -> None:
        login = await customer.open_window()
        page = await customer.sign_in(login, username)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert account_ids(page) or 'role="alert"' in page.text

    run(story)


def test_strange_bytes_are_refused() -> None:
    async def story(customer: Customer) -> None:
        for path in (
            "/%ff",
            f"/{MX}/fdx/v6/accounts/%ff",
            f"/{MX}/oauth/authorize?client_id=%00",
            f"/{MX}/oauth/authorize?{'a=1&' * 2000}",
        ):
            assert (await customer.app.get(path)).status_code in (400, 401, 404)
        url = f"{customer.issuer}/oauth/token"
        for header in (b"Basic \xff\xfe", b"Basic ////", b"Basic", b"Bearer x"):
            assert (await customer.app.post(url, content=b"x=1", headers={b"authorization": header})).status_code == 401
        emoji = b"client_id=%F0%9F%98%80&client_secret=%F0%9F%98%80"
        assert (await customer.app.post(url, content=emoji)).status_code == 401

    run(story)


def test_the_lifespan_protocol() -> None:
    bank, _ = new_bank()
    heard = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return next(heard)

    async def send(message: Any) -> None:
        said.append(message["type"])

    asyncio.run(bank({"type": "lifespan"}, receive, send))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
