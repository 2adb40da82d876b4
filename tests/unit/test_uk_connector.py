"""The UK connector over a socket: pages, one bad account, shortened histories, owners, and consents as a resource."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from connectors.bank import NOTHING, Answer, Asked, Bank
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import ConsentRequest, FeedAccount, Limits, Login, Tokens
from fanlight.institutions.uk.connector import UkConnector, UkSession
from fanlight.institutions.uk.details import UkDetails
from fanlight.oauth.authorized import FixedAccess

ROOT = "/open-banking/v4.0/aisp"
NOW = 1_795_521_600  # 2026-11-24 12:00 UTC
TODAY, YEARS_AGO = date(2026, 11, 24), date(2024, 11, 24)
CURRENT = FeedAccount(provider_id="a", account_type=1, currency_code="GBP")
WANTED = ConsentRequest(
    return_uri="https://app.example/back", decline_uri="https://app.example/no", history_from=YEARS_AGO, now=NOW
)
Story = Callable[[UkConnector, FixedAccess], Awaitable[Any]]


def told(
    story: Story, answer: Callable[[Asked], Answer], days: int | None = None, **rules: Any
) -> tuple[Any, list[Asked]]:
    """What a story gives, or the word said instead; and what the servicer was asked."""
    bank = Bank(answer)

    async def play(url: str) -> Any:
        http = Http(timeout=10, max_bytes=8 << 20, allow_private=True)
        line = Line(http, Way(allow_private=True))
        try:
            details = UkDetails(base_url=f"{url}/open-banking/", **rules)
            connector = UkConnector(details, line, Limits(5, 20), consent_days=days)
            return await story(connector, FixedAccess(line, Tokens(access_token="token")))
        except Said as said:
            return said
        finally:
            await http.close()

    with bank.serving() as url:
        return asyncio.run(play(url)), bank.asked


def data(name: str, found: object, **links: str) -> Answer:
    return Answer(200, json.dumps({"Data": {name: found}, "Links": {"Self": "/", **links}, "Meta": {}}).encode())


def error(status: int, code: str = "U000") -> Answer:
    return Answer(status, json.dumps({"Errors": [{"ErrorCode": code}]}).encode())


def account(provider_id: str, **fields: Any) -> dict[str, Any]:
    return {"AccountId": provider_id, "Currency": "GBP", "AccountTypeCode": "CACC", **fields}


def booked(number: int) -> dict[str, Any]:
    return {
        "TransactionId": str(number),
        "CreditDebitIndicator": "Debit",
        "Status": "BOOK",
        "BookingDateTime": "2026-11-20T00:00:00Z",
        "Amount": {"Amount": "1.00", "Currency": "GBP"},
    }


BALANCE = {
    "CreditDebitIndicator": "Credit",
    "Type": "ITBD",
    "DateTime": "2026-11-24T08:00:00Z",
    "Amount": {"Amount": "7.00", "Currency": "GBP"},
}


def opened(story: Callable[[UkSession], Awaitable[Any]]) -> Story:
    async def play(connector: UkConnector, access: FixedAccess) -> Any:
        return await story(await connector.session(access))

    return play


def transactions(session: UkSession) -> Awaitable[Any]:
    return session.transactions(CURRENT, YEARS_AGO, TODAY)


def servicer(**answers: Answer) -> Callable[[Asked], Answer]:
    """One account with a balance; `answers` by the last part of a path replace others."""
    usual = {"accounts": data("Account", [account("a")]), "balances": data("Balance", [BALANCE])}
    by_name = {**usual, **answers}
    return lambda asked: by_name.get(asked.path.rpartition("/")[2], NOTHING)


def test_one_account_without_balances_is_said_where_its_transactions_are_read() -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == f"{ROOT}/accounts":
            return data("Account", [account("a"), account("b"), account("a"), account("gone", Status="Deleted")])
        return error(403) if asked.path == f"{ROOT}/accounts/a/balances" else data("Balance", [BALANCE])

    async def story(session: UkSession) -> Any:
        found = await session.accounts()
        with pytest.raises(Said) as caught:
            await session.transactions(found[0], YEARS_AGO, TODAY)
        return [(each.provider_id, each.balance) for each in found], caught.value.saying

    (found, saying), asked = told(opened(story), answer)
    assert [(name, amount and int(amount)) for name, amount in found] == [("a", None), ("b", 7), ("gone", None)]
    assert saying == Saying.ACCESS_REFUSED
    # What is closed is not asked for figures, and what is listed twice is asked once.
    assert [each.path.removeprefix(ROOT) for each in asked] == [
        "/accounts",
        "/accounts/a/balances",
        "/accounts/b/balances",
    ]


def test_where_no_account_has_balances_the_run_says_so() -> None:
    found, _ = told(opened(lambda session: session.accounts()), servicer(balances=error(403)))
    assert found.saying == Saying.ACCESS_REFUSED
    found, _ = told(opened(lambda session: session.accounts()), servicer(balances=error(403, "U028")))
    assert found.saying == Saying.CONSENT_EXPIRED


def test_what_a_consent_does_not_hold_is_not_asked_for() -> None:
    async def story(session: UkSession) -> Any:
        return await session.transactions(CURRENT, YEARS_AGO, TODAY)

    found, asked = told(opened(story), servicer(), permissions=("ReadAccountsBasic",))
    assert (found, len(asked)) == ([], 1)


def test_the_headers_of_every_request() -> None:
    _, asked = told(opened(transactions), servicer(transactions=data("Transaction", [])), financial_id="0015800000jf")
    ids = [each.headers["x-fapi-interaction-id"] for each in asked]
    assert len(set(ids)) == len(ids) == 3
    for each in asked:
        assert each.headers["authorization"] == "Bearer token"
        assert each.headers["x-fapi-financial-id"] == "0015800000jf"
        assert "x-fapi-customer-ip-address" not in each.headers
    assert dict(asked[-1].query) == {
        "fromBookingDateTime": "2024-11-24T00:00:00Z",
        "toBookingDateTime": "2026-11-24T23:59:59Z",
    }


@pytest.mark.parametrize("page_links", ["as_given", "query"])
def test_pages_are_followed_within_the_origin(page_links: str) -> None:
    def answer(asked: Asked) -> Answer:
        if not asked.path.endswith("transactions"):
            return servicer()(asked)
        number = int(asked.query.get("page", "0"))
        host = "" if page_links == "as_given" else "https://gateway.inside:8443"
        links = {"Next": f"{host}{asked.path}?page={number + 1}"} if number < 3 else {}
        return data("Transaction", [booked(number)], **links)

    found, asked = told(opened(transactions), answer, page_links=page_links)
    assert [each.provider_id for each in found] == ["0", "1", "2", "3"]
    assert all(each.headers["authorization"] == "Bearer token" for each in asked)


@pytest.mark.parametrize(
    ("link", "saying"),
    [
        ("https://elsewhere.example/x", Saying.GIBBERISH),
        ("//elsewhere.example/x", Saying.GIBBERISH),
        ("http://[", Saying.GIBBERISH),
        ("/a b", Saying.GIBBERISH),
        ("?fromBookingDateTime=2024-11-24T00%3A00%3A00Z&toBookingDateTime=2026-11-24T23%3A59%3A59Z", Saying.TOO_MUCH),
    ],
)
def test_links_that_lead_nowhere_or_round(link: str, saying: Saying) -> None:
    found, _ = told(opened(transactions), servicer(transactions=data("Transaction", [booked(1)], Next=link)))
    assert found.saying == saying


def test_lists_are_bounded() -> None:
    many = data("Transaction", [booked(number) for number in range(21)])
    assert told(opened(transactions), servicer(transactions=many))[0].saying == Saying.TOO_MUCH
    most = data("Transaction", [booked(number) for number in range(20)])
    assert len(told(opened(transactions), servicer(transactions=most))[0]) == 20
    accounts = data("Account", [account(str(number)) for number in range(501)])
    assert told(opened(transactions), servicer(accounts=accounts))[0].saying == Saying.TOO_MUCH


@pytest.mark.parametrize("status", [400, 403])
def test_a_history_that_is_refused_is_asked_for_again_shorter(status: int) -> None:
    def answer(asked: Asked) -> Answer:
        if not asked.path.endswith("transactions"):
            return servicer()(asked)
        too_long = asked.query["fromBookingDateTime"] < "2026-08-26"
        return error(status, "U003") if too_long else data("Transaction", [booked(1)])

    found, asked = told(opened(transactions), answer)
    assert [each.provider_id for each in found] == ["1"]
    assert [each.query["fromBookingDateTime"][:10] for each in asked[-2:]] == ["2024-11-24", "2026-08-26"]
    found, asked = told(opened(transactions), answer, history_days=90)
    assert (len(found), len(asked)) == (1, 3)


@pytest.mark.parametrize(
    ("answer", "saying", "requests"),
    [
        (error(403, "U009"), Saying.CONSENT_EXPIRED, 1),
        (error(401), Saying.CONSENT_EXPIRED, 1),
        (error(403), Saying.ACCESS_REFUSED, 2),
        (error(404), Saying.GIBBERISH, 1),
        (error(429), Saying.THROTTLED, 1),
        (error(503), Saying.UNAVAILABLE, 1),
        (Answer(200, b'{"Data": {"Transaction": {}}}'), Saying.GIBBERISH, 1),
        (Answer(200, b'{"Data": []}'), Saying.GIBBERISH, 1),
        (Answer(200, b"[]"), Saying.GIBBERISH, 1),
    ],
)
def test_transactions_that_are_not_told(answer: Answer, saying: Saying, requests: int) -> None:
    found, asked = told(opened(transactions), servicer(transactions=answer))
    assert found.saying == saying
    assert len(asked) == 2 + requests


def test_a_list_that_is_left_out_is_empty() -> None:
    assert told(opened(transactions), servicer(transactions=Answer(200, b'{"Data": {}}')))[0] == []


NAMED = account(
    "a", Account=[{"SchemeName": "UK.OBIE.IBAN", "Identification": "GB33ALDR08009912345678", "Name": "R Q"}]
)


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        ({"parties": data("Party", [{"Name": "One"}, {"Name": "Two"}])}, ["One", "Two"]),
        ({"party": data("Party", {"Name": "One"})}, ["One"]),
        ({"parties": error(403), "party": data("Party", {"Name": "One"})}, ["One"]),
        ({"parties": error(405), "party": error(403)}, ["R Q"]),
        ({"parties": data("Party", []), "party": error(404)}, ["R Q"]),
    ],
)
def test_owners_wherever_they_are_told(answers: dict[str, Answer], names: list[str]) -> None:
    found, _ = told(
        opened(lambda session: session.owners(CURRENT)), servicer(accounts=data("Account", [NAMED]), **answers)
    )
    assert [each.owner_name for each in found] == names


def test_an_ended_consent_is_not_taken_for_a_missing_resource() -> None:
    found, _ = told(opened(lambda session: session.owners(CURRENT)), servicer(parties=error(403, "U009")))
    assert found.saying == Saying.CONSENT_EXPIRED


def test_numbers_from_the_account_alone_where_the_list_has_none() -> None:
    found, asked = told(opened(lambda session: session.account_numbers(CURRENT)), servicer(a=data("Account", [NAMED])))
    assert [each.account_number for each in found] == ["GB33ALDR08009912345678"]
    assert asked[-1].path == f"{ROOT}/accounts/a"


def test_ids_stay_one_part_of_a_path() -> None:
    found, asked = told(
        opened(lambda session: session.accounts()), servicer(accounts=data("Account", [account("../x?y#z")]))
    )
    assert found[0].provider_id == "../x?y#z"
    assert asked[-1].path == f"{ROOT}/accounts/..%2Fx%3Fy%23z/balances"


def test_the_person_by_the_party_who_signed_on() -> None:
    def subject(connector: UkConnector, access: FixedAccess) -> Awaitable[Any]:
        return connector.subject(access)

    own = ("ReadAccountsBasic", "ReadPartyPSU")
    answer = servicer(party=data("Party", {"PartyId": "p-1"}))
    assert told(subject, answer, permissions=own)[0] == "p-1"
    assert told(subject, answer) == (None, [])
    assert told(subject, servicer(), permissions=own)[0] is None
    assert told(subject, servicer(party=error(403, "U009")), permissions=own)[0].saying == Saying.CONSENT_EXPIRED


def test_a_login_is_no_grant() -> None:
    def story(connector: UkConnector, _: FixedAccess) -> Awaitable[Any]:
        return connector.session(Login(values={"LOGIN": "ann"}))

    assert told(story, servicer())[0].saying == Saying.CLIENT_REFUSED


# Consents


def consent(status: str = "AWAU", **fields: Any) -> Answer:
    return Answer(201, json.dumps({"Data": {"ConsentId": "urn:1/2", "Status": status, **fields}, "Risk": {}}).encode())


def create(connector: UkConnector, access: FixedAccess) -> Awaitable[Any]:
    return connector.consents.create(WANTED._replace(person_ip="192.0.2.7"), access)


def test_a_consent_is_asked_for() -> None:
    ends = "2027-05-23T12:00:00+00:00"
    found, (asked,) = told(create, lambda _: consent(ExpirationDateTime=ends), days=180, idempotency_keys=True)
    assert (asked.method, asked.path) == ("POST", f"{ROOT}/account-access-consents")
    body = json.loads(asked.body)
    assert body["Risk"] == {}
    assert body["Data"]["ExpirationDateTime"] == ends
    assert body["Data"]["TransactionFromDateTime"] == "2024-11-24T00:00:00+00:00"
    assert body["Data"]["Permissions"] == list(UkDetails(base_url="").permissions)
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-fapi-customer-ip-address"] == "192.0.2.7"
    assert asked.headers["x-idempotency-key"]
    assert (found.id, found.expires_at, found.location) == ("urn:1/2", NOW + 180 * 86_400, None)
    assert found.parameters == {
        "claims": {"id_token": {"openbanking_intent_id": {"value": "urn:1/2", "essential": True}}}
    }


def test_a_consent_of_less() -> None:
    basic, strong = ("ReadAccountsBasic",), ("urn:openbanking:psd2:sca",)
    found, (asked,) = told(create, lambda _: consent(), permissions=basic, acr_values=strong)
    assert json.loads(asked.body)["Data"] == {"Permissions": ["ReadAccountsBasic"]}
    assert found.expires_at is None
    assert found.parameters["claims"]["id_token"]["acr"] == {"essential": True, "values": ["urn:openbanking:psd2:sca"]}
    _, (asked,) = told(create, lambda _: consent(), history_days=365)
    assert json.loads(asked.body)["Data"]["TransactionFromDateTime"] == "2025-11-24T00:00:00+00:00"


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        (error(400, "U002"), Saying.CLIENT_REFUSED),
        (error(401), Saying.CLIENT_REFUSED),
        (error(403), Saying.CLIENT_REFUSED),
        (consent("RJCT"), Saying.CLIENT_REFUSED),
        (consent("Consumed"), Saying.GIBBERISH),
        (Answer(201, b'{"Data": {"Status": "AWAU"}}'), Saying.GIBBERISH),
        (Answer(201, json.dumps({"Data": {"ConsentId": "x" * 129, "Status": "AWAU"}}).encode()), Saying.GIBBERISH),
        (Answer(201, b"{}"), Saying.GIBBERISH),
        (error(429), Saying.THROTTLED),
        (error(500), Saying.UNAVAILABLE),
    ],
)
def test_consents_that_are_not_given(answer: Answer, saying: Saying) -> None:
    found, asked = told(create, lambda _: answer)
    assert (found.saying, len(asked)) == (saying, 1)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (consent("AwaitingAuthorisation"), "waiting"),
        (consent("Authorised"), "active"),
        (consent("Rejected"), "rejected"),
        (consent("Revoked"), "ended"),
        (consent("AWAU"), "waiting"),
        (consent("AUTH"), "active"),
        (consent("RJCT"), "rejected"),
        (consent("CANC"), "ended"),
        (consent("EXPD"), "ended"),
        (error(400, "U011"), "ended"),
        (error(400, "UK.OBIE.Resource.NotFound"), "ended"),
    ],
)
def test_how_a_consent_stands(answer: Answer, status: str) -> None:
    found, (asked,) = told(
        lambda connector, access: connector.consents.read("urn:1/2", access),
        lambda _: answer._replace(status=_read(answer)),
    )
    assert found.status == status
    assert asked.path == f"{ROOT}/account-access-consents/urn%3A1%2F2"


def _read(answer: Answer) -> int:
    return 200 if answer.status == 201 else answer.status


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        (Answer(204, b""), None),
        (error(404), Saying.UNAVAILABLE),
        (error(404, "U011"), None),
        (error(400, "U011"), None),
        (error(400, "U009"), None),
        (error(403), Saying.CLIENT_REFUSED),
        (error(503), Saying.UNAVAILABLE),
    ],
)
def test_a_consent_is_ended(answer: Answer, saying: Saying | None) -> None:
    found, (asked,) = told(lambda connector, access: connector.consents.revoke("1", access), lambda _: answer)
    assert (found and found.saying) == saying
    assert asked.method == "DELETE"
