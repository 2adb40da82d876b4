"""`/open-banking/v3.1/aisp` and `/open-banking/v4.0/aisp`: the consent resource, and what its customer shares."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fanlight.bank.answers import NO_STORE, Answer, FdxError, echoed, json_response
from fanlight.bank.fdx.faults import behaving, data_fault
from fanlight.bank.oauth.access import AccessRefusedError, presented
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.uk import translate
from fanlight.bank.uk.answers import UkError, uk_error
from fanlight.bank.uk.asking import MAX_BODY, asked
from fanlight.bank.uk.consents import Consent, Consents
from fanlight.bank.uk.data import DATA, Reader, Visit
from fanlight.bank.uk.words import VERSIONS, Status, Words
from fanlight.base.asgi import Request, Response
from fanlight.base.errors import Refusal, TooLarge

_SCOPE = "accounts"
_INTERACTION = b"x-fapi-interaction-id"


Handler = Callable[[Issuer, Request], Awaitable[Answer]]


class UkRoom:
    """The handlers of one version, over the consents of all."""

    def __init__(self, words: Words, consents: Consents) -> None:
        self._words = words
        self._consents = consents

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of everything that this version has."""
        root = f"/{{brand}}/open-banking/v{self._words.version}/aisp"
        own = (
            ("POST", "/account-access-consents", self._create),
            ("GET", "/account-access-consents/{consent_id}", self._read),
            ("DELETE", "/account-access-consents/{consent_id}", self._delete),
        )
        found: list[tuple[str, str, Handler]] = [
            (method, root + path, partial(self._answered, handler)) for method, path, handler in own
        ]
        for path, reader, permissions in DATA:
            handler = partial(self._told, reader, permissions)
            found.append(("GET", root + path, partial(self._answered, handler)))
        return found

    async def _answered(self, handler: Handler, issuer: Issuer, request: Request) -> Answer:
        """The answer, which always has an interaction id: the client's own, or one made here."""
        issuer.count("uk")
        answer = await self._tried(handler, issuer, request)
        # The application gives back the client's own on every path.
        return answer if request.header(_INTERACTION) else echoed(answer, _INTERACTION, str(uuid4()))

    async def _tried(self, handler: Handler, issuer: Issuer, request: Request) -> Answer:
        """The answer of a handler, or its refusal in this version's form."""
        try:
            return await handler(issuer, request)
        except UkError as error:
            return uk_error(self._words, error)
        except AccessRefusedError as error:
            headers = [(b"www-authenticate", error.challenge.encode())]
            return self._refused(401, error.description, headers)
        except FdxError as error:
            return self._refused(error.status, error.message, error.headers)
        except Refusal as refusal:
            return self._refused(413 if isinstance(refusal, TooLarge) else 400, refusal.message)

    def _refused(self, status: int, message: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> Response:
        return uk_error(self._words, UkError(status, "UnexpectedError", message, headers=headers))

    async def _create(self, issuer: Issuer, request: Request) -> Answer:
        client_id = _own_right(issuer, request)
        kind = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise UkError(415, "Header.Missing", "The body must be application/json.", path="Content-Type")
        wanted = asked(await request.body(MAX_BODY), issuer.shared.clock())
        issuer.count("uk_consent")
        return self._shown(issuer, self._consents.create(issuer.brand.code, client_id, wanted), client_id, status=201)

    async def _read(self, issuer: Issuer, request: Request) -> Answer:
        return self._shown(issuer, request.params["consent_id"], _own_right(issuer, request))

    async def _delete(self, issuer: Issuer, request: Request) -> Answer:
        client_id, consent_id = _own_right(issuer, request), request.params["consent_id"]
        self._found(issuer, consent_id, client_id)
        issuer.count("uk_revoked")
        self._consents.cancel(consent_id)
        return Response(204, b"", [NO_STORE])

    def _found(self, issuer: Issuer, consent_id: str, client_id: str) -> Consent:
        consent = self._consents.find(issuer.brand.code, client_id, consent_id)
        if consent is None:
            raise UkError(400, "Resource.NotFound", "There is no such consent.")
        return consent

    def _shown(self, issuer: Issuer, consent_id: str, client_id: str, status: int = 200) -> Answer:
        consent = self._found(issuer, consent_id, client_id)
        stands, since = self._consents.status(consent_id, consent)
        data: dict[str, Any] = {
            "ConsentId": consent_id,
            "CreationDateTime": translate.instant(consent.created_at),
            "Status": self._words.statuses[stands],
            "StatusUpdateDateTime": translate.instant(since),
            "Permissions": list(consent.permissions),
        }
        ends = ("ExpirationDateTime", consent.expires_at), ("TransactionFromDateTime", consent.first)
        for name, moment in (*ends, ("TransactionToDateTime", consent.last)):
            if moment:
                data[name] = translate.instant(moment)
        root = f"{issuer.url}/open-banking/v{self._words.version}/aisp"
        links = {"Self": f"{root}/account-access-consents/{quote(consent_id, safe='')}"}
        return json_response(status, {"Data": data, "Risk": {}, "Links": links, "Meta": {}})

    async def _told(self, reader: Reader, permissions: tuple[str, ...], issuer: Issuer, request: Request) -> Answer:
        """Let in whoever has a live token of a consent that is authorised and holds one of the permissions."""
        grant = presented(issuer, request).grant
        consent = self._consents.find(grant.brand, grant.client_id, grant.intent_id) if grant.intent_id else None
        if consent is None or not grant.username or _SCOPE not in grant.scope.split():
            raise UkError(403, "Resource.ConsentMismatch", "The token stands for no consent.")
        if self._consents.status(grant.intent_id, consent)[0] is not Status.AUTHORISED:
            raise UkError(403, "Resource.InvalidConsentStatus", "The consent is not authorised any more.")
        if not consent.allows(*permissions):
            raise UkError(403, "Resource.ConsentMismatch", "The consent does not hold this permission.")
        fault = await data_fault(issuer, await behaving(issuer, grant, request), request)
        if fault is not None:
            return fault
        person = issuer.shared.world.person(grant.brand, grant.username)
        return reader(Visit(issuer, self._words, grant, consent, person, request))


def _own_right(issuer: Issuer, request: Request) -> str:
    """The client behind a token that it has for itself; a customer's token makes no consents."""
    grant = presented(issuer, request).grant
    if grant.username or _SCOPE not in grant.scope.split():
        raise UkError(403, "Resource.ConsentMismatch", "Consents are the client's own: use client_credentials.")
    return grant.client_id


def routes(consents: Consents) -> list[tuple[str, str, Handler]]:
    """Both versions of everything."""
    return [route for words in VERSIONS for route in UkRoom(words, consents).routes()]
