"""The data endpoints: FDX forms, date rules, paging, what the customer chose, and the special users' faults."""

import datetime as dt
from typing import Any

import httpx2 as httpx
import pytest

from bank.customer import CU, MX, Customer, account_ids, answer, new_bank, run
from fanlight.bank.special_users import SPECIAL_USERS, Stage

YEARS = {"startDate": "2024-11-24", "endDate": "2026-11-24"}


async def checking(customer: Customer, username: str = "ann") -> tuple[str, str]:
    token = (await customer.connect(username))["access_token"]
    return token, (await customer.accounts(token))["CHECKING"]["accountId"]


def test_accounts_have_the_fields_of_their_category() -> None:
    async def story(customer: Customer) -> dict[str, dict[str, Any]]:
        token = (await customer.connect())["access_token"]
        light = (await customer.read(token, "/accounts")).json()["accounts"]
        assert len(light) == 6
        assert not any("Balance" in key for each in light for key in each)
        found = await customer.accounts(token)
        for each in found.values():
            assert (await customer.read(token, f"/accounts/{each['accountId']}")).json() == each
        return found

    found = run(story)
    assert {each["accountCategory"] for each in found.values()} == {
        "DEPOSIT_ACCOUNT",
        "LOC_ACCOUNT",
        "LOAN_ACCOUNT",
        "INVESTMENT_ACCOUNT",
    }
    assert {"currentBalance", "availableBalance"} <= found["CHECKING"].keys()
    assert {"creditLine", "availableCredit", "minimumPaymentAmount", "lastStmtBalance"} <= found["CREDITCARD"].keys()
    assert {"principalBalance", "originalPrincipal", "interestRate", "nextPaymentDate"} <= found["MORTGAGE"].keys()
    holdings = found["TAXABLE"]["holdings"]
    assert 4 <= len(holdings) <= 6
    worth = sum(each["marketValue"] for each in holdings) + found["TAXABLE"]["availableCashBalance"]
    assert worth == pytest.approx(found["TAXABLE"]["currentValue"])


def test_only_chosen_accounts_are_visible() -> None:
    async def story(customer: Customer) -> None:
        consent = await customer.sign_in(await customer.open_window(), "ann")
        ids = account_ids(consent)
        back = answer(await customer.decide(consent, accounts=[ids[0], ids[2]]))
        token = (await customer.redeem(back["code"])).json()["access_token"]
        seen = (await customer.read(token, "/accounts")).json()["accounts"]
        assert [each["accountId"] for each in seen] == [ids[0], ids[2]]
        for path in ("", "/transactions", "/contact", "/statements", "/payment-networks"):
            assert (await customer.read(token, f"/accounts/{ids[2]}{path}")).status_code == 200
            refused = await customer.read(token, f"/accounts/{ids[1]}{path}")
            assert (refused.status_code, refused.json()["code"]) == (404, "701")

    run(story)


def test_paging_has_no_gap_and_no_duplicate() -> None:
    async def story(customer: Customer) -> None:
        token, account = await checking(customer)
        whole = await customer.history(token, account, **YEARS, limit="100")
        small = await customer.history(token, account, **YEARS, limit="7")
        assert whole == small
        assert len({each["transactionId"] for each in whole}) == len(whole) > 500
        months = [
            await customer.history(token, account, startDate=f"{start}", endDate=f"{start + dt.timedelta(days=29)}")
            for start in (dt.date(2024, 11, 24) + dt.timedelta(days=30 * step) for step in range(25))
        ]
        assert sorted(each["transactionId"] for month in months for each in month) == sorted(
            each["transactionId"] for each in whole
        )

    run(story)


def test_pages_hold_still_while_time_goes_on() -> None:
    bank, clock = new_bank()

    async def story(customer: Customer) -> None:
        token, account = await checking(customer)
        whole = await customer.history(token, account, **YEARS)
        first = (await customer.read(token, f"/accounts/{account}/transactions", **YEARS, limit="1")).json()
        clock.advance(800)
        rest = await customer.read(token, first["links"]["next"]["href"].replace("limit=1", "limit=100"))
        assert [each["transactionId"] for each in rest.json()["transactions"]] == [
            each["transactionId"] for each in whole[1:101]
        ]

    run(story, bank)


def test_limits_and_page_keys() -> None:
    async def story(customer: Customer) -> None:
        token, account = await checking(customer)
        path = f"/accounts/{account}/transactions"
        assert len((await customer.read(token, path, **YEARS)).json()["transactions"]) == 50
        page = (await customer.read(token, path, **YEARS, limit="5000")).json()
        assert len(page["transactions"]) == 100
        key = page["page"]["nextPageKey"]
        for query in ({"limit": "0"}, {"limit": "x"}, {"pageKey": "x"}, {"pageKey": key[:-2] + "AA"}):
            assert (await customer.read(token, path, **query)).status_code == 400
        assert (await customer.read(token, "/accounts", pageKey=key)).status_code == 400
        two = (await customer.read(token, "/accounts", limit="4", resultType="details")).json()
        rest = (await customer.read(token, two["links"]["next"]["href"])).json()
        assert (len(two["accounts"]), len(rest["accounts"])) == (4, 2)
        assert "currentBalance" in rest["accounts"][0]
        assert rest["links"] == {}

    run(story)


@pytest.mark.parametrize(
    "query",
    [
        {"startDate": "2026-11-01"},
        {"endDate": "2026-11-01"},
        {"startTime": "2026-11-01T00:00:00Z"},
        {"startTime": "2026-11-01T00:00:00Z", "endDate": "2026-11-02"},
        {"startDate": "2026-11-02", "endDate": "2026-11-01"},
        {"startDate": "2024-11-22", "endDate": "2026-11-01"},
        {"startDate": "yesterday", "endDate": "today"},
        {"startTime": "x", "endTime": "y"},
        {"startDate": "0001-01-01", "endDate": "9999-12-31"},
        {"startTime": "0001-01-01T00:00:00+14:00", "endTime": "2026-11-01T00:00:00Z"},
        {"startDate": "", "endDate": ""},
    ],
)
def test_bad_dates_are_code_703(query: dict[str, str]) -> None:
    async def story(customer: Customer) -> httpx.Response:
        token, account = await checking(customer)
        return await customer.read(token, f"/accounts/{account}/transactions", **query)

    response = run(story)
    assert (response.status_code, response.json()["code"]) == (400, "703")


def test_good_dates() -> None:
    async def story(customer: Customer) -> None:
        token, account = await checking(customer)
        week = await customer.history(token, account)
        assert week == await customer.history(
            token, account, startTime="2026-11-17T12:00:00Z", endTime="2026-11-24T14:00:00+02:00"
        )
        assert await customer.history(token, account, startDate="2024-11-24", endDate="2024-12-01")
        day = await customer.history(token, account, startDate="2026-11-23", endDate="2026-11-23")
        assert day
        assert all("2026-11-23" in (each.get("postedTimestamp") or each["transactionTimestamp"]) for each in day)
        assert await customer.history(token, account, startDate="2027-01-01", endDate="2027-02-01") == []
        assert await customer.history(token, account, startDate="9999-12-31", endDate="9999-12-31") == []
        last = "9999-12-31T23:59:59-14:00"
        assert await customer.history(token, account, startTime=last, endTime=last) == []
        assert len(await customer.history(token, account, startDate="2026-11-17", endDate="9999-12-31")) >= len(week)

    run(story)


def test_money_is_written_with_two_places() -> None:
    async def story(customer: Customer) -> str:
        token, account = await checking(customer)
        return (await customer.read(token, f"/accounts/{account}/transactions", **YEARS, limit="100")).text

    amounts = [part.split(",")[0] for part in run(story).split('"amount":')[1:]]
    assert len(amounts) == 100
    assert all(len(amount.partition(".")[2]) == 2 for amount in amounts)


def test_people_and_networks() -> None:
    async def story(customer: Customer) -> None:
        token = (await customer.connect())["access_token"]
        found = await customer.accounts(token)
        path = f"/accounts/{found['CHECKING']['accountId']}"
        networks = (await customer.read(token, f"{path}/payment-networks")).json()["paymentNetworks"]
        assert networks[0]["type"] == "US_ACH"
        weights = (3, 7, 1) * 3
        assert sum(int(digit) * weight for digit, weight in zip(networks[0]["bankId"], weights, strict=True)) % 10 == 0
        assert networks[0]["identifier"].endswith(found["CHECKING"]["accountNumberDisplay"])
        contact = (await customer.read(token, f"{path}/contact")).json()
        assert contact["emails"][0].endswith("@example.com")
        assert contact["telephones"][0]["number"][3:8] == "55501"
        statements = (await customer.read(token, f"{path}/statements")).json()["statements"]
        assert statements[0]["statementDate"] == "2026-10-31"
        loan = await customer.read(token, f"/accounts/{found['MORTGAGE']['accountId']}/payment-networks")
        assert loan.json()["paymentNetworks"] == []

    run(story)


def test_the_interaction_id_comes_back() -> None:
    async def story(customer: Customer) -> None:
        url, name = f"{customer.issuer}/fdx/v6/accounts", "x-fapi-interaction-id"
        refused = await customer.app.get(url, headers={name: "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"})
        assert refused.status_code == 401
        assert refused.headers[name] == "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert name not in (await customer.app.get(url, headers={name: "x" * 200})).headers

    run(story)


def test_another_user_and_another_brand_are_other_people() -> None:
    async def story(customer: Customer) -> set[str]:
        names = set()
        for username in ("ann", "bob", "Ann"):
            token = (await customer.connect(username))["access_token"]
            names.add((await customer.read(token, "/customers/current")).json()["customerId"])
        return names

    assert len(run(story, code=MX) | run(story, code=CU)) == 6


def faulty(username: str, path: str = "/accounts") -> httpx.Response:
    bank, _ = new_bank()
    bank.behavior.slow_seconds, bank.behavior.huge_bytes = 0, 200_000

    async def story(customer: Customer) -> httpx.Response:
        return await customer.read((await customer.connect(username))["access_token"], path)

    return run(story, bank)


def test_data_faults() -> None:
    assert (faulty("data_unavailable").status_code, faulty("data_unavailable").json()["code"]) == (503, "501")
    assert faulty("data_unauthorized").status_code == 401
    throttled = faulty("data_throttled")
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "30")
    with pytest.raises(ValueError, match="Expecting value"):
        faulty("data_garbage").json()
    assert len(faulty("data_huge").content) >= 200_000
    assert "content-length" not in faulty("data_huge").headers
    assert faulty("data_slow").status_code == 200
    assert faulty("data_no_accounts").json()["accounts"] == []


def test_a_flaky_user_fails_once_for_each_path() -> None:
    async def story(customer: Customer) -> list[int]:
        token = (await customer.connect("data_flaky"))["access_token"]
        paths = ("/accounts", "/accounts", "/customers/current", "/customers/current", "/accounts")
        return [(await customer.read(token, path)).status_code for path in paths]

    assert run(story) == [503, 200, 503, 200, 200]


def test_an_endless_list_has_a_fresh_key_each_time() -> None:
    async def story(customer: Customer) -> None:
        token = (await customer.connect("data_endless"))["access_token"]
        page = (await customer.read(token, "/accounts")).json()
        for path in ("/accounts", f"/accounts/{page['accounts'][0]['accountId']}/transactions"):
            keys = set()
            page = (await customer.read(token, path)).json()
            for _ in range(5):
                keys.add(page["page"]["nextPageKey"])
                page = (await customer.read(token, page["links"]["next"]["href"])).json()
            assert len(keys) == 5

    run(story)


def test_one_bad_account() -> None:
    async def story(customer: Customer) -> dict[str, int]:
        token = (await customer.connect("data_one_bad_account"))["access_token"]
        return {
            kind: (await customer.read(token, f"/accounts/{each['accountId']}/transactions")).status_code
            for kind, each in (await customer.accounts(token)).items()
        }

    found = run(story)
    assert found.pop("CREDITCARD") == 500
    assert set(found.values()) == {200}


def test_token_faults() -> None:
    bank, _ = new_bank()
    bank.behavior.slow_seconds = 0

    async def story(customer: Customer) -> dict[str, httpx.Response]:
        names = [user.name for user in SPECIAL_USERS if user.stage is Stage.AFTER_CODE]
        return {name: await customer.redeem(await customer.code(name)) for name in names}

    found = run(story, bank)
    assert found.pop("token_invalid_grant").json()["error"] == "invalid_grant"
    assert found.pop("token_invalid_client").status_code == 401
    assert found.pop("token_server_error").status_code == 500
    assert found.pop("token_slow").status_code == 200
    assert found.pop("token_garbage").text.startswith("<tokens>")
    assert "id_token" not in found.pop("no_id_token").json()
    assert "id_token" in found.pop("bad_id_token").json()
    assert "id_token" in found.pop("new_subject").json()
    assert found.pop("narrow_scope").status_code == 200
    assert not found


def test_every_special_user_is_on_the_page() -> None:
    async def story(customer: Customer) -> str:
        return (await customer.app.get(f"{customer.issuer}/test-users")).text

    page = run(story)
    assert all(f"<code>{user.name}</code>" in page for user in SPECIAL_USERS)
