"""What FDX providers do differently, by version and by name in their entries, played over real sockets."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.bank import Asked
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.fdx import translate, versions
from fanlight.institutions.fdx.connector import SPANS, FdxConnector
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.port import Access, FeedAccount, FeedTransaction
from unit.fdx_provider import Provider

SAMPLES = Path(__file__).parents[3] / "shared/reference/specs/fdx-sample-responses-mit"
present = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded FDX answers are not beside this checkout")
START, END = date(2024, 11, 25), date(2026, 11, 24)
ACCOUNT = {"accountId": "1", "accountType": "CHECKING", "currentBalance": 5}
NONE: dict[str, Any] = {"transactions": []}


def moved(number: int) -> dict[str, Any]:
    return {"transactionId": str(number), "amount": 1, "postedTimestamp": "2026-11-10"}


async def everything(connector: FdxConnector, access: Access) -> tuple[list[FeedAccount], list[FeedTransaction]]:
    session = await connector.session(access)
    accounts = await session.accounts()
    return accounts, await session.transactions(accounts[0], START, END)


async def accounts(connector: FdxConnector, access: Access) -> list[FeedAccount]:
    return await (await connector.session(access)).accounts()


def said(provider: Provider, story: Any = everything, **details: Any) -> Said:
    with pytest.raises(Said) as word:
        provider.tell(story, **details)
    return word.value


class TestVersions:
    @pytest.mark.parametrize("version", ["5.0", "5.1", "5.2", "5.3", "6.0", "6.1", "6.2", "6.3", "6.4"])
    def test_days_are_asked_for_by_the_names_of_the_version(self, version: str) -> None:
        provider = Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": NONE})
        provider.tell(everything, version=version)
        (query,) = provider.queries("/accounts/1/transactions")
        if version >= "6.3":
            assert (query["startDate"], query["endDate"]) == ("2024-11-25", "2026-11-24")
            assert "startTime" not in query
        else:
            assert (query["startTime"], query["endTime"]) == ("2024-11-25T00:00:00Z", "2026-11-24T23:59:59Z")
            assert "startDate" not in query
        assert "/capability" not in provider.paths()

    def test_a_line_of_the_entry_says_otherwise(self) -> None:
        provider = Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": NONE})
        provider.tell(everything, version="6.4", dates="day")
        (query,) = provider.queries("/accounts/1/transactions")
        assert (query["startTime"], query["endTime"]) == ("2024-11-25", "2026-11-24")

    @pytest.mark.parametrize(
        ("told", "name"),
        [
            (["V5.0", "V6.0", "V6.3"], "startDate"),
            (["V5.0", "V6.0", "V7.0"], "startTime"),
            (["6.4.1", "9.9"], "startDate"),
            (["V5.3.0"], "startTime"),
        ],
    )
    def test_the_newest_that_both_speak(self, told: list[str], name: str) -> None:
        provider = Provider(
            {
                "/capability": {"fdxVersions": told},
                "/accounts": {"accounts": [ACCOUNT]},
                "/accounts/1/transactions": NONE,
            }
        )
        provider.tell(everything, version="auto")
        assert name in provider.queries("/accounts/1/transactions")[0]
        assert provider.paths().count("/capability") == 1

    @pytest.mark.parametrize(
        "answer", [404, 405, 401, 403, 503, {"code": "1206"}, {}, {"fdxVersions": "V6.0"}, [], 204]
    )
    def test_a_provider_that_does_not_tell_is_read_by_its_address(self, answer: Any) -> None:
        for root, name in (("/fdx/v5", "startTime"), ("/fdx/v6", "startDate"), ("", "startDate")):
            provider = Provider(
                {
                    f"{root}/capability": answer,
                    f"{root}/accounts": {"accounts": [ACCOUNT]},
                    f"{root}/accounts/1/transactions": NONE,
                }
            )
            if answer == 401:
                assert said(provider, root=root, version="auto").saying is Saying.CONSENT_EXPIRED
                continue
            provider.tell(everything, root=root, version="auto")
            assert name in provider.queries(f"{root}/accounts/1/transactions")[0]

    def test_a_provider_of_other_versions_alone_is_the_operators_matter(self) -> None:
        word = said(Provider({"/capability": {"fdxVersions": ["V3.0", "V8.1", "<script>"]}}), version="auto")
        assert (word.saying, word.detail) == (
            Saying.CLIENT_REFUSED,
            "the institution speaks FDX 3.0, 8.1, which is not spoken here",
        )

    def test_a_version_that_is_refused_names_the_line(self) -> None:
        word = said(Provider({"/accounts": (400, {"code": 1106})}))
        assert word.saying is Saying.CLIENT_REFUSED
        assert "`version`" in word.detail

    def test_every_version_of_an_entry_is_one_that_is_spoken(self) -> None:
        for version in ("5.0", "6.4"):
            number = versions.configured(FdxDetails(base_url="https://bank.example", version=version))
            assert number is not None
            assert versions.OLDEST <= number <= versions.NEWEST

    def test_accounts_of_5_stand_in_their_categories(self) -> None:
        wrapped = {"depositAccount": ACCOUNT}, {"locAccount": {"accountId": "2", "accountType": "CREDITCARD"}}
        traded = {"transactions": [{"depositTransaction": {**moved(1), "payee": "ACME"}}]}
        provider = Provider({"/accounts": {"accounts": list(wrapped)}, "/accounts/1/transactions": traded})
        told, (transaction,) = provider.tell(everything, version="5.0")
        assert [each.account_type for each in told] == [1, 4]
        assert transaction.description == "ACME"

    def test_fields_of_6_4(self) -> None:
        bills = [{"dueDate": "2026-12-20", "minimumPaymentDue": 35}, {"dueDate": "2026-12-05", "minimumPaymentDue": 40}]
        card = {"accountId": "1", "accountType": "CREDITCARD", "bills": bills, "chargedInterest": {"rate": 19.99}}
        found = translate.account(card)
        assert (found.minimum_payment, found.day_payment_is_due, found.apr) == (Decimal(40), 5, Decimal("19.99"))
        saved = translate.account({"accountId": "1", "accountType": "SAVINGS", "earnedInterest": {"rate": 4.1}})
        assert (saved.apy, saved.apr) == (Decimal("4.1"), None)
        paid = translate.transaction({**moved(1), "transactionPayee": {"name": "ACME"}, "payee": "old"})
        assert paid.description == "ACME"


class TestPages:
    def test_pages_by_offset_until_one_is_short(self) -> None:
        pages = {"0": [moved(1), moved(2)], "2": [moved(3), moved(4)], "4": [moved(5)]}
        provider = Provider(
            {
                "/accounts": lambda asked: {"accounts": [ACCOUNT] if asked.query["offset"] == "0" else []},
                "/accounts/1/transactions": lambda asked: {"transactions": pages.get(asked.query["offset"], [])},
            }
        )
        _, found = provider.tell(everything, paging="offset", page_size=2)
        assert [each.provider_id for each in found] == ["1", "2", "3", "4", "5"]

    def test_a_provider_that_gives_fewer_than_asked_for_is_read_to_its_end(self) -> None:
        pages = {"0": [moved(1), moved(2)], "2": [moved(3), moved(4)]}
        provider = Provider(
            {
                "/accounts": lambda asked: {"accounts": [ACCOUNT] if asked.query["offset"] == "0" else []},
                "/accounts/1/transactions": lambda asked: {"transactions": pages.get(asked.query["offset"], [])},
            }
        )
        _, found = provider.tell(everything, paging="offset", page_size=50)
        assert len(found) == 4

    def test_a_provider_that_takes_no_notice_of_the_offset_is_read_once(self) -> None:
        provider = Provider(
            {"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": {"transactions": [moved(1), moved(2)]}}
        )
        told, found = provider.tell(everything, paging="offset", page_size=2)
        assert (len(told), len(found)) == (1, 2)

    def test_one_that_never_ends_is_ended(self) -> None:
        def endless(asked: Asked) -> dict[str, Any]:
            return {"transactions": [moved(int(asked.query["offset"]))]}

        accounts = lambda asked: {"accounts": [ACCOUNT] if asked.query["offset"] == "0" else []}  # noqa: E731
        provider = Provider({"/accounts": accounts, "/accounts/1/transactions": endless})
        assert said(provider, paging="offset").saying is Saying.TOO_MUCH

    def test_a_list_that_breaks_off_is_not_taken_for_a_range(self) -> None:
        def once(asked: Asked) -> Any:
            if "pageKey" in asked.query:
                return 400, {"error": "Validation failed"}
            return {"transactions": [moved(1)], "page": {"nextPageKey": "k"}}

        word = said(Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": once}))
        assert (word.saying, "break off" in word.detail) == (Saying.GIBBERISH, True)

    def test_one_bad_entry_does_not_cost_the_others(self) -> None:
        listed = [ACCOUNT, {"nickname": "no id"}]
        traded = [moved(1), {"transactionId": "no amount"}, {**moved(3), "amount": "NaN"}]
        provider = Provider({"/accounts": {"accounts": listed}, "/accounts/1/transactions": {"transactions": traded}})
        told, found = provider.tell(everything)
        assert ([each.provider_id for each in told], [each.provider_id for each in found]) == (["1"], ["1"])


class TestHistory:
    @staticmethod
    def limited(days: int, code: Any = 703) -> Any:
        def answer(asked: Asked) -> Any:
            first = date.fromisoformat(asked.query["startDate"])
            refused = {"code": code, "message": "invalid date range"} if code else {"error": "Validation failed"}
            return (400, refused) if (END - first).days > days else {"transactions": [moved(1)]}

        return answer

    @pytest.mark.parametrize("code", [703, "703", None])
    @pytest.mark.parametrize(("days", "told"), [(731, None), (400, 365), (90, 90), (89, 60), (7, 7)])
    def test_a_range_that_is_refused_is_shortened_and_what_is_covered_is_told(
        self, days: int, told: int | None, code: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def story(connector: FdxConnector, access: Access) -> dict[str, date]:
            session = await connector.session(access)
            (account,) = await session.accounts()
            assert len(await session.transactions(account, START, END)) == 1
            return session.covered

        answers = {"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": self.limited(days, code)}
        provider = Provider(answers)
        covered = provider.tell(story)
        if told is None:
            assert covered == {}
        else:
            assert (END - covered["1"]).days == told
            assert f"told from {covered['1']} on only, not from {START}" in caplog.text
        assert len(provider.queries("/accounts/1/transactions")) <= 1 + len(SPANS)

    def test_what_one_account_taught_the_next_one_need_not_learn(self) -> None:
        async def story(connector: FdxConnector, access: Access) -> None:
            session = await connector.session(access)
            for account in await session.accounts():
                await session.transactions(account, START, END)

        answer = self.limited(90)
        provider = Provider(
            {
                "/accounts": {"accounts": [ACCOUNT, {**ACCOUNT, "accountId": "2"}]},
                "/accounts/1/transactions": answer,
                "/accounts/2/transactions": answer,
            }
        )
        provider.tell(story)
        assert len(provider.queries("/accounts/1/transactions")) == 5
        assert len(provider.queries("/accounts/2/transactions")) == 1

    def test_a_history_that_the_entry_knows_is_not_asked_beyond(self) -> None:
        provider = Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": self.limited(90)})
        provider.tell(everything, history_days=90)
        assert len(provider.queries("/accounts/1/transactions")) == 1

    def test_a_provider_that_refuses_every_range_is_said_after_a_few_tries(self) -> None:
        provider = Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": self.limited(-1)})
        assert said(provider).saying is Saying.GIBBERISH
        assert len(provider.queries("/accounts/1/transactions")) == len(SPANS)


class TestLightweightLists:
    LISTED = ({"accountId": "1", "nickname": "A"}, {"accountId": "2", "nickname": "B"}, {"accountId": "3"})

    def test_each_account_is_asked_for_by_itself(self) -> None:
        provider = Provider(
            {
                "/accounts": {"accounts": list(self.LISTED)},
                "/accounts/1": {**self.LISTED[0], "currentBalance": 1},
                "/accounts/2": {"depositAccount": {**self.LISTED[1], "currentBalance": 2}},
                "/accounts/3": {**self.LISTED[2], "currentBalance": 3},
            }
        )
        told = provider.tell(accounts, accounts="lightweight")
        assert [(each.provider_id, each.balance) for each in told] == [
            ("1", Decimal(1)),
            ("2", Decimal(2)),
            ("3", Decimal(3)),
        ]
        assert "resultType" not in provider.asked[0].query

    @pytest.mark.parametrize("answer", [(403, {"code": 706}), (404, {}), 500, (200, []), (405, {"code": "1206"})])
    def test_one_without_figures_is_listed_all_the_same(self, answer: Any) -> None:
        provider = Provider({"/accounts": {"accounts": list(self.LISTED[:2])}, "/accounts/2": self.LISTED[1]})
        provider.answers["/accounts/1"] = answer
        assert [each.nickname for each in provider.tell(accounts, accounts="lightweight")] == ["A", "B"]

    def test_a_closed_one_says_so(self) -> None:
        provider = Provider({"/accounts": {"accounts": list(self.LISTED[:1])}, "/accounts/1": (409, {"code": 705})})
        (told,) = provider.tell(accounts, accounts="lightweight")
        assert told.is_closed

    def test_what_is_true_of_the_grant_ends_the_run(self) -> None:
        provider = Provider({"/accounts": {"accounts": list(self.LISTED)}, "/accounts/1": 401})
        assert said(provider, accounts, accounts="lightweight").saying is Saying.CONSENT_EXPIRED

    def test_an_answer_about_another_account_is_not_taken(self) -> None:
        provider = Provider({"/accounts": {"accounts": list(self.LISTED[:1])}, "/accounts/1": {"accountId": "2"}})
        assert [each.provider_id for each in provider.tell(accounts, accounts="lightweight")] == ["1"]


class TestCodes:
    """Refusals by code, whatever status stands beside it, and by status where there is no code."""

    @pytest.mark.parametrize("form", [str, int])
    @pytest.mark.parametrize(
        ("status", "code", "saying"),
        [
            (404, 601, Saying.CONSENT_EXPIRED),
            (403, 602, Saying.CONSENT_EXPIRED),
            (401, 603, Saying.CONSENT_EXPIRED),
            (404, 701, Saying.ACCESS_REFUSED),
            (400, 704, Saying.ACCESS_REFUSED),
            (403, 706, Saying.NEEDS_ATTENTION),
            (409, 706, Saying.NEEDS_ATTENTION),
            (400, 1106, Saying.CLIENT_REFUSED),
            (405, 1206, Saying.ACCESS_REFUSED),
            (400, 1207, Saying.THROTTLED),
            (429, 1207, Saying.THROTTLED),
            (400, 1300, Saying.UNAVAILABLE),
            (400, 501, Saying.UNAVAILABLE),
            (503, 501, Saying.UNAVAILABLE),
        ],
    )
    def test_a_code(self, status: int, code: int, saying: Saying, form: type) -> None:
        assert said(Provider({"/accounts": (status, {"code": form(code), "message": "x"})})).saying is saying

    @pytest.mark.parametrize("answer", [(404, {"code": "1107"}), (200, {"accounts": []}), (400, {"code": 1107}), 204])
    def test_no_data_is_an_empty_list(self, answer: Any) -> None:
        assert Provider({"/accounts": answer}).tell(accounts) == []

    @pytest.mark.parametrize("answer", [(404, {"code": "1107"}), (409, {"code": 705}), 204])
    def test_no_data_and_closed_are_no_transactions(self, answer: Any) -> None:
        provider = Provider({"/accounts": {"accounts": [ACCOUNT]}, "/accounts/1/transactions": answer})
        assert provider.tell(everything)[1] == []

    def test_a_part_is_data_and_is_noted(self, caplog: pytest.LogCaptureFixture) -> None:
        assert len(Provider({"/accounts": (206, {"accounts": [ACCOUNT]})}).tell(accounts)) == 1
        assert "206" in caplog.text

    def test_closed_in_the_list_is_closed(self) -> None:
        (told,) = Provider({"/accounts": {"accounts": [{**ACCOUNT, "status": "CLOSED"}]}}).tell(accounts)
        assert told.is_closed


@present
def test_every_recorded_document_translates() -> None:
    """Each as its path is read; what nothing reads (statements, transfers of assets) is an object at least."""
    read = dict.fromkeys(("accounts", "account", "contact", "payment-networks", "transactions", "customer", "other"), 0)
    for path in sorted(SAMPLES.glob("*.json")):
        document = json.loads(path.read_text())
        kind = _kind(path.stem)
        read[kind] += 1
        if kind == "accounts":
            assert len([translate.account(each) for each in translate.entries(document, "accounts")]) > 0
        elif kind == "account":
            assert translate.account(translate.unwrapped(document)).account_type != 0
        elif kind == "contact":
            assert all(owner.owner_name for owner in translate.owners(document))
        elif kind == "payment-networks":
            entries = list(translate.entries(document, "paymentNetworks"))
            assert all(number.routing_number for number in translate.account_numbers(entries))
        elif kind == "transactions":
            for each in translate.entries(document, "transactions"):
                assert translate.transaction(each).amount >= 0
        elif kind == "customer":
            assert translate.customer_id(document)
        else:
            assert isinstance(document, dict)
    assert all(read.values())


def _kind(stem: str) -> str:
    if stem in ("accounts", "customers-current"):
        return "accounts" if stem == "accounts" else "customer"
    _, _, part = stem.removeprefix("account-").partition("-")
    if part in ("contact", "payment-networks", "transactions"):
        return part
    return "other" if part else "account"
