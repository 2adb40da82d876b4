"""The data side: consents are made, looked at and ended, and what they show is read."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from fanlight.bank.answers import JSON, Answer
from fanlight.bank.berlin_group import translate
from fanlight.bank.berlin_group.answers import REQUEST_ID, Xs2aError, answered, refused
from fanlight.bank.berlin_group.consents import FIRST_HOUR, RECEIVED, TERMINATED, VALID, Consent, Consents, new_id
from fanlight.bank.berlin_group.translate import PAYMENT_ACCOUNTS
from fanlight.bank.brands import Brand
from fanlight.bank.history import oldest
from fanlight.bank.premises import Premises
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.people import CARD, Account, Person
from fanlight.base.asgi import Request, Response
from fanlight.base.clock import DAY, date_of, start_of_day
from fanlight.base.errors import Refusal

MAX_BODY = 16 << 10
MOST_CALLS = 4
UNATTENDED_DAYS = 90
PAGE = 100
_ENDED = {RECEIVED: "CONSENT_INVALID", "expired": "CONSENT_EXPIRED"}

Handler = Callable[[Brand, Request], Awaitable[Answer]]


class Visit(NamedTuple):
    """A data request that was let in."""

    request: Request
    consent: Consent
    person: Person
    ledger: Ledger
    now: int

    def owned(self, *roles: str) -> Account:
        """The account in the path, of these roles."""
        wanted = self.request.params["account_id"]
        for account in self.person.accounts:
            if account.id == wanted and account.role in roles:
                return account
        raise Xs2aError(404, "RESOURCE_UNKNOWN", "There is no such account.")


class Xs2aServer:
    """The interface of every brand that speaks it."""

    def __init__(self, premises: Premises) -> None:
        self.consents = Consents(premises.clock)
        self._premises = premises
        self._clock = premises.clock

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Method, path and handler."""
        root = "/{brand}/xs2a/v1"
        yield "POST", f"{root}/consents", self._wrapped("consent", self._create)
        yield "GET", f"{root}/consents/{{consent_id}}", self._wrapped("consent_read", self._read)
        yield "GET", f"{root}/consents/{{consent_id}}/status", self._wrapped("consent_read", self._status)
        yield "DELETE", f"{root}/consents/{{consent_id}}", self._wrapped("consent_delete", self._delete)
        for path, read in (
            ("/accounts", _accounts),
            ("/accounts/{account_id}/balances", _balances),
            ("/accounts/{account_id}/transactions", _transactions),
            ("/card-accounts", _cards),
            ("/card-accounts/{account_id}/balances", _card_balances),
            ("/card-accounts/{account_id}/transactions", _card_transactions),
        ):
            yield "GET", root + path, self._wrapped("xs2a", self._data(read))

    def _wrapped(self, kind: str, handler: Handler) -> Handler:
        async def answer(brand: Brand, request: Request) -> Answer:
            self._premises.activity.count(brand.code, kind)
            try:
                _check_request_id(request)
                return await handler(brand, request)
            except Xs2aError as error:
                return refused(request, error)
            except Refusal as refusal:
                return refused(request, Xs2aError(400, "FORMAT_ERROR", refusal.message))

        return answer

    async def _create(self, brand: Brand, request: Request) -> Answer:
        """`POST /v1/consents`: the answer leads to the page where it is given."""
        body = _object(await request.body(MAX_BODY))
        uris = [request.header(name) or "" for name in (b"tpp-redirect-uri", b"tpp-nok-redirect-uri")]
        if not urlsplit(uris[0]).scheme.startswith("http") or request.header(b"tpp-redirect-preferred") == "false":
            raise Xs2aError(400, "FORMAT_ERROR", "This bank knows the redirect approach alone: TPP-Redirect-URI.")
        if request.header(b"psu-ip-address") is None:
            raise Xs2aError(400, "FORMAT_ERROR", "PSU-IP-Address is missing.")
        consent = Consent(
            id=new_id(),
            brand=brand.code,
            valid_until=_valid_until(body, date_of(self._clock())),
            calls_per_day=_calls_per_day(body),
            recurring=body.get("recurringIndicator") is True,
            access=_access(body),
            return_uri=uris[0],
            decline_uri=uris[1] or uris[0],
        )
        self.consents.begin(consent)
        here = f"/{brand.code}/xs2a/v1/consents/{consent.id}"
        links = {
            "scaRedirect": {"href": f"{self._premises.base_url()}/{brand.code}/xs2a/authorise/{consent.id}"},
            "self": {"href": here},
            "status": {"href": f"{here}/status"},
        }
        document = {"consentStatus": consent.status, "consentId": consent.id, "_links": links}
        headers = [(b"aspsp-sca-approach", b"REDIRECT"), (b"location", here.encode())]
        return answered(request, 201, document, headers)

    async def _read(self, brand: Brand, request: Request) -> Answer:
        consent = self._consent(brand, request.params["consent_id"])
        document = {
            "access": consent.access,
            "recurringIndicator": consent.recurring,
            "validUntil": consent.valid_until.isoformat(),
            "frequencyPerDay": consent.calls_per_day,
            "lastActionDate": date_of(self._clock()).isoformat(),
            "consentStatus": consent.status,
        }
        return answered(request, 200, document)

    async def _status(self, brand: Brand, request: Request) -> Answer:
        consent = self._consent(brand, request.params["consent_id"])
        return answered(request, 200, {"consentStatus": consent.status})

    async def _delete(self, brand: Brand, request: Request) -> Answer:
        consent = self._consent(brand, request.params["consent_id"])
        if consent.status in (RECEIVED, VALID):
            consent.status = TERMINATED
        return Response(204, b"", [(REQUEST_ID, (request.header(REQUEST_ID) or "").encode())])

    def _data(self, read: Callable[[Visit], dict[str, Any]]) -> Handler:
        async def answer(brand: Brand, request: Request) -> Answer:
            consent = self._consent(brand, request.header(b"consent-id") or "")
            if consent.status != VALID:
                code = _ENDED.get(consent.status, "CONSENT_INVALID")
                raise Xs2aError(401, code, f"The consent is {consent.status}.")
            fault = _fault(consent.username)
            if fault is not None:
                return fault
            person = self._premises.world.person(brand.code, consent.username)
            ledger = self._premises.world.ledger(brand.code, consent.username)
            visit = Visit(request, consent, person, ledger, self._clock())
            document = read(visit)
            if request.query.get("pageIndex") is None:
                what = request.path.partition("/xs2a/v1")[2]
                self.consents.use(consent, what, attended=request.header(b"psu-ip-address") is not None)
            return answered(request, 200, document)

        return answer

    def _consent(self, brand: Brand, consent_id: str) -> Consent:
        consent = self.consents.find(brand.code, consent_id)
        if consent is None:
            raise Xs2aError(403, "CONSENT_UNKNOWN", "There is no such consent.")
        return consent


def _fault(username: str) -> Answer | None:
    """What the data endpoints do to the special users of their stage."""
    match username:
        case "data_unavailable":
            raise Xs2aError(503, "SERVICE_UNAVAILABLE", "The bank is in maintenance, as this user asked for.")
        case "data_unauthorized":
            raise Xs2aError(401, "CONSENT_INVALID", "The consent does not reach this, as this user asked for.")
        case "data_throttled":
            headers = [(b"retry-after", b"30")]
            raise Xs2aError(429, "ACCESS_EXCEEDED", "Too many requests, as this user asked for.", headers)
        case "data_garbage":
            return Response(200, b"<accounts>none of this is JSON</accounts", [JSON])
    return None


def _accounts(visit: Visit) -> dict[str, Any]:
    told = visit.request.query.get("withBalance") == "true"
    owned = [each for each in visit.person.accounts if each.role in PAYMENT_ACCOUNTS]
    shown = [
        translate.account(visit.person, each, visit.consent, visit.ledger, visit.now, with_balances=told)
        for each in owned
    ]
    return {"accounts": shown}


def _cards(visit: Visit) -> dict[str, Any]:
    owned = [each for each in visit.person.accounts if each.role == CARD]
    shown = [translate.card(visit.person, each, visit.consent, visit.ledger, visit.now) for each in owned]
    return {"cardAccounts": shown}


def _balances(visit: Visit) -> dict[str, Any]:
    owned = visit.owned(*PAYMENT_ACCOUNTS)
    found = translate.balances(owned, visit.ledger, visit.now)
    return {"account": {"iban": translate.iban(visit.person, owned)}, "balances": found}


def _card_balances(visit: Visit) -> dict[str, Any]:
    owned = visit.owned(CARD)
    found = translate.balances(owned, visit.ledger, visit.now)
    return {"cardAccount": {"maskedPan": translate.masked(owned)}, "debitAccounting": False, "balances": found}


def _transactions(visit: Visit) -> dict[str, Any]:
    owned = visit.owned(*PAYMENT_ACCOUNTS)
    places: dict[str, int] = {}

    def told(entry: Entry) -> dict[str, Any]:
        day = str(date_of(entry.time))
        places[day] = places.get(day, 0) + 1
        return translate.transaction(entry, places[day])

    report = _report(visit, owned, "accounts", told)
    return {"account": {"iban": translate.iban(visit.person, owned)}, "transactions": report}


def _card_transactions(visit: Visit) -> dict[str, Any]:
    owned = visit.owned(CARD)
    if visit.consent.username == "data_one_bad_account":
        raise Xs2aError(500, "INTERNAL_SERVER_ERROR", "This account cannot be read, as this user asked for.")
    report = _report(visit, owned, "card-accounts", lambda entry: translate.card_transaction(entry, owned))
    reference = {"maskedPan": translate.masked(owned)}
    return {"cardAccount": reference, "debitAccounting": False, "cardTransactions": report}


def _report(visit: Visit, owned: Account, folder: str, told: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    """A page of an account's transactions, the newest first; pending ones are all on the first one."""
    query = visit.request.query
    status, first = query.get("bookingStatus"), _date(query.get("dateFrom"))
    last = date_of(visit.now) if query.get("dateTo") is None else _date(query.get("dateTo"))
    if status not in ("booked", "pending", "both"):
        raise Xs2aError(400, "PARAMETER_NOT_SUPPORTED", "bookingStatus is booked, pending or both.")
    _check_period(visit, first)
    end = start_of_day(last) + DAY - 1
    entries = visit.ledger.entries(owned.role, start_of_day(first), end, visit.now)
    booked = [told(entry) for entry in entries if not entry.pending]
    page = _page(query.get("pageIndex"))
    base = f"/{visit.consent.brand}/xs2a/v1/{folder}/{owned.id}"
    links: dict[str, Any] = {"account": {"href": base}}
    if status != "pending" and len(booked) > (page + 1) * PAGE:
        asked = f"bookingStatus={status}&dateFrom={first}&dateTo={last}&pageIndex={page + 1}"
        links["next"] = {"href": f"{base}/transactions?{asked}"}
    report: dict[str, Any] = {"_links": links}
    if status != "pending":
        report["booked"] = booked[page * PAGE : (page + 1) * PAGE]
    if status != "booked" and page == 0:
        report["pending"] = [told(entry) for entry in entries if entry.pending]
    return report


def _check_period(visit: Visit, first: dt.date) -> None:
    """Without the person there are the last 90 days, but for the first hour after they signed in."""
    is_fresh = visit.now - visit.consent.given_at < FIRST_HOUR
    is_attended = visit.request.header(b"psu-ip-address") is not None
    reach = oldest(visit.now) if is_fresh or is_attended else date_of(visit.now) - dt.timedelta(days=UNATTENDED_DAYS)
    if first < reach:
        raise Xs2aError(400, "PERIOD_INVALID", f"Transactions are told from {reach} on.")


def _check_request_id(request: Request) -> None:
    try:
        UUID(request.header(REQUEST_ID) or "")
    except ValueError as error:
        raise Xs2aError(400, "FORMAT_ERROR", "X-Request-ID must be a UUID.") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Xs2aError(400, "FORMAT_ERROR", "The body is not a JSON object.") from error


def _valid_until(body: dict[str, Any], today: dt.date) -> dt.date:
    """The last day, which is at most 180 days from now whatever is asked for."""
    asked = _date(str(body.get("validUntil")))
    if asked < today:
        raise Xs2aError(400, "PERIOD_INVALID", "validUntil is over already.")
    return min(asked, today + dt.timedelta(days=180))


def _calls_per_day(body: dict[str, Any]) -> int:
    calls = body.get("frequencyPerDay")
    if isinstance(calls, bool) or not isinstance(calls, int) or not 1 <= calls <= MOST_CALLS:
        raise Xs2aError(400, "FORMAT_ERROR", f"frequencyPerDay is 1 to {MOST_CALLS}.")
    return calls


def _access(body: dict[str, Any]) -> dict[str, object]:
    access = body.get("access")
    if not isinstance(access, dict) or not {"allPsd2", "accounts", "balances", "transactions"} & access.keys():
        raise Xs2aError(400, "FORMAT_ERROR", "access names allPsd2, or accounts, balances and transactions.")
    return access


def _date(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat((text or "")[:10])
    except ValueError as error:
        raise Xs2aError(400, "FORMAT_ERROR", "A date is missing, or not such as 2026-01-31.") from error


def _page(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0
