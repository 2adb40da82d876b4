"""What goes wrong between banks and aggregators, one scenario each, played at the simulated bank over real HTTP.

Nothing is doubled or lost, a guid is one transaction's for life, and what a user said of it stays.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.clock import DAY
from support import logins
from support.world import Nexus, World, running

POSTED, PENDING = 1, 2
PAGE = 100
EDGE = 7
"""Days at the beginning of a window of which some posted before it."""
Shown = dict[str, dict[str, Any]]


@pytest.fixture
def turning(tmp_path: Path) -> Iterator[World]:
    """A world of its own for each scenario, for its clock is turned."""
    with running(tmp_path / "world") as world:
        yield world


def connected(world: World, username: str) -> tuple[Nexus, str]:
    nexus = world.nexus
    return nexus, nexus.connect(username)["guid"]


def later(nexus: Nexus, guid: str, days: int = 1) -> None:
    """Aggregate again after some days."""
    nexus.world.clock.advance(days * DAY)
    logins.renew(nexus)
    member = logins.again(nexus, guid)
    assert member["connection_status"] == "CONNECTED"


def consented_again(nexus: Nexus, guid: str, username: str) -> None:
    """The same person gives a new consent for the same member."""
    nexus.world.clock.advance(DAY)
    logins.renew(nexus)
    nexus.world.walk(nexus.window(guid), username)
    assert nexus.settled(guid)["connection_status"] == "CONNECTED"


def transactions(nexus: Nexus) -> Shown:
    found: Shown = {}
    page = 1
    while True:
        answer = nexus.get("/transactions", params={"page": page, "records_per_page": PAGE}).json()
        found |= {each["guid"]: each for each in answer["transactions"]}
        if page >= answer["pagination"]["total_pages"]:
            assert len(found) == answer["pagination"]["total_entries"]
            return found
        page += 1


def accounts(nexus: Nexus) -> Shown:
    return {each["guid"]: each for each in nexus.ok("GET", "/accounts")["accounts"]}


def edited(nexus: Nexus, guid: str, description: str = "What I say") -> None:
    nexus.ok("PUT", f"/transactions/{guid}", {"transaction": {"description": description}})


def looks(shown: Shown, status: int = POSTED) -> Counter[tuple[Any, ...]]:
    """What transactions look like, with how often each look is there."""
    found = [each for each in shown.values() if each["status"] == status]
    return Counter((each["date"], each["transaction_type"], each["amount"], each["account_guid"]) for each in found)


def grew(before: Shown, after: Shown) -> None:
    """Whatever had posted is there still, under its guid, and no look of it more often than with what was pending."""
    posted = {guid for guid, each in before.items() if each["status"] == POSTED}
    assert posted <= after.keys()
    waiting, now = looks(before, PENDING), looks(after)
    over = max(each["date"] for each in before.values())
    assert all(
        now[look] <= count + waiting[look] for look, count in looks(before).items() if look in now and look[0] < over
    )


def is_what_the_bank_tells(nexus: Nexus, username: str) -> None:
    """Somebody who connects to the same person only now has the same transactions of the same days."""
    stranger = nexus.world.user("stranger")
    stranger.connect(username)
    told, kept = (anonymous(each) for each in (stranger, nexus))
    whole = sorted({look[0] for look in told})[EDGE]
    of_days = [Counter({look: count for look, count in each.items() if look[0] >= whole}) for each in (told, kept)]
    assert of_days[0].total() > 100
    assert of_days[1] == of_days[0]


def anonymous(nexus: Nexus) -> Counter[tuple[Any, ...]]:
    """The looks, with the kinds of accounts in place of their guids."""
    kinds = {guid: each["name"] for guid, each in accounts(nexus).items()}
    found: Counter[tuple[Any, ...]] = Counter()
    for look, count in looks(transactions(nexus)).items():
        found[(*look[:3], kinds[look[3]])] += count
    return found


def findings(world: World) -> list[dict[str, Any]]:
    rows = world.rows("SELECT findings FROM accounts WHERE findings IS NOT NULL")
    return [each for (text,) in rows for each in json.loads(text)]


def test_1_a_new_consent_doubles_nothing(turning: World) -> None:
    nexus, guid = connected(turning, "ada")
    before, owned = transactions(nexus), accounts(nexus)
    consented_again(nexus, guid, "ada")
    assert accounts(nexus).keys() == owned.keys()
    grew(before, transactions(nexus))
    is_what_the_bank_tells(nexus, "ada")


def test_2_new_ids_of_accounts_and_transactions_are_the_old_ones_still(turning: World) -> None:
    nexus, guid = connected(turning, "data_new_ids")
    before, owned = transactions(nexus), accounts(nexus)
    some = next(iter(before))
    edited(nexus, some)
    consented_again(nexus, guid, "data_new_ids")
    after, owned_after = transactions(nexus), accounts(nexus)
    assert owned_after.keys() == owned.keys()
    outside = [{each["external_guid"] for each in shown.values()} for shown in (owned, owned_after)]
    assert not outside[0] & outside[1]
    grew(before, after)
    is_what_the_bank_tells(nexus, "data_new_ids")
    assert after[some]["description"] == "What I say"


@pytest.mark.parametrize("username", ["ada", "data_linked"])
def test_3_what_was_pending_posts_under_its_guid(turning: World, username: str) -> None:
    nexus, guid = connected(turning, username)
    pending = {key for key, each in transactions(nexus).items() if each["status"] == PENDING}
    assert pending
    later(nexus, guid, 5)
    after = transactions(nexus)
    assert pending <= after.keys()
    assert {after[key]["status"] for key in pending} == {POSTED}
    is_what_the_bank_tells(nexus, username)


def test_4_what_a_user_said_of_a_pending_one_stays_when_it_posts(turning: World) -> None:
    nexus, guid = connected(turning, "ada")
    pending = [key for key, each in transactions(nexus).items() if each["status"] == PENDING]
    for key in pending:
        edited(nexus, key)
    later(nexus, guid, 5)
    after = transactions(nexus)
    assert {(after[key]["status"], after[key]["description"]) for key in pending} == {(1, "What I say")}


@pytest.mark.parametrize("username", ["data_places", "data_no_ids", "data_one_id"])
def test_5_ids_that_move_that_many_share_or_that_are_not_there_double_nothing(turning: World, username: str) -> None:
    nexus, guid = connected(turning, username)
    before = transactions(nexus)
    assert len(before) > 100
    for days in (1, 3):
        later(nexus, guid, days)
        after = transactions(nexus)
        grew(before, after)
        before = after
    is_what_the_bank_tells(nexus, username)
    turning.rows("UPDATE institutions SET details = json_set(details, '$.transaction_ids', 'absent')")
    later(nexus, guid)
    grew(before, transactions(nexus))


def test_6_equal_purchases_of_one_day_stay_two(turning: World) -> None:
    nexus, guid = connected(turning, "data_twins")
    before = transactions(nexus)
    twins = [look for look, count in looks(before).items() if count == 2]
    assert len(twins) > 10
    later(nexus, guid)
    after = transactions(nexus)
    grew(before, after)
    assert all(looks(after)[look] == 2 for look in twins)
    is_what_the_bank_tells(nexus, "data_twins")


def test_7_what_comes_late_changes_transactions_and_adds_none(turning: World) -> None:
    nexus, guid = connected(turning, "data_late_fields")
    before = transactions(nexus)
    later(nexus, guid, 3)
    after = transactions(nexus)
    grew(before, after)
    is_what_the_bank_tells(nexus, "data_late_fields")
    texts = ({key: each["original_description"] for key, each in shown.items()} for shown in (before, after))
    early, late = texts
    assert any(late[key].startswith(early[key]) and late[key] != early[key] for key in early.keys() & late.keys())


def test_8_one_bad_account_stops_nothing_of_the_others(turning: World) -> None:
    nexus, guid = connected(turning, "data_one_bad_account")
    before = transactions(nexus)
    later(nexus, guid, 5)
    after = transactions(nexus)
    grew(before, after)
    assert len(after) > len(before)
    assert len(accounts(nexus)) == 6


def test_12_a_card_balance_with_the_wrong_sign_is_found(turning: World) -> None:
    connected(turning, "data_signed_card")
    assert findings(turning) == [{"kind": "balance_sign"}]
    turning.rows("""UPDATE institutions SET details = json_set(details, '$.fdx.card_balance', 'signed')""")
    nexus = turning.nexus
    (member,) = nexus.ok("GET", "/members")["members"]
    later(nexus, member["guid"])
    assert findings(turning) == []
    assert all(each["balance"] > 0 for each in accounts(nexus).values() if each["account_type"] == 4)


def test_13_days_that_are_missing_are_found_by_their_balances(turning: World) -> None:
    nexus, _ = connected(turning, "data_missing_days")
    assert {each["kind"] for each in findings(turning)} == {"gap"}
    assert all(each["before"] is None or each["after"] <= each["before"] for each in findings(turning))
    whole = turning.user("whole")
    whole.connect("data_balances")
    assert turning.rows("SELECT count(*) FROM accounts WHERE findings IS NOT NULL AND user_id > 1") == [(0,)]
    assert len(accounts(nexus)) == 6


def test_13_a_bank_that_forgets_takes_nothing_away(turning: World) -> None:
    turning.bank.behavior.history_days = 90
    nexus, guid = connected(turning, "data_short_history")
    before = transactions(nexus)
    turning.bank.behavior.history_days = 10
    later(nexus, guid)
    after = transactions(nexus)
    grew(before, after)
    turning.bank.behavior.history_days = 90
    later(nexus, guid)
    grew(after, transactions(nexus))


def test_14_a_day_is_the_banks_own(turning: World) -> None:
    nexus, guid = connected(turning, "data_local_dates")
    before = transactions(nexus)
    told = "SELECT date, json_extract(feed, '$.transacted_at'), json_extract(feed, '$.posted_on') FROM transactions"
    rows = turning.rows(told)
    assert len(rows) > 100
    for day, moment, posted in rows:
        in_greenwich = dt.datetime.fromtimestamp(moment, dt.UTC)
        assert in_greenwich.time() == dt.time(7, 30)
        assert day == (in_greenwich.date() - dt.timedelta(days=1)).isoformat()
        assert posted is None or posted >= day
    later(nexus, guid)
    grew(before, transactions(nexus))
