"""The OFX endpoint of a brand: reads a request, signs its user on, and answers each of its transactions."""

import re
from collections.abc import Callable
from typing import NamedTuple

from fanlight.bank.activity import Activity
from fanlight.bank.answers import NO_STORE, NOSNIFF, Answer, text_response
from fanlight.bank.brands import Brand
from fanlight.bank.ofx.accounts import Visit, account_list
from fanlight.bank.ofx.challenges import challenge_response
from fanlight.bank.ofx.document import Document, Element, Form, group, leaf, optional, read, write
from fanlight.bank.ofx.faults import OFX, data_fault
from fanlight.bank.ofx.investments import investment_statement, security_list
from fanlight.bank.ofx.passwords import GENERAL_ERROR, OK, REFUSED
from fanlight.bank.ofx.profile import profile
from fanlight.bank.ofx.signon import Outage, Outcome, SignOnDesk, credentials
from fanlight.bank.ofx.statements import bank_statement, card_statement
from fanlight.bank.ofx.values import OfxError, instant, status
from fanlight.bank.special_users import Behavior
from fanlight.bank.world.world import World
from fanlight.base.asgi import MAX_BODY, Request, Response
from fanlight.base.clock import Clock
from fanlight.base.errors import Malformed

MAX_TRANSACTIONS = 50

_SIGNON = "SIGNONMSGSRQV1"
_MESSAGE_SET = re.compile(r"[A-Z0-9]{1,24}MSGSRQV\d")
_WRAPPER = re.compile(r"[A-Z0-9]{1,24}TRNRQ")
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,36}")


class Transaction(NamedTuple):
    """What answers a kind of request, and what it is counted as."""

    answer: Callable[[Visit, Element], Element]
    counted: str
    public: bool = False


_TRANSACTIONS = {
    "PROFTRNRQ": Transaction(profile, "profile", public=True),
    "ACCTINFOTRNRQ": Transaction(account_list, "accounts"),
    "STMTTRNRQ": Transaction(bank_statement, "statement"),
    "CCSTMTTRNRQ": Transaction(card_statement, "statement"),
    "INVSTMTTRNRQ": Transaction(investment_statement, "statement"),
}
# The order in which a document has its message sets; the list of securities stands before the profile.
_BEFORE_SECURITIES = ("SIGNUPMSGSRSV1", "BANKMSGSRSV1", "CREDITCARDMSGSRSV1", "INVSTMTMSGSRSV1")


class OfxServer:
    """All brands that speak OFX. `base_url` is the bank's, set before the first request."""

    def __init__(self, world: World, clock: Clock, activity: Activity, behavior: Behavior) -> None:
        self.base_url = ""
        self._world = world
        self._clock = clock
        self._activity = activity
        self._behavior = behavior
        self._desk = SignOnDesk(clock)

    async def answer(self, brand: Brand, request: Request) -> Answer:
        """`POST /{brand}/ofx`. Raises Malformed for what is no OFX document."""
        self._activity.count(brand.code, "ofx")
        if (request.header(b"content-type") or "").partition(";")[0].strip().lower() != "application/x-ofx":
            raise Malformed("The content type of a request is application/x-ofx.")
        document = read(await request.body(MAX_BODY))
        try:
            return await self._answered(brand, document)
        except Outage as outage:
            return text_response(outage.status, outage.message)
        except Malformed as error:
            outcome = Outcome(GENERAL_ERROR, error.message)
            sonrs = _sonrs(brand, outcome, outcome.status, self._clock())
            return _response(document.form, [group("SIGNONMSGSRSV1", sonrs)])

    async def _answered(self, brand: Brand, document: Document) -> Answer:
        signon = document.root.first(_SIGNON)
        sonrq = signon.first("SONRQ") if signon else None
        if signon is None or sonrq is None:
            raise Malformed("The document has no SONRQ.")
        sets = [each for each in document.root.children if each is not signon]
        _check(signon, sets)
        given = credentials(sonrq)
        outcome = self._desk.sign_on(brand.code, given)
        self._count_sign_on(brand, outcome)
        visit = Visit(brand, given.username, self._world, document.form, self._clock(), f"{self.base_url}/{brand.code}")
        trusted = outcome.status == OK and not given.anonymous
        if trusted and any(_needs_trust(each) for message_set in sets for each in message_set.children):
            fault = await data_fault(self._behavior, given.username)
            if fault is not None:
                return fault
        answers = [self._message_set(visit, each, outcome, trusted=trusted) for each in sets]
        return _response(document.form, [self._signed_on(visit, signon, outcome), *_with_securities(visit, answers)])

    def _signed_on(self, visit: Visit, signon: Element, outcome: Outcome) -> Element:
        """The message set that answers the sign-on. Where it asks for the challenge, that is all there was to do."""
        wrapper = signon.first("MFACHALLENGETRNRQ")
        if wrapper is None:
            return group("SIGNONMSGSRSV1", _sonrs(visit.brand, outcome, outcome.status, visit.now))
        code = OK if outcome.questions else outcome.status
        if outcome.questions:
            self._activity.count(visit.brand.code, "challenge")
            challenge = _wrapped(wrapper, status(OK), challenge_response(outcome.questions))
        elif code == OK:
            challenge = _wrapped(wrapper, status(GENERAL_ERROR, "There is no challenge to answer."))
        else:
            challenge = _wrapped(wrapper, status(REFUSED, "Nobody is signed on."))
        return group("SIGNONMSGSRSV1", _sonrs(visit.brand, outcome, code, visit.now), challenge)

    def _message_set(self, visit: Visit, asked: Element, outcome: Outcome, *, trusted: bool) -> Element:
        answers = (self._transaction(visit, each, outcome, trusted=trusted) for each in asked.children)
        return group(_answering(asked.name), *answers)

    def _transaction(self, visit: Visit, wrapper: Element, outcome: Outcome, *, trusted: bool) -> Element:
        found = _TRANSACTIONS.get(wrapper.name)
        if not (trusted or (found is not None and found.public and outcome.status == OK)):
            return _wrapped(wrapper, status(REFUSED, "Nobody is signed on."))
        if found is None:
            return _wrapped(wrapper, status(GENERAL_ERROR, f"This bank does not answer {wrapper.name}."))
        self._activity.count(visit.brand.code, found.counted)
        try:
            return _wrapped(wrapper, status(OK), found.answer(visit, wrapper))
        except OfxError as error:
            return _wrapped(wrapper, status(error.status, error.message))

    def _count_sign_on(self, brand: Brand, outcome: Outcome) -> None:
        if outcome.fresh:
            refused = not (outcome.cookie or outcome.status == OK)
            self._activity.count(brand.code, "login_refused" if refused else "login")


def _check(signon: Element, sets: list[Element]) -> None:
    """Raise Malformed where the names or ids do not let an answer be written."""
    wrappers = [each for message_set in sets for each in message_set.children]
    if len(wrappers) > MAX_TRANSACTIONS:
        raise Malformed(f"A request has at most {MAX_TRANSACTIONS} transactions.")
    for message_set in sets:
        if not (_MESSAGE_SET.fullmatch(message_set.name) and message_set.children):
            raise Malformed("Beside its sign-on a document has message sets with transactions in them.")
    for wrapper in (*wrappers, *signon.all("MFACHALLENGETRNRQ")):
        if not _WRAPPER.fullmatch(wrapper.name) or not _CLIENT_ID.fullmatch(wrapper.value("TRNUID")):
            raise Malformed("Every transaction is in a wrapper with a TRNUID of at most 36 characters.")
        if wrapper.value("CLTCOOKIE") and not _CLIENT_ID.fullmatch(wrapper.value("CLTCOOKIE")):
            raise Malformed("A CLTCOOKIE has at most 36 characters.")


def _needs_trust(wrapper: Element) -> bool:
    found = _TRANSACTIONS.get(wrapper.name)
    return found is not None and not found.public


def _sonrs(brand: Brand, outcome: Outcome, code: int, now: int) -> Element:
    return group(
        "SONRS",
        status(code, "" if code == OK else outcome.message),
        leaf("DTSERVER", instant(now)),
        leaf("LANGUAGE", "ENG"),
        group("FI", leaf("ORG", brand.name[:32].strip()), leaf("FID", brand.routing_number)),
        optional("SESSCOOKIE", outcome.cookie),
    )


def _wrapped(wrapper: Element, state: Element, body: Element | None = None) -> Element:
    """A transaction's answer under the ids that the client gave to its request."""
    cookie = optional("CLTCOOKIE", wrapper.value("CLTCOOKIE"))
    return group(_answering(wrapper.name), leaf("TRNUID", wrapper.value("TRNUID")), state, cookie, body)


def _answering(name: str) -> str:
    """The name of what answers a message set or a wrapper: RS for RQ."""
    start, _, version = name.rpartition("RQ")
    return f"{start}RS{version}"


def _with_securities(visit: Visit, answers: list[Element]) -> list[Element]:
    """The message sets with the list of securities where a statement speaks of them."""
    if not any(each.first("INVSTMTTRNRS/INVSTMTRS") for each in answers):
        return answers
    before = [each for each in answers if each.name in _BEFORE_SECURITIES]
    after = [each for each in answers if each.name not in _BEFORE_SECURITIES]
    return [*before, group("SECLISTMSGSRSV1", security_list(visit)), *after]


def _response(form: Form, message_sets: list[Element]) -> Response:
    return Response(200, write(form, group("OFX", *message_sets)), [OFX, NO_STORE, NOSNIFF])
