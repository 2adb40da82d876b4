"""A small authorization server with data behind it, on a real socket, that judges what this client sends by itself.

It verifies assertions, proofs, request objects and PKCE with joserfc, from the server's side, and shares no code with
the client. `script` puts answers in the place of its own; `asked` holds every request that came.
"""

import base64
import hashlib
import json
import secrets
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, KeySet

CLIENT = "fanlight at the bank"
SECRET = "a secret: with % and +"
NOW = 1_780_000_000


class Asked(NamedTuple):
    """A request as it came. Header names are lower case; `certificate` is the client's, DER."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    certificate: bytes | None

    @property
    def proof(self) -> dict[str, Any]:
        """The claims of the DPoP proof."""
        return part(self.headers["dpop"], 1)

    @property
    def assertion(self) -> dict[str, Any]:
        return part(self.form["client_assertion"], 1)


class Answer(NamedTuple):
    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


class Problem(Exception):
    def __init__(self, error: str, status: int = 400, **headers: str) -> None:
        super().__init__(error)
        self.answer = Answer(status, {"error": error, "error_description": "canary of a description"}, headers)


@dataclass
class Bank:
    """What the server wants of its client, and what it has given out."""

    authentication: str = "private_key_jwt"
    client_keys: dict[str, Any] = field(default_factory=dict)
    certificate: bytes | None = None
    binds: str = "dpop"
    asks_nonce: bool = False
    signs_answers: bool = False
    wants_signed_requests: bool = False
    rotates: bool = True
    token_answer: dict[str, Any] = field(default_factory=dict)
    id_token: dict[str, Any] = field(default_factory=dict)
    now: int = NOW
    url: str = ""
    nonce: str = "nonce-1"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "bank-1", "use": "sig"}))
    asked: list[Asked] = field(default_factory=list)
    scripted: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    seen: set[str] = field(default_factory=set)
    pushed: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    access: dict[str, str | None] = field(default_factory=dict)
    refresh: dict[str, str | None] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def script(self, path: str, *answers: Answer) -> None:
        """What is answered at a path before the server's own answers again."""
        self.scripted[path] += answers

    def of(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.scripted[asked.path]:
            return self.scripted[asked.path].pop(0)
        paths: dict[str, Callable[[Asked], Answer]] = {
            "/par": self._push,
            "/token": self._token,
            "/mtls/token": self._token,
            "/mtls/par": self._push,
            "/revoke": self._revoke,
            "/jwks": lambda _: Answer(200, KeySet([self.key]).as_dict(private=False)),
            "/data": self._data,
        }
        try:
            return paths[asked.path](asked)
        except KeyError:
            return Answer(404, {"error": "not_found"})
        except Problem as problem:
            return problem.answer
        except AssertionError as fault:
            self.faults.append(f"{asked.method} {asked.path}: {fault}")
            return Answer(500)

    # The browser's part ---------------------------------------------------------------------------------------

    def authorize(self, location: str) -> dict[str, str]:
        """What the browser brings back when it went to a location and the person agreed."""
        given = dict(parse_qsl(urlsplit(location).query, strict_parsing=True))
        if "request_uri" in given:
            assert set(given) == {"client_id", "request_uri"}, "a pushed request is carried by its reference alone"
            request = self.pushed.pop(given["request_uri"])
        elif "request" in given:
            request = self._request_object(given["request"])
        else:
            assert not self.wants_signed_requests
            request = given
        assert given["client_id"] == request["client_id"] == CLIENT
        assert request["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = request
        answer = {"code": code, "state": request["state"], "iss": self.url}
        return {"response": self.sign_response(answer)} if self.signs_answers else answer

    def sign_response(self, claims: dict[str, Any], key: ECKey | None = None, **changes: Any) -> str:
        """A JARM response."""
        whole = {"aud": CLIENT, "exp": self.now + 300, **claims, **changes}
        header = {"alg": "ES256", "kid": "bank-1"}
        return jwt.encode(header, {name: value for name, value in whole.items() if value is not None}, key or self.key)

    # The client's part ----------------------------------------------------------------------------------------

    def _push(self, asked: Asked) -> Answer:
        self._authenticate(asked)
        jkt = self._proven(asked) if self.binds == "dpop" else None
        request = self._request_object(asked.form["request"]) if "request" in asked.form else dict(asked.form)
        if self.wants_signed_requests and "request" not in asked.form:
            raise Problem("invalid_request")
        if jkt is not None and request.get("dpop_jkt", jkt) != jkt:
            raise Problem("invalid_dpop_proof")
        name = f"urn:ietf:params:oauth:request_uri:{secrets.token_urlsafe(16)}"
        self.pushed[name] = {**request, "jkt": jkt}
        return Answer(201, {"request_uri": name, "expires_in": 60}, {"DPoP-Nonce": self.nonce} if jkt else {})

    def _token(self, asked: Asked) -> Answer:
        self._authenticate(asked)
        jkt = self._proven(asked) if self.binds == "dpop" else None
        kinds: dict[str, Callable[[dict[str, str], str | None], dict[str, Any]]] = {
            "authorization_code": self._redeem,
            "refresh_token": self._renew,
            "client_credentials": lambda _form, _jkt: {},
        }
        own = kinds[asked.form["grant_type"]](asked.form, jkt)
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "DPoP" if jkt else "Bearer", **own}
        answer = {**answer, "expires_in": 300, **self.token_answer}
        self.access[answer["access_token"]] = jkt
        if asked.form["grant_type"] != "client_credentials":
            answer.setdefault("refresh_token", secrets.token_urlsafe(16))
            self.refresh[answer["refresh_token"]] = jkt
        return Answer(200, {name: value for name, value in answer.items() if value is not None})

    def _redeem(self, form: dict[str, str], jkt: str | None) -> dict[str, Any]:
        request = self.codes.pop(form["code"], None)
        if request is None or request["redirect_uri"] != form["redirect_uri"]:
            raise Problem("invalid_grant")
        if b64(hashlib.sha256(form["code_verifier"].encode()).digest()) != request["code_challenge"]:
            raise Problem("invalid_grant")
        if request.get("dpop_jkt", jkt) != jkt or request.get("jkt") not in (None, jkt):
            raise Problem("invalid_grant")
        return {"id_token": self.sign_id_token(request["nonce"])} if "openid" in request["scope"].split() else {}

    def sign_id_token(self, nonce: str) -> str:
        claims = {"iss": self.url, "aud": [CLIENT], "sub": "ada", "nonce": nonce, "iat": self.now, "exp": self.now + 60}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**claims, **self.id_token}, self.key)

    def _renew(self, form: dict[str, str], jkt: str | None) -> dict[str, Any]:
        token = form["refresh_token"]
        if token not in self.refresh:
            raise Problem("invalid_grant")
        if self.rotates:
            del self.refresh[token]
            return {}
        return {"refresh_token": token}

    def _revoke(self, asked: Asked) -> Answer:
        self._authenticate(asked)
        self.refresh.pop(asked.form["token"], None)
        self.access.pop(asked.form["token"], None)
        return Answer(200)

    def _data(self, asked: Asked) -> Answer:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if token not in self.access or scheme != ("DPoP" if self.access[token] else "Bearer"):
            raise Problem("invalid_token", 401, **{"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if self.access[token] and self._proven(asked, token) != self.access[token]:
            raise Problem("invalid_token", 401)
        return Answer(200, {"accounts": []})

    # Judging --------------------------------------------------------------------------------------------------

    def _authenticate(self, asked: Asked) -> None:
        """Raise invalid_client for anything but the one method, done right."""
        form, header = asked.form, asked.headers.get("authorization", "")
        used = {name for name in ("client_secret", "client_assertion") if name in form} | (
            {"basic"} if header else set()
        )
        if self.authentication == "private_key_jwt":
            assert used == {"client_assertion"}, used
            self._assertion(form)
        elif self.authentication == "client_secret_basic":
            assert used == {"basic"}, used
            name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            if (unquote_plus(name), unquote_plus(secret)) != (CLIENT, SECRET):
                raise Problem("invalid_client", 401)
        elif self.authentication == "client_secret_post":
            assert used == {"client_secret"}, used
            if (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
                raise Problem("invalid_client", 401)
        else:
            assert not used
            if form["client_id"] != CLIENT or asked.certificate is None or asked.certificate != self.certificate:
                raise Problem("invalid_client", 401)

    def _assertion(self, form: dict[str, str]) -> None:
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        claims = self._of_client(form["client_assertion"], "JWT")
        right = claims["iss"] == claims["sub"] == form["client_id"] == CLIENT and claims["aud"] == self.url
        if not right or not self.now - 1 <= claims["exp"] <= self.now + 60:
            raise Problem("invalid_client", 401)
        self._once(claims["jti"])

    def _of_client(self, token: str, typ: str) -> dict[str, Any]:
        try:
            key_set = KeySet.import_key_set(self.client_keys)  # type: ignore[arg-type]
            read = jwt.decode(token, key_set, algorithms=["ES256", "PS256", "Ed25519"], registry=_LENIENT)
        except JoseError as error:
            raise Problem("invalid_client", 401) from error
        assert read.header["typ"] == typ
        return dict(read.claims)

    def _request_object(self, token: str) -> dict[str, Any]:
        claims = self._of_client(token, "oauth-authz-req+jwt")
        assert claims["aud"] == self.url
        assert claims["iss"] == claims["client_id"] == CLIENT
        assert claims["nbf"] <= self.now < claims["exp"] <= self.now + 600
        self._once(claims["jti"])
        return claims

    def _proven(self, asked: Asked, token: str | None = None) -> str:
        """The thumbprint of the key of a right proof (RFC 9449 section 4.3)."""
        header, claims = part(asked.headers["dpop"], 0), part(asked.headers["dpop"], 1)
        assert header["typ"] == "dpop+jwt"
        assert header["alg"] == "ES256"
        assert "d" not in header["jwk"]
        key = JWKRegistry.import_key(header["jwk"])
        jws.deserialize_compact(asked.headers["dpop"], key, algorithms=["ES256"])
        assert claims["htm"] == asked.method
        assert claims["htu"] == self.url + asked.path
        assert abs(claims["iat"] - self.now) <= 60
        assert claims.get("ath") == (b64(hashlib.sha256(token.encode()).digest()) if token else None)
        self._once(claims["jti"])
        if self.asks_nonce and claims.get("nonce") != self.nonce:
            challenge = {"DPoP-Nonce": self.nonce}
            if token is not None:
                raise Problem("use_dpop_nonce", 401, **challenge, **{"WWW-Authenticate": 'DPoP error="use_dpop_nonce"'})
            raise Problem("use_dpop_nonce", 400, **challenge)
        return str(key.thumbprint())

    def _once(self, jti: str) -> None:
        assert jti not in self.seen, "a jti came twice"
        self.seen.add(jti)


_LENIENT = jws.JWSRegistry(algorithms=["ES256", "PS256", "EdDSA", "Ed25519"])


@contextmanager
def serving(bank: Bank, context: ssl.SSLContext | None = None) -> Iterator[Bank]:
    """The bank on a loopback socket until the block ends; with a context it speaks TLS, as `localhost`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bank))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    bank.url = f"{'https://localhost' if context else 'http://127.0.0.1'}:{server.server_port}"
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
    assert bank.faults == []


def _handler(bank: Bank) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            connection = self.connection
            certificate = connection.getpeercert(True) if isinstance(connection, ssl.SSLSocket) else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            form = dict(parse_qsl(body, keep_blank_values=True))
            answer = bank.answer(
                Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, form, certificate)
            )
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def part(token: str, index: int) -> dict[str, Any]:
    """A part of a JWT, unverified."""
    text = token.split(".")[index]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return read


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
