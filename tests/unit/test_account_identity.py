"""Account identity: the surest name decides, a name that fits several is none, and one id may be two accounts."""

import msgspec

from fanlight.aggregation.account_identity import Seen, identify
from fanlight.aggregation.merge import account_facts
from fanlight.core import accounts
from fanlight.institutions.port import FeedAccount

NOW = 1_780_000_000
WHOLE, TOKEN = "whole.1", "token.1"


def account(**changes: object) -> FeedAccount:
    fields: dict[str, object] = {
        "provider_id": "a", "account_type": 1, "account_number": "1234", "name": "Checking", "currency_code": "USD",
    }  # fmt: skip
    return FeedAccount(**(fields | changes))  # type: ignore[arg-type]


def seen(number_key: str | None = None, **changes: object) -> Seen:
    feed = account(**changes)
    return Seen(feed, feed.provider_id, number_key)


def kept(
    number: int, number_key: str | None = None, *, deleted_at: int | None = None, **changes: object
) -> accounts.Row:
    feed = account(**changes)
    facts = account_facts(feed)
    fresh = accounts.new(1, 2, feed.provider_id, facts, is_closed=False, now=NOW, number_key=number_key)
    return msgspec.structs.replace(fresh, id=number, deleted_at=deleted_at)


def found(rows: list[accounts.Row], *told: Seen) -> list[int | None]:
    """The keys of the rows that the accounts of a feed are."""
    return [None if each.row is None else each.row.id for each in identify(rows, told)]


def test_an_account_is_known_by_its_id_or_by_looks_that_fit_one() -> None:
    rows = [kept(1), kept(2, provider_id="b"), kept(3, provider_id="c", name="Savings")]
    assert found(rows, seen(provider_id="b")) == [2]
    assert found(rows, seen(provider_id="new", name="Savings")) == [3]
    assert found(rows, seen(provider_id="new")) == [None]
    assert found([kept(1, account_number=None)], seen(provider_id="new", account_number=None)) == [None]


def test_an_account_is_taken_once_and_the_order_does_not_matter() -> None:
    rows = [kept(1), kept(2, provider_id="b")]
    assert found(rows, seen(), seen(provider_id="new")) == [1, 2]
    assert found(rows, seen(provider_id="new"), seen()) == [2, 1]
    assert found(rows, seen(), seen(provider_id="b"), seen(provider_id="new")) == [1, 2, None]


def test_the_whole_number_comes_before_everything() -> None:
    rows = [kept(1, WHOLE, name="Old name", account_number="9999"), kept(2, "whole.2", provider_id="b")]
    told = (seen("whole.2", name="New", account_number="0000"), seen(WHOLE, provider_id="b"))
    assert found(rows, *told) == [2, 1]
    assert found([kept(1, WHOLE)], seen("whole.9")) == [None]
    assert found([kept(1, WHOLE)], seen(WHOLE, account_type=2)) == [None]


def test_a_token_says_nothing_against_a_whole_number() -> None:
    assert found([kept(1, WHOLE)], seen(TOKEN)) == [1]
    assert found([kept(1, TOKEN)], seen(TOKEN, provider_id="new", name=None, account_number=None)) == [1]
    assert found([kept(1, TOKEN)], seen("token.2", provider_id="new", name="x")) == [None]


def test_an_id_that_names_another_account_is_not_believed() -> None:
    rows = [kept(1), kept(2, provider_id="b", account_number="5678", name="Savings", account_type=2)]
    swapped = seen(provider_id="b"), seen(account_number="5678", name="Savings", account_type=2)
    assert found(rows, *swapped) == [1, 2]
    reused = identify([kept(1)], [seen(account_number="5678", name="Holiday")])
    assert reused[0].row is None
    assert len(reused[0].resembles) == 1


def test_a_new_card_or_a_new_name_under_one_id_is_the_same_account() -> None:
    assert found([kept(1)], seen(account_number="8888")) == [1]
    assert found([kept(1)], seen(name="My own words")) == [1]
    assert found([kept(1, account_type=0)], seen()) == [1]
    assert found([kept(1)], seen(currency_code="EUR")) == [None]


def test_what_fits_several_is_kept_apart_and_marked() -> None:
    rows = [kept(1), kept(2, provider_id="b")]
    (identity,) = identify(rows, [seen(provider_id="new")])
    assert identity.row is None
    assert identity.resembles == (rows[0].guid, rows[1].guid)
    both = identify([kept(1)], [seen(provider_id="x"), seen(provider_id="y")])
    assert [each.row for each in both] == [None, None]
    assert all(each.resembles for each in both)


def test_a_deleted_account_is_known_again_but_not_before_a_living_one() -> None:
    gone = kept(1, deleted_at=NOW)
    assert found([gone], seen()) == [1]
    assert found([gone], seen(provider_id="new")) == [1]
    assert found([gone, kept(2, provider_id="b")], seen(provider_id="new")) == [2]


def test_what_a_blocked_account_leaves_is_enough() -> None:
    feed = '{"account_number":"1234","account_type":1,"currency_code":"USD","name":"Checking"}'
    blocked = msgspec.structs.replace(kept(1, deleted_at=NOW), feed=feed)
    assert found([blocked], seen(provider_id="new", account_subtype=3)) == [1]
