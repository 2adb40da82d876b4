"""How the special users' accounts and transactions are told: with the ids, texts, days and signs of some banks."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from fanlight.bank.fdx import shapes, translate
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.world.figures import dollars
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.people import CARD, LOAN, MORTGAGE, Account
from fanlight.base.clock import DAY

NEW_IDS, PLACES, NO_IDS, ONE_ID = "data_new_ids", "data_places", "data_no_ids", "data_one_id"
LINKED, TWINS, LATE, LOCAL_DATES = "data_linked", "data_twins", "data_late_fields", "data_local_dates"
BALANCES, MISSING_DAYS, SHORT_HISTORY = "data_balances", "data_missing_days", "data_short_history"
SIGNED_CARD = "data_signed_card"
SAME_ID, TIP = "data_same_id", "data_tip"
SHARED_ID = "9998"
_NAMELESS = frozenset((NO_IDS, TWINS, LATE))
_BALANCED = frozenset((BALANCES, MISSING_DAYS))
_DEBTS = frozenset((CARD, LOAN, MORTGAGE))
_LATE_DAYS = 2
_GAP = 5
_WITH_TIP = Decimal("1.2")
_EVERY = 4


class Moment(NamedTuple):
    """A look at one account: whose it is, and when."""

    grant: Grant
    owned: Account
    ledger: Ledger
    now: int
    history_days: int


def account_id(grant: Grant, owned: Account) -> str:
    """The id under which an account is told: with some banks another one for each consent."""
    return _renewed(grant, owned.id) if grant.username == NEW_IDS else owned.id


def account(grant: Grant, owned: Account, found: shapes.Account) -> shapes.Account:
    found.account_id = account_id(grant, owned)
    if grant.username == SIGNED_CARD and owned.role == CARD and found.current_balance is not None:
        found.current_balance = -found.current_balance
    return found


def entries(moment: Moment, found: Sequence[Entry]) -> list[Entry]:
    """What is told of a list: some banks leave days out, or forget soon."""
    match moment.grant.username:
        case "data_missing_days":
            return [each for each in found if each.time // DAY % _GAP]
        case "data_short_history":
            return [each for each in found if each.time >= moment.now - moment.history_days * DAY]
    return list(found)


class Telling:
    """One list, newest first, and how each entry of it is told."""

    def __init__(self, moment: Moment, whole: Sequence[Entry], last: int) -> None:
        self._moment = moment
        self._places = {entry.id: place for place, entry in enumerate(whole, 1)}
        self._balances = _balances(moment, whole, last) if moment.grant.username in _BALANCED else {}

    def transactions(self, entry: Entry) -> list[shapes.Transaction]:
        """An entry as it is told; one of a few purchases was made twice by the user with twins."""
        found = self._told(entry)
        is_twice = self._moment.grant.username == TWINS and int(entry.movement.id[:8], 16) % _EVERY == 0
        return [found, found] if is_twice else [found]

    def _told(self, entry: Entry) -> shapes.Transaction:
        moment = self._moment
        found = translate.transaction(moment.owned, entry)
        found.account_id = account_id(moment.grant, moment.owned)
        found.transaction_id = self._id(entry)
        found.running_balance = self._balances.get(entry.id)
        match moment.grant.username:
            case "data_linked" if entry.movement.pending_id and not entry.pending:
                found.reference_transaction_id = entry.movement.pending_id
            case "data_late_fields" if moment.now - entry.time < _LATE_DAYS * DAY:
                _without_what_comes_late(found)
            case "data_tip" if entry.pending:
                found.amount = (found.amount / _WITH_TIP).quantize(Decimal("0.01"))
            case "data_local_dates":
                _in_local_days(found, entry)
        return found

    def _id(self, entry: Entry) -> str | None:
        username = self._moment.grant.username
        if username in _NAMELESS:
            return None
        if username == NEW_IDS:
            return _renewed(self._moment.grant, entry.id)
        if username == SAME_ID and entry.movement.pending_id:
            return entry.movement.pending_id
        if username == PLACES:
            return str(self._places[entry.id])
        is_shared = username == ONE_ID and int(entry.movement.id[:8], 16) % _EVERY == 0
        return SHARED_ID if is_shared else entry.id


def _balances(moment: Moment, whole: Sequence[Entry], last: int) -> dict[str, Decimal]:
    """The balance after each posted one: what is there now, less what came since."""
    role = moment.owned.role
    sign = -1 if role in _DEBTS else 1
    cents = moment.ledger.balance(role, min(last, moment.now))
    found: dict[str, Decimal] = {}
    for entry in whole:
        if not entry.pending:
            found[entry.id] = dollars(sign * cents)
            cents -= entry.movement.cents
    return found


def _without_what_comes_late(found: shapes.Transaction) -> None:
    words = found.description.split()
    found.description = " ".join(words[: max(1, len(words) - 1)])
    found.category = found.payee = found.memo = None


def _in_local_days(found: shapes.Transaction, entry: Entry) -> None:
    """Late in the evening of the bank's day, which is the next one in Greenwich; or a day alone."""
    made = _day(entry.movement.at)
    found.transaction_timestamp = f"{made}T23:30:00-08:00"
    if found.posted_timestamp is not None:
        found.posted_timestamp = str(_day(entry.movement.posted_at))


def _day(seconds: int) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()


def _renewed(grant: Grant, identity: str) -> str:
    return hashlib.blake2b(f"{grant.id}/{identity}".encode(), digest_size=10).hexdigest()
