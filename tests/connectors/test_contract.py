"""The contract of all connectors, played with each driver against a bank that is good, broken or hostile."""

import datetime as dt
import logging
from decimal import Decimal

import msgspec
import pytest

from connectors import drivers
from connectors.bank import Answer, Asked, Bank
from connectors.drivers import USUAL, Driver
from connectors.household import END, START, Account, Movement, many, odd, ordinary
from connectors.reading import LIMITS, MAX_BYTES, Told, read, texts
from fanlight.base.money import LIMIT
from fanlight.institutions.answers import Saying
from fanlight.institutions.port import MAX_ACCOUNTS, FeedAccount, FeedTransaction

DRIVERS = drivers.load()
CREDIT, DEBIT = 1, 2
LONGEST_TEXT = 4096
GIBBERISH = {
    "empty": b"",
    "blank": b" \r\n ",
    "null": b"null",
    "a number": b"12",
    "a text": b'"accounts"',
    "an empty list": b"[]",
    "a list of lists": b"[[[]]]",
    "an empty object": b"{}",
    "an object of others": b'{"hello": {"accounts": 1}}',
    "JSON that goes on": b'{"accounts": []} {"accounts": []}',
    "deep JSON": b"[" * 200_000,
    "a huge number": b'{"accounts": 1e999999999999}',
    "no UTF-8": b'{"accounts": "\xff\xfe"}',
    "halves of surrogates": b'{"accounts": [{"accountId": "\\ud800"}]}',
    "HTML": b"<!DOCTYPE html><html><body>We will be back soon</body></html>",
    "XML": b'<?xml version="1.0"?><accounts><account/></accounts>',
    "an XML bomb": b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><OFX>&b;</OFX>',
    "binary": bytes(range(256)) * 10,
    "compressed": b"\x1f\x8b\x08\x00" + b"\x00" * 50,
}


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest) -> Driver:
    found: Driver = request.param
    return found


def one(driver: Driver, *arguments: object, **options: object) -> Told:
    (told,) = read(driver, *arguments, **options)  # type: ignore[arg-type]
    return told


def replaced(number: int, body: bytes, status: int = 200, **headers: str) -> object:
    """The answer to one request replaced."""

    def change(at: int, asked: Asked, answer: Answer) -> Answer:
        return answer._replace(status=status, body=body, headers=headers) if at == number else answer

    return change


def test_drivers_are_there() -> None:
    assert {"fdx", "ofx"} <= {driver.name for driver in DRIVERS}


class TestAGoodBank:
    def test_every_account_comes_once(self, driver: Driver) -> None:
        told = one(driver, ordinary())
        assert [each.name for each in told.accounts] == ["Everyday", "Rainy Day"]
        assert len({each.provider_id for each in told.accounts}) == 2
        assert [each.balance for each in told.accounts] == [Decimal("2549.75"), Decimal(0)]
        assert {each.currency_code for each in told.accounts} == {"USD"}
        assert not any(each.is_closed for each in told.accounts)

    def test_one_that_is_listed_twice_comes_once(self, driver: Driver) -> None:
        first, second = ordinary()
        assert len(one(driver, (first, second, first)).accounts) == 2

    def test_amounts_are_decimals_with_a_direction_beside_them(self, driver: Driver) -> None:
        told = one(driver, ordinary())
        moved = {each.description: each for each in told.of("Everyday")}
        assert (moved["Payroll"].amount, moved["Payroll"].transaction_type) == (Decimal(1500), CREDIT)
        assert (moved["On its way"].amount, moved["On its way"].transaction_type) == (Decimal("7.77"), DEBIT)
        for each in told.of("Everyday"):
            assert isinstance(each.amount, Decimal)
            assert each.amount >= 0
            assert each.currency_code == "USD"

    def test_the_whole_span_and_nothing_beside_it(self, driver: Driver) -> None:
        days = [each.date for each in one(driver, ordinary()).of("Everyday")]
        assert {START, END} <= set(days)
        assert all(START <= day <= END for day in days)
        assert len(days) == 7

    def test_what_is_pending_says_so(self, driver: Driver) -> None:
        (pending,) = [each for each in one(driver, ordinary()).of("Everyday") if each.is_pending]
        assert pending.description == "On its way"
        assert (pending.posted_at, pending.posted_on) == (None, None)

    def test_ids_are_each_transactions_own_and_stay(self, driver: Driver) -> None:
        first, second = read(driver, ordinary(), runs=2)
        assert [each.provider_id for each in first.accounts] == [each.provider_id for each in second.accounts]
        for told in (first, second):
            ids = [each.provider_id for each in told.of("Everyday") if each.provider_id]
            assert len(ids) == len(set(ids))
        assert first.of("Everyday") == second.of("Everyday")

    def test_two_equal_ones_are_two(self, driver: Driver) -> None:
        twins = [each for each in one(driver, ordinary()).of("Everyday") if each.amount == 2]
        assert len(twins) == 2

    def test_ids_that_many_share_do_not_make_them_one(self, driver: Driver) -> None:
        shared = tuple(Movement("9998", f"-{number}.00", "2026-11-10") for number in range(1, 4))
        assert len(one(driver, (Account("acct-1", movements=shared),)).of("Everyday")) == 3

    def test_nothing_is_an_answer_too(self, driver: Driver) -> None:
        told = one(driver, (Account("acct-1"),))
        assert told.of("Everyday") == []
        assert told.saids == {}
        assert one(driver, ()).said is None
        assert one(driver, ()).accounts == []


class TestLists:
    def test_a_list_that_turns_in_a_circle_ends(self, driver: Driver) -> None:
        def change(at: int, asked: Asked, answer: Answer) -> Answer:
            return driver.linked(answer, asked.path) or answer

        self._ends(driver, change)

    def test_a_list_that_always_goes_on_ends(self, driver: Driver) -> None:
        def change(at: int, asked: Asked, answer: Answer) -> Answer:
            return driver.linked(answer, f"{asked.path}?page={at}") or answer

        self._ends(driver, change)

    @staticmethod
    def _ends(driver: Driver, change: object) -> None:
        _skip_without_links(driver)
        told = one(driver, ordinary(), change)
        assert told.said is not None
        assert told.said.saying is Saying.TOO_MUCH
        assert len(told.asked) <= LIMITS.max_pages + 2

    def test_a_link_to_another_origin_is_not_followed(self, driver: Driver) -> None:
        _skip_without_links(driver)
        thief = Bank(lambda asked: Answer(200, b"{}"))
        with thief.serving() as elsewhere:
            for link in (f"{elsewhere}/accounts", elsewhere.replace("http:", ""), f"{elsewhere}\\@x", "https://u@x/"):

                def change(at: int, asked: Asked, answer: Answer, link: str = link) -> Answer:
                    return driver.linked(answer, link) or answer

                told = one(driver, ordinary(), change)
                assert told.said is not None
                assert told.said.saying is Saying.GIBBERISH
        assert thief.asked == []

    def test_more_transactions_than_anybody_has(self, driver: Driver) -> None:
        told = one(driver, many(1, LIMITS.max_records + 1))
        assert {said.saying for said in told.saids.values()} == {Saying.TOO_MUCH}
        assert one(driver, many(1, LIMITS.max_records)).saids == {}

    def test_more_accounts_than_anybody_has(self, driver: Driver) -> None:
        told = one(driver, many(MAX_ACCOUNTS + 1, 0))
        assert told.said is not None
        assert told.said.saying is Saying.TOO_MUCH

    def test_an_answer_larger_than_any(self, driver: Driver) -> None:
        told = one(driver, ordinary(), replaced(0, b"[" + b"0," * MAX_BYTES))
        assert told.said is not None
        assert told.said.saying is Saying.TOO_MUCH


class TestABrokenBank:
    @pytest.mark.parametrize("kind", GIBBERISH)
    def test_what_cannot_be_read_is_said_wherever_it_comes(self, driver: Driver, kind: str) -> None:
        first = one(driver, ordinary(), replaced(0, GIBBERISH[kind]))
        assert first.said is not None, "the first answer is one that nothing works without"
        assert first.said.saying is Saying.GIBBERISH
        for number in range(1, len(one(driver, ordinary()).asked)):
            told = one(driver, ordinary(), replaced(number, GIBBERISH[kind]))
            said = [*told.saids.values(), *([told.said] if told.said else [])]
            assert {each.saying for each in said} <= {Saying.GIBBERISH, Saying.TOO_MUCH}

    def test_what_is_cut_short_is_said(self, driver: Driver) -> None:
        def change(at: int, asked: Asked, answer: Answer) -> Answer:
            return answer._replace(body=answer.body[: len(answer.body) * 2 // 3])

        told = one(driver, ordinary(), change)
        assert told.said is not None
        assert told.said.saying is Saying.GIBBERISH

    @pytest.mark.parametrize("status", sorted(USUAL))
    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "x"}', b"null"])
    def test_a_refusal_means_what_its_status_says(self, driver: Driver, status: int, body: bytes) -> None:
        told = one(driver, ordinary(), lambda at, asked, answer: Answer(status, body, headers={"Retry-After": "3600"}))
        assert told.said is not None
        assert told.said.saying in driver.says.get(status, USUAL[status])
        if status == 429:
            assert told.said.retry_after == 3600

    @pytest.mark.parametrize("status", [204, 301, 302, 303, 307, 400, 404, 409, 410, 418, 451])
    def test_any_other_status_is_said(self, driver: Driver, status: int) -> None:
        thief = Bank(lambda asked: Answer(200, b"{}"))
        with thief.serving() as elsewhere:
            location = {"Location": f"{elsewhere}/accounts"}
            told = one(driver, ordinary(), lambda at, asked, answer: Answer(status, b"", headers=location))
        assert thief.asked == []
        assert told.said is not None or told.accounts == []

    def test_one_bad_account_does_not_stop_the_others(self, driver: Driver) -> None:
        household = (Account("bad"), *ordinary())
        if not any(driver.account_of(household, asked) for asked in one(driver, household).asked):
            pytest.skip(f"{driver.name} asks for all accounts at once")
        for status, body in ((500, b""), (404, b"{}"), (403, b"{}"), (200, b"<html>")):

            def change(at: int, asked: Asked, answer: Answer, status: int = status, body: bytes = body) -> Answer:
                if driver.account_of(household, asked) == "bad" and _is_of_transactions(asked):
                    return Answer(status, body)
                return answer

            told = one(driver, household, change)
            assert told.said is None
            assert len(told.accounts) == 3
            assert len(told.saids) == 1
            assert len(told.of("Rainy Day")) == 1

    def test_secrets_are_never_seen(self, driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
        """Not even of a bank that sends back what it was sent."""
        caplog.set_level(logging.DEBUG)

        def echo(at: int, asked: Asked, answer: Answer) -> Answer:
            return Answer(200 if at % 2 else 400, f"{asked.headers} {asked.body!r}".encode())

        for change in (None, echo, replaced(0, b"<html>"), lambda *_: Answer(403, b"{}"), lambda *_: Answer(500, b"")):
            told = one(driver, odd(), change)
            said = [*told.saids.values(), *([told.said] if told.said else [])]
            seen = " ".join([told.printed, caplog.text, *(f"{each!r} {each} {each.__cause__!r}" for each in said)])
            assert not any(secret in seen for secret in driver.secrets)


class TestAHostileHousehold:
    """Values that no bank should send: what cannot be read is left out or said, and nothing of it comes through."""

    def test_nothing_that_cannot_be_kept_comes_through(self, driver: Driver) -> None:
        told = one(driver, odd())
        assert told.said is None
        for account in told.accounts:
            _is_sound(account)
            for transaction in told.transactions.get(account.provider_id, ()):
                _is_sound(transaction)
                assert transaction.amount >= 0
                assert transaction.transaction_type in (CREDIT, DEBIT)
        assert {said.saying for said in told.saids.values()} <= {Saying.GIBBERISH, Saying.TOO_MUCH}

    def test_a_good_account_among_odd_ones_is_read_whole(self, driver: Driver) -> None:
        told = one(driver, (*odd(), *ordinary()))
        good = [account for account in told.accounts if account.name == "Rainy Day"]
        assert [len(told.transactions[account.provider_id]) for account in good] == [1]

    @pytest.mark.parametrize("days", [-36_500, 36_500])
    def test_a_span_of_another_century_is_asked_for_and_answered(self, driver: Driver, days: int) -> None:
        day = START + dt.timedelta(days=days)
        movement = Movement("m", "-1.00", day.isoformat())
        told = one(driver, (Account("acct-1", movements=(movement,)),))
        assert told.said is None


def _is_of_transactions(asked: Asked) -> bool:
    """Whether a request is one for transactions; of OFX, statements with them."""
    return "transactions" in asked.path or b"<INCLUDE>Y" in asked.body


def _is_sound(struct: FeedAccount | FeedTransaction) -> None:
    values = msgspec.structs.asdict(struct)
    for name, value in values.items():
        if isinstance(value, Decimal):
            assert value.is_finite(), name
            assert abs(value) <= LIMIT, name
        elif isinstance(value, dt.date):
            assert 1900 <= value.year <= 2200, name
        elif isinstance(value, int) and not isinstance(value, bool):
            assert abs(value) < 2**63, name
    for text in texts(values):
        assert len(text) <= LONGEST_TEXT
        assert not any(character < " " or character == "\x7f" for character in text), ascii(text)
    code = values["currency_code"]
    assert code is None or (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper())
    msgspec.json.encode(struct)


def _skip_without_links(driver: Driver) -> None:
    if driver.linked(Answer(200, b"{}"), "x") is None:
        pytest.skip(f"{driver.name} has no links between pages")
