"""The UK room of the bank: consents, what each permission shows, both versions' words, pages, refusals."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bank.customer import NOW, account_ids, answer
from bank.signing import keyed_bank
from bank.uk_client import PERMISSIONS, SOCIETY, UkCustomer, played
from fanlight.bank.brands import BRANDS
from fanlight.bank.uk import places
from fanlight.bank.world.people import Person

BASIC = ("ReadAccountsBasic",)
TWO_YEARS = {"fromBookingDateTime": "2024-11-24T00:00:00Z", "toBookingDateTime": "2026-11-24T23:59:59Z"}


def test_a_consent_is_asked_for_decided_and_used() -> None:
    async def story(customer: UkCustomer) -> None:
        consent_id = await customer.consent(ExpirationDateTime="2027-05-23T12:00:00+00:00")
        assert len(consent_id) <= 128
        assert await customer.stands(consent_id) == "AWAU"
        page = await customer.sign_in(await customer.open_for(consent_id), "ann")
        assert "Your balances" in page.text
        assert "Your direct debits" not in page.text
        tokens = (await customer.redeem(answer(await customer.decide(page))["code"])).json()
        assert await customer.stands(consent_id) == "AUTH"
        accounts = await customer.by_type(tokens["access_token"])
        assert accounts.keys() == {"CACC", "SVGS", "CARD", "LOAN", "MORT"}

    played(story)


def test_a_consent_is_good_for_one_decision_of_its_own_client() -> None:
    async def story(customer: UkCustomer) -> None:
        consent_id, _ = await customer.shared()
        assert (await customer.open_for(consent_id)).status_code == 400
        assert (await customer.open_for("unheard-of")).status_code == 400

    played(story)


def test_a_declined_consent_is_rejected() -> None:
    async def story(customer: UkCustomer) -> None:
        consent_id = await customer.consent()
        page = await customer.sign_in(await customer.open_for(consent_id), "ann")
        assert answer(await customer.decide(page, "deny"))["error"] == "access_denied"
        assert await customer.stands(consent_id) == "RJCT"

    played(story)


@pytest.mark.parametrize(("version", "code"), [("3.1", "UK.OBIE.Resource.InvalidConsentStatus"), ("4.0", "U009")])
def test_a_deleted_consent_opens_nothing(version: str, code: str) -> None:
    async def story(customer: UkCustomer) -> None:
        consent_id, token = await customer.shared()
        assert (await customer.told(token, "/accounts")).status_code == 200
        assert (await customer.delete(consent_id)).status_code == 204
        refused = await customer.told(token, "/accounts")
        assert (refused.status_code, refused.json()["Errors"][0]["ErrorCode"]) == (403, code)
        assert ("Code" in refused.json()) is (version == "3.1")
        assert await customer.stands(consent_id) == {"3.1": "Revoked", "4.0": "CANC"}[version]
        assert (await customer.delete(consent_id)).status_code == 204

    played(story, version=version)


def test_a_consent_ends_on_its_day() -> None:
    bank, clock = keyed_bank()

    async def story() -> None:
        customer = UkCustomer(bank)
        consent_id = await customer.consent(ExpirationDateTime="2026-11-24T12:10:00+00:00")
        token = (await customer.allow(consent_id))["access_token"]
        assert (await customer.told(token, "/accounts")).status_code == 200
        clock.advance(600)
        assert (await customer.told(token, "/accounts")).status_code == 403
        assert await customer.stands(consent_id) == "EXPD"

    asyncio.run(story())


def test_consents_outlive_the_process() -> None:
    async def story() -> None:
        customer = UkCustomer(keyed_bank()[0])
        consent_id, token = await customer.shared()
        after = UkCustomer(keyed_bank(NOW + 1)[0])
        assert (await after.told(token, "/accounts")).status_code == 200
        assert await after.stands(consent_id) == "AUTH"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("permissions", "data"),
    [
        ((), {}),
        (("ReadEverything",), {}),
        (("ReadBalances",), {}),
        ((*BASIC, "ReadTransactionsDetail"), {}),
        ((*BASIC, "ReadTransactionsCredits"), {}),
        (BASIC, {"ExpirationDateTime": "2026-11-24T11:59:59+00:00"}),
        (BASIC, {"ExpirationDateTime": "next year"}),
        (BASIC, {"ExpirationDateTime": "2027-11-24T11:59:59"}),
        (BASIC, {"Expiry": "2027-11-24T11:59:59Z"}),
    ],
)
def test_consents_that_nobody_can_have(permissions: tuple[str, ...], data: dict[str, Any]) -> None:
    async def story(customer: UkCustomer) -> int:
        return (await customer.ask(permissions, **data)).status_code

    assert played(story) == 400


def test_consents_are_for_the_clients_own_token() -> None:
    bank, _ = keyed_bank()

    async def story() -> None:
        customer, society = UkCustomer(bank), UkCustomer(bank, SOCIETY)
        consent_id, token = await customer.shared()
        path, own = f"/account-access-consents/{consent_id}", await customer.own_token()
        assert (await customer.told(own, path)).status_code == 200
        assert (await customer.told(token, path)).status_code == 403
        assert (await customer.told(own, "/accounts")).status_code == 403
        assert (await customer.told("none", "/accounts")).status_code == 401
        # At the other brand both the token and the consent are strangers.
        assert (await society.told(own, path)).status_code == 401
        assert (await society.told(await society.own_token(), path)).status_code == 400

    asyncio.run(story())


def test_what_is_not_permitted_is_not_told() -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared(permissions=BASIC)
        (account,) = [each for each in (await customer.by_type(token)).values() if each["AccountTypeCode"] == "CACC"]
        assert "Account" not in account
        for path in ("balances", "transactions", "parties", "party"):
            refused = await customer.told(token, f"/accounts/{account['AccountId']}/{path}")
            assert (refused.status_code, refused.json()["Errors"][0]["ErrorCode"]) == (403, "U008"), path
        assert (await customer.told(token, "/party")).status_code == 403

    played(story)


@pytest.mark.parametrize(("half", "side"), [("ReadTransactionsCredits", "Credit"), ("ReadTransactionsDebits", "Debit")])
def test_half_of_the_transactions_without_their_texts(half: str, side: str) -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared(permissions=(*BASIC, "ReadTransactionsBasic", half))
        account = (await customer.by_type(token))["CACC"]["AccountId"]
        found = await customer.listed(token, f"/accounts/{account}/transactions", "Transaction")
        assert {each["CreditDebitIndicator"] for each in found} == {side}
        assert not any("TransactionInformation" in each or "MerchantDetails" in each for each in found)

    played(story)


def test_a_cards_number_is_masked_without_its_own_permission() -> None:
    async def story(customer: UkCustomer) -> None:
        for permissions, masked in ((PERMISSIONS, True), ((*PERMISSIONS, "ReadPAN"), False)):
            _, token = await customer.shared(permissions=permissions)
            (name,) = (await customer.by_type(token))["CARD"]["Account"]
            assert name["SchemeName"] == "UK.OBIE.PAN"
            assert name["Identification"].startswith("*") is masked

    played(story)


def test_only_chosen_accounts_are_told() -> None:
    async def story(customer: UkCustomer) -> None:
        consent_id = await customer.consent()
        page = await customer.sign_in(await customer.open_for(consent_id), "ann")
        token = (
            await customer.redeem(answer(await customer.decide(page, accounts=account_ids(page)[1:2]))["code"])
        ).json()["access_token"]
        (account,) = await customer.listed(token, "/accounts", "Account")
        assert account["AccountTypeCode"] == "SVGS"
        refused = await customer.told(token, f"/accounts/{account_ids(page)[0]}/balances")
        assert (refused.status_code, refused.json()["Errors"][0]["ErrorCode"]) == (400, "U011")

    played(story)


def test_pages_have_no_gap_and_keep_the_span() -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared()
        account = (await customer.by_type(token))["CACC"]["AccountId"]
        path = f"/accounts/{account}/transactions"
        whole = await customer.listed(token, path, "Transaction", **TWO_YEARS)
        first = (await customer.told(token, path, **TWO_YEARS)).json()
        assert first["Meta"]["TotalPages"] == -(-len(whole) // 100)
        assert len({each["TransactionId"] for each in whole}) == len(whole) > 500
        months = [dt.date(2024, 11, 24) + dt.timedelta(days=30 * step) for step in range(25)]
        parts = [
            await customer.listed(
                token, path, "Transaction",
                fromBookingDateTime=f"{month}T00:00:00", toBookingDateTime=f"{month + dt.timedelta(days=29)}T23:59:59",
            )
            for month in months
        ]  # fmt: skip
        assert sorted(each["TransactionId"] for part in parts for each in part) == sorted(
            each["TransactionId"] for each in whole
        )

    played(story)


def test_the_consent_bounds_the_history_and_the_offset_is_ignored() -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared(TransactionFromDateTime="2026-10-01T00:00:00+00:00")
        account = (await customer.by_type(token))["CACC"]["AccountId"]
        path = f"/accounts/{account}/transactions"
        body = (await customer.told(token, path, **TWO_YEARS)).json()
        assert body["Meta"]["FirstAvailableDateTime"] == "2026-10-01T00:00:00+00:00"
        found = await customer.listed(token, path, "Transaction", **TWO_YEARS)
        assert min(each["BookingDateTime"] for each in found) >= "2026-10-01"
        spans = [
            await customer.listed(token, path, "Transaction", fromBookingDateTime=f"2026-11-01T00:00:00{offset}")
            for offset in ("", "Z", "+05:00", "-11:00")
        ]
        assert all(span == spans[0] for span in spans)
        assert (await customer.told(token, path, fromBookingDateTime="soon")).status_code == 400
        assert (await customer.told(token, path, page="2")).status_code == 400

    played(story)


def test_balances_fit_the_movements_and_the_credit_lines() -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared()
        accounts = await customer.by_type(token)
        card = await customer.listed(token, f"/accounts/{accounts['CARD']['AccountId']}/balances", "Balance")
        by_type = {each["Type"]: each for each in card}
        assert by_type["ITBD"]["CreditDebitIndicator"] == "Debit"
        (line,) = by_type["ITAV"]["CreditLine"]
        assert line["Included"] is True
        owed, left, limit = (Decimal(each["Amount"]["Amount"]) for each in (by_type["ITBD"], by_type["ITAV"], line))
        held = await customer.listed(token, f"/accounts/{accounts['CARD']['AccountId']}/transactions", "Transaction")
        pending = sum(Decimal(each["Amount"]["Amount"]) for each in held if each["Status"] == "PDNG")
        assert left == limit - owed - pending
        loan = await customer.listed(token, f"/accounts/{accounts['LOAN']['AccountId']}/balances", "Balance")
        assert {each["Type"] for each in loan} == {"ITBD", "CLBD"}

    played(story)


def test_both_versions_tell_the_same_in_their_own_words() -> None:
    async def story(customer: UkCustomer) -> list[dict[str, Any]]:
        _, token = await customer.shared()
        accounts = await customer.by_type(token)
        current = accounts.get("CACC") or accounts["CurrentAccount"]
        return await customer.listed(
            token, f"/accounts/{current['AccountId']}/transactions", "Transaction", **TWO_YEARS
        )

    words = {"Booked": "BOOK", "Pending": "PDNG"}
    old = played(story, version="3.1")
    assert [{**each, "Status": words[each["Status"]]} for each in old] == played(story, version="4.0")


@pytest.mark.parametrize(
    ("username", "status"),
    [("data_unavailable", 503), ("data_unauthorized", 401), ("data_throttled", 429)],
)
def test_special_users_are_refused_in_the_rooms_own_form(username: str, status: int) -> None:
    async def story(customer: UkCustomer) -> None:
        _, token = await customer.shared(username)
        refused = await customer.told(token, "/accounts")
        assert (refused.status_code, refused.json()["Errors"][0]["ErrorCode"]) == (status, "U000")
        assert ("retry-after" in refused.headers) is (status == 429)

    played(story)


def test_british_numbers_check() -> None:
    for brand in (each for each in BRANDS if each.policy.intent_required):
        person = Person(1, brand, "ann")
        for account in person.accounts[:2]:
            iban = places.iban(person, account)
            assert int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1
            assert iban.endswith(places.sort_code(person) + places.number(account))
