"""The money of a benchmark: accounts and transactions as an aggregation keeps them."""

import json
import random
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from bench.people import Crowd, Seat, settings_at, settle
from fanlight import admin
from fanlight.aggregation import merge
from fanlight.aggregation.merge import Owner
from fanlight.api.codec import encode
from fanlight.api.nexus.transaction_shape import MARK, wire
from fanlight.base.paging import Page
from fanlight.core import accounts, transaction_lists, transactions
from fanlight.core.enriching import Says
from fanlight.core.transaction_lists import Filter, Made
from fanlight.core.transactions import Row
from fanlight.institutions.port import FeedAccount, FeedTransaction
from fanlight.storage.unit import Unit

CHECKING = 1
_SHOPS = ("SQ *CORNER COFFEE #{}", "POS DEBIT MARKET {} SEATTLE WA", "ACH DEBIT CITY WATER {}", "TST* NOODLE BAR {}")
_NAMES = 400


class Person(NamedTuple):
    """Whose money it is."""

    user_id: int
    member_id: int


def feed(count: int, *, first: date | None = None, days: int = 90, seed: int = 1) -> list[FeedTransaction]:
    """What an institution gives: `count` transactions on the days from the first on, in a few hundred wordings."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    first = first or date.today() - timedelta(days=days)  # noqa: DTZ011 - the day itself says nothing
    return [
        FeedTransaction(
            provider_id=f"t{number}",
            amount=Decimal(dice.randrange(100, 20_000)) / 100,
            transaction_type=1 if number % 10 == 0 else 2,
            is_pending=False,
            date=(day := first + timedelta(days=number * days // count)),
            posted_on=day,
            description=dice.choice(_SHOPS).format(dice.randrange(_NAMES)),
            currency_code="USD",
            merchant_category_code=5812 if number % 3 == 0 else None,
        )
        for number in range(count)
    ]


def rows_of(owner: Owner, entries: list[FeedTransaction], *, now: int) -> list[Row]:
    """As they are kept: merged with nothing, enriched, settled."""
    says = Says.made({}, [])
    added = merge.merge(owner, [], entries, complete_from=min(entry.date for entry in entries), now=now).added
    return [says.settled(says.enriched(row, CHECKING)) for row in added]


def people(unit: Unit) -> list[Person]:
    """Everybody with a member, in the order in which they were made."""
    found = unit._connection.execute("SELECT user_id, id FROM members ORDER BY id")  # noqa: SLF001
    return [Person(*row) for row in found]


def open_account(unit: Unit, person: Person, *, now: int) -> int:
    """A checking account; its key."""
    entry = FeedAccount(provider_id="a", account_type=CHECKING, name="Checking", balance=Decimal(100))
    fresh = accounts.new(person.user_id, person.member_id, "a", merge.account_facts(entry), is_closed=False, now=now)
    return accounts.add(unit, fresh)


def fill(place: Path, users: int, each: int) -> list[Seat]:
    """A database with users who have so many transactions each; the first page of every one has been read once.

    One user's rows are made as an aggregation makes them, those of the others are copies with their own guids.
    """
    seats = settle(place, Crowd(users, 1, "http://127.0.0.1:9", "secret"))
    admin.run(settings_at(place), lambda unit: _fill(unit, each))
    return seats


def _fill(unit: Unit, each: int) -> None:
    now, run = int(time.time()), unit._connection.execute  # noqa: SLF001
    everybody = people(unit)
    keys = [open_account(unit, person, now=now) for person in everybody]
    first = everybody[0]
    owner = Owner(first.user_id, first.member_id, keys[0])
    transactions.add_all(unit, rows_of(owner, feed(each), now=now))
    names = [name for name in Row.__struct_fields__ if name not in ("id", "user_id", "account_id", "member_id", "guid")]
    copied = ", ".join(names)
    copy = (
        f"INSERT INTO transactions (user_id, account_id, member_id, guid, {copied}) "  # noqa: S608 - our own names
        f"SELECT ?, ?, ?, 'TRN-' || lower(hex(randomblob(16))), {copied} FROM transactions WHERE account_id = ?"
    )
    for person, key in zip(everybody[1:], keys[1:], strict=True):
        run(copy, (person.user_id, key, person.member_id, keys[0]))
    for person in everybody:
        read_once(unit, person.user_id)


def read_once(unit: Unit, user_id: int, *, size: int = 25) -> None:
    """Keep the answers of a first page, as the first request for it does."""
    found = transaction_lists.page(unit, user_id, Filter(), Page(1, size), mark=MARK).items
    rows = transaction_lists.read_all(unit, user_id, [kept.id for kept in found])
    made = [Made(row.id, row.revision, encode(wire(row))) for row in rows]
    transaction_lists.keep_wires(unit, user_id, made, mark=MARK)


def describe(seats: list[Seat], file: Path) -> Path:
    """Leave the requests for first pages where the load reads them."""
    texts = [
        f"GET /transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nMD-SESSION-TOKEN: {seat.token}\r\n"
        "Accept: application/vnd.mx.nexus.v1+json\r\n\r\n"
        for seat in seats
    ]
    file.write_text(json.dumps(texts))
    return file
