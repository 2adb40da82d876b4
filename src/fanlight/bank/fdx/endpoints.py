"""The data endpoints under `/fdx/v6`: what a client reads with an access token, within what the customer chose."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from fanlight.bank.answers import Answer, FdxError, json_response
from fanlight.bank.fdx import telling, translate
from fanlight.bank.fdx.faults import behaving, data_fault, endless_key, transactions_fault
from fanlight.bank.fdx.lists import Cursor, read_cursor, read_limit, read_span
from fanlight.bank.fdx.shapes import Account, Href, Links, Page
from fanlight.bank.history import Span
from fanlight.bank.oauth.access import presented
from fanlight.bank.oauth.grants import Grant
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.people import Account as Owned
from fanlight.bank.world.people import Person
from fanlight.base.asgi import Request


class Visit(NamedTuple):
    """A data request that was let in."""

    issuer: Issuer
    grant: Grant
    person: Person
    request: Request

    @property
    def now(self) -> int:
        return self.issuer.shared.clock()

    @property
    def ledger(self) -> Ledger:
        return self.issuer.shared.world.ledger(self.grant.brand, self.person.username)

    @property
    def chosen(self) -> list[Owned]:
        """The accounts that the customer chose to share."""
        return [account for account in self.person.accounts if account.id in self.grant.accounts]

    def account(self) -> Owned:
        """The account in the path; one that was not chosen is as good as none."""
        wanted = self.request.params["account_id"]
        for account in self.chosen:
            if telling.account_id(self.grant, account) == wanted:
                return account
        raise FdxError(404, 701, "There is no such account.")


Handler = Callable[[Visit], Answer]


def endpoint(handler: Handler, *scopes: str) -> Callable[[Issuer, Request], Awaitable[Answer]]:
    """A route that lets in whoever has a live token with one of the scopes."""

    async def answer(issuer: Issuer, request: Request) -> Answer:
        issuer.count("fdx")
        grant = presented(issuer, request).grant
        if not set(scopes) & set(grant.scope.split()):
            raise FdxError(403, 602, "The token's scope does not reach this.")
        person = issuer.shared.world.person(grant.brand, grant.username)
        grant = await behaving(issuer, grant, request)
        fault = await data_fault(issuer, grant, request)
        if fault is not None:
            return fault
        return handler(Visit(issuer, grant, person, request))

    return answer


def accounts(visit: Visit) -> Answer:
    """`GET /accounts`: lightweight unless `resultType=details`."""
    query = visit.request.query
    details = _result_type(visit)
    limit, start = read_limit(query), 0
    if endless_key(visit.grant) is None:
        cursor = read_cursor(visit.issuer, query, "accounts")
        start = cursor.start if cursor else 0
    shown = visit.chosen[start : start + limit]
    more = start + limit < len(visit.chosen)
    after = Cursor("accounts", start + limit, 0, 0, (0, "")) if more else None
    return _page(visit, "accounts", [_account(visit, each, details=details) for each in shown], after)


def account(visit: Visit) -> Answer:
    """`GET /accounts/{id}`: always with details."""
    return json_response(200, _account(visit, visit.account(), details=True))


def transactions(visit: Visit) -> Answer:
    """`GET /accounts/{id}/transactions`, newest first; later pages show the list as of the first one."""
    owned, query, now = visit.account(), visit.request.query, visit.now
    transactions_fault(visit.grant, owned.role)
    limit, name = read_limit(query), f"transactions/{owned.id}"
    cursor = None if endless_key(visit.grant) else read_cursor(visit.issuer, query, name)
    if cursor is None:
        span, as_of = read_span(query, now), now
    else:
        span, as_of = Span(cursor.start, cursor.end), min(cursor.as_of, now)
    moment = telling.Moment(visit.grant, owned, visit.ledger, as_of, visit.issuer.behavior.history_days)
    whole = visit.ledger.entries(owned.role, span.start, span.end, as_of)
    told, entries = telling.Telling(moment, whole, span.end), telling.entries(moment, whole)
    if cursor is not None:
        entries = [entry for entry in entries if entry[:2] < cursor.before]
    shown = entries[:limit]
    after = Cursor(name, span.start, span.end, as_of, _place(shown)) if len(entries) > limit else None
    return _page(visit, "transactions", [each for entry in shown for each in told.transactions(entry)], after)


def payment_networks(visit: Visit) -> Answer:
    return _page(visit, "paymentNetworks", translate.payment_networks(visit.person, visit.account()))


def contact(visit: Visit) -> Answer:
    visit.account()
    return json_response(200, translate.contact(visit.person))


def statements(visit: Visit) -> Answer:
    return _page(visit, "statements", translate.statements(visit.account(), visit.now))


def customer(visit: Visit) -> Answer:
    """`GET /customers/current`."""
    return json_response(200, translate.customer(visit.person))


def _result_type(visit: Visit) -> bool:
    kind = visit.request.query.get("resultType") or "lightweight"
    if kind not in ("lightweight", "details"):
        raise FdxError(400, 400, "resultType is lightweight or details.")
    return kind == "details"


def _account(visit: Visit, owned: Owned, *, details: bool) -> Account:
    if not details:
        return telling.account(visit.grant, owned, translate.descriptor(owned))
    market = visit.issuer.shared.world.market
    found = translate.detailed(owned, visit.ledger, market, visit.now, visit.grant.id)
    return telling.account(visit.grant, owned, found)


def _place(shown: Sequence[Entry]) -> tuple[int, str]:
    return shown[-1].time, shown[-1].id


def _page(visit: Visit, name: str, items: Sequence[object], after: Cursor | None = None) -> Answer:
    key = visit.issuer.shared.page_keys.seal(after) if after is not None else endless_key(visit.grant)
    body: dict[str, Any] = {"page": Page(next_page_key=key), "links": Links(next=_next(visit, key)), name: items}
    return json_response(200, body)


def _next(visit: Visit, key: str | None) -> Href | None:
    """The next page's address: this one's, with the limit kept and the page key in place of everything it holds."""
    if key is None:
        return None
    kept = "".join(
        f"&{quote(name)}={quote(value)}" for name, value in visit.request.query.pairs if name in ("limit", "resultType")
    )
    path = visit.request.path.partition(f"/{visit.issuer.brand.code}/")[2]
    return Href(href=f"{visit.issuer.url}/{path}?pageKey={key}{kept}")
