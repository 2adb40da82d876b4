"""Metadata: whose it is, where its endpoints are, what it changes; and the entry that is written from it."""

import json
from typing import Any

import msgspec
import pytest

from fanlight.institutions.answers import Reply
from fanlight.institutions.oauth_entry import EntryError, OAuthServer, check_server, weaker_rules
from fanlight.institutions.registry import parse_entry
from fanlight.oauth import metadata, new_entries
from fanlight.oauth.metadata import Metadata, MetadataError

ISSUER = "https://auth.bank.co.uk/tenant"
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://auth.bank.co.uk/authorize",
    "token_endpoint": "https://auth.bank.co.uk/token",
    "jwks_uri": "https://keys.bank.co.uk/jwks",
    "pushed_authorization_request_endpoint": "https://auth.bank.co.uk/par",
    "revocation_endpoint": "https://auth.bank.co.uk/revoke",
    "mtls_endpoint_aliases": {
        "token_endpoint": "https://mtls.bank.co.uk/token",
        "userinfo_endpoint": "https://x.example",
    },
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "authorization_response_iss_parameter_supported": True,
    "id_token_signing_alg_values_supported": ["RS256", "PS256"],
    "scopes_supported": ["openid", "accounts"],
    "response_types_supported": ["code"],
    "something_new": {"a": 1},
}


def document(**changes: Any) -> Metadata:
    whole = {name: value for name, value in (DOCUMENT | changes).items() if value is not ...}
    return metadata.read(Reply(200, {}, json.dumps(whole).encode()))


def entry(**changes: Any) -> OAuthServer:
    read = parse_entry(new_entries.entry("bank", document()).replace('= ""', '= "https://x.example"')).oauth
    assert read is not None
    return msgspec.structs.replace(read, **changes)


@pytest.mark.parametrize(
    ("issuer", "places"),
    [
        (
            "https://a.example",
            [
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ],
        ),
        (
            "https://a.example/t/1/",
            [
                "https://a.example/t/1/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server/t/1",
            ],
        ),
    ],
)
def test_where_a_document_is(issuer: str, places: list[str]) -> None:
    assert metadata.addresses_of(issuer) == places
    assert {metadata.issuer_of(place) for place in places} == {issuer.rstrip("/")}


@pytest.mark.parametrize("place", ["https://a.example", "https://a.example/t/.well-known/openid-configuration/t"])
def test_what_is_no_address_of_a_document(place: str) -> None:
    assert metadata.issuer_of(place) is None


def test_a_good_document_is_good() -> None:
    metadata.check(document(), ISSUER)
    metadata.check(document(jwks_uri=None), ISSUER)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": ISSUER + "/"}, "issuer"),
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": "http://auth.bank.co.uk/token"}, "token_endpoint"),
        ({"token_endpoint": "https://evil.co.uk/token"}, "token_endpoint is at evil.co.uk"),
        ({"token_endpoint": "https://auth.bank.co.uk@evil.example/"}, "token_endpoint"),
        ({"token_endpoint": "https://auth.bank.co.uk.evil.example/"}, "token_endpoint"),
        ({"token_endpoint": "javascript:alert(1)"}, "token_endpoint"),
        ({"jwks_uri": "https://keys.otherbank.co.uk/"}, "jwks_uri"),
        ({"mtls_endpoint_aliases": {"token_endpoint": "https://evil.example/t"}}, "aliases.token_endpoint"),
        ({"revocation_endpoint": "https://127.0.0.1/"}, "revocation_endpoint"),
        ({"response_types_supported": ["id_token"]}, "code flow"),
    ],
)  # fmt: skip
def test_a_document_that_leads_elsewhere_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MetadataError, match=said):
        metadata.check(document(**changes), ISSUER)


def test_a_host_that_is_listed_is_taken() -> None:
    metadata.check(document(token_endpoint="https://Login.Other.example/t"), ISSUER, ["login.other.example"])


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b'{"issuer": 7}', b'{"issuer": "https://a.example"}', b"{" + b" " * (1 << 18) + b"}"],
)
def test_gibberish_is_no_document(body: bytes) -> None:
    with pytest.raises(MetadataError):
        metadata.read(Reply(200, {}, body))


@pytest.mark.parametrize("status", [204, 302, 401, 404])
def test_another_status_has_none(status: int) -> None:
    with pytest.raises(MetadataError, match=str(status)):
        metadata.read(Reply(status, {}, json.dumps(DOCUMENT).encode()))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("auth.bank.com", "api.bank.com", True),
        ("bank.com", "a.b.bank.com", True),
        ("bank.co.uk", "evil.co.uk", False),
        ("a.bank.com.au", "b.bank.com.au", True),
        ("bank.de", "b.bank.de", True),
        ("bank.com", "bank.org", False),
        ("evilbank.com", "bank.com", False),
        ("10.0.0.1", "9.0.0.1", False),
        ("::1", "::1", True),
        ("localhost", "localhost", True),
    ],
)
def test_registrable_domains(one: str, other: str, same: bool) -> None:
    assert metadata.are_of_one_domain(one, other) is same


def test_the_written_entry_is_the_strictest_that_the_server_offers() -> None:
    server = entry()
    assert server.token_endpoint_auth_method == "private_key_jwt"
    assert server.sender_constrained_tokens == "dpop"
    assert server.id_token_signing_alg == "PS256"
    assert server.scope == "openid"
    assert server.mtls_endpoint_aliases is not None
    assert server.mtls_endpoint_aliases.token_endpoint == "https://mtls.bank.co.uk/token"
    assert weaker_rules(server) == []
    assert metadata.differences(server, metadata.merged(server, document())) == []
    assert metadata.concerns(server, document()) == []


def test_the_written_entry_names_what_is_weaker() -> None:
    weak = document(
        pushed_authorization_request_endpoint=...,
        code_challenge_methods_supported=...,
        token_endpoint_auth_methods_supported=...,
        dpop_signing_alg_values_supported=...,
        authorization_response_iss_parameter_supported=...,
        id_token_signing_alg_values_supported=["RS256"],
    )
    text = new_entries.entry("bank", weak)
    read = parse_entry(text.replace('= ""', '= "https://x.example"'))
    assert read.oauth is not None
    assert read.client_secret_file == "client-secret"
    assert read.oauth.redirect_uri == "own"
    rules = weaker_rules(read.oauth)
    assert len(rules) == 6
    assert all(rule in text for rule in rules)


def test_a_text_of_a_document_stays_a_text_in_the_entry() -> None:
    tricky = "https://auth.bank.co.uk/a?b=%22%0A[oauth]&c='\\u0022"
    text = new_entries.entry("bank", document(authorization_endpoint=tricky))
    read = parse_entry(text.replace('= ""', '= "https://x.example"').replace(json.dumps(tricky), '"https://a.example"'))
    assert read.oauth is not None
    assert json.dumps(tricky) in text


def test_a_server_that_forgets_pkce_is_refused() -> None:
    for methods in (..., [], ["plain"]):
        changed = metadata.merged(entry(), document(code_challenge_methods_supported=methods))
        with pytest.raises(EntryError, match="pkce_is_undeclared"):
            check_server(changed)
        check_server(msgspec.structs.replace(changed, pkce_is_undeclared=True))


def test_an_endpoint_that_is_left_out_is_kept() -> None:
    less = document(pushed_authorization_request_endpoint=..., revocation_endpoint=...)
    assert metadata.differences(entry(), metadata.merged(entry(), less)) == []
    assert [change.line for change in metadata.differences(document(), less)] == [
        "pushed_authorization_request_endpoint",
        "revocation_endpoint",
    ]


@pytest.mark.parametrize(
    ("lines", "changes", "said"),
    [
        ({"token_endpoint_auth_method": "tls_client_auth"}, {}, "token_endpoint_auth_method"),
        ({}, {"token_endpoint_auth_methods_supported": ...}, "client_secret_basic"),
        ({}, {"dpop_signing_alg_values_supported": ["RS256"]}, "DPoP with ES256"),
        ({"sender_constrained_tokens": "mtls"}, {}, "certificates"),
        ({"pushed_authorization_request_endpoint": None}, {"require_pushed_authorization_requests": True}, "pushed"),
        ({}, {"require_signed_request_object": True}, "signed requests only"),
        ({"response_mode": "query.jwt"}, {}, "query.jwt"),
        ({"id_token_signing_alg": "EdDSA"}, {}, "id_token_signing_alg"),
        ({"scope": "openid payments"}, {}, "payments"),
    ],
)
def test_what_does_not_fit_is_said(lines: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    (concern,) = metadata.concerns(entry(**lines), document(**changes))
    assert said in concern
