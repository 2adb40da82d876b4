"""What the customer of a consent shares: accounts, balances, movements and who they are."""

from collections.abc import Callable
from typing import Any, NamedTuple

from fanlight.bank.answers import Answer, json_response
from fanlight.bank.fdx import telling
from fanlight.bank.fdx.faults import endless_key, transactions_fault
from fanlight.bank.fdx.lists import Cursor
from fanlight.bank.history import oldest
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.uk import translate
from fanlight.bank.uk.answers import UkError
from fanlight.bank.uk.asking import local_moment
from fanlight.bank.uk.consents import Consent
from fanlight.bank.uk.words import Words
from fanlight.bank.world.ledger import Entry
from fanlight.bank.world.people import Account, Person
from fanlight.base.asgi import Request
from fanlight.base.clock import start_of_day

PAGE = 100
_FOREVER = 2**40


class Visit(NamedTuple):
    """A request with the customer's token, let in under their consent."""

    issuer: Issuer
    words: Words
    grant: Grant
    consent: Consent
    person: Person
    request: Request

    @property
    def now(self) -> int:
        return self.issuer.shared.clock()

    @property
    def chosen(self) -> list[Account]:
        """The payment accounts that the customer chose to share."""
        return [
            account
            for account in self.person.accounts
            if account.id in self.grant.accounts and account.role in translate.PAYMENT_ACCOUNTS
        ]

    def account(self) -> Account:
        wanted = self.request.params["account_id"]
        for account in self.chosen:
            if telling.account_id(self.grant, account) == wanted:
                return account
        raise UkError(400, "Resource.NotFound", "There is no such account in this consent.")


Reader = Callable[[Visit], Answer]


def _accounts(visit: Visit) -> Answer:
    return _answer(visit, "Account", [_account(visit, owned) for owned in visit.chosen])


def _one_account(visit: Visit) -> Answer:
    return _answer(visit, "Account", [_account(visit, visit.account())])


def _account(visit: Visit, owned: Account) -> dict[str, Any]:
    detail, whole = visit.consent.allows("ReadAccountsDetail"), visit.consent.allows("ReadPAN")
    account_id = telling.account_id(visit.grant, owned)
    return translate.account(account_id, owned, visit.person, visit.words, detail=detail, whole_pan=whole)


def _balances(visit: Visit) -> Answer:
    owned, grant = visit.account(), visit.grant
    ledger = visit.issuer.shared.world.ledger(grant.brand, grant.username)
    account_id = telling.account_id(grant, owned)
    return _answer(visit, "Balance", translate.balances(account_id, owned, ledger, visit.words, visit.now))


def _parties(visit: Visit) -> Answer:
    visit.account()
    return _answer(visit, "Party", [translate.party(visit.person, visit.words)])


def _party(visit: Visit) -> Answer:
    if "account_id" in visit.request.params:
        visit.account()
    return _answer(visit, "Party", translate.party(visit.person, visit.words))


def _transactions(visit: Visit) -> Answer:
    """Newest first, within what the consent allows; later pages show the list as of the first one."""
    owned, grant = visit.account(), visit.grant
    transactions_fault(grant, owned.role)
    cursor = _cursor(visit, owned)
    ledger = visit.issuer.shared.world.ledger(grant.brand, grant.username)
    moment = telling.Moment(grant, owned, ledger, cursor.as_of, visit.issuer.behavior.history_days)
    whole = ledger.entries(owned.role, cursor.start, cursor.end, cursor.as_of)
    told = telling.Telling(moment, whole, cursor.end)
    entries = [entry for entry in telling.entries(moment, whole) if _is_shared(visit.consent, entry)]
    pages = max(1, -(-len(entries) // PAGE))
    left = [entry for entry in entries if not cursor.before[1] or entry[:2] < cursor.before]
    shown = left[:PAGE]
    detail = visit.consent.allows("ReadTransactionsDetail")
    found = [
        translate.transaction(each, visit.words, detail=detail) for entry in shown for each in told.transactions(entry)
    ]
    more = len(left) > PAGE
    after = Cursor(cursor.list, cursor.start, cursor.end, cursor.as_of, shown[-1][:2]) if more else None
    return _answer(visit, "Transaction", found, after, pages=pages)


def _is_shared(consent: Consent, entry: Entry) -> bool:
    return consent.allows("ReadTransactionsDebits" if entry.movement.cents < 0 else "ReadTransactionsCredits")


def _cursor(visit: Visit, owned: Account) -> Cursor:
    """Where the list begins: at a page's own place, or with the span that the query and the consent allow."""
    query, name = visit.request.query, f"uk/{owned.id}"
    key = query.get("page")
    if key is not None and endless_key(visit.grant) is None:
        found = visit.issuer.shared.page_keys.open(key, Cursor)
        if found is None or found.list != name:
            raise UkError(400, "Field.Invalid", "This is no page of this list.", path="page")
        return found
    first, last = query.get("fromBookingDateTime"), query.get("toBookingDateTime")
    start = local_moment(first, "fromBookingDateTime") if first else 0
    end = local_moment(last, "toBookingDateTime") if last else _FOREVER
    start = max(start, visit.consent.first, start_of_day(oldest(visit.now)))
    return Cursor(name, start, min(end, visit.consent.last or _FOREVER), visit.now, (0, ""))


def _answer(
    visit: Visit, name: str, found: list[dict[str, Any]] | dict[str, Any], after: Cursor | None = None, pages: int = 1
) -> Answer:
    """Data, Links and Meta; a list that goes on has the address of its next page."""
    path = visit.request.path.partition(f"/{visit.issuer.brand.code}/")[2]
    here = f"{visit.issuer.url}/{path}"
    key = visit.issuer.shared.page_keys.seal(after) if after is not None else None
    if isinstance(found, list) and endless_key(visit.grant) is not None:
        key = endless_key(visit.grant)
    links = {"Self": here} if key is None else {"Self": here, "Next": f"{here}?page={key}"}
    meta: dict[str, Any] = {"TotalPages": pages}
    if name == "Transaction":
        first = max(start_of_day(oldest(visit.now)), visit.consent.first)
        meta |= {
            "FirstAvailableDateTime": translate.instant(first),
            "LastAvailableDateTime": translate.instant(visit.now),
        }
    return json_response(200, {"Data": {name: found}, "Links": links, "Meta": meta})


_ACCOUNTS = ("ReadAccountsBasic", "ReadAccountsDetail")
_TRANSACTIONS = ("ReadTransactionsBasic", "ReadTransactionsDetail")
DATA: tuple[tuple[str, Reader, tuple[str, ...]], ...] = (
    ("/accounts", _accounts, _ACCOUNTS),
    ("/accounts/{account_id}", _one_account, _ACCOUNTS),
    ("/accounts/{account_id}/balances", _balances, ("ReadBalances",)),
    ("/accounts/{account_id}/transactions", _transactions, _TRANSACTIONS),
    ("/accounts/{account_id}/parties", _parties, ("ReadParty",)),
    ("/accounts/{account_id}/party", _party, ("ReadParty",)),
    ("/party", _party, ("ReadPartyPSU",)),
)
